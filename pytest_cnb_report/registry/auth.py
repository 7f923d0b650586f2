"""Identify the user to a registry that asks for it: Basic, or a token that a third party gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from pytest_cnb_report.registry.challenge import Challenge, parse_challenges
from pytest_cnb_report.registry.docker_config import Credentials, credential_files
from pytest_cnb_report.registry.error_hints import refusal, shown
from pytest_cnb_report.registry.protocol import RegistryError

if TYPE_CHECKING:
    from pytest_cnb_report.registry.transport import Response, Transport

_TOKEN_LIMIT = 1 << 20
_CLIENT = "pytest-cnb-report"


class Authenticator:
    """Makes requests, and makes them again with an answer to the registry's challenge.

    `credentials` is called at most once, and only for a registry that wants to know. Where there
    are none, a token is asked for without a name, as public repositories allow.
    """

    def __init__(
        self, transport: Transport, credentials: Callable[[str], Credentials | None]
    ) -> None:
        self._transport = transport
        self._look_up = credentials
        self._credentials: Credentials | None = None
        self._looked_up = False
        self._shown = False
        self._authorizations: dict[tuple[str, bool], str] = {}

    @property
    def used(self) -> Credentials | None:
        """The credentials that the registry was shown; None while it asked for none."""
        return self._credentials if self._shown else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may contain."""
        own = self._credentials.secrets if self._credentials is not None else ()
        return (*own, *(each.partition(" ")[2] for each in self._authorizations.values()))

    def remedy(self, status: int) -> str:
        """Say what a user can do whom the registry refused with 401 or 403; nothing for others."""
        login = f"log in with `docker login {self._transport.address}`"
        if status not in {401, 403}:
            return ""
        if status == 403 and not self._looked_up:
            return f"ask for access, or {login}"
        if self._credentials is not None and not self._shown:
            return "it names no way to log in that is known here (Basic or Bearer)"
        if self._credentials is None:
            searched = ", ".join(str(path) for path in credential_files()) or "any file"
            return f"there are no credentials for it in {searched}; {login}"
        source = self._credentials.source or "`docker login`"
        if status == 403:
            return f"the account of {source} may not do that: ask for access, or {login} as another"
        return f"the credentials of {source} were refused; {login} anew"

    def request(
        self,
        method: str,
        place: str,
        *,
        repository: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int,
    ) -> Response:
        """Make one request; an answer of 401 means that all of this was of no use.

        What identifies the user goes to the registry's own address and nowhere else. Raises
        RegistryError as `Transport.request` does, and where no token is to be had.
        """
        given = dict(headers or {})
        known = (repository, method in {"GET", "HEAD"})
        own = self._transport.is_own(place)
        if own and known in self._authorizations:
            given["Authorization"] = self._authorizations[known]
        response = self._transport.request(method, place, body=body, headers=given, limit=limit)
        if response.status != 401 or not own:
            return response
        authorization = self._authorization(response.headers.get("WWW-Authenticate", ""))
        if authorization is None:
            return response
        self._authorizations[known] = given["Authorization"] = authorization
        return self._transport.request(method, place, body=body, headers=given, limit=limit)

    def _authorization(self, header: str) -> str | None:
        challenges = {each.scheme: each for each in parse_challenges(header)}
        if "bearer" in challenges:
            return f"Bearer {self._token(challenges['bearer'])}"
        credentials = self._user()
        if "basic" in challenges and credentials is not None and credentials.user:
            self._shown = True
            return credentials.basic
        return None

    def _user(self) -> Credentials | None:
        if not self._looked_up:
            self._credentials = self._look_up(self._transport.address)
            self._looked_up = True
        return self._credentials

    def _token(self, challenge: Challenge) -> str:
        """Fetch a token (Docker registry token authentication; OAuth 2 for identity tokens)."""
        realm = challenge.parameters.get("realm", "")
        asked = f"token from {shown(realm) or 'nowhere'}"
        remedy = "the registry's own configuration is at fault"
        scheme = urlsplit(realm).scheme
        if scheme not in {"https", self._transport.scheme}:
            answered = "its challenge names no realm that a password may be sent to"
            raise RegistryError(self._transport.address, asked, answered, remedy)
        wanted = {
            key: challenge.parameters[key]
            for key in ("service", "scope")
            if key in challenge.parameters
        }
        user = self._user()
        self._shown = user is not None
        response = self._ask_for_token(realm, wanted, user)
        if response.status != 200:
            raise refusal(
                self._transport.address,
                asked,
                response.status,
                response.headers,
                response.body,
                self.remedy(response.status),
            )
        try:
            document = json.loads(response.body)
            token = document.get("token") or document["access_token"]
            if not (isinstance(token, str) and token.isascii() and token.isprintable()):
                raise TypeError(token)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RegistryError(
                self._transport.address, asked, "an answer without a token", remedy
            ) from error
        return token

    def _ask_for_token(
        self, realm: str, wanted: Mapping[str, str], user: Credentials | None
    ) -> Response:
        if user is not None and user.identity_token:
            form = {
                "grant_type": "refresh_token",
                "client_id": _CLIENT,
                "refresh_token": user.identity_token,
                **wanted,
            }
            return self._transport.request(
                "POST",
                realm,
                body=urlencode(form).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                limit=_TOKEN_LIMIT,
            )
        joint = "&" if "?" in realm else "?"
        headers = {"Authorization": user.basic} if user is not None else {}
        place = f"{realm}{joint}{urlencode({**wanted, 'client_id': _CLIENT})}"
        return self._transport.request("GET", place, headers=headers, limit=_TOKEN_LIMIT)

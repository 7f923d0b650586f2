"""What a registry's failure means, and what its user can do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from pytest_cnb_report.registry.protocol import RegistryError

_EXCERPT = 200


_FAILURES: tuple[tuple[type[Exception], str, str], ...] = (
    (ProxyError, "the proxy fails: {why}", "look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
    (
        SSLError,
        "no trusted TLS connection: {why}",
        "put its certificate authority into SSL_CERT_FILE, or write http:// where it has no TLS",
    ),
    (NameResolutionError, "its host name leads nowhere", "check the name"),
    (NewConnectionError, "no connection: {why}", "start it, or check host and port"),
    (ConnectTimeoutError, "no connection within {timeout:g} s", "check host, port and firewall"),
    (ReadTimeoutError, "no answer within {timeout:g} s", "look at its log, or try again"),
    (Exception, "no whole answer in HTTP: {why}", "check host, port, and whether it speaks TLS"),
)
"""Failures with what is said of them; the first that fits counts."""


def failure(registry: str, asked: str, error: Exception, timeout: float) -> RegistryError:
    """Say why no answer came. `timeout` is the limit that was set, in seconds."""
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    answered, remedy = next(
        (answered, remedy) for kind, answered, remedy in _FAILURES if isinstance(cause, kind)
    )
    return RegistryError(
        registry, asked, answered.format(why=_last(cause), timeout=timeout), remedy
    )


def _last(error: BaseException) -> str:
    """Return the innermost reason, without the objects that HTTP libraries print around it."""
    within = [argument for argument in error.args if isinstance(argument, BaseException)]
    below = error.__cause__ or error.__context__ or next(iter(within), None)
    if below is not None:
        return _last(below)
    return getattr(error, "strerror", None) or str(error).strip() or type(error).__name__


def refusal(
    registry: str, asked: str, status: int, headers: Mapping[str, str], body: bytes
) -> RegistryError:
    """Say what an answer means that nobody asked for."""
    said = excerpt(body)
    answered = f"answered {status}" + (f" ({said})" if said else "")
    return RegistryError(registry, asked, answered, _remedy(registry, status, headers))


def _remedy(registry: str, status: int, headers: Mapping[str, str]) -> str:
    if status == 401:
        return f"log in with `docker login {registry}`"
    if status == 403:
        return "this account may not do that: ask for access, or log in as another"
    if status == 405:
        return "the registry does not allow this: change its configuration, or use another"
    if status == 429:
        wait = headers.get("Retry-After")
        return f"it limits requests: wait {wait} s" if wait else "it limits requests: try later"
    if status >= 500:
        return "the registry is in trouble: look at its log, or try again"
    return "is it a registry, and is the name right?"


def excerpt(body: bytes) -> str:
    """Return the messages of an error document, or the beginning of anything else."""
    try:
        errors = json.loads(body)["errors"]
        parts = ((str(each["code"]), str(each.get("message") or "")) for each in errors)
        said = "; ".join(": ".join(filter(None, part)) for part in parts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        said = body[:_EXCERPT].decode("utf-8", "replace")
    printable = "".join(each if each.isprintable() else " " for each in said[:_EXCERPT])
    return " ".join(printable.split())

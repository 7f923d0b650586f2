"""Any registry over HTTP: somebody else's, or one that runs in another process."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin

from pytest_cnb_report.images.model import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
)
from pytest_cnb_report.registry.auth import Authenticator
from pytest_cnb_report.registry.digests import digest_of, is_digest, matches
from pytest_cnb_report.registry.docker_config import Credentials, credentials_for
from pytest_cnb_report.registry.error_hints import refusal, shown
from pytest_cnb_report.registry.protocol import Manifest, RegistryError, Request
from pytest_cnb_report.registry.retries import Retrier, Retries, Trouble

if TYPE_CHECKING:
    from pytest_cnb_report.registry.transport import Response

_ACCEPT = {"Accept": ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST))}
_NEXT = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')
_DOCUMENT_LIMIT = 16 << 20
_BLOB_LIMIT = 1 << 30
_TAG_PAGES = 1000
_CATALOG_PAGES = 10
_NOT_A_REGISTRY = "is it a registry? GET /v2/ there should answer 200"


class RegistryClient:
    """A registry at `http://HOST:PORT` or `https://HOST[:PORT]`.

    It satisfies `Registry`, but cannot tell what others ask of the registry. The user is identified
    only where the registry asks for it, by default with what `docker login` has kept. Every answer
    is checked; one that is not as the distribution specification has it is a RegistryError. What
    fails in a way that may pass is asked again, by default as often as `Retries` has it.
    """

    def __init__(
        self,
        url: str,
        *,
        verify: bool = True,
        timeout: float = 30.0,
        credentials: Callable[[str], Credentials | None] = credentials_for,
        retries: Retries = Retries(),  # noqa: B008 - frozen
        largest_blob: int = _BLOB_LIMIT,
    ) -> None:
        self._largest_blob = largest_blob
        from pytest_cnb_report.registry.transport import Transport  # noqa: PLC0415 - urllib3

        self._transport = Transport(url, verify=verify, timeout=timeout)
        self._authenticated = Authenticator(self._transport, credentials)
        self._retried = Retrier(retries, lambda: self._authenticated.secrets)
        self._blobs: dict[str, set[str]] = {}
        self._manifests: dict[str, dict[str, None]] = {}
        self.announce: Callable[[str], None] = lambda _: None
        """To be told each repository, once or more often, before anybody writes to it."""

    @property
    def address(self) -> str:
        """`HOST:PORT`, as it stands at the front of an image name."""
        return self._transport.address

    @property
    def url(self) -> str:
        """`SCHEME://HOST:PORT`, as users name it."""
        return f"{self._transport.scheme}://{self.address}"

    @property
    def has_tls(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self._transport.scheme == "https"

    @property
    def credentials(self) -> Credentials | None:
        """What the user is identified with; None where the registry has not asked for any."""
        return self._authenticated.used

    @property
    def last_trouble(self) -> Trouble | None:
        """The last request that failed in a way that may pass, even if a retry helped."""
        return self._retried.troubles[-1] if self._retried.troubles else None

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()

    def check(self) -> None:
        """Raise RegistryError where no registry answers, or none that lets this user in."""
        response = self._retried(lambda: self._ask("GET", "/v2/", expect={200}))
        named = "Docker-Distribution-Api-Version" in response.headers
        if not named and response.body and not isinstance(_decoded(response.body), dict):
            content_type = response.headers.get("Content-Type", "something unnamed")
            answered = f"answered 200 with {content_type}, as no registry does"
            raise RegistryError(self.address, "GET /v2/", answered, "check host and port")

    def put_blob(self, repository: str, content: bytes) -> str:
        """Push a blob, or mount it from where it was pushed before; return its sha256 digest."""
        digest = digest_of(content)
        if repository not in self._blobs.get(digest, ()):
            # as a whole: an upload that broke off cannot be gone on with
            self._retried(lambda: self._upload_missing(repository, content, digest))
            self._blobs.setdefault(digest, set()).add(repository)
        return digest

    def _upload_missing(self, repository: str, content: bytes, digest: str) -> None:
        place = f"/v2/{repository}/blobs/{digest}"
        if self._ask("HEAD", place, repository, expect={200, 404}).status == 404:
            self._upload(repository, content, digest)

    def _upload(self, repository: str, content: bytes, digest: str) -> None:
        place = f"/v2/{repository}/blobs/uploads/"
        others = sorted(self._blobs.get(digest, ()))
        if others:
            place += "?" + urlencode({"mount": digest, "from": others[0]})
        started = self._ask("POST", place, repository, expect={201, 202}, body=b"")
        if started.status == 201:
            return
        location = started.headers.get("Location")
        if not location:
            answered = "answered 202 without a Location"
            raise RegistryError(self.address, f"POST {place}", answered, _NOT_A_REGISTRY)
        location = urljoin(self._transport.url(place), location)
        location += ("&" if "?" in location else "?") + urlencode({"digest": digest})
        headers = {"Content-Type": "application/octet-stream"}
        self._ask("PUT", location, repository, expect={201}, body=content, headers=headers)

    def put_manifest(self, repository: str, reference: str, content: bytes, media_type: str) -> str:
        """Push a manifest or an index under a tag or a digest; return its digest."""
        return self._retried(lambda: self._push(repository, reference, content, media_type))

    def _push(self, repository: str, reference: str, content: bytes, media_type: str) -> str:
        place = f"/v2/{repository}/manifests/{reference}"
        headers = {"Content-Type": media_type}
        response = self._ask("PUT", place, repository, expect={201}, body=content, headers=headers)
        self._verify(f"PUT {place}", response.headers.get("Docker-Content-Digest", ""), content)
        digest = reference if is_digest(reference) else digest_of(content)
        self._seen(repository, digest)
        return digest

    def get_manifest(self, repository: str, reference: str) -> Manifest | None:
        """Pull the manifest under a tag or a digest; None where there is none."""
        return self._retried(lambda: self._pull(repository, reference))

    def _pull(self, repository: str, reference: str) -> Manifest | None:
        place = f"/v2/{repository}/manifests/{quote(reference, safe=':')}"
        response = self._ask("GET", place, repository, expect={200, 404}, headers=_ACCEPT)
        if response.status == 404:
            return None
        asked = f"GET {place}"
        if not isinstance(_decoded(response.body), dict):
            content_type = response.headers.get("Content-Type", "nothing named")
            answered = f"no manifest but {content_type}"
            raise RegistryError(self.address, asked, answered, _NOT_A_REGISTRY)
        self._verify(asked, reference, response.body)
        self._verify(asked, response.headers.get("Docker-Content-Digest", ""), response.body)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
        manifest = Manifest(response.body, media_type)
        self._seen(repository, reference if is_digest(reference) else manifest.digest)
        return manifest

    def get_blob(self, repository: str, digest: str) -> bytes | None:
        """Pull the blob with this digest; None where there is none.

        Raises TooLongError where it has more bytes than `largest_blob`.
        """
        if not is_digest(digest):
            return None
        return self._retried(lambda: self._pull_blob(repository, digest))

    def _pull_blob(self, repository: str, digest: str) -> bytes | None:
        place = f"/v2/{repository}/blobs/{digest}"
        response = self._ask("GET", place, repository, expect={200, 404}, limit=self._largest_blob)
        if response.status == 404:
            return None
        self._verify(f"GET {place}", digest, response.body)
        return response.body

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return the tags of a repository, sorted; none where there is no such repository."""
        place = f"/v2/{repository}/tags/list"
        return self._pages(place, "tags", repository, limit=_TAG_PAGES)

    def _pages(
        self, place: str | None, key: str, repository: str = "", *, limit: int
    ) -> tuple[str, ...]:
        """Read a list of names that may come in pages; none where it is not found."""
        found: set[str] = set()
        for _ in range(limit):
            if place is None:
                break
            response = self._retried(functools.partial(self._page, place, repository))
            if response.status == 404:
                break
            document = _decoded(response.body)
            page = document.get(key) or [] if isinstance(document, dict) else None
            if not isinstance(page, list) or not all(isinstance(name, str) for name in page):
                answered = f"no list of {key}"
                raise RegistryError(self.address, f"GET {place}", answered, _NOT_A_REGISTRY)
            found.update(page)
            more = _NEXT.search(response.headers.get("Link", ""))
            place = more and urljoin(self._transport.url(place), more[1])
        return tuple(sorted(found))

    def _page(self, place: str, repository: str) -> Response:
        return self._ask("GET", place, repository, expect={200, 404})

    def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete a manifest by digest, or a tag; False where it is not there or may not be."""
        place = f"/v2/{repository}/manifests/{quote(reference, safe=':')}"
        expect = {200, 202, 204, 400, 404, 405}
        ask = functools.partial(self._ask, "DELETE", place, repository, expect=expect)
        return self._retried(ask).status < 300

    def requests(self, since: int = 0) -> tuple[Request, ...]:  # noqa: ARG002 - the protocol's
        """Return nothing: what others ask of this registry is not known here."""
        return ()

    def cleanup(self, prefix: str, named: Iterable[str] = ()) -> tuple[str, ...]:
        """Delete the manifests of repositories below `prefix`; return those that were not.

        They are those that this client came across, whoever pushed them, and every one that has a
        tag, in the repositories that it knows, that are `named`, or that the registry lists
        (`/v2/_catalog`). The first that the registry will not delete is the last that it is asked
        to. Returned are the names of those that are left; nothing is raised.
        """
        left: list[str] = []
        listed = self.repositories_after(prefix)
        for repository in dict.fromkeys((*self._manifests, *named, *listed)):
            if not f"{repository}/".startswith(f"{prefix}/"):
                continue
            known = tuple(self._manifests.get(repository, ()))
            every = dict.fromkeys(known if left else (*known, *self._tagged(repository)))
            # An index comes after what it lists, and some registries keep what is listed.
            for digest in reversed(every):
                if left or not self._gone(repository, digest):
                    left.append(f"{self.address}/{repository}@{digest}")
        return tuple(left)

    def repositories_after(self, name: str) -> tuple[str, ...]:
        """List the repositories that come after a name; none where the registry does not tell."""
        place = "/v2/_catalog?" + urlencode({"n": 1000, "last": name})
        with contextlib.suppress(RegistryError):
            return self._pages(place, "repositories", limit=_CATALOG_PAGES)
        return ()

    def _tagged(self, repository: str) -> tuple[str, ...]:
        """Return the digests of what has a tag, each behind what it lists where it is an index."""
        with contextlib.suppress(RegistryError):
            found = (self.get_manifest(repository, tag) for tag in self.tags(repository))
            digests = ((*_listed_in(manifest), manifest.digest) for manifest in found if manifest)
            return tuple(itertools.chain.from_iterable(digests))
        return ()

    def _gone(self, repository: str, digest: str) -> bool:
        place = f"/v2/{repository}/manifests/{digest}"
        with contextlib.suppress(RegistryError):
            expect = {200, 202, 204, 404}
            self._retried(lambda: self._ask("DELETE", place, repository, expect=expect))
            return True
        return False

    def _seen(self, repository: str, digest: str) -> None:
        self._manifests.setdefault(repository, {})[digest] = None

    def _verify(self, asked: str, digest: str, content: bytes) -> None:
        """Raise RegistryError where `digest` is one, and not that of the content."""
        if is_digest(digest) and not matches(digest, content):
            answered = f"{len(content)} bytes whose digest is not {digest}"
            remedy = "its storage or something on the way is damaged"
            raise RegistryError(self.address, asked, answered, remedy, transient=True)

    def _ask(
        self,
        method: str,
        place: str,
        repository: str = "",
        *,
        expect: Collection[int],
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = _DOCUMENT_LIMIT,
    ) -> Response:
        response = self._authenticated.request(
            method, place, repository=repository, body=body, headers=headers, limit=limit
        )
        if response.status in expect:
            return response
        raise refusal(
            self.address,
            f"{method} {shown(place)}",
            response.status,
            response.headers,
            response.body,
            self._authenticated.remedy(response.status),
        )


def _listed_in(manifest: Manifest) -> tuple[str, ...]:
    """Return the digests of the manifests that an index lists; none of another manifest."""
    match _decoded(manifest.content):
        case {"manifests": [*listed]}:
            digests = (each.get("digest") for each in listed if isinstance(each, dict))
            return tuple(each for each in digests if isinstance(each, str) and is_digest(each))
    return ()


def _decoded(document: bytes) -> object:
    """Read JSON; None where it is none."""
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        return None

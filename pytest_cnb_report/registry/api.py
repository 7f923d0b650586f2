"""The HTTP API of a registry, as the OCI distribution specification has it (Endpoints).

A request goes in as a value and the answer comes out as one; nothing here reads or writes a socket.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pytest_cnb_report.images.model import OCI_INDEX
from pytest_cnb_report.registry.digests import is_algorithm, is_digest
from pytest_cnb_report.registry.http_types import Answer, Call, Headers, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_cnb_report.registry.limits import Limits
    from pytest_cnb_report.registry.store import Store
    from pytest_cnb_report.registry.uploads import Uploads

_PATH = re.compile(
    r"/v2/(?P<name>.+?)/(?:"
    r"manifests/(?P<manifest>[^/]+)|blobs/uploads/(?P<upload>[^/]*)|blobs/(?P<blob>[^/]+)|"
    r"tags/(?P<tags>list)|referrers/(?P<referrers>[^/]+))"
)
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_JSON = ("Content-Type", "application/json")


class Api:
    """The endpoints over one store, and the uploads to it."""

    def __init__(self, store: Store, uploads: Uploads, limits: Limits) -> None:
        self._store = store
        self._uploads = uploads
        self._limits = limits
        self._endpoints: dict[str, dict[str, Callable[[Call, str, str], Answer]]] = {
            "manifest": {
                "GET": self._get_manifest,
                "PUT": self._put_manifest,
                "DELETE": self._delete_manifest,
            },
            "blob": {"GET": self._get_blob, "DELETE": self._delete_blob},
            "upload": {
                "POST": self._start_upload,
                "GET": self._upload_status,
                "PATCH": self._add_chunk,
                "PUT": self._finish_upload,
                "DELETE": self._cancel_upload,
            },
            "tags": {"GET": self._list_tags},
            "referrers": {"GET": self._list_referrers},
        }

    def answer(self, call: Call) -> Answer:
        """Answer a request; one for HEAD is answered as GET is, and its body not sent."""
        try:
            return self._route(call)
        except Refusal as refusal:
            return refusal.answer()

    def _route(self, call: Call) -> Answer:
        if call.path in {"/v2/", "/v2"}:
            return Answer(200, (_JSON,), b"{}")
        if call.path == "/v2/_catalog" and call.method in {"GET", "HEAD"}:
            return self._catalog(call)
        match = _PATH.fullmatch(call.path)
        if match is None:
            raise Refusal(404, "UNSUPPORTED", f"no endpoint at {call.path}")
        kind, name = str(match.lastgroup), match["name"]
        if not _NAME.fullmatch(name):
            raise Refusal(400, "NAME_INVALID", f"{name!r} cannot name a repository")
        methods = self._endpoints[kind]
        endpoint = methods.get("GET" if call.method == "HEAD" else call.method)
        if endpoint is None:
            allowed = (("Allow", ", ".join(methods)),)
            raise Refusal(405, "UNSUPPORTED", f"{call.method} is not for {call.path}", allowed)
        return endpoint(call, name, match[kind])

    def _get_manifest(self, _: Call, name: str, reference: str) -> Answer:
        stored = self._store.get_manifest(name, reference)
        if stored is None:
            raise Refusal(404, "MANIFEST_UNKNOWN", f"no manifest {reference} in {name}")
        content_type = ("Content-Type", stored.manifest.media_type)
        return Answer(200, (content_type, _digest(stored.digest)), stored.manifest.content)

    def _put_manifest(self, call: Call, name: str, reference: str) -> Answer:
        self._take(len(call.body) + call.dropped, "manifest", self._limits.manifest)
        tags = call.parameters().get("tag", [])
        content_type = call.headers.get("content-type")
        stored = self._store.put_manifest(name, reference, call.body, content_type, tags)
        headers: Headers = (
            ("Location", f"/v2/{name}/manifests/{stored.digest}"),
            _digest(stored.digest),
            *(("OCI-Tag", tag) for tag in tags),
        )
        if stored.parsed.subject:
            headers += (("OCI-Subject", stored.parsed.subject),)
        return Answer(201, headers)

    def _delete_manifest(self, _: Call, name: str, reference: str) -> Answer:
        if not self._store.delete_manifest(name, reference):
            raise Refusal(404, "MANIFEST_UNKNOWN", f"no manifest {reference} in {name}")
        return Answer(202)

    def _get_blob(self, call: Call, name: str, digest: str) -> Answer:
        content = self._store.get_blob(name, digest)
        if content is None:
            raise Refusal(404, "BLOB_UNKNOWN", f"no blob {digest} in {name}")
        headers: Headers = (
            ("Content-Type", "application/octet-stream"),
            ("Accept-Ranges", "bytes"),
            _digest(digest),
        )
        asked = call.headers.get("range")
        part = None if asked is None else _part(asked, len(content))
        if part is None:
            return Answer(200, headers, content)
        headers += (("Content-Range", f"bytes {part.start}-{part.stop - 1}/{len(content)}"),)
        return Answer(206, headers, content[part.start : part.stop])

    def _delete_blob(self, _: Call, name: str, digest: str) -> Answer:
        if not self._store.delete_blob(name, digest):
            raise Refusal(404, "BLOB_UNKNOWN", f"no blob {digest} in {name}")
        return Answer(202)

    def _start_upload(self, call: Call, name: str, session: str) -> Answer:
        if session:
            raise Refusal(405, "UNSUPPORTED", "an upload is continued with PATCH or PUT")
        mounted = call.parameter("mount")
        if mounted is not None and self._store.mount(name, mounted, call.parameter("from")):
            return _created(name, mounted)
        digest = call.parameter("digest")
        if digest is not None:
            self._take(len(call.body) + call.dropped, "blob", self._limits.blob)
            self._store.put_blob(name, call.body, digest)
            return _created(name, digest)
        algorithm = call.parameter("digest-algorithm")
        if algorithm is not None and not is_algorithm(algorithm):
            raise Refusal(400, "DIGEST_INVALID", f"{algorithm!r} is neither sha256 nor sha512")
        return Answer(202, self._uploads.headers(name, self._uploads.start(name)))

    def _upload_status(self, _: Call, name: str, session: str) -> Answer:
        return Answer(204, self._uploads.headers(name, session))

    def _add_chunk(self, call: Call, name: str, session: str) -> Answer:
        self._append(call, name, session)
        return Answer(202, self._uploads.headers(name, session))

    def _finish_upload(self, call: Call, name: str, session: str) -> Answer:
        digest = call.parameter("digest")
        if digest is None:
            raise Refusal(400, "DIGEST_INVALID", "an upload is closed with ?digest=<digest>")
        if call.body or call.dropped:
            self._append(call, name, session)
        self._store.put_blob(name, self._uploads.close(name, session), digest)
        return _created(name, digest)

    def _append(self, call: Call, name: str, session: str) -> None:
        more = len(call.body) + call.dropped
        length = self._uploads.length(name, session) + more
        try:
            self._take(length, "blob", self._limits.blob, more)
        except Refusal:
            self._uploads.close(name, session)
            raise
        self._uploads.append(name, session, call.body, call.headers.get("content-range"))

    def _take(self, length: int, what: str, most: int | None, more: int | None = None) -> None:
        """Raise Refusal where something is too long, or its last `more` bytes find no room."""
        if most is not None and length > most:
            message = f"a {what} of {length} bytes or more; this registry takes {most}"
            raise Refusal(413, "SIZE_INVALID", message)
        most = self._limits.together
        whole = self._store.size + self._uploads.size + (length if more is None else more)
        if most is not None and whole > most:
            message = f"{whole} bytes together; this registry takes {most}"
            raise Refusal(413, "SIZE_INVALID", message)

    def _cancel_upload(self, _: Call, name: str, session: str) -> Answer:
        self._uploads.close(name, session)
        return Answer(204)

    def _list_tags(self, call: Call, name: str, _: str) -> Answer:
        every = self._store.tags(name)
        if every is None:
            raise Refusal(404, "NAME_UNKNOWN", f"no repository {name}")
        page, headers = _page(call, every)
        return Answer(200, headers, json.dumps({"name": name, "tags": page}).encode())

    def _catalog(self, call: Call) -> Answer:
        """List the repositories: older than the specification, which left it out."""
        page, headers = _page(call, self._store.repositories())
        return Answer(200, headers, json.dumps({"repositories": page}).encode())

    def _list_referrers(self, call: Call, name: str, subject: str) -> Answer:
        if not is_digest(subject):
            raise Refusal(400, "DIGEST_INVALID", f"{subject!r} is not a digest")
        found = self._store.referrers(name, subject)
        headers: Headers = (("Content-Type", OCI_INDEX),)
        wanted = call.parameter("artifactType")
        if wanted is not None:
            found = [each for each in found if each.get("artifactType") == wanted]
            headers += (("OCI-Filters-Applied", "artifactType"),)
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}
        return Answer(200, headers, json.dumps(index).encode())


def _digest(digest: str) -> tuple[str, str]:
    return ("Docker-Content-Digest", digest)


def _created(name: str, digest: str) -> Answer:
    return Answer(201, (("Location", f"/v2/{name}/blobs/{digest}"), _digest(digest)))


def _page(call: Call, every: Sequence[str]) -> tuple[list[str], Headers]:
    """Return what `n` and `last` leave of a sorted list, and the headers that go with it."""
    last, limit = call.parameter("last"), call.parameter("n")
    rest = [each for each in every if last is None or each > last]
    if limit is None:
        return rest, (_JSON,)
    if not (limit.isascii() and limit.isdigit()):
        raise Refusal(400, "UNSUPPORTED", f"n={limit!r} is not a number")
    page = rest[: int(limit)]
    if 0 < len(page) < len(rest):
        more = f"{call.path}?n={limit}&last={quote(page[-1], safe='')}"
        return page, (_JSON, ("Link", f'<{more}>; rel="next"'))
    return page, (_JSON,)


def _part(asked: str, length: int) -> range | None:
    """Return the bytes that a Range header asks for (RFC 9110, 14.1.2); None for all of them.

    Several ranges at once, and other units, get the whole, as the RFC allows.
    Raises Refusal where there are no such bytes.
    """
    match = _RANGE.fullmatch(asked.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if match[1]:
        part = range(int(match[1]), min(int(match[2] or length), length - 1) + 1)
    else:
        part = range(max(length - int(match[2]), 0), length)
    if not part:
        headers = (("Content-Range", f"bytes */{length}"),)
        raise Refusal(416, "SIZE_INVALID", f"{asked} of {length} bytes", headers)
    return part

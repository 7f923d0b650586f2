"""Images that reach the registry by other requests, and are the same images."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from pytest_cnb_report.reference.image import Image, Json, Layer, Saved, digest_of
from pytest_cnb_report.reference.inputs import Inputs
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.registry import Registry
from pytest_cnb_report.reference.wire import Response, Wire, connect

from .evidence import say
from .seen import Aspect, evidence, requests
from .variation import PUSHES, Variation

_OCTETS = {"Content-Type": "application/octet-stream"}


class _Pushing(Registry):
    """A registry client that lets its steps be replaced, and asks before no upload."""

    def _push_blob(self, name: Name, digest: str, content: bytes) -> None:
        self.upload(name, digest, content)

    def upload(self, name: Name, digest: str, content: bytes) -> None:
        self._finish(name, self.started(name), digest, content)

    def started(self, name: Name) -> str:
        return self._started(self._ask(name, "POST", "blobs/uploads/"))

    def patched(self, name: Name, upload: str, content: bytes, first: int | None) -> str:
        """Add a chunk, with its range where `first` says where it begins."""
        headers = {**self._headers(name), **_OCTETS}
        if first is not None:
            headers["Content-Range"] = f"{first}-{first + len(content) - 1}"
        return self._started(self._wire.request("PATCH", upload, headers, content))


class _InChunks(_Pushing):
    def upload(self, name: Name, digest: str, content: bytes) -> None:
        upload, size = self.started(name), max(1, len(content) // 3)
        for first in range(0, len(content), size):
            upload = self.patched(name, upload, content[first : first + size], first)
        self._finish(name, upload, digest, b"")


class _LastChunkAtTheEnd(_Pushing):
    def upload(self, name: Name, digest: str, content: bytes) -> None:
        half = len(content) // 2
        upload = self.patched(name, self.started(name), content[:half], None)
        self._finish(name, upload, digest, content[half:])


class _Streamed(_Pushing):
    def upload(self, name: Name, digest: str, content: bytes) -> None:
        self._finish(name, self.patched(name, self.started(name), content, None), digest, b"")


class _InOneRequest(_Pushing):
    def upload(self, name: Name, digest: str, content: bytes) -> None:
        self._check(self._ask(name, "POST", f"blobs/uploads/?digest={digest}", content), 201)


class _TwiceOver(_Pushing):
    def upload(self, name: Name, digest: str, content: bytes) -> None:
        for _ in range(2):
            super().upload(name, digest, content)


class _LeftOpen(_Pushing):
    def upload(self, name: Name, digest: str, content: bytes) -> None:
        self.patched(name, self.started(name), content[:10], 0)
        super().upload(name, digest, content)


class _Cancelled(_Pushing):
    def upload(self, name: Name, digest: str, content: bytes) -> None:
        self._wire.request("DELETE", self.started(name), self._headers(name))
        super().upload(name, digest, content)


class NeverMounted(_Pushing):
    def _push_layer(self, name: Name, layer: Layer) -> Json:
        held, descriptor = layer.repository, layer.descriptor or {}
        if held is None or layer.tar is not None:
            return super()._push_layer(name, layer)
        digest = str(descriptor["digest"])
        self.upload(name, digest, self._check(self._ask(held, "GET", f"blobs/{digest}"), 200).body)
        return descriptor


class _MountedFromNowhere(Registry):
    def _mount(self, name: Name, held: Name, digest: str) -> None:
        # a registry that knows no such repository starts an upload, as it has to
        nowhere = held._replace(repository="no/such/repository")
        answer = self._ask(name, "POST", f"blobs/uploads/?mount={digest}&from={nowhere.repository}")
        blob = self._check(self._ask(held, "GET", f"blobs/{digest}"), 200).body
        self._finish(name, self._started(answer), digest, blob)


class _MountedFromAnywhere(Registry):
    def _mount(self, name: Name, held: Name, digest: str) -> None:
        if self._ask(name, "POST", f"blobs/uploads/?mount={digest}").status != 201:
            super()._mount(name, held, digest)


class _AskedFirst(Registry):
    def _push_layer(self, name: Name, layer: Layer) -> Json:
        for descriptor in filter(None, [layer.descriptor]):
            self._ask(name, "HEAD", f"blobs/{descriptor['digest']}")
        return super()._push_layer(name, layer)


class _TopLayerFirst(Registry):
    def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
        for layer in reversed(image.layers):
            self._push_layer(name, layer)
        return super()._push_content(name, image)


class _ByDigestFirst(Registry):
    def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
        manifest, media_type = super()._push_content(name, image)
        path = f"manifests/{digest_of(manifest)}"
        self._check(self._ask(name, "PUT", path, manifest, media_type), 201)
        return manifest, media_type


class _EachAnew(Registry):
    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        each = [super(_EachAnew, self).save(image, [text]) for text in texts]
        return each[0]._replace(names=tuple(texts))


class _LastFirst(Registry):
    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        return super().save(image, texts[::-1])._replace(names=tuple(texts))


class _EachTwice(Registry):
    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        return super().save(image, [*texts, *texts])._replace(names=tuple(texts))


class _FromTheFirstTag(Registry):
    """Gives the manifest that stands under the first tag the other tags, as `crane tag` does."""

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        saved = super().save(image, texts[:1])
        first = Name.parse(texts[0])
        for name in map(Name.parse, texts[1:]):
            answer = self._check(self._ask(first, "GET", f"manifests/{first.tag}"), 200)
            media_type = answer.headers["content-type"]
            self._check(
                self._ask(name, "PUT", f"manifests/{name.tag}", answer.body, media_type), 201
            )
        return saved._replace(names=tuple(texts))


class _LookedAtAfterwards(Registry):
    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        saved = super().save(image, texts)
        for text in texts:
            found = self.find(text)
            for layer in found.layers if found else ():
                digest = (layer.descriptor or {})["digest"]
                self._check(self._ask(Name.parse(text), "GET", f"blobs/{digest}"), 200)
        return saved


class _LookedAround(Registry):
    def find(self, text: str, platform: tuple[str, str, str] | None = None) -> Image | None:
        name = Name.parse(text)
        for path in ("tags/list", "tags/list?n=1", f"referrers/{digest_of(b'')}"):
            self._ask(name, "GET", path)
        self._ask(name, "HEAD", f"manifests/{name.locator}")
        return super().find(text, platform)


class _Unused(Registry):
    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        for content in (b"{}", b"a blob that no manifest names"):
            self._push_blob(Name.parse(texts[0]), digest_of(content), content)
        return super().save(image, texts)


class _SpareDeleted(Registry):
    """Deletes a blob that it brought itself, and that no manifest names."""

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        name, spare = Name.parse(texts[0]), b"a blob to try the registry with"
        self._push_blob(name, digest_of(spare), spare)
        self._check(self._ask(name, "DELETE", f"blobs/{digest_of(spare)}"), 202)
        return super().save(image, texts)


class _OneConnectionEach(Registry):
    def _ask(
        self, name: Name, method: str, path: str, body: bytes | None = None, media_type: str = ""
    ) -> Response:
        self._wire.close()
        say("closed")
        return super()._ask(name, method, path, body, media_type)


class _TypesWithParameters(Registry):
    def _ask(
        self, name: Name, method: str, path: str, body: bytes | None = None, media_type: str = ""
    ) -> Response:
        more = '; charset="utf-8"' if media_type else ""
        say(more)
        return super()._ask(name, method, path, body, f"{media_type}{more}")


class _ChunkedWire(Wire):
    """Sends bodies piece by piece, without saying how long they are."""

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        if body is None or method != "PATCH":
            return super().request(method, url, headers, body)
        parts = urlsplit(url)
        connection = connect(parts.scheme, parts.netloc)
        with contextlib.closing(connection):
            pieces = (body[first : first + 100] for first in range(0, len(body), 100))
            connection.request(method, parts.path, pieces, dict(headers or {}))
            answer = connection.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            say(str(answer.status))
            return Response(answer.status, said, answer.read(), url)


class _OfUnknownLength(_Streamed):
    def __init__(self, inputs: Inputs, wire: Wire) -> None:
        super().__init__(inputs, wire)
        self._wire = _ChunkedWire()


class _UploadsFirst(Rebaser):
    """Brings the new run image's layers to the app image's repository before it may refuse."""

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        name = Name.parse(self.inputs.output_images()[0])
        assert isinstance(self.store, Registry)
        for layer in run_image.layers:
            self.store._push_layer(name, layer)
        super().check(app, run_image, listed=listed)


_DISTRIBUTION = "OCI distribution specification, {}."
_UPLOADS = _DISTRIBUTION.format("Pushing blobs: lets the client choose how")
_EXISTING = _DISTRIBUTION.format("Checking if content exists: may be done")
_MOUNTS = _DISTRIBUTION.format("Mounting a blob: may be tried, and fail")
_MANIFESTS = _DISTRIBUTION.format("Pushing manifests: by tag or by digest, as often as one likes")
_READS = _DISTRIBUTION.format("Pull and Content discovery: anything may be read")


def _pushing(name: str, what: str, part: type, why: str, shows: Aspect = requests) -> Variation:
    return Variation(name, what, why, (part,), cases=PUSHES, shows=shows)


_HTTP = "RFC 9110 and 9112: {}."

PUSHING = (
    _pushing("blobs-not-asked-for", "Blobs are not looked for.", _Pushing, _EXISTING),
    _pushing("blobs-asked-for", "Every layer is looked for.", _AskedFirst, _EXISTING),
    _pushing("blobs-in-chunks", "Blobs are uploaded in chunks.", _InChunks, _UPLOADS),
    _pushing("blobs-in-halves", "Half a blob comes with the end.", _LastChunkAtTheEnd, _UPLOADS),
    _pushing("blobs-streamed", "Blobs are streamed before the end.", _Streamed, _UPLOADS),
    _pushing("blobs-in-one-request", "Blobs are one request each.", _InOneRequest, _UPLOADS),
    _pushing("blobs-twice", "Blobs are uploaded twice.", _TwiceOver, _UPLOADS),
    _pushing("uploads-left-open", "An upload is left open for each blob.", _LeftOpen, _UPLOADS),
    _pushing("uploads-cancelled", "An upload is cancelled for each blob.", _Cancelled, _UPLOADS),
    _pushing("blobs-unused", "Blobs are uploaded that no manifest names.", _Unused, _UPLOADS),
    _pushing("spare-blob-deleted", "A blob of its own is deleted again.", _SpareDeleted, _UPLOADS),
    _pushing("top-layer-first", "The top layer is uploaded first.", _TopLayerFirst, _UPLOADS),
    _pushing("never-mounted", "No blob is mounted.", NeverMounted, _MOUNTS),
    _pushing("mounts-that-fail", "Every mount fails.", _MountedFromNowhere, _MOUNTS),
    _pushing("mounts-from-anywhere", "Mounts name no source.", _MountedFromAnywhere, _MOUNTS),
    _pushing("manifest-by-digest", "Manifests go by digest first.", _ByDigestFirst, _MANIFESTS),
    _pushing("image-for-each-tag", "Each tag has the image pushed anew.", _EachAnew, _MANIFESTS),
    _pushing("last-tag-first", "The last tag is written first.", _LastFirst, _MANIFESTS),
    _pushing("tags-twice", "Each tag is written twice.", _EachTwice, _MANIFESTS),
    _pushing("tagged-afterwards", "Other tags copy the first.", _FromTheFirstTag, _MANIFESTS),
    _pushing("read-back", "What was written is read back.", _LookedAtAfterwards, _READS),
    _pushing("looking-around", "Tags and referrers are listed.", _LookedAround, _READS),
    _pushing(
        "a-connection-each",
        "Each request has a connection of its own.",
        _OneConnectionEach,
        _HTTP.format("a client may close a connection at any time"),
        evidence,
    ),
    _pushing(
        "types-with-parameters",
        "The types of manifests have a parameter.",
        _TypesWithParameters,
        _HTTP.format("a media type may have parameters"),
        evidence,
    ),
    _pushing(
        "blobs-of-unknown-length",
        "Blobs come in HTTP's chunks, without their length.",
        _OfUnknownLength,
        _HTTP.format("a client may use the chunked transfer coding"),
        evidence,
    ),
    Variation(
        "uploads-before-a-refusal",
        "A rebaser uploads layers before it refuses.",
        "Platform specification, rebaser: a blob that no image names changes no image.",
        (_UploadsFirst,),
        cases=("rebaser unlisted", "rebaser other-architecture", "rebaser plain"),
        shows=requests,
    ),
)

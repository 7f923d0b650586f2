"""Images that are stored in another way: media types, compression, and how JSON is written."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import zstandard

from pytest_cnb_report.reference.image import Image, Json, Layer, Saved, digest_of
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.registry import DOCKER, OCI, Registry, parse_object

from .seen import Aspect, blobs, config, manifest
from .variation import STORED, Variation

Encode = Callable[[Json], bytes]
Compress = Callable[[bytes], bytes]

_GZIP, _ZSTD, _TAR = (f"{OCI}layer.v1.tar{suffix}" for suffix in ("+gzip", "+zstd", ""))


class _AsOci(Registry):
    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        media_type = f"{OCI}manifest.v1+json"
        return super().save(image._replace(manifest={"mediaType": media_type}), texts)


class _AsDocker(Registry):
    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        media_type = f"{DOCKER}distribution.manifest.v2+json"
        return super().save(image._replace(manifest={"mediaType": media_type}), texts)


def manifest_as(encode: Encode) -> type[Registry]:
    """Return the part that writes manifests in this way."""

    class Written(Registry):
        def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
            content, media_type = super()._push_content(name, image)
            return encode(json.loads(content)), media_type

    return Written


def config_as(encode: Encode) -> type[Registry]:
    """Return the part that writes configs in this way."""

    class Written(Registry):
        def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
            content, media_type = super()._push_content(name, image)
            document, written = json.loads(content), encode(image.config)
            self._push_blob(name, digest_of(written), written)
            document["config"].update(digest=digest_of(written), size=len(written))
            return json.dumps(document).encode(), media_type

    return Written


def layers_as(media_type: str, compress: Compress, *, every: bool) -> type[Registry]:
    """Return the part that compresses in this way: its own layers, or the run image's too."""

    class Compressed(Registry):
        def _push_layer(self, name: Name, layer: Layer) -> Json:
            tar = layer.tar if layer.repository is None or not every else self._tar_of(layer)
            if tar is None:
                return super()._push_layer(name, layer)
            content = compress(tar)
            self._push_blob(name, digest_of(content), content)
            return {"mediaType": media_type, "size": len(content), "digest": digest_of(content)}

        def _tar_of(self, layer: Layer) -> bytes | None:
            held, descriptor = layer.repository, layer.descriptor or {}
            if held is None:
                return layer.tar
            return _decompressed(self._ask(held, "GET", f"blobs/{descriptor['digest']}").body)

    return Compressed


def _decompressed(blob: bytes) -> bytes:
    if blob[:2] == b"\x1f\x8b":
        return gzip.decompress(blob)
    if blob[:4] == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(blob)).read()
    return blob


def _gzip(level: int) -> Compress:
    return lambda tar: gzip.compress(tar, level, mtime=0)


def _gzip_with_header(tar: bytes) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile("layer.tar", "wb", 9, packed, mtime=315532801) as file:
        file.write(tar)
    return packed.getvalue()


def _gzip_in_members(tar: bytes) -> bytes:
    half = len(tar) // 2
    return _gzip(6)(tar[:half]) + _gzip(1)(tar[half:])


def _gzip_flushed(tar: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    parts = (tar[place : place + 1024] for place in range(0, len(tar), 1024))
    flushed = b"".join(compressor.compress(p) + compressor.flush(zlib.Z_FULL_FLUSH) for p in parts)
    return flushed + compressor.flush()


def _zstd(tar: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(tar)


def _zstd_in_frames(tar: bytes) -> bytes:
    half = len(tar) // 2
    return _zstd(tar[:half]) + zstandard.ZstdCompressor(19).compress(tar[half:])


def _encoded(**how: Any) -> Encode:  # noqa: ANN401 - what `json.dumps` takes
    return lambda document: json.dumps(document, **how).encode()


def _reversed(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _reversed(item) for key, item in reversed(list(value.items()))}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _with_line_ends(document: Json) -> bytes:
    text = json.dumps(document, indent="\t", ensure_ascii=False)
    return f"\r\n{text}\r\n\n".replace("\n\t", "\r\n\t ").encode()


def _escaped(document: Json) -> bytes:
    """Escape a slash and every letter that Go escapes in HTML."""
    text = json.dumps(document).replace("/", "\\/").replace("<", "\\u003c").replace("&", "\\u0026")
    return text.encode()


def _annotated(document: Json) -> bytes:
    notes = {"annotations": {"org.opencontainers.image.created": "1980-01-01T00:00:01Z", "a": ""}}
    platform = {"platform": {"os": "linux", "architecture": "none"}}
    layers = [{**layer, **notes, "urls": []} for layer in document["layers"]]
    changed = {**document, **notes, "config": {**document["config"], **notes, **platform}}
    return json.dumps({**changed, "layers": layers, "org.example.more": {"a": [1]}}).encode()


def _without_media_type(document: Json) -> bytes:
    return json.dumps(
        {key: value for key, value in document.items() if key != "mediaType"}
    ).encode()


_IDENTICAL = "Question identical-scope: how an image is stored says nothing of what it does."
_LAYERS = "Platform specification, exporter and rebaser: layers are told by their diff IDs."
_JSON = "RFC 8259: white space, order and escapes change nothing; a digest is of what is stored."


def _stored(
    name: str,
    what: str,
    part: type,
    shows: Aspect,
    why: str,
    *,
    cases: tuple[str, ...] = STORED,
    false_alarm: str = "",
) -> Variation:
    return Variation(name, what, why, (part,), None, cases, shows, false_alarm=false_alarm)


_FEW = ("exporter plain", "creator plain", "rebaser plain", "rebaser labels-stack", "rebaser twice")


class _BySha512(Registry):
    def _push_layer(self, name: Name, layer: Layer) -> Json:
        if layer.tar is None:
            return super()._push_layer(name, layer)
        content = _gzip(6)(layer.tar)
        digest = f"sha512:{hashlib.sha512(content).hexdigest()}"
        self._push_blob(name, digest, content)
        return {"mediaType": _GZIP, "size": len(content), "digest": digest}


TYPES = (
    _stored("oci-manifests", "App images have OCI's media types.", _AsOci, manifest, _IDENTICAL),
    _stored(
        "docker-manifests",
        "Every app image has Docker's media types.",
        _AsDocker,
        manifest,
        _IDENTICAL,
    ),
    _stored(
        "no-media-type",
        "OCI manifests do not say their own media type.",
        type("_", (_AsOci, manifest_as(_without_media_type)), {}),
        manifest,
        "OCI image specification, Image manifest: the property SHOULD be there, and need not.",
    ),
    _stored(
        "annotations",
        "Manifests and descriptors have annotations and more keys.",
        manifest_as(_annotated),
        manifest,
        "OCI image specification, Annotations and Extensibility: both are allowed.",
    ),
)


class _ConfigBySha512(Registry):
    def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
        content, media_type = super()._push_content(name, image)
        document, config = json.loads(content), _encoded()(image.config)
        digest = f"sha512:{hashlib.sha512(config).hexdigest()}"
        self._push_blob(name, digest, config)
        document["config"].update(digest=digest, size=len(config))
        return json.dumps(document).encode(), media_type

    def _config(self, name: Name, manifest: Json) -> Json:
        answer = self._ask(name, "GET", f"blobs/{manifest['config']['digest']}")
        return parse_object(answer.url, answer.body)


DIGESTS = (
    _stored(
        "config-by-sha512",
        "The app image's config is stored under a sha512 digest.",
        _ConfigBySha512,
        manifest,
        "OCI image specification, Digests: sha512 is registered.",
        cases=_FEW,
        false_alarm="the image is not read; a digest is to be checked by its own algorithm",
    ),
    _stored(
        "layers-by-sha512",
        "The app's layers are stored under sha512 digests.",
        _BySha512,
        blobs,
        "OCI image specification, Digests: sha512 is registered; diff IDs are sha256 as ever.",
        cases=_FEW,
        false_alarm="export.layers and rebase.layers check stored layers by sha256 alone; a digest"
        " is to be checked by its own algorithm",
    ),
)

COMPRESSION = tuple(
    _stored(name, what, layers_as(media_type, compress, every=every), blobs, _LAYERS)
    for name, what, media_type, compress, every in (
        ("gzip-1", "The app's layers are barely compressed.", _GZIP, _gzip(1), False),
        ("gzip-9", "The app's layers are much compressed.", _GZIP, _gzip(9), False),
        ("gzip-header", "Every layer has a name and a time.", _GZIP, _gzip_with_header, True),
        ("gzip-members", "Every layer is two gzip members.", _GZIP, _gzip_in_members, True),
        ("gzip-flushed", "Every layer is flushed in between.", _GZIP, _gzip_flushed, True),
        ("zstd-own", "The app's layers are zstd.", _ZSTD, _zstd, False),
        ("zstd-all", "Every layer is zstd.", _ZSTD, _zstd, True),
        ("zstd-frames", "Every layer is two zstd frames.", _ZSTD, _zstd_in_frames, True),
        ("tar-own", "The app's layers are not compressed.", _TAR, bytes, False),
        ("tar-all", "No layer is compressed.", _TAR, bytes, True),
    )
)

JSON = (
    *(
        _stored(
            f"manifest-{name}",
            f"Manifests are written {how}.",
            manifest_as(encode),
            manifest,
            _JSON,
            cases=_FEW,
        )
        for name, how, encode in (
            ("indented", "on many lines", _encoded(indent=2)),
            ("sorted", "with sorted keys", _encoded(sort_keys=True)),
            ("reversed", "with keys in reverse order", lambda d: _encoded()(_reversed(d))),
            ("line-ends", "with line ends of both kinds around", _with_line_ends),
            ("escaped", "with escaped slashes", _escaped),
        )
    ),
    *(
        _stored(
            f"config-{name}",
            f"Configs are written {how}.",
            config_as(encode),
            config,
            _JSON,
            cases=_FEW,
        )
        for name, how, encode in (
            ("indented", "on many lines", _encoded(indent=2)),
            ("sorted", "with sorted keys", _encoded(sort_keys=True)),
            ("reversed", "with keys in reverse order", lambda d: _encoded()(_reversed(d))),
            ("line-ends", "with line ends of both kinds around", _with_line_ends),
            ("escaped", "with escaped slashes and angle brackets", _escaped),
            ("unescaped", "with nothing escaped", _encoded(ensure_ascii=False)),
        )
    ),
)

STORING = (*TYPES, *DIGESTS, *COMPRESSION, *JSON)

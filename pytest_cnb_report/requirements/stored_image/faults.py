"""Mistakes in what a manifest says of the blobs that it is made of."""

from __future__ import annotations

import json

from pytest_cnb_report.reference.fault import AT_REGISTRY, faults_of
from pytest_cnb_report.reference.image import Image, Json, Layer, digest_of
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.registry import MANIFESTS, OCI, Registry, in_family_of

SIZE = ("image.descriptors.size",)
MEDIA_TYPE = ("image.descriptors.media-type",)


class _SizeOfTheTar(Registry):
    """A new layer's size is its uncompressed size."""

    trips = SIZE
    shows_at = AT_REGISTRY

    def _push_layer(self, name: Name, layer: Layer) -> Json:
        descriptor = super()._push_layer(name, layer)
        return descriptor if layer.tar is None else {**descriptor, "size": len(layer.tar)}


class _SizeOfTheOldConfig(Registry):
    """The config's size is that of the original image's config."""

    trips = SIZE
    shows_at = AT_REGISTRY

    def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
        content, media_type = super()._push_content(name, image)
        document = json.loads(content)
        document["config"]["size"] = image.manifest["config"]["size"]
        return json.dumps(document).encode(), media_type


class _SizesLeftOut(Registry):
    """The layers of the run image have no size."""

    trips = SIZE
    shows_at = AT_REGISTRY

    def _push_layer(self, name: Name, layer: Layer) -> Json:
        descriptor = dict(super()._push_layer(name, layer))
        if layer.tar is None:
            descriptor.pop("size", None)
        return descriptor


class _NotCompressedAsSaid(Registry):
    """New layers are stored uncompressed, but declared as compressed."""

    trips = MEDIA_TYPE
    shows_at = AT_REGISTRY

    def _push_layer(self, name: Name, layer: Layer) -> Json:
        if layer.tar is None:
            return super()._push_layer(name, layer)
        digest = digest_of(layer.tar)
        self._push_blob(name, digest, layer.tar)
        return {"mediaType": f"{OCI}layer.v1.tar+gzip", "size": len(layer.tar), "digest": digest}


class _EveryLayerSaidToBeGzip(Registry):
    """Every layer is declared as compressed with gzip, also those of the run image."""

    trips = MEDIA_TYPE
    shows_at = AT_REGISTRY

    def _push_layer(self, name: Name, layer: Layer) -> Json:
        return {**super()._push_layer(name, layer), "mediaType": f"{OCI}layer.v1.tar+gzip"}


class _ConfigSaidToBeAManifest(Registry):
    """The config has the media type of the manifest."""

    trips = MEDIA_TYPE
    shows_at = AT_REGISTRY

    def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
        content, media_type = super()._push_content(name, image)
        document = json.loads(content)
        document["config"] = in_family_of(media_type, document["config"])
        document["config"]["mediaType"] = media_type or MANIFESTS[0]
        return json.dumps(document).encode(), media_type


FAULTS = faults_of(
    _SizeOfTheTar,
    _SizeOfTheOldConfig,
    _SizesLeftOut,
    _NotCompressedAsSaid,
    _EveryLayerSaidToBeGzip,
    _ConfigSaidToBeAManifest,
)

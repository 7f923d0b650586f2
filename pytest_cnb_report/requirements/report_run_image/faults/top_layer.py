"""Mistakes in the report's top layer of the run image."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.reference.fault import faults_of
from pytest_cnb_report.reference.image import Image, digest_of
from pytest_cnb_report.reference.rebased import lifecycle_metadata
from pytest_cnb_report.reference.registry import gzip
from pytest_cnb_report.reference.report import Report

TOP_LAYER = ("report.run-image.top-layer",)
AFTER_REBASE = ("report.run-image.after-rebase",)


def compressed_digest(image: Image) -> str:
    """Digest the top layer as it is stored, or would be stored by a registry."""
    top = image.layers[-1]
    return str(top.descriptor["digest"]) if top.descriptor else digest_of(gzip(top.tar or b""))


def chain_id(image: Image) -> str:
    """Digest the whole stack of layers, as container engines name a file system."""
    chain = image.diff_ids[0]
    for diff_id in image.diff_ids[1:]:
        chain = digest_of(f"{chain} {diff_id}".encode())
    return chain


class _NoTopLayer(Report):
    """The top layer is left out."""

    trips = TOP_LAYER

    def run_image_table(self) -> dict[str, Any]:
        table = super().run_image_table()
        return {key: value for key, value in table.items() if key != "top-layer"}


class _CompressedDigestForTopLayer(Report):
    """The top layer is the digest of its compressed blob and not its diff ID."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        return compressed_digest(self.run_image)


class _BottomLayerForTopLayer(Report):
    """The top layer is the bottom one."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        return self.run_image.diff_ids[0]


class _ChainIdForTopLayer(Report):
    """The top layer is the chain ID of the run image's layers."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        return chain_id(self.run_image)


class _AppsTopLayerForTopLayer(Report):
    """The top layer is the app image's."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        return self.app.diff_ids[-1]


class _TopLayerByLastEntry(Report):
    """If the history ends with an entry without a layer, the top layer is the one below."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        history = self.run_image.history or [{}]
        diff_ids = self.run_image.diff_ids
        return diff_ids[-2:][0] if history[-1].get("empty_layer") else diff_ids[-1]


class _ImageIdForTopLayer(Report):
    """The top layer is the run image's reference digest."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        return self.run_image.reference.rpartition("@")[2]


class _TopLayerWithoutAlgorithm(Report):
    """The top layer is without `sha256:`."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        return super().run_image_top_layer().removeprefix("sha256:")


class _TopLayerInUpperCase(Report):
    """The top layer is in upper-case digits."""

    trips = TOP_LAYER

    def run_image_top_layer(self) -> str:
        return super().run_image_top_layer().upper().replace("SHA256", "sha256")


class _LayerCountForTopLayer(Report):
    """The top layer is the number of the run image's layers."""

    trips = TOP_LAYER

    def run_image_table(self) -> dict[str, Any]:
        return {**super().run_image_table(), "top-layer": len(self.run_image.layers)}


class _OldTopLayerAfterRebase(Report):
    """After a rebase the top layer is still the old run image's."""

    trips = AFTER_REBASE

    def run_image_top_layer(self) -> str:
        if self.before is None:
            return super().run_image_top_layer()
        return str(lifecycle_metadata(self.before)["runImage"]["topLayer"])


FAULTS = faults_of(
    _NoTopLayer,
    _CompressedDigestForTopLayer,
    _BottomLayerForTopLayer,
    _ChainIdForTopLayer,
    _AppsTopLayerForTopLayer,
    _TopLayerByLastEntry,
    _ImageIdForTopLayer,
    _TopLayerWithoutAlgorithm,
    _TopLayerInUpperCase,
    _LayerCountForTopLayer,
    _OldTopLayerAfterRebase,
)

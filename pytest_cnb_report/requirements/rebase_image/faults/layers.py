"""Mistakes in the layers of a rebased image."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import AT_REGISTRY, faults_of
from pytest_cnb_report.reference.image import Layer
from pytest_cnb_report.reference.rebased import RebasedLayers

LAYERS = ("rebase.layers",)


class _SplitByLayerCount(RebasedLayers):
    """The old run image is assumed to have as many layers as the new one."""

    trips = LAYERS

    def depth(self) -> int:
        return len(self.run_image.layers)


class _SplitByHistory(RebasedLayers):
    """The old run image is assumed to have as many layers as the new one's history lists."""

    trips = LAYERS

    def depth(self) -> int:
        return sum(not entry.get("empty_layer") for entry in self.run_image.history)


class _SplitAboveTheFirstOwnLayer(RebasedLayers):
    """The app's first layer is treated as part of the old run image."""

    trips = LAYERS

    def depth(self) -> int:
        return super().depth() + 1


class _OldBaseKept(RebasedLayers):
    """The new run image's layers are added on top of the old one's."""

    trips = LAYERS

    def base(self) -> tuple[Layer, ...]:
        return (*self.app.layers[: self.depth()], *super().base())


class _NewBaseOnTop(RebasedLayers):
    """The new run image's layers are placed above the app's layers."""

    trips = LAYERS

    def layers(self) -> tuple[Layer, ...]:
        return (*self.own(), *self.base())


class _OwnLayersReversed(RebasedLayers):
    """The app's layers are in reverse order."""

    trips = LAYERS

    def own(self) -> tuple[Layer, ...]:
        return super().own()[::-1]


class _OwnLayerTwice(RebasedLayers):
    """The app's first layer occurs twice."""

    trips = LAYERS

    def own(self) -> tuple[Layer, ...]:
        return (*super().own()[:1], *super().own())


class _BottomOfTheNewBaseLost(RebasedLayers):
    """The bottom layer of a new run image with several layers is lost."""

    trips = LAYERS

    def base(self) -> tuple[Layer, ...]:
        return super().base()[1:] or super().base()


class _EqualLayersMerged(RebasedLayers):
    """A layer that occurs twice is kept only once."""

    trips = LAYERS

    def layers(self) -> tuple[Layer, ...]:
        return tuple({layer.diff_id: layer for layer in super().layers()}.values())


class _KnownLayersLeftOut(RebasedLayers):
    """Layers that two versions of the same run image share are left out."""

    trips = LAYERS
    scenarios = ("fewer-layers",)

    def base(self) -> tuple[Layer, ...]:
        known, base = self.app.diff_ids[: self.depth()], super().base()
        if base[-1].diff_id == self.old_top_layer:
            return base
        return tuple(layer for layer in base if layer.diff_id not in known)


class _LayersOfTheBaseLeftOut(RebasedLayers):
    """An app layer that the new run image has too is left out."""

    trips = LAYERS
    scenarios = ("app-layer-in-run-image",)

    def own(self) -> tuple[Layer, ...]:
        return tuple(each for each in super().own() if each.diff_id not in self.run_image.diff_ids)


class _BaseEndsWhereTheNewOneDoes(RebasedLayers):
    """The old base ends at the new run image's top layer, if the app image has that layer."""

    trips = LAYERS
    scenarios = ("run-image-rolled-back",)

    def depth(self) -> int:
        top = self.run_image.diff_ids[-1]
        return self.app.diff_ids.index(top) + 1 if top in self.app.diff_ids else super().depth()


class _GrowthAboveTheApp(RebasedLayers):
    """If the new run image is the old one with more layers, these are put above the app's."""

    trips = LAYERS
    scenarios = ("run-image-grown",)

    def layers(self) -> tuple[Layer, ...]:
        depth = self.depth()
        if self.run_image.diff_ids[:depth] != self.app.diff_ids[:depth]:
            return super().layers()
        return (*self.app.layers, *self.run_image.layers[depth:])


class _BlobDigestForDiffId(RebasedLayers):
    """The app's first layer gets its blob's digest as its diff ID."""

    trips = LAYERS
    shows_at = AT_REGISTRY

    def own(self) -> tuple[Layer, ...]:
        first, *rest = super().own()
        digest = first.descriptor["digest"] if first.descriptor else first.diff_id
        return (first._replace(diff_id=digest), *rest)


class _BlobsSwapped(RebasedLayers):
    """The contents of two app layers are swapped."""

    trips = LAYERS
    shows_at = AT_REGISTRY

    def own(self) -> tuple[Layer, ...]:
        first, second, *rest = super().own()
        return (
            second._replace(diff_id=first.diff_id),
            first._replace(diff_id=second.diff_id),
            *rest,
        )


FAULTS = faults_of(
    _SplitByLayerCount,
    _SplitByHistory,
    _SplitAboveTheFirstOwnLayer,
    _OldBaseKept,
    _NewBaseOnTop,
    _OwnLayersReversed,
    _OwnLayerTwice,
    _BottomOfTheNewBaseLost,
    _EqualLayersMerged,
    _KnownLayersLeftOut,
    _LayersOfTheBaseLeftOut,
    _BaseEndsWhereTheNewOneDoes,
    _GrowthAboveTheApp,
    _BlobDigestForDiffId,
    _BlobsSwapped,
)

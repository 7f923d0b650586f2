"""Mistakes of a rebaser to whose registry not every image can be pushed."""

from __future__ import annotations

import contextlib

from pytest_cnb_report.reference.fault import AT_REGISTRY, faults_of
from pytest_cnb_report.reference.image import Image, Saved
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.wire import WireError

PUSH_FAILURE = ("rebase.push-failure",)


class _RefusedRebaseOverlooked(Rebaser):
    """A refused push of the rebased image is ignored."""

    trips = PUSH_FAILURE
    shows_at = AT_REGISTRY

    def save(self, rebased: Image) -> Saved:
        try:
            return super().save(rebased)
        except WireError:
            return Saved(tuple(self.inputs.output_images()), digest="sha256:" + "0" * 64)


class _LaterImagesOverlooked(Rebaser):
    """Of several images, only a refused push of the first is an error."""

    trips = PUSH_FAILURE
    shows_at = AT_REGISTRY

    def save(self, rebased: Image) -> Saved:
        first, *others = self.inputs.output_images()
        saved = self.store.save(rebased, [first])
        for other in others:
            with contextlib.suppress(WireError):
                self.store.save(rebased, [other])
        return saved._replace(names=(first, *others))


FAULTS = faults_of(_RefusedRebaseOverlooked, _LaterImagesOverlooked)

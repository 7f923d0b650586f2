"""Mistakes that show when an image is rebased a second time, and not before."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import faults_of
from pytest_cnb_report.reference.image import Image, Json, Layer
from pytest_cnb_report.reference.rebased import RebasedConfig
from pytest_cnb_report.reference.rebaser import Rebaser

IDEMPOTENT = ("rebase.labels.idempotent",)


class _RebasesCounted(RebasedConfig):
    """From the second rebase on, a label counts the rebases."""

    trips = IDEMPOTENT

    def config(
        self, layers: tuple[Layer, ...], history: list[Json], labels: dict[str, str]
    ) -> Json:
        count = int(self.app.config.get("comment") or 0) + 1
        counted = {**labels, "org.example.rebases": str(count)} if count > 1 else labels
        return {**super().config(layers, history, counted), "comment": str(count)}


class _SecondRebaseRefused(Rebaser):
    """An image that is already based on the given run image is refused."""

    trips = (*IDEMPOTENT, "rebase.succeeds")
    scenarios = ("same-run-image",)

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        depth = len(run_image.layers)
        if self.inputs.run_image() and run_image.diff_ids == app.diff_ids[:depth]:
            raise ValueError("nothing to rebase")
        super().check(app, run_image, listed=listed)


FAULTS = faults_of(_RebasesCounted, _SecondRebaseRefused)

"""The cases of rebaser in which the two run images, or app and run image, have layers in common."""

from __future__ import annotations

from pytest_cnb_report.drive.cases import AppEdits, Case, Rebase
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.values import Phase


def _case(name: str, why: str, ask: Rebase) -> Case:
    return Case(name, why, Phase.REBASER, ask)


LAYER_CASES = (
    _case(
        "run-image-grown",
        "the new run image has the layers of the old one, and one more on top",
        Rebase(old=Shape(layers=2, shared=2), new=Shape(layers=3, shared=2)),
    ),
    _case(
        "run-image-rolled-back",
        "the new run image has the layers of the old one but for the topmost",
        Rebase(old=Shape(layers=3, shared=2), new=Shape(layers=2, shared=2)),
    ),
    _case(
        "shared-layer-compressed-anew",
        "the run images have a layer in common, and the new one has compressed it otherwise",
        Rebase(old=Shape(layers=2, shared=1), new=Shape(layers=2, shared=1, compression="none")),
    ),
    _case(
        "app-layer-in-run-image",
        "the new run image contains a layer that is also one of the app's own layers",
        Rebase(new=Shape(layers=3, shared=1), app=AppEdits(layers="of-run-image")),
    ),
)
"""What a build makes into a layer of its own, or an update of a run image leaves as it was, is the
same layer by its diff ID."""

"""Images for the tests, each with an ID that follows from its labels."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.images.build import build_image, build_layer
from pytest_cnb_report.images.model import Image


def image(number: int = 0, *, layers: int = 1, labels: Mapping[str, str] | None = None) -> Image:
    """Make an image of small layers; every number gives another one."""
    contents = [build_layer({f"layer-{layer}": b"content"}) for layer in range(layers)]
    return build_image(contents, labels={"number": str(number), **(labels or {})})


def load(daemon: Daemon, made: Image, *names: str) -> str:
    """Load an image under repositories of the run's prefix, and return its ID."""
    tars = [layer.tar for layer in made.layers]
    return daemon.load(made.config, tars, [daemon.name(name) for name in names])

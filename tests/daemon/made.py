"""Images for the tests, each with an ID that follows from its labels."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from machine import cannot_run
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


def make_dind_image(daemon: Daemon) -> None:
    """Make the image that the container provider needs, of this machine's own Docker."""
    done = subprocess.run(
        [Path(__file__).parents[2] / ".ci" / "dind-image"],
        env={**os.environ, **daemon.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        cannot_run("DAEMON", done.stderr)

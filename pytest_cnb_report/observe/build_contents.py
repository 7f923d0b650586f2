"""What an app consists of, and what its buildpack makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

_LAUNCH = "[types]\nlaunch = true\n"
_BUILD_ALONE = "[types]\nbuild = true\ncache = true\n"


@dataclass(frozen=True)
class Contents:
    """Files of an app, and what its buildpack gives to the app image."""

    files: tuple[str, ...] = ("app.txt",)
    """Paths in the app directory."""
    layers: Mapping[str, str] = field(default_factory=lambda: {"runtime": _LAUNCH})
    """The content of `<layer>.toml` for each layer of the buildpack, by the layer's name."""
    slices: tuple[str, ...] = ()
    """A glob for each slice of the app directory."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the app image."""

    @property
    def launch_tables(self) -> str:
        """The tables for slices and labels, as `launch.toml` and `metadata.toml` spell them."""
        slices = [f"[[slices]]\npaths = [{json.dumps(glob)}]\n" for glob in self.slices]
        labels = [
            f"[[labels]]\nkey = {json.dumps(key)}\nvalue = {json.dumps(value)}\n"
            for key, value in self.labels.items()
        ]
        return "".join([*slices, *labels])


CONTENTS: Mapping[str, Contents] = {
    "one-layer": Contents(),
    "layers": Contents(
        layers={"runtime": _LAUNCH, "compiler": _BUILD_ALONE, "assets": _LAUNCH},
    ),
    "no-layer": Contents(layers={}),
    "slices": Contents(
        files=("app.txt", "static/logo.txt", "docs/one.txt", "docs/two.txt"),
        slices=("static", "docs/*.txt"),
    ),
    "labels": Contents(
        labels={
            "org.example.built": "by a buildpack",
            "io.buildpacks.stacks": "a near miss",
            "org.opencontainers.image.title": "an \u00e9 app",
        }
    ),
}
"""What there is to build, by the name that a build asks for it."""

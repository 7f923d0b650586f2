"""What an app consists of, and what its buildpack makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

_LAUNCH = "[types]\nlaunch = true\n"
_BUILD_ALONE = "[types]\nbuild = true\ncache = true\n"


PROCESS = "web"
"""A process type that every app has."""


@dataclass(frozen=True)
class Output:
    """What one buildpack gives to an app image."""

    layers: Mapping[str, str] = field(default_factory=lambda: {"runtime": _LAUNCH})
    """The content of `<layer>.toml` for each layer, by the layer's name."""
    processes: tuple[str, ...] = (PROCESS,)
    """Process types; none of them is the default."""


@dataclass(frozen=True)
class Contents:
    """Files of an app, and what its buildpacks give to the app image."""

    files: tuple[str, ...] = ("app.txt",)
    """Paths in the app directory."""
    buildpacks: tuple[Output, ...] = (Output(),)
    """What each buildpack gives; the first one gives slices and labels, too."""
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
        buildpacks=(
            Output({"runtime": _LAUNCH, "compiler": _BUILD_ALONE, "assets": _LAUNCH}),
            Output({"runtime": _LAUNCH, "zlib": _LAUNCH}, ("task", "worker")),
        ),
    ),
    "no-layer": Contents(buildpacks=(Output({}),)),
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

"""What the examples of labels at rebase share: names of cases, and edits of one label."""

from __future__ import annotations

from .observations import Edit, chain, label, label_before, run_image_label

MAINTAINER = "io.buildpacks.stack.maintainer"


def labels(key: str, before: str | None, run_image: str | None, after: str | None) -> Edit:
    """Have one label on the app image, on the new run image and after the rebase."""
    return chain(label_before(key, before), run_image_label(key, run_image), label(key, after))


NEAR = (
    "io.buildpacks.stack",
    "io.buildpacks.stacks.a",
    "IO.Buildpacks.Stack.a",
    " io.buildpacks.base.a",
    "io.buildpacks.baseline",
)

"""Label sets for a rebase: what the app image and the new run image carry, family by family.

A set is drawn as a few families (kind of transition, shape of key, shape of value, how many) and
spelled out from them. That is cheap for hundreds of labels, and a failing set still shrinks to one
family of one label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis

STACK = "io.buildpacks.stack."
BASE = "io.buildpacks.base."

Kind = Literal["added", "removed", "replaced", "kept"]
"""On the new run image alone; on the app image alone; on both and different; on both and equal."""

KINDS: tuple[Kind, ...] = ("added", "removed", "replaced", "kept")

PREFIXES: Mapping[str, str] = {
    "stack": STACK,
    "base": BASE,
    "other": "org.example.",
    "other-bare": "",
    "no-dot": "io.buildpacks.stack",
    "longer-word": "io.buildpacks.stackx.",
    "plural": "io.buildpacks.stacks.",
    "other-case": "io.buildpacks.Stack.",
    "upper-case": "IO.BUILDPACKS.STACK.",
    "leading-space": " io.buildpacks.stack.",
    "inside": "org.example.io.buildpacks.stack.",
    "base-plural": "io.buildpacks.bases.",
    "base-other-case": "io.buildpacks.Base.",
    "base-inside": "org.example.io.buildpacks.base.",
    "near-namespace": "io.buildpacks.",
}
"""What a key begins with, by a name for it: the two prefixes, other keys, near misses."""

KEY_SHAPES: Mapping[str, str] = {
    "plain": "label-{n}",
    "dotted": "a.b.c-{n}.d",
    "upper": "LABEL_{n}",
    "unicode": "étiquette-ключ-{n}",
    "long": "long-" + "x" * 180 + "-{n}",
    "space": "with space {n}",
    "slash": "path/to/{n}",
    "digits": "{n}",
    "nested": "io.buildpacks.stack.{n}",
}
"""What stands behind the prefix; `{n}` makes it unique."""

VALUE_SHAPES: Mapping[str, str] = {
    "plain": "value {n}{new}",
    "empty": "",
    "blank": "  {new}",
    "padded": "  padded {n}{new}\t",
    "lines": "line {n}\nline{new}\r\n",
    "unicode": "Bjo\u0308rn \u00f6 \u4e2d\u6587 \U0001f4e6 {n}{new}",
    "json": '{{"b": [1, 2.0, {n}], "a": null, "c": "{new}"}}',
    "markup": "<a href=\"x?y=1&z={n}\">{new}</a> 'q' \\n \\u0041",
    "number": "1.{n}0{new}",
    "word": "null",
    "long": "{new}" + "0123456789" * 500,
}
"""Values; `{new}` is where the new run image's differs from the app image's."""

HELD = frozenset(
    {
        "io.buildpacks.stack.id",
        "io.buildpacks.stack.mixins",
        "io.buildpacks.base.distro.name",
        "io.buildpacks.base.distro.version",
        "io.buildpacks.base.id",
        "io.buildpacks.rebasable",
        "io.buildpacks.lifecycle.metadata",
        "io.buildpacks.build.metadata",
        "io.buildpacks.project.metadata",
    }
)
"""Keys that a lifecycle decides by, or writes itself; a generated set leaves them alone."""

_NUMBER = "\0"
"""Stands for the number in a value that is spelled out for one label after another."""


@dataclass(frozen=True)
class LabelFamily:
    """Some labels that differ only in their number."""

    prefix: str = "stack"
    kind: Kind = "added"
    key: str = "plain"
    value: str = "plain"
    count: int = 1


@dataclass(frozen=True)
class LabelSet(ReprForHypothesis):
    """Labels on the app image and on the new run image, beside those that are held still."""

    app: Mapping[str, str] = field(default_factory=dict)
    run_image: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many different keys there are."""
        return len({*self.app, *self.run_image})


def spell(families: Iterable[LabelFamily], *, most: int = 300) -> LabelSet:
    """Spell families out as labels, at most `most` keys of them."""
    app: dict[str, str] = {}
    run_image: dict[str, str] = {}
    done = 0
    for family in families:
        before, after = (PREFIXES[family.prefix] + KEY_SHAPES[family.key]).split("{n}")
        shape = VALUE_SHAPES[family.value]
        old = shape.format(n=_NUMBER, new="")
        new = old if family.kind == "kept" else shape.format(n=_NUMBER, new=" more")
        first, done = done + 1, min(done + family.count, most)
        for number in range(first, done + 1):
            key = f"{before}{number}{after}"
            if family.kind != "added":
                app[key] = old.replace(_NUMBER, str(number))
            if family.kind != "removed":
                run_image[key] = new.replace(_NUMBER, str(number))
    return LabelSet(app, run_image)

"""Hypothesis strategies for label sets, run images and rebases: what the suite draws, for any test.

    @bounded(10)
    @given(labels=label_sets())
    def test_labels(cnb_run_image, cnb_rebase, cnb_check, labels):
        run_image = cnb_run_image(labels=labels.run_image)
        cnb_check(cnb_rebase(run_image=run_image, labels=labels.app))

Every set is one with which a rebase is legal: what a lifecycle decides by is held still. Importing
this module imports Hypothesis; the plugin does so only when the suite runs.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from hypothesis import Phase, settings
from hypothesis import strategies as st

from pytest_cnb_report.drive.build_cases import RUN_IMAGE_SHAPES
from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.label_sets import (
    BASE,
    HELD,
    KEY_SHAPES,
    KINDS,
    PREFIXES,
    STACK,
    VALUE_SHAPES,
    Kind,
    LabelFamily,
    LabelSet,
    spell,
)
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.drive.situation import NAMED_LABELS
from pytest_cnb_report.scenarios.rebase_space import OLD_DIMENSIONS, REBASES
from pytest_cnb_report.scenarios.space import Point, Space
from pytest_cnb_report.scenarios.tables import rows_at
from pytest_cnb_report.values import PlatformApi, Target

__all__ = [
    "CHARACTERS",
    "WIDE",
    "LabelFamily",
    "LabelSet",
    "Shape",
    "bounded",
    "label_sets",
    "rebases",
    "run_images",
    "small_label_sets",
    "wide_label_sets",
]

WIDE = 300
"""The most labels in a wide set: a real rebaser's time grows with the square of their number."""

CHARACTERS = "".join(map(chr, range(1, 128))) + (
    "\x80\x85\xa0\xad"  # C1 controls, next line, no-break space, soft hyphen
    "\xdf\xe9\xf8\u0130\u0131\u017f\u1e9e"  # letters whose case does not map back, or grows
    "\u0301\u0308\u0327\u0345\u200d\ufe0f"  # marks that combine with the letter before
    "\u212b\u2126\ufb01\uff21\u2460\u1100\u1161\uac00"  # what a normalisation would replace
    "\u05d0\u0627\u0644\u202e\u2066\u200f"  # right to left, and what turns the direction
    "\u0939\u093f\u0e01\u4e2d\u3042\u0416\u03a3\u03c2"  # other scripts
    "\u200b\u2028\u2029\u2060\u3000\ufeff"  # blanks, separators, a byte-order mark
    "\ufdd0\ufffd\uffff\ud7ff\ue000"  # noncharacters, the replacement, around the surrogates
    "\U0001f4e6\U0001f468\U0001f3fd\U0001f1e9\U0001d400\U00020000\U0010ffff"  # beyond 16 bits
)
"""What generated text is made of: ASCII but NUL, and characters that have been lost, replaced or
escaped somewhere. A whole Unicode table costs more than a second at the first draw."""


def _plainness(char: str) -> tuple[bool, bool, int]:
    return not char.isascii(), not char.isalnum(), ord(char)


_Place: TypeAlias = "tuple[str, Kind]"

_OFTEN = ("stack", "base") * 3 + ("stack",) * 2
"""Prefixes that come up more often than the others: most requirements are about them."""

_PLACES: list[_Place] = [(prefix, kind) for prefix in (*_OFTEN, *PREFIXES) for kind in KINDS]
"""Prefix and kind of transition. They are drawn as one, and so are the shapes of key and value,
because each draw costs as much as spelling out fifty labels."""

_SHAPES: list[tuple[str, str]] = [
    ("plain", "plain"),
    *(("plain", value) for value in VALUE_SHAPES if value != "plain"),
    *((key, "plain") for key in KEY_SHAPES if key != "plain"),
]
"""Shapes of key and value: one of them is plain, so that a failure says which of them it is."""

_FAMILIES = st.tuples(
    st.sampled_from(_PLACES), st.sampled_from(_SHAPES), st.integers(min_value=1, max_value=60)
)
_STAND_INS = {0x100000 + n: char for n, char in enumerate(sorted(CHARACTERS, key=_plainness))}
"""Private characters that text is drawn of, the plainest first, and what each stands for. Of others
Hypothesis would also draw the strings that it finds in the modules of whoever has it draw, so that
one seed would not mean the same sets to everybody."""

_TEXT = st.text(alphabet=list(map(chr, _STAND_INS)), max_size=40).map(
    lambda text: text.translate(_STAND_INS)
)
_LABELS = st.tuples(st.sampled_from([None, *_PLACES]), _TEXT, _TEXT)
_NAMED = frozenset(STACK + name for name in NAMED_LABELS)


def bounded(examples: int = 20) -> settings:
    """Return settings, to be used as a decorator, that bound a test by a number of examples.

    It ends at the first example that fails, which is made once or twice more and then shown as it
    was drawn. Shrinking it would take hundreds of examples, and each is a call of a lifecycle or
    several; `cnb_check` names the label that matters without it.
    """
    return settings(
        max_examples=examples,
        deadline=None,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )


def wide_label_sets() -> st.SearchStrategy[LabelSet]:
    """Return sets of up to 300 labels of every kind: added, removed, replaced, kept, near miss.

    One rebase judges every label at once, so that a wide set costs little more than a small one. A
    failing set shrinks to one label.
    """
    return st.lists(_FAMILIES, min_size=1, max_size=12).map(_spelled)


def small_label_sets() -> st.SearchStrategy[LabelSet]:
    """Return sets of up to four labels with any text for a key, behind any prefix, and for a value.

    A failing set shrinks to one label, of the plainest text that fails.
    """
    return st.tuples(_LABELS, _LABELS, _LABELS, _LABELS).map(_placed)


def label_sets() -> st.SearchStrategy[LabelSet]:
    """Return label sets of both kinds."""
    return st.one_of(small_label_sets(), wide_label_sets())


def run_images() -> st.SearchStrategy[Shape]:
    """Return every shape of run image that the suite knows, with generated labels on it."""
    shapes = st.sampled_from([shape for _, _, shape in RUN_IMAGE_SHAPES])
    return st.builds(_with_labels, shapes, label_sets())


MOST_CHANGES = 12
"""The most differences from a plain rebase that are drawn; the average is five."""

_SUCCEEDING = 3
"""How many rebases that have to succeed are drawn for each one that may be, or has to be, refused:
most requirements are about what a rebase leaves behind."""

_SAME_TARGET: Mapping[str, str] = {
    "new-variant": "old-variant",
    "new-distribution": "old-distribution",
}
"""What a plain new run image has in common with the old one."""


@functools.cache
def rebases(target: Target, platform_api: PlatformApi) -> st.SearchStrategy[Point]:
    """Return points of the space of rebases: what one is asked, and of which images.

    The labels are left open. A failing one shrinks to a plain rebase with the fewest differences
    that still fails. Old run images are those of the suite's own tables, because an app image has
    to be exported on each. Never more than a hundred things stand for choice at once: of larger
    numbers Hypothesis prefers those that it finds in a project's own modules.
    """
    space = REBASES.at(target, platform_api)
    plain = {name: value for name, value in space.plain.items() if name != "labels"}
    old = _old_run_images(space, target, platform_api)
    usual: list[Point] = []
    ending: list[Point] = []
    for dimension in space.dimensions:
        if dimension.name in OLD_DIMENSIONS or dimension.name not in plain:
            continue
        for value in dimension.values:
            if value.name == dimension.plain and dimension.name not in _SAME_TARGET:
                continue
            change = _with_companion(space, plain, {dimension.name: value.name})
            succeeds = space.expects({**plain, **change}) is Expect.SUCCESS
            (usual if succeeds else ending).append(change)
    none: list[Point] = [{}]

    # no partial: Hypothesis would spell out the whole space each time that it shrinks something
    def changed(old: Point, ending: Point, changes: Iterable[Point]) -> Point:
        return _changed(space, plain, old, ending, changes)

    return st.builds(
        changed,
        st.one_of(st.just(none[0]), st.sampled_from(old)) if old else st.just(none[0]),
        st.sampled_from(none * max(1, _SUCCEEDING * len(ending)) + ending),
        st.lists(st.sampled_from(usual), max_size=MOST_CHANGES),
    )


def _old_run_images(space: Space, target: Target, platform_api: PlatformApi) -> list[Point]:
    """Return the old run images of the tables, those that differ least from a plain one first."""
    rows = rows_at("rebase", target, platform_api)
    found = {tuple(row.point[name] for name in OLD_DIMENSIONS) for row in rows}
    points: list[Point] = [dict(zip(OLD_DIMENSIONS, each, strict=True)) for each in sorted(found)]
    return sorted(points, key=lambda point: len(space.differences(point)))


def _with_companion(space: Space, plain: Point, change: Point) -> Point:
    """Return a change, with the other one that makes it possible where it is not so alone."""
    if space.excluded({**plain, **change}) is None:
        return change
    companions = (
        {**change, dimension.name: value.name}
        for dimension in space.dimensions
        if dimension.name not in change
        for value in dimension.values
    )
    return next(each for each in companions if space.excluded({**plain, **each}) is None)


def _changed(
    space: Space, plain: Point, old: Point, ending: Point, changes: Iterable[Point]
) -> Point:
    """Change a plain rebase; what cannot be changed beside the other changes is left as it is."""
    point = {**plain, **old}
    point.update({name: point[same] for name, same in _SAME_TARGET.items()})
    left = [ending, *changes]
    while left:
        impossible = []
        for change in left:
            tried = {**point, **change}
            if space.excluded(tried) is None:
                point = tried
            else:
                impossible.append(change)
        if len(impossible) == len(left):
            break
        left = impossible
    return point


def is_free(key: str) -> bool:
    """Whether a key may be generated: not empty, not held still, no case of its own."""
    return bool(key) and key not in HELD and key not in _NAMED and key not in {STACK, BASE}


def _spelled(families: Iterable[tuple[_Place, tuple[str, str], int]]) -> LabelSet:
    return spell(
        (
            LabelFamily(prefix, kind, key, value, count)
            for (prefix, kind), (key, value), count in families
        ),
        most=WIDE,
    )


def _placed(labels: Iterable[tuple[_Place | None, str, str]]) -> LabelSet:
    """Put each label where its kind says; one that is replaced had the value of the one before."""
    app: dict[str, str] = {}
    run_image: dict[str, str] = {}
    before = ""
    for place, text, value in labels:
        if place is None:
            continue
        prefix, kind = place
        key = PREFIXES[prefix] + text
        if is_free(key):
            if kind != "added":
                app[key] = before if kind == "replaced" else value
            if kind != "removed":
                run_image[key] = value
        before = value
    return LabelSet(app, run_image)


def _with_labels(shape: Shape, labels: LabelSet) -> Shape:
    return replace(shape, labels={**shape.labels, **labels.run_image})

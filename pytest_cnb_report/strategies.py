"""Hypothesis strategies for label sets and run images: what the suite draws, for any test.

Importing this module imports Hypothesis; the plugin does so only when the suite runs.
"""

from __future__ import annotations

from hypothesis import strategies as st

from pytest_cnb_report.drive.build_cases import RUN_IMAGE_SHAPES
from pytest_cnb_report.drive.label_sets import (
    BASE,
    HELD,
    KEY_SHAPES,
    KINDS,
    PREFIXES,
    STACK,
    VALUE_SHAPES,
    LabelFamily,
    LabelSet,
    spell,
)
from pytest_cnb_report.drive.rebase_cases import NAMED_LABELS
from pytest_cnb_report.drive.shapes import Shape

WIDE = 300
"""The most labels in a wide set: a real rebaser's time grows with the square of their number."""

_NAMED = frozenset(STACK + name for name in NAMED_LABELS)

_FAMILIES = st.builds(
    LabelFamily,
    prefix=st.sampled_from(sorted(PREFIXES, key=lambda name: name != "stack")),
    kind=st.sampled_from(KINDS),
    key=st.sampled_from(sorted(KEY_SHAPES, key=lambda name: name != "plain")),
    value=st.sampled_from(sorted(VALUE_SHAPES, key=lambda name: name != "plain")),
    count=st.integers(min_value=1, max_value=40),
)

_TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


def wide_label_sets() -> st.SearchStrategy[LabelSet]:
    """Return sets of up to 300 labels of every kind: added, removed, replaced, kept, near miss."""
    return st.lists(_FAMILIES, min_size=1, max_size=12).map(
        lambda families: spell(families, most=WIDE)
    )


def small_label_sets() -> st.SearchStrategy[LabelSet]:
    """Return sets of a few labels with any text for a key, behind any prefix, and for a value."""
    keys = st.builds(
        lambda prefix, text: PREFIXES[prefix] + text,
        st.sampled_from(sorted(PREFIXES, key=lambda name: name != "stack")),
        _TEXT,
    ).filter(is_free)
    labels = st.dictionaries(keys, _TEXT, max_size=5)
    return st.builds(_overlapping, labels, labels, st.booleans())


def label_sets() -> st.SearchStrategy[LabelSet]:
    """Return label sets of both kinds."""
    return st.one_of(small_label_sets(), wide_label_sets())


def run_images() -> st.SearchStrategy[Shape]:
    """Return every shape of run image that the suite knows, with generated labels on it."""
    shapes = st.sampled_from([shape for _, _, shape in RUN_IMAGE_SHAPES])
    return st.builds(_with_labels, shapes, label_sets())


def is_free(key: str) -> bool:
    """Whether a key may be generated: not empty, not held still, no case of its own."""
    return bool(key) and key not in HELD and key not in _NAMED and key not in {STACK, BASE}


def _overlapping(app: dict[str, str], run_image: dict[str, str], overlap: bool) -> LabelSet:
    """Let the app image have the run image's keys too, with values of its own."""
    if not overlap:
        return LabelSet(app, run_image)
    own = list(app.values()) or [""]
    shared = {key: own[number % len(own)] for number, key in enumerate(run_image)}
    return LabelSet({**app, **shared}, run_image)


def _with_labels(shape: Shape, labels: LabelSet) -> Shape:
    return Shape(
        layers=shape.layers,
        compression=shape.compression,
        flavour=shape.flavour,
        history=shape.history,
        repeated_top=shape.repeated_top,
        index=shape.index,
        os=shape.os,
        architecture=shape.architecture,
        variant=shape.variant,
        labels={**shape.labels, **labels.run_image},
    )

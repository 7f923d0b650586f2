"""The labels of scenarios: every kind of transition for each prefix, in every one of them."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from pytest_cnb_report.drive.label_cases import VALUES, every_transition
from pytest_cnb_report.drive.label_sets import BASE, KEY_SHAPES, PREFIXES, STACK
from pytest_cnb_report.drive.situation import NAMED_LABELS, RELEASED

_LONG = frozenset({"long", "wide"})
_HARD = tuple(name for name in VALUES if name not in _LONG)
_FOR_BASE = (
    "plain",
    "emptied",
    "filled",
    "padded",
    "composed",
    "json",
    "markup",
    "escapes",
    "number",
)
_KEPT = frozenset({"plain", "emptied", "padded", "json", "LABEL_upper", "with space space"})
"""What is kept: some lifecycles take the longer the more labels there are, and the other values are
among those that are added and replaced."""
_SPECIAL = ("plain", "emptied", "padded", "markup")

MORE_KEYS: Mapping[str, str] = {
    "twin": "Twin-{n}",
    "twin-in-lower-case": "twin-{n}",
    "composed": "caf\u00e9-{n}",
    "decomposed": "cafe\u0301-{n}",
    "escaped": 'a"b\\c=d/\u2028<&>-{n}',
    "very-long": "k" * 255 + "-{n}",
}
"""Keys that are easily taken for each other, or written wrongly."""

_NAMED_BASE = ("maintainer", "homepage", "released", "description", "metadata")
"""Labels of a run image that RFC 0096 names, without their prefix, and that decide nothing."""

OTHER_PROJECTS = (
    "org.opencontainers.image.title",
    "org.opencontainers.image.base.name",
    "com.docker.compose.project",
    "io.buildpacks.id",
)

HUNDREDS = 100
"""Labels of each prefix that make more than 256 of both, with those of every kind."""

THOUSANDS = 460
"""Labels of each prefix that make more than 1,024 of both, with those of every kind."""

MANY = 110
"""More than 100 labels that the new run image does not have."""


@functools.cache
def on_old() -> Mapping[str, str]:
    """Labels of an old run image, which an app image on it has too."""
    labels = _near_the_prefixes("app")
    for prefix, values in ((STACK, _HARD), (BASE, _FOR_BASE)):
        labels.update(_transitions(prefix, values, new=False))
    labels[f"{STACK}long"] = "value " * 1400
    labels.update(_named(" 1"))
    labels[RELEASED] = "1"
    return labels


@functools.cache
def on_new() -> Mapping[str, str]:
    """Labels of a new run image: those of the old one added to, changed, removed and kept."""
    labels = _near_the_prefixes("run image")
    for prefix, values in ((STACK, _HARD), (BASE, _FOR_BASE)):
        labels.update(_transitions(prefix, values, new=True))
    labels[f"{STACK}long"] = "\u00e9 value " * 1000
    labels.update(_named(""))
    labels[RELEASED] = "2"
    return labels


def _named(end: str) -> dict[str, str]:
    """Labels that RFC 0050 and RFC 0096 name, and such that are nothing but a prefix."""
    own = {STACK + name: f"{value}{end}" for name, value in NAMED_LABELS.items()}
    base = {BASE + name: f"{NAMED_LABELS.get(name, 'a date')}{end}" for name in _NAMED_BASE}
    return {**own, **base, STACK: f"bare{end}", BASE: f"bare{end}"}


@functools.cache
def hundreds() -> Mapping[str, str]:
    """Further labels of each prefix, one of them of 64 KiB."""
    return {**_extra(HUNDREDS), f"{STACK}longest": "0123456789abcdef" * 4096}


@functools.cache
def thousands() -> Mapping[str, str]:
    """Many more of them, among them equal ones that are too long for an argument of a process."""
    longer = "0123456789abcdef" * 8200
    return {
        **_extra(THOUSANDS),
        **{f"{prefix}longer-{n}": longer for prefix in (STACK, BASE) for n in range(2)},
    }


def _extra(count: int) -> dict[str, str]:
    return {f"{prefix}extra.{n}": f"value {n}" for prefix in (STACK, BASE) for n in range(count)}


@functools.cache
def left_over() -> Mapping[str, str]:
    """More than 100 labels of each prefix that no run image has."""
    return {f"{prefix}gone.{n}": f"value {n}" for prefix in (STACK, BASE) for n in range(MANY)}


def of_prefixes(labels: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys that a rebase copies or removes."""
    return tuple(key for key in labels if key.startswith((STACK, BASE)))


def _transitions(prefix: str, values: tuple[str, ...], *, new: bool) -> dict[str, str]:
    keys = KEY_SHAPES if prefix == STACK else {}
    both = every_transition(prefix, values, keys)
    kept = f"{prefix}kept."
    labels = {
        key: value
        for key, value in (both.run_image if new else both.app).items()
        if not key.startswith(kept) or key.removeprefix(kept) in _KEPT
    }
    for name, shape in MORE_KEYS.items():
        labels[prefix + shape.format(n=1)] = f"{name} {2 if new else 1}"
        if name.startswith("twin") == new:
            labels[prefix + shape.format(n=2)] = f"{name} of one side"
    return labels


def _near_the_prefixes(side: str) -> dict[str, str]:
    """Labels that only look as if a rebase copied them, and those of other projects."""
    labels: dict[str, str] = {}
    for prefix in PREFIXES.values():
        if prefix not in {STACK, BASE}:
            both = every_transition(prefix, _SPECIAL)
            labels.update(both.app if side == "app" else both.run_image)
    labels.update({key: f"value {len(side)}" for key in OTHER_PROJECTS})
    return labels

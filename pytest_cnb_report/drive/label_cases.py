"""Cases with a label for every transition that has ever gone wrong: the same ones in every run.

Generated label sets look for what nobody thought of; these make sure of what somebody did. Each
prefix has a case of its own, so that a message speaks of one kind of label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pytest_cnb_report.drive.cases import AppEdits, Case, Rebase
from pytest_cnb_report.drive.label_sets import BASE, KEY_SHAPES, PREFIXES, STACK, LabelSet
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.values import Phase

VALUES: Mapping[str, tuple[str, str]] = {
    "plain": ("value 1", "value 2"),
    "emptied": ("value 1", ""),
    "filled": ("", "value 2"),
    "blanked": ("value 1", " \t "),
    "blank": (" ", "\n"),
    "padded": ("  value 1\t", "\t value 2  "),
    "unpadded": (" value ", "value"),
    "lines": ("one\ntwo\n", "one\r\nthree\rfour\n"),
    "composed": ("Bj\u00f6rn", "Bjo\u0308rn \u00f6 \u212b"),
    "unicode": (
        "\u4e2d\u6587",
        "\ufeff\U0001f4e6 \u043a\u043b\u044e\u0447 \u200b\u202e\u2028\ufeff",
    ),
    "case": ("value 1", "VALUE 1"),
    "json": ('{"a": 1}', '{ "b": [1, 2.0, 1e3], "a": null, "c": "\\u0041" }'),
    "markup": ("<b/>", "<a href=\"x?y=1&z=2\">&amp; 'q'</a>"),
    "escapes": ("\\t", "\\n \\u0041 \\\\ %41 %s {{.}} $HOME ${HOME} `id` # end"),
    "quoted": ("value", '"value"'),
    "list": ("a,b", "a, b,"),
    "number": ("1.0", "1.50"),
    "leading-zero": ("7", "007"),
    "big-number": ("1", "9007199254740993"),
    "null": ("false", "null"),
    "boolean": ("false", "True"),
    "time": ("2020-01-01", "2020-05-12T07:17:02.390472000+02:00"),
    "long": ("0" * 5000, "0123456789" * 500),
    "wide": ("", "\u00e9" * 3000),
}
"""What the app image has and what the new run image has, by what is special about it."""

MANY = 60
"""Plain labels beside the special ones, so that there are well over a hundred of a prefix."""

_DISTRO = (f"{BASE}distro.name", f"{BASE}distro.version")
"""Labels of a run image by which a rebase is refused where the app image's differ."""


def every_transition(prefix: str, values: Iterable[str], keys: Iterable[str] = ()) -> LabelSet:
    """Return values, and plain ones under shapes of keys: added, removed, replaced and kept."""
    app: dict[str, str] = {}
    run_image: dict[str, str] = {}
    for key, old, new in _labels(values, keys):
        app[f"{prefix}removed.{key}"] = old
        app[f"{prefix}replaced.{key}"] = old
        app[f"{prefix}kept.{key}"] = new
        run_image[f"{prefix}added.{key}"] = new
        run_image[f"{prefix}replaced.{key}"] = new
        run_image[f"{prefix}kept.{key}"] = new
    return LabelSet(app, run_image)


def _labels(values: Iterable[str], keys: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for name in values:
        yield name, *VALUES[name]
    for name in keys:
        yield KEY_SHAPES[name].format(n=name), *VALUES["plain"]


def _every_other() -> LabelSet:
    """Labels that are none of the run image's, and those that only look as if they were."""
    app: dict[str, str] = {}
    run_image: dict[str, str] = {}
    for prefix in PREFIXES.values():
        if prefix not in {STACK, BASE}:
            labels = every_transition(prefix, ("plain", "emptied", "filled", "padded"))
            app.update(labels.app)
            run_image.update(labels.run_image)
    return LabelSet(app, run_image)


def _case(name: str, why: str, labels: LabelSet, more: Mapping[str, str]) -> Case:
    ask = Rebase(
        new=Shape(labels={**labels.run_image, **more}), app=AppEdits(labels=dict(labels.app))
    )
    return Case(name, why, Phase.REBASER, ask)


def _only_removed() -> Case:
    """A new run image without a base label, and with no stack label but those that are held."""
    app: dict[str, str | None] = dict.fromkeys(_DISTRO)
    app.update({f"{prefix}removed.{n}": f"value {n}" for prefix in (STACK, BASE) for n in range(3)})
    return Case(
        "labels-only-removed",
        "the new run image has no io.buildpacks.base.* label, and few io.buildpacks.stack.* labels",
        Phase.REBASER,
        Rebase(new=Shape(labels=dict.fromkeys(_DISTRO)), app=AppEdits(labels=app)),
    )


def _many(prefix: str) -> dict[str, str]:
    return {f"{prefix}many.{number}": f"value {number}" for number in range(MANY)}


LABEL_CASES: tuple[Case, ...] = (
    _case(
        "labels-stack",
        "labels io.buildpacks.stack.* with every kind of key and value that ever went wrong",
        every_transition(STACK, VALUES, KEY_SHAPES),
        _many(STACK),
    ),
    _case(
        "labels-base",
        "labels io.buildpacks.base.* with every kind of key and value that ever went wrong",
        every_transition(BASE, VALUES, KEY_SHAPES),
        _many(BASE),
    ),
    _case(
        "labels-other",
        "labels without one of the prefixes, and keys that only resemble a prefix",
        _every_other(),
        {},
    ),
    _only_removed(),
)

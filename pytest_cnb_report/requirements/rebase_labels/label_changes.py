"""Sort every label of a rebase into the one requirement that it is judged by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_cnb_report.judge.text import Choice, Text

STACK = "io.buildpacks.stack."
BASE = "io.buildpacks.base."
METADATA = "io.buildpacks.lifecycle.metadata"
_NEAR_MISS = re.compile(r"\s*io\.buildpacks\.(stack|base)", re.IGNORECASE)


@dataclass(frozen=True)
class LabelChange:
    """What one label was and is: on the app image, on the new run image, after the rebase.

    `expected` is the value that it has to have, None where it must not be there.
    """

    key: str
    app: str | None
    run_image: str | None
    after: str | None
    expected: str | None = None


@dataclass(frozen=True)
class Family:
    """The labels of one prefix whose value a rebase left wrong, each in exactly one list.

    `added`: missing although the new run image has it, or there although it must not arrive.
    `replaced`: still the app image's value. `copied`: some third value. `removed`: of a label that
    only the app image had, there although it must go, or gone although it must stay.
    """

    added: tuple[LabelChange, ...] = ()
    replaced: tuple[LabelChange, ...] = ()
    copied: tuple[LabelChange, ...] = ()
    removed: tuple[LabelChange, ...] = ()


@dataclass(frozen=True)
class LabelChanges:
    """Every label that a rebase left wrong, by the requirement that is about it."""

    families: Mapping[str, Family]
    preserved: tuple[LabelChange, ...] = ()
    not_copied: tuple[LabelChange, ...] = ()
    boundary: tuple[LabelChange, ...] = ()
    elsewhere: tuple[LabelChange, ...] = ()
    """Labels to copy that a requirement of their own is about."""

    @property
    def any(self) -> bool:
        """Whether anything is wrong at all."""
        lists = [
            part
            for family in self.families.values()
            for part in (family.added, family.replaced, family.copied, family.removed)
        ]
        return any([*lists, self.preserved, self.not_copied, self.boundary, self.elsewhere])


def is_near_miss(key: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a key looks as if it had one of the prefixes, and has not."""
    return bool(_NEAR_MISS.match(key)) and not key.startswith((*prefixes, STACK, BASE))


def _is_near_miss_of(key: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a key looks as if it had a prefix that counts."""
    found = _NEAR_MISS.match(key)
    if found is None or not is_near_miss(key, prefixes):
        return False
    return found[1].lower() in {prefix.split(".")[2] for prefix in prefixes}


def allowed(
    key: str,
    app: str | None,
    run_image: str | None,
    prefixes: tuple[str, ...],
    text: Text,
    *,
    target_data: frozenset[str] = frozenset(),
) -> tuple[str | None, ...]:
    """Return every value that a label may have after a rebase, by the accepted readings."""
    if not key.startswith(prefixes):
        if not _is_near_miss_of(key, prefixes):
            return (app,)
        return _either(text.reading("label-prefix"), app, run_image)
    if run_image is None:
        gone = _either(text.reading("stale-labels"), None, app)
        if key not in target_data or not text.accepts("distribution-lost", "b"):
            return gone
        return (*gone, app) if text.accepts("distribution-lost", "a") else (app,)
    if app is None:
        return _either(text.reading("if-present"), run_image, None)
    return (run_image,)


def _either(choice: Choice, a: str | None, b: str | None) -> tuple[str | None, ...]:
    if choice == "either":
        return (a, b)
    return (a,) if choice == "a" else (b,)


def label_changes(
    *,
    app: Mapping[str, str],
    run_image: Mapping[str, str],
    after: Mapping[str, str],
    prefixes: tuple[str, ...],
    text: Text,
    elsewhere: frozenset[str] = frozenset(),
    target_data: frozenset[str] = frozenset(),
) -> LabelChanges:
    """Compare the labels after a rebase with what they have to be.

    `prefixes` are those whose labels come from the new run image; every other label is the app
    image's own. `elsewhere` are labels of the new run image that a requirement of their own is
    about, and `target_data` those that say what an image is for and that may stay therefore. The
    lifecycle metadata label is left out: it has requirements of its own.
    """

    def right(key: str) -> tuple[str | None, ...]:
        return allowed(
            key, app.get(key), run_image.get(key), prefixes, text, target_data=target_data
        )

    # of thousands of labels, few can be wrong: those that changed, and those that might have to
    changed = {key for key, _ in app.items() ^ after.items()}
    other_than_run_image = {key for key, _ in run_image.items() ^ after.items()} - changed
    might_have_to = {key for key in other_than_run_image if _NEAR_MISS.match(key)}
    wrong = [
        LabelChange(key, app.get(key), run_image.get(key), after.get(key), right(key)[0])
        for key in sorted((changed | might_have_to) - {METADATA})
        if after.get(key) not in right(key)
    ]
    apart = [c for c in wrong if c.key in elsewhere and c.run_image is not None]
    wrong = [c for c in wrong if c.key not in elsewhere or c.run_image is None]
    families = {
        prefix: _family([c for c in wrong if c.key.startswith(prefix)]) for prefix in prefixes
    }
    own = [c for c in wrong if not c.key.startswith(prefixes)]
    near = tuple(c for c in own if is_near_miss(c.key, prefixes))
    other = [c for c in own if not is_near_miss(c.key, prefixes)]
    return LabelChanges(
        families=families,
        preserved=tuple(c for c in other if c.app is not None),
        not_copied=tuple(c for c in other if c.app is None),
        boundary=near,
        elsewhere=tuple(apart),
    )


def certain_changes(
    *,
    run_image: Mapping[str, str],
    after: Mapping[str, str],
    prefixes: tuple[str, ...],
    text: Text,
    elsewhere: frozenset[str] = frozenset(),
    target_data: frozenset[str] = frozenset(),
) -> LabelChanges:
    """Do the same where nobody knows the labels of the app image from before.

    Left wrong is only what is wrong whatever they were. A label that the new run image does not
    have is in `removed`: whether the app image had it is not known. A label with another value is
    in `copied`.
    """
    must_go = text.reading("stale-labels") == "a"
    must_come = text.reading("if-present") == "a"
    may_stay = target_data if text.accepts("distribution-lost", "b") else frozenset()
    families = {}
    for prefix in prefixes:
        keys = {key for key in {*run_image, *after} if key.startswith(prefix)} - elsewhere
        wrong = [
            LabelChange(key, None, run_image.get(key), after.get(key), run_image.get(key))
            for key in sorted(keys)
            if run_image.get(key) != after.get(key)
        ]
        families[prefix] = Family(
            added=tuple(c for c in wrong if c.after is None and must_come),
            copied=tuple(c for c in wrong if c.after is not None and c.run_image is not None),
            removed=tuple(
                c for c in wrong if c.run_image is None and must_go and c.key not in may_stay
            ),
        )
    return LabelChanges(families)


def _family(changes: list[LabelChange]) -> Family:
    from_run_image = [c for c in changes if c.run_image is not None]
    added = tuple(c for c in from_run_image if c.after in {None, c.run_image})
    differing = [c for c in from_run_image if c.after not in {None, c.run_image}]
    # a key that nobody had is the spelling of one that is missing, where one is
    invented = [c for c in changes if c.app is None and c.run_image is None]
    removed = tuple(c for c in changes if c.run_image is None and c.app is not None)
    return Family(
        added=added,
        replaced=tuple(c for c in differing if c.after == c.app),
        copied=(
            *(c for c in differing if c.after != c.app),
            *(() if any(c.after is None for c in added) else invented),
        ),
        removed=removed,
    )

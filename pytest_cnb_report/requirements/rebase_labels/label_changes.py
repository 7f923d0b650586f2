"""Sort every label of a rebase into the one requirement that it is judged by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

STACK = "io.buildpacks.stack."
BASE = "io.buildpacks.base."
METADATA = "io.buildpacks.lifecycle.metadata"
_NEAR_MISS = re.compile(r"\s*io\.buildpacks\.(?:stack|base)", re.IGNORECASE)


@dataclass(frozen=True)
class LabelChange:
    """What one label was and is: on the app image, on the new run image, after the rebase."""

    key: str
    app: str | None
    run_image: str | None
    after: str | None


@dataclass(frozen=True)
class Family:
    """The labels of one prefix whose value a rebase left wrong, each in exactly one list.

    `added`: missing although the new run image has it. `replaced`: still the app image's value.
    `copied`: some third value. `removed`: there although the new run image does not have it.
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


def label_changes(
    *,
    app: Mapping[str, str],
    run_image: Mapping[str, str],
    after: Mapping[str, str],
    prefixes: tuple[str, ...],
    elsewhere: frozenset[str] = frozenset(),
) -> LabelChanges:
    """Compare the labels after a rebase with what they have to be.

    `prefixes` are those whose labels come from the new run image; every other label is the app
    image's own. `elsewhere` are labels of the new run image that a requirement of their own is
    about. The lifecycle metadata label is left out: it has requirements of its own.
    """
    wrong = [
        LabelChange(key, app.get(key), run_image.get(key), after.get(key))
        for key in sorted({*app, *run_image, *after} - {METADATA})
        if after.get(key) != (run_image if key.startswith(prefixes) else app).get(key)
    ]
    apart = [c for c in wrong if c.key in elsewhere and c.run_image is not None]
    wrong = [c for c in wrong if c not in apart]
    families = {
        prefix: _family([c for c in wrong if c.key.startswith(prefix)]) for prefix in prefixes
    }
    own = [c for c in wrong if not c.key.startswith(prefixes)]
    near = tuple(c for c in own if is_near_miss(c.key, prefixes))
    other = [c for c in own if c not in near]
    return LabelChanges(
        families=families,
        preserved=tuple(c for c in other if c.app is not None),
        not_copied=tuple(c for c in other if c.app is None),
        boundary=near,
        elsewhere=tuple(apart),
    )


def _family(changes: list[LabelChange]) -> Family:
    added = tuple(c for c in changes if c.run_image is not None and c.after is None)
    differing = [
        c
        for c in changes
        if c.run_image is not None and c.after is not None and c.after != c.run_image
    ]
    # a key that nobody had is the spelling of one that is missing, where one is
    invented = [c for c in changes if c.app is None and c.run_image is None]
    removed = tuple(
        c for c in changes if c.run_image is None and c.app is not None and c.after is not None
    )
    return Family(
        added=added,
        replaced=tuple(c for c in differing if c.after == c.app),
        copied=(
            *(c for c in differing if c.after != c.app),
            *(() if added else invented),
        ),
        removed=removed,
    )

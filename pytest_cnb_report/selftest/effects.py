"""Effects: kinds of mistakes that a lifecycle may make under some condition only.

Each is made by faulty lifecycles; where there are several, each makes it in its own kind of
scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.judge.applicability import EXPORT_INPUTS
from pytest_cnb_report.platform_apis import BASE_LABELS
from pytest_cnb_report.scenarios.shown import LABELS, NAMES
from pytest_cnb_report.scenarios.space import Combination
from pytest_cnb_report.selftest.conditions import HiddenAt, ShowsOnly
from pytest_cnb_report.selftest.selection import matching
from pytest_cnb_report.values import Phase, PlatformApi

BUILDS = (Phase.EXPORTER, Phase.CREATOR)
REBASES = (Phase.REBASER,)
EVERY_PHASE = (*BUILDS, *REBASES)


@dataclass(frozen=True)
class Effect:
    """A kind of mistake: by which faults it is made, and where it can show at all.

    `ends` is how a call has to end for it to show; below `since` there is nothing to show. `also`
    are requirements that catch it beside those that its faults break: that a call succeeds is for
    another requirement where a scenario is about an input.
    """

    name: str
    mistake: str
    faults: tuple[str, ...]
    phases: tuple[Phase, ...] = EVERY_PHASE
    ends: Expect = Expect.SUCCESS
    since: PlatformApi | None = None
    only: tuple[ShowsOnly, ...] = ()
    hidden: tuple[HiddenAt, ...] = ()
    also: frozenset[str] = frozenset()


def only_where(shown: Combination, because: str, *, may_elsewhere: bool = False) -> ShowsOnly:
    """Say where alone an effect shows: a combination of one dimension."""
    ((dimension, values),) = shown.values.items()
    return ShowsOnly(dimension, values, because, may_elsewhere)


# an image has the labels that a rebase is decided by in any case, and they differ in some scenarios
_LABELS, _BUILD_LABELS = (
    only_where(LABELS[space], "an image without labels has none to get wrong", may_elsewhere=True)
    for space in ("rebase", "build")
)
_NAMES, _TAGS = (
    only_where(NAMES[space], f"there is no second {what}")
    for space, what in (("rebase", "name"), ("build", "tag"))
)

EFFECTS: tuple[Effect, ...] = (
    Effect(
        "stack-labels-not-copied",
        "The new run image's stack labels are not copied.",
        ("stack-labels-not-synced",),
        REBASES,
        only=(_LABELS,),
    ),
    Effect(
        "base-labels-not-copied",
        "The new run image's base labels are not copied.",
        ("base-labels-not-synced",),
        REBASES,
        since=BASE_LABELS,
        only=(_LABELS,),
    ),
    Effect(
        "one-label-dropped",
        "Of the labels to copy one is left out.",
        ("last-label-forgotten",),
        REBASES,
        only=(_LABELS,),
    ),
    Effect(
        "apps-value-wins",
        "Where both images have a label, the app image's value stays.",
        ("stack-labels-not-replaced", "base-labels-not-replaced"),
        REBASES,
        only=(_LABELS,),
    ),
    Effect(
        "old-labels-left-over",
        "Labels that the new run image does not have stay on the app image.",
        ("stale-labels-kept",),
        REBASES,
        only=(_LABELS,),
    ),
    Effect(
        "values-trimmed",
        "White space around a copied value is lost.",
        ("values-trimmed",),
        REBASES,
        only=(_LABELS,),
    ),
    Effect(
        "labels-not-inherited",
        "An exported image lacks labels of its run image.",
        ("stack-labels-not-inherited", "base-labels-not-inherited"),
        BUILDS,
        only=(_BUILD_LABELS,),
    ),
    Effect(
        "top-layer-of-another-image",
        "The report's top layer is the app image's own.",
        ("apps-top-layer-for-top-layer",),
    ),
    Effect(
        "old-top-layer-in-label",
        "After a rebase the label's top layer is still the old run image's.",
        ("old-top-layer-in-label",),
        REBASES,
    ),
    Effect(
        "old-reference",
        "After a rebase the label's reference is still the old run image's.",
        ("old-reference-in-label",),
        REBASES,
    ),
    Effect(
        "reference-of-another-image",
        "The report's reference is the app image's.",
        ("app-image-for-reference",),
    ),
    Effect(
        "no-report",
        "There is no report.",
        ("no-report-after-export", "no-report-after-create", "no-report-after-rebase"),
    ),
    Effect(
        "wrong-digest",
        "The report's digest is the run image's.",
        ("run-image-digest-for-digest",),
    ),
    Effect(
        "layers-lost",
        "The old run image's layers stay below the new one's, or a creator's app image has no layer"
        " but the run image's.",
        ("old-base-kept", "created-without-the-app"),
        (Phase.CREATOR, Phase.REBASER),
    ),
    Effect(
        "config-replaced",
        "The rebased image has the new run image's Env, user and command.",
        ("run-images-config",),
        REBASES,
    ),
    Effect(
        "metadata-lost",
        "The label forgets the buildpacks.",
        ("buildpacks-lost-from-label",),
        REBASES,
    ),
    Effect(
        "second-name-forgotten",
        "Of several names for the rebased image only the first is written.",
        ("second-image-forgotten",),
        REBASES,
        only=(_NAMES,),
    ),
    Effect(
        "second-tag-forgotten",
        "Of several tags the app image is written to the first alone.",
        ("further-tags-forgotten",),
        BUILDS,
        only=(_TAGS,),
        also=frozenset({EXPORT_INPUTS}),
    ),
    Effect(
        "refusal-accepted",
        "What has to be refused is done.",
        ("unlisted-accepted", "rebasable-not-read", "target-not-compared"),
        REBASES,
        Expect.REFUSAL,
    ),
    Effect(
        "failure-as-success",
        "What has to be refused is left undone, and the exit code says that all went well.",
        ("refusal-ends-well",),
        REBASES,
        Expect.REFUSAL,
    ),
    Effect(
        "refused-after-saving",
        "What has to be refused is written first, and refused afterwards.",
        ("refused-after-saving",),
        REBASES,
        Expect.REFUSAL,
    ),
)


def chosen(globs: Sequence[str]) -> tuple[Effect, ...]:
    """Return the effects whose whole name any of the globs matches; all of them without a glob.

    Raises UnknownFaultError for a glob that matches none.
    """
    names = matching(globs, (each.name for each in EFFECTS), "effect", "--conditions --list")
    return tuple(each for each in EFFECTS if each.name in names)

"""Whether a requirement applies to a call: the one answer that everything in the suite asks.

A `Condition` is a predicate over a `Situation`. Conditions combine with `&`, `|` and `~`, so that a
rule says where it applies in the words that the requirement itself uses:
`asks.rebase & asks.success & asks.several_images`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.situation import Evidence, Situation
from pytest_cnb_report.platform_apis import REBASE_REFUSALS
from pytest_cnb_report.values import Phase


@dataclass(frozen=True)
class Condition:
    """A predicate over what a call asks."""

    holds: Callable[[Situation], bool]

    def __call__(self, situation: Situation) -> bool:
        """Whether it holds."""
        return self.holds(situation)

    def __and__(self, other: Condition) -> Condition:
        return Condition(lambda situation: self(situation) and other(situation))

    def __or__(self, other: Condition) -> Condition:
        return Condition(lambda situation: self(situation) or other(situation))

    def __invert__(self) -> Condition:
        return Condition(lambda situation: not self(situation))


EXPORT_SUCCEEDS = "export.succeeds"
EXPORT_INPUTS = "export.inputs.environment"
REBASE_SUCCEEDS = "rebase.succeeds"
DEFAULT_RUN_IMAGE = "rebase.run-image.default"
INPUTS = "rebase.inputs.environment"
UNLISTED_PERMITTED = "rebase.unlisted.permitted"
TARGET_FORCED = "rebase.target.forced"
OPTIONAL_LABELS = "rebase.labels.stack.optional"
UNKNOWN_PROCESS = "export.unknown-process.refused"
EXPORT_PUSH_FAILURE = "export.push-failure"
REBASE_PUSH_FAILURE = "rebase.push-failure"


def success_requirement(situation: Situation) -> str:
    """Return the requirement that fails where a call does not succeed although it has to.

    A call that is about one thing (an input, a default, a forced change) fails for that thing;
    every other requirement is then untestable, with that one as its cause. So one mistake of a
    lifecycle fails one requirement.
    """
    if situation.phase is not Phase.REBASER:
        return EXPORT_INPUTS if situation.inputs_by_variables else EXPORT_SUCCEEDS
    particular = (
        (situation.run_image_by == "default", DEFAULT_RUN_IMAGE),
        (situation.input_in_question, INPUTS),
        (_unlisted_permitted(situation), UNLISTED_PERMITTED),
        (_target_forced(situation), TARGET_FORCED),
        (situation.lost_named_labels, OPTIONAL_LABELS),
    )
    return next((requirement for holds, requirement in particular if holds), REBASE_SUCCEEDS)


def by_flags(situation: Situation) -> Situation:
    """Return the situation of the same call with every input given by its flag."""
    return replace(
        situation,
        run_image_by="default" if situation.run_image_by == "default" else "flag",
        force=None if situation.force is None else "flag",
        daemon_by="flag",
        inputs_by_variables=False,
    )


def _unlisted_permitted(situation: Situation) -> bool:
    """Whether it is a rebase onto a run image that needs to be listed only at later platform APIs.

    Those are also the ones that have force.
    """
    return situation.unlisted and situation.platform_api < REBASE_REFUSALS


def _target_forced(situation: Situation) -> bool:
    """Whether it is a rebase that without force had to be refused for its target.

    Target data of an app image that was built at an older platform API does not count.
    """
    built_at = situation.app_built_at or situation.platform_api
    return situation.force is not None and bool(situation.differing) and built_at >= REBASE_REFUSALS


def failure_requirement(situation: Situation) -> str | None:
    """Return the requirement that fails where a call succeeds although it cannot do what is asked.

    None where several may, or none does.
    """
    if situation.refused_push:
        rebase = situation.phase is Phase.REBASER
        return REBASE_PUSH_FAILURE if rebase else EXPORT_PUSH_FAILURE
    return UNKNOWN_PROCESS if situation.unknown_process else None


class asks:  # noqa: N801 - reads as a verb: asks.rebase & asks.success
    """The conditions that rules are made of."""

    success = Condition(lambda s: s.expect is Expect.SUCCESS)
    refusal = Condition(lambda s: s.expect is Expect.REFUSAL)
    failure = Condition(lambda s: s.expect is not Expect.SUCCESS)
    rebase = Condition(lambda s: s.phase is Phase.REBASER)
    build = ~rebase
    default_report_path = Condition(lambda s: s.report_by == "default")
    report_before = Condition(lambda s: s.report_before)
    several_images = Condition(lambda s: s.images > 1)
    previous_image = Condition(lambda s: s.previous_image)
    default_run_image = Condition(lambda s: s.run_image_by == "default")
    default_from_stack = Condition(
        lambda s: s.run_image_by == "default" and s.default_from == "stack"
    )
    force = Condition(lambda s: s.force is not None)
    unlisted = Condition(lambda s: s.unlisted)
    same_run_image = Condition(lambda s: s.same_run_image)
    again = Condition(lambda s: s.again)
    repeated = Condition(lambda s: s.repeated)
    rebasable_false = Condition(lambda s: s.rebasable_false)
    other_target = Condition(lambda s: bool(s.differing))
    half_target = Condition(lambda s: bool(s.half_given))
    named_labels = Condition(lambda s: s.named_labels)
    unknown_process = Condition(lambda s: s.unknown_process)
    epoch = Condition(lambda s: s.epoch)
    refused_push = Condition(lambda s: s.refused_push)

    foreign_run_image = Condition(lambda s: Evidence.CONTROLLED_RUN_IMAGE not in s.known)

    @staticmethod
    def succeeding_by(requirement: str) -> Condition:
        """Whether this requirement is the one that fails where the call does not succeed."""
        return Condition(lambda s: success_requirement(s) == requirement)

    @staticmethod
    def succeeding_by_flags(requirement: str) -> Condition:
        """Whether it is where the same call by flags does not succeed."""
        return Condition(lambda s: success_requirement(by_flags(s)) == requirement)


def lacking(needs: frozenset[Evidence], situation: Situation) -> tuple[Evidence, ...]:
    """Return the evidence that a rule needs and that this call does not come with."""
    missing = needs - situation.known
    return tuple(each for each in Evidence if each in missing) if missing else ()

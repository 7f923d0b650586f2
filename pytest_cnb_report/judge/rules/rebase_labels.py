"""Labels at rebase: each key is judged by exactly one of these requirements."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.drive.rebase_cases import NAMED_LABELS
from pytest_cnb_report.judge.guards import (
    once,
    require_before,
    require_success,
    succeeded_in_particular,
)
from pytest_cnb_report.judge.label_changes import (
    BASE,
    STACK,
    Family,
    LabelChange,
    LabelChanges,
    label_changes,
)
from pytest_cnb_report.judge.rules.rule import Rule, beginning, is_special, named
from pytest_cnb_report.judge.verdict import Answer, Verdict, broken, met, untestable
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import BASE_LABELS
from pytest_cnb_report.values import Phase, Profile

SHOWN = 5
"""How many labels of one kind a message shows."""


@once
def changes_of(observation: Observation) -> LabelChanges:
    """Return what a rebase left wrong of the labels."""
    done = require_success(observation)
    since = observation.platform_api >= BASE_LABELS
    return label_changes(
        app=require_before(done).labels,
        run_image=done.asked.run_image.labels,
        after=done.app.labels,
        prefixes=(STACK, BASE) if since else (STACK,),
    )


def _verdict(wrong: tuple[LabelChange, ...], what: str, *, from_run_image: bool) -> Verdict:
    if not wrong:
        return met()
    return broken(
        what,
        expected={c.key: c.run_image if from_run_image else c.app for c in wrong[:SHOWN]},
        actual={c.key: c.after for c in wrong[:SHOWN]},
    )


_WHAT = {
    "added": "an {prefix}* label of the new run image is missing",
    "replaced": "an {prefix}* label still has the app image's old value",
    "copied": "an {prefix}* label has a value that is not the new run image's, byte for byte",
    "removed": "an {prefix}* label that only the app image had is still there",
}


def from_run_image(prefix: str, part: str) -> Callable[[Observation, Profile], Verdict]:
    """Judge one kind of change to the labels with a prefix."""

    def judge(observation: Observation, _: Profile) -> Verdict:
        changes = changes_of(observation)
        family = changes.families.get(prefix, Family())
        wrong: tuple[LabelChange, ...] = getattr(family, part)
        return _verdict(wrong, _WHAT[part].format(prefix=prefix), from_run_image=True)

    return judge


def preserved(observation: Observation, _: Profile) -> Verdict:
    """Judge that every other label of the app image stays."""
    changes = changes_of(observation)
    return _verdict(
        changes.preserved,
        "a label of the app image is not what it was, though it is none of the run image's",
        from_run_image=False,
    )


def not_copied(observation: Observation, _: Profile) -> Verdict:
    """Judge that no other label arrives, of the run image or made up."""
    wrong = changes_of(observation).not_copied
    copied = any(change.run_image is not None for change in wrong)
    return _verdict(
        wrong,
        "a label of the run image was copied that is none of those to copy"
        if copied
        else "a label was added that neither the app image nor the run image had",
        from_run_image=False,
    )


def boundary(observation: Observation, _: Profile) -> Verdict:
    """Judge that a label that only looks like one of the run image's is left alone."""
    changes = changes_of(observation)
    return _verdict(
        changes.boundary,
        "a label that only looks as if it had the prefix was treated as if it had",
        from_run_image=False,
    )


def named_label(observation: Observation, _: Profile) -> Verdict:
    """Judge each of the eight labels that RFC 0050 names, on a run image with only that one."""
    done = require_success(observation)
    keys = {STACK + name for name in NAMED_LABELS}
    expected = {k: v for k, v in done.asked.run_image.labels.items() if k in keys}
    actual = {key: done.app.labels.get(key) for key in expected}
    if actual == expected:
        return met()
    return broken(
        "one of the labels that RFC 0050 names did not take the new run image's value",
        expected=expected,
        actual=actual,
    )


def optional(observation: Observation, _: Profile) -> Verdict:
    """Judge that a run image with none or some of the eight labels can be rebased onto."""
    verdict = succeeded_in_particular(observation)
    if verdict.answer is not Answer.BROKEN:
        return verdict
    return broken(
        f"a rebase fails where not all of the labels that RFC 0050 names exist: {verdict.message}",
        expected=verdict.expected,
        actual=verdict.actual,
    )


def idempotent(observation: Observation, _: Profile) -> Verdict:
    """Judge that a second rebase onto the same run image changes no label."""
    done = require_success(observation)
    if changes_of(observation).any:
        return untestable("the first rebase left labels wrong already")
    again = observation.again
    if again is None or again.call is None or again.call.exit_code != 0:
        why = again.call.ending if again is not None and again.call is not None else "not done"
        return broken(f"the second of two equal rebases {why}", expected="exit code 0", actual=why)
    if not isinstance(again.app, AppImage):
        return broken("the second of two equal rebases left no image", actual=again.app.why)
    first, second = done.app.labels, again.app.labels
    differing = sorted(key for key in {*first, *second} if first.get(key) != second.get(key))
    if not differing:
        return met()
    return broken(
        "a second rebase onto the same run image changed labels",
        expected={key: first.get(key) for key in differing[:SHOWN]},
        actual={key: second.get(key) for key in differing[:SHOWN]},
    )


def _rebased(case: Case) -> bool:
    return case.expect is Expect.SUCCESS and case.phase is Phase.REBASER and not is_special(case)


RULES: Mapping[str, Rule] = {
    **{
        f"rebase.labels.{family}.{part}": Rule(from_run_image(prefix, part), _rebased)
        for family, prefix in (("stack", STACK), ("base", BASE))
        for part in ("added", "replaced", "copied", "removed")
    },
    "rebase.labels.stack.named": Rule(named_label, beginning("named-")),
    "rebase.labels.stack.optional": Rule(optional, beginning("optional-")),
    "rebase.labels.other.preserved": Rule(preserved, _rebased),
    "rebase.labels.other.not-copied": Rule(not_copied, _rebased),
    "rebase.labels.boundary": Rule(boundary, _rebased),
    "rebase.labels.idempotent": Rule(idempotent, named("twice")),
}

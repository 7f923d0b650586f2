"""Labels at rebase: each key is judged by exactly one of these requirements."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from pytest_cnb_report.drive.situation import (
    DISTRO_LABELS,
    NAMED_KEYS,
    RELEASE_DATE,
    RELEASED,
    Evidence,
    Situation,
)
from pytest_cnb_report.judge.applicability import OPTIONAL_LABELS, asks
from pytest_cnb_report.judge.label_spelling import in_one_spelling
from pytest_cnb_report.judge.preconditions import (
    SuccessfulCall,
    require_before,
    require_success,
    succeeded_in_particular,
)
from pytest_cnb_report.judge.refusal import app_api
from pytest_cnb_report.judge.rule import Judge, Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    broken,
    cannot_tell,
    met,
    not_applicable,
    untestable,
)
from pytest_cnb_report.observe.image import LIFECYCLE_METADATA, AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import BASE_LABELS, PlatformApi
from pytest_cnb_report.requirements.rebase_labels.label_changes import (
    BASE,
    STACK,
    Family,
    LabelChange,
    LabelChanges,
    certain_changes,
    label_changes,
)

SHOWN = 5
"""How many labels of one kind a message shows."""


def changes_of(observation: Observation, text: Text) -> LabelChanges:
    """Return what a rebase left wrong of the labels."""
    done = require_success(observation)
    compare: Callable[..., LabelChanges]
    if _before_known(observation):
        compare = functools.partial(label_changes, app=require_before(done).labels)
    else:
        compare = certain_changes
    return compare(
        run_image=done.asked.run_image.labels,
        after=done.app.labels,
        prefixes=_prefixes(observation, text),
        text=text,
        elsewhere=_forced_target(observation.situation, text).union(_named(done, text)),
        target_data=frozenset(() if observation.situation.force else DISTRO_LABELS),
    )


def _before_known(observation: Observation) -> bool:
    return Evidence.APP_BEFORE in observation.situation.known


def _base_apis(observation: Observation, text: Text) -> tuple[PlatformApi, ...]:
    """Return the platform APIs by which base labels count or not, by the accepted readings."""
    rebaser = (observation.platform_api,) if text.accepts("differing-platform-apis", "a") else ()
    app = (app_api(observation),) if text.accepts("differing-platform-apis", "b") else ()
    return (*rebaser, *app)


def _base_since(part: str, text: Text) -> PlatformApi:
    """Return the platform API from which on a text asks for one kind of change to base labels."""
    return text.since.get(f"rebase.labels.base.{part}", BASE_LABELS)


def _prefixes(observation: Observation, text: Text) -> tuple[str, ...]:
    """Return the prefixes of the labels that come from the run image, those that it may be."""
    since = min(_base_since(part, text) for part in _WHAT)
    base = any(api >= since for api in _base_apis(observation, text))
    return (STACK, BASE) if base else (STACK,)


def _named(done: SuccessfulCall, text: Text) -> dict[str, str]:
    """Return the run image's labels that `rebase.labels.stack.named` is about.

    Where two names of the release date are accepted, one of them that is right will do.
    """
    labels = done.asked.run_image.labels
    dates = [RELEASE_DATE] if text.accepts("release-date-label", "a") else []
    dates += [RELEASED] if text.accepts("release-date-label", "b") else []
    dates = [key for key in dates if key in labels]
    if any(done.app.labels.get(key) == labels[key] for key in dates):
        dates = [key for key in dates if done.app.labels.get(key) == labels[key]]
    keys = (NAMED_KEYS - {RELEASE_DATE, RELEASED}) | set(dates)
    return {key: value for key, value in labels.items() if key in keys}


def _forced_target(situation: Situation, text: Text) -> frozenset[str]:
    """Return the labels that a forced rebase changes as target data: `rebase.target.forced`.

    Where nobody knows whether it was forced, they may be what they were by one of the readings.
    """
    unknown = Evidence.FORCE not in situation.known and text.accepts("target-mismatch", "b")
    return situation.differing if situation.force is not None or unknown else frozenset()


def _verdict(wrong: tuple[LabelChange, ...], what: str) -> Verdict:
    if not wrong:
        return met()
    return broken(
        what,
        expected={c.key: c.expected for c in wrong[:SHOWN]},
        actual={c.key: c.after for c in wrong[:SHOWN]},
    )


_WHAT = {
    "added": "an {prefix}* label of the new run image is missing",
    "replaced": "an {prefix}* label still has the app image's old value",
    "copied": "an {prefix}* label has a value that is not the new run image's, byte for byte",
    "removed": "an {prefix}* label that only the app image had is still there",
}
_INSTEAD = {
    "added": "an {prefix}* label arrived that the app image did not have",
    "removed": "an {prefix}* label that only the app image had is gone or has another value",
}
"""The same for a text by which such a label is to be what it was."""
_LEFT_OVER = "an {prefix}* label is there that the new run image does not have"
"""What is said of "removed" where nobody knows whether the app image had the label before."""


def from_run_image(prefix: str, part: str) -> Judge:
    """Judge one kind of change to the labels with a prefix."""

    def judge(observation: Observation, text: Text) -> Verdict:
        if prefix == BASE:
            since = _base_since(part, text)
            older = [api for api in _base_apis(observation, text) if api < since]
            if older:
                return not_applicable(f"required from platform API {since}; this is {older[0]}")
        changes = changes_of(observation, text)
        family = changes.families.get(prefix, Family())
        wrong: tuple[LabelChange, ...] = getattr(family, part)
        if not _before_known(observation):
            return _without_before(prefix, part, family, text)
        as_it_was = bool(wrong) and (
            wrong[0].after is not None if part == "added" else wrong[0].expected == wrong[0].app
        )
        what = _INSTEAD.get(part, _WHAT[part]) if as_it_was else _WHAT[part]
        return _verdict(wrong, what.format(prefix=prefix))

    return judge


def _without_before(prefix: str, part: str, family: Family, text: Text) -> Verdict:
    """Judge one kind of change where the app image from before the rebase is not known."""
    if part == "replaced" and family.copied:
        return cannot_tell(
            "a label has another value than the new run image's: whether it is the old one is not"
            " known",
            Evidence.APP_BEFORE,
        )
    question = {"added": "if-present", "removed": "stale-labels"}.get(part)
    if question is not None and text.reading(question) != "a":
        return cannot_tell("whether the app image had the label is not known", Evidence.APP_BEFORE)
    what = _LEFT_OVER if part == "removed" else _WHAT[part]
    return _verdict(getattr(family, part), what.format(prefix=prefix))


def preserved(observation: Observation, text: Text) -> Verdict:
    """Judge that every other label of the app image stays."""
    changes = changes_of(observation, text)
    return _verdict(
        changes.preserved,
        "a label of the app image changed that a rebase must not change",
    )


def not_copied(observation: Observation, text: Text) -> Verdict:
    """Judge that no other label arrives, of the run image or made up."""
    wrong = changes_of(observation, text).not_copied
    copied = any(change.run_image is not None for change in wrong)
    return _verdict(
        wrong,
        "a label of the run image was copied that must not be copied"
        if copied
        else "a label was added that neither the app image nor the run image had",
    )


def boundary(observation: Observation, text: Text) -> Verdict:
    """Judge that a label that only looks like one of the run image's is left alone."""
    changes = changes_of(observation, text)
    return _verdict(
        changes.boundary,
        "a label whose key only resembles the prefix was treated as if it had the prefix"
        if text.reading("label-prefix") == "a"
        else "a label whose key resembles the prefix does not have the run image's value",
    )


def named_label(observation: Observation, text: Text) -> Verdict:
    """Judge each of the eight labels that RFC 0050 names, on a run image with only that one."""
    done = require_success(observation)
    expected = _named(done, text)
    if not expected:
        return not_applicable("the run image has none of the eight labels")
    actual = {key: done.app.labels.get(key) for key in expected}
    if actual == expected:
        return met()
    return broken(
        "one of the labels that RFC 0050 names did not take the new run image's value",
        expected=expected,
        actual=actual,
    )


def optional(observation: Observation, _: Text) -> Verdict:
    """Judge that a run image with none or some of the eight labels can be rebased onto."""
    verdict = succeeded_in_particular(observation)
    if verdict.answer is not Answer.BROKEN:
        return verdict
    return broken(
        f"a rebase fails if not all of the labels that RFC 0050 names exist: {verdict.message}",
        expected=verdict.expected,
        actual=verdict.actual,
    )


def idempotent(observation: Observation, text: Text) -> Verdict:
    """Judge that a second rebase onto the same run image changes no label."""
    done = require_success(observation)
    if changes_of(observation, text).any:
        return untestable("labels were already wrong after the first rebase")
    again = observation.again
    if again is None or again.call is None or again.call.exit_code != 0:
        why = again.call.ending if again is not None and again.call is not None else "not done"
        return broken(f"the second of two equal rebases {why}", expected="exit code 0", actual=why)
    if not isinstance(again.app, AppImage):
        return broken("the second of two equal rebases left no image", actual=again.app.why)
    first, second = done.app.labels, again.app.labels
    differing = sorted(key for key in {*first, *second} if first.get(key) != second.get(key))
    if LIFECYCLE_METADATA in differing and _say_the_same(done.app, again.app, text):
        differing.remove(LIFECYCLE_METADATA)
    if not differing:
        return met()
    return broken(
        "a second rebase onto the same run image changed labels",
        expected={key: first.get(key) for key in differing[:SHOWN]},
        actual={key: second.get(key) for key in differing[:SHOWN]},
    )


def _say_the_same(one: AppImage, other: AppImage, text: Text) -> bool:
    """Whether two images have one lifecycle metadata label, however its JSON is written."""
    if isinstance(one.metadata, str) or isinstance(other.metadata, str):
        return False
    return in_one_spelling(one.metadata, text) == in_one_spelling(other.metadata, text)


_BEFORE = needs(Evidence.APP_BEFORE)


RULES: Mapping[str, Rule] = {
    **{
        f"rebase.labels.{family}.{part}": Rule(from_run_image(prefix, part), asks.success)
        for family, prefix in (("stack", STACK), ("base", BASE))
        for part in ("added", "replaced", "copied", "removed")
    },
    "rebase.labels.stack.named": Rule(named_label, asks.success & asks.named_labels),
    "rebase.labels.stack.optional": Rule(
        optional, asks.success & asks.succeeding_by(OPTIONAL_LABELS), needs(Evidence.CALL)
    ),
    "rebase.labels.other.preserved": Rule(preserved, asks.success, _BEFORE),
    "rebase.labels.other.not-copied": Rule(not_copied, asks.success, _BEFORE),
    "rebase.labels.boundary": Rule(boundary, asks.success, _BEFORE),
    "rebase.labels.idempotent": Rule(idempotent, asks.success & asks.again, needs(Evidence.CALL)),
}

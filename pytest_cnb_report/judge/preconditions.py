"""What has to hold before a rule can be asked: reached, succeeded, a report, an app image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.judge.applicability import (
    DEFAULT_RUN_IMAGE,
    EXPORT_INPUTS,
    INPUTS,
    UNLISTED_PERMITTED,
    success_requirement,
)
from pytest_cnb_report.judge.not_reached import not_reached
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.used_run_image import is_used, uses_its_run_image
from pytest_cnb_report.judge.verdict import Answer, Verdict, broken, met, shown, untestable
from pytest_cnb_report.observe.image import AppImage, ImageState
from pytest_cnb_report.observe.input_traces import missing_by_flags, wrong_traces
from pytest_cnb_report.observe.observation import Asked, Observation
from pytest_cnb_report.values import Phase

DEFAULT_PATH = "report.default-path"
"""The requirement about a report whose path nothing names."""

_ABOUT_INPUTS = frozenset({EXPORT_INPUTS, INPUTS})
"""Requirements about how an input is given."""

_CRASH_CODES = frozenset({126, 127})
"""Exit codes of the shell's own, for what cannot be run."""

_CRASH_OR_USAGE = 2
"""Exit code of Go's panic, and of many programs that do not know a flag."""

_CRASH_WORDS = re.compile(
    r"^(?:panic: |goroutine \d|fatal error: |Traceback )", re.IGNORECASE | re.MULTILINE
)
_USAGE_WORDS = re.compile(
    r"^(?:usage[: ]|flag provided but not defined)"
    r"|unrecognized arguments?|unknown (?:flag|option)|unexpected argument",
    re.IGNORECASE | re.MULTILINE,
)


class NotTestableError(Exception):
    """A step before the rule's own failed; carries the verdict that says so."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


@dataclass(frozen=True)
class SuccessfulCall:
    """A call that did what it was asked, with the app image that it left."""

    observation: Observation
    asked: Asked
    app: AppImage


def succeeded(observation: Observation) -> Verdict:
    """Judge whether the call did what it had to: it exited 0 and the app image is there."""
    phase = observation.phase.value
    if observation.blocked is not None:
        return not_reached(observation, phase)
    call = observation.call
    if call is None:
        return untestable(f"the {phase} was not called")
    if call.exit_code != 0:
        return broken(
            f"the {phase} {call.ending}",
            expected="exit code 0",
            actual=call.last_lines or "no output",
        )
    if isinstance(observation.app, AppImage):
        if observation.wrote:
            return _under_every_name(observation) or met(
                f"the {phase} exited 0 and wrote the app image"
            )
        return broken(
            f"the {phase} exited 0, but the app image is the one that was there before",
            expected="an app image that was written by this call",
            actual=observation.app.image_id,
        )
    what = observation.app.what
    left = f"left {what} in the app image's place" if what else "did not leave an app image"
    return broken(
        f"the {phase} exited 0, but {left}",
        expected="an image under each name that was given",
        actual=observation.app.why,
    )


def _under_every_name(observation: Observation) -> Verdict | None:
    """Return the verdict on a build that is not under every name; None where it is.

    After a rebase that is for `rebase.tags.same-image` to say.
    """
    if observation.phase is Phase.REBASER or observation.asked is None:
        return None
    found = {name: digest_or_id(observation.after.get(name)) for name in observation.asked.images}
    if len(set(found.values())) == 1:
        return None
    return broken(
        f"the {observation.phase.value} exited 0, but the app image is not under every name that"
        " was given",
        expected=dict.fromkeys(found, digest_or_id(observation.app)),
        actual=found,
    )


def digest_or_id(state: ImageState | None) -> str | None:
    """Return what tells one image from another at its target; None where there is none."""
    return (state.digest or state.image_id) if isinstance(state, AppImage) else None


def require_success(observation: Observation, *, cause: str | None = None) -> SuccessfulCall:
    """Return the successful call; raises NotTestableError where it is none.

    A build that was made elsewhere has been made: there is an app image, and no call to judge.
    """
    asked, app = observation.asked, observation.app
    if made_elsewhere(observation) and asked is not None and isinstance(app, AppImage):
        return SuccessfulCall(observation, asked, app)
    verdict = succeeded(observation)
    if verdict.answer is not Answer.MET:
        cause = cause or verdict.cause or cause_of_failure(observation)
        raise NotTestableError(untestable(verdict.message, cause=cause))
    if asked is None or not isinstance(app, AppImage):
        raise NotTestableError(untestable("no call was made"))
    _require_right_run_image(observation, asked, app)
    _require_heeded_inputs(observation)
    return SuccessfulCall(observation, asked, app)


def cause_of_failure(observation: Observation) -> str:
    """Return the requirement that fails where this call did not succeed.

    Where the same call by flags does not succeed either, it is not for the inputs to say.
    """
    requirement = success_requirement(observation.situation)
    control = observation.control
    if requirement in _ABOUT_INPUTS and control is not None:
        return requirement if succeeded(control).answer is Answer.MET else cause_by_flags(control)
    return requirement


def cause_by_flags(control: Observation) -> str:
    """Return the requirement that fails where a control does not succeed.

    A control that is about something itself comes with a plainer one, if it failed.
    """
    plainer = control.control
    if plainer is not None and succeeded(plainer).answer is not Answer.MET:
        return cause_by_flags(plainer)
    return success_requirement(control.situation)


def _require_right_run_image(observation: Observation, asked: Asked, app: AppImage) -> None:
    """Raise NotTestableError where another run image was used than the one that an input leads to.

    Only in calls that are about that input: elsewhere a wrong run image is for the requirements
    about layers, labels and the report to say.
    """
    requirement, control = success_requirement(observation.situation), observation.control
    if requirement == INPUTS and control is not None and not uses_its_run_image(control):
        requirement = success_requirement(control.situation)
    about_it = {DEFAULT_RUN_IMAGE, INPUTS, UNLISTED_PERMITTED}
    if requirement in about_it and not is_used(asked, app.diff_ids):
        raise NotTestableError(untestable("another run image was used", cause=requirement))


def _require_heeded_inputs(observation: Observation) -> None:
    """Raise NotTestableError where a build by variables did otherwise than the same by flags."""
    if success_requirement(observation.situation) == EXPORT_INPUTS:
        verdict = ignored_input(observation)
        if verdict is not None:
            raise NotTestableError(untestable(verdict.message, cause=EXPORT_INPUTS))


def ignored_input(observation: Observation) -> Verdict | None:
    """Return the verdict on a build that did otherwise than asked; None where it did as asked.

    What the control, the same build by flags, does not do either is not for the inputs to answer.
    """
    verdict, control, asked = succeeded(observation), observation.control, observation.asked
    if verdict.answer is not Answer.MET:
        if control is None:
            blamed = verdict.answer is Answer.BROKEN
        else:
            blamed = succeeded(control).answer is Answer.MET
        return (
            broken(
                f"an input was ignored: {verdict.message}",
                expected=verdict.expected or "the result of the flags",
                actual=verdict.actual or verdict.message,
            )
            if blamed
            else None
        )
    app = observation.app
    if asked is None or not isinstance(app, AppImage):
        return None
    if not is_used(asked, app.diff_ids):
        if control is not None and not uses_its_run_image(control):
            return None
        return broken(
            "an input was ignored: another run image was used",
            expected=list(asked.run_image.diff_ids),
            actual=list(app.diff_ids),
        )
    excused = missing_by_flags(control) if control is not None else set()
    wrong = [each for each in wrong_traces(observation) if each.variable not in excused]
    if not wrong:
        return None
    return broken(
        f"an input was ignored: {', '.join(each.what for each in wrong)} is not what the input"
        " asks for",
        expected={each.variable: shown(each.expected) for each in wrong},
        actual={each.variable: shown(each.found) for each in wrong},
    )


def _used_another(observation: Observation) -> bool:
    """Whether something was done, and on another run image than the one that was asked for."""
    app, report, asked = observation.app, observation.report.content, observation.asked
    if not isinstance(app, AppImage) or uses_its_run_image(observation):
        return False
    reported = report is not None and asked is not None and report != asked.report_before
    # something else may have stood under the app image's new name before
    then, now = observation.before, observation.after
    return reported or any(digest_or_id(then[name]) != digest_or_id(now.get(name)) for name in then)


def made_elsewhere(observation: Observation) -> bool:
    """Whether somebody else made the build, and only what it left is judged."""
    asked = observation.asked
    return asked is not None and not asked.own_run_image and observation.call is None


def require_report(done: SuccessfulCall, text: Text) -> Mapping[str, Any]:
    """Return the report's tables; raises NotTestableError where there are none to be read."""
    report = done.observation.report
    if not report.there or not report.regular or unchanged(done):
        raise NotTestableError(no_report(done.observation))
    marked = report.marked and not text.accepts("byte-order-mark", "b")
    if report.table is None or marked:
        raise NotTestableError(untestable("the report cannot be read", cause="report.valid-toml"))
    return report.table


def no_report(observation: Observation) -> Verdict:
    """Say that nothing can be said of a report that is not where it was to be."""
    default = observation.situation.report_by == "default"
    cause = DEFAULT_PATH if default else "report.written"
    return untestable("there is no report", cause=cause)


def unchanged(done: SuccessfulCall) -> bool:
    """Whether what stood at the report's path before still stands there, byte for byte."""
    before = done.asked.report_before
    return before is not None and done.observation.report.content == before


def require_before(done: SuccessfulCall) -> AppImage:
    """Return the app image as it was before the rebase."""
    before = done.observation.app_before
    if not isinstance(before, AppImage):
        raise NotTestableError(untestable(f"there was no app image: {before.why}"))
    return before


def require_metadata(image: AppImage, *, cause: str) -> Mapping[str, Any]:
    """Return the lifecycle metadata label; raises NotTestableError where it cannot be read."""
    if isinstance(image.metadata, str):
        raise NotTestableError(untestable(image.metadata, cause=cause))
    return image.metadata


def run_image_of(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the label's `runImage`; an empty one where it is missing or not an object."""
    run_image = metadata.get("runImage")
    return run_image if isinstance(run_image, Mapping) else {}


def unable(observation: Observation) -> Verdict | None:
    """Return the verdict where the phase does not do what is plainly asked of it either.

    A lifecycle that never succeeds has not refused anything, nor failed at what a case is about.
    None where it does, and where there is no control to tell by.
    """
    if observation.control is None:
        return None
    able = succeeded(observation.control)
    if able.answer is Answer.MET:
        return None
    return untestable(
        f"the {observation.phase.value} also fails where it has to succeed: {able.message}",
        cause=cause_by_flags(observation.control),
    )


def succeeded_by_flags(observation: Observation) -> Verdict:
    """Judge whether a call did what it had to, for requirements that are not about its inputs.

    A call that gives something by a variable and fails is judged by the same call by flags: so
    neither mistake hides the other.
    """
    verdict, control = succeeded(observation), observation.control
    if success_requirement(observation.situation) not in _ABOUT_INPUTS:
        return verdict
    if verdict.answer is Answer.MET:
        return verdict
    by_flags = verdict if control is None else succeeded(control)
    if by_flags.answer is Answer.MET or control is None:
        return untestable(verdict.message, cause=success_requirement(observation.situation))
    return by_flags


def succeeded_in_particular(observation: Observation) -> Verdict:
    """Judge whether a call did what it had to, for a requirement that this case alone is about.

    Where it fails as plain calls of the phase fail, that is for the requirement that they succeed.
    """
    verdict = succeeded(observation)
    if verdict.answer is Answer.BROKEN:
        return unable(observation) or verdict
    return verdict


def broke_down(call: Invocation, control: Observation | None) -> bool:
    """Whether a call that failed did so by a crash, a time-out or a flag that it does not know.

    Words about usage are no sign of the last where a control with every flag of the call succeeded.
    """
    if call.exit_code is None or call.exit_code < 0 or call.exit_code in _CRASH_CODES:
        return True
    if call.exit_code != _CRASH_OR_USAGE:
        return False
    said = f"{call.stderr}\n{call.stdout}"
    if _CRASH_WORDS.search(said):
        return True
    known = control.call if control is not None else None
    understood = known is not None and known.exit_code == 0 and _flags(call) <= _flags(known)
    return not understood and bool(_USAGE_WORDS.search(said))


def _flags(call: Invocation) -> set[str]:
    words = (word for word in call.arguments if word.startswith("-"))
    return {word.lstrip("-").partition("=")[0] for word in words}


def refused(observation: Observation) -> Verdict:
    """Judge whether what must not be done was refused, rather than broken down on."""
    if observation.blocked is not None or observation.call is None:
        return not_reached(observation, "scenario")
    never = unable(observation)
    if never is not None:
        return never
    call = observation.call
    if call.exit_code == 0:
        if observation.situation.input_in_question and _used_another(observation):
            return untestable("another run image was used", cause=INPUTS)
        return broken(
            "the call was carried out instead of refused: exit code 0",
            expected="an exit code other than 0",
            actual=0,
        )
    # a rebase is refused with a code of its own, which is not that of usage
    control = None if observation.phase is Phase.REBASER else observation.control
    if broke_down(call, control):
        return broken(
            f"the {observation.phase.value} crashed instead of refusing: it {call.ending}",
            expected="a refusal: an exit code that the specification defines for errors",
            actual=call.last_lines or call.ending,
        )
    return met("refused")

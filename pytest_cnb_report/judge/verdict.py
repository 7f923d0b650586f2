"""What a rule answers: whether a requirement is met, with the evidence for it."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from pytest_cnb_report.drive.situation import Evidence

Json: TypeAlias = Union[bool, int, float, str, "Sequence[Json]", "Mapping[str, Json]", None]

_SHOWN_DEPTH = 20


class Answer(str, enum.Enum):
    """What a rule found; which outcome a broken one is depends on the requirement's level."""

    MET = "met"
    BROKEN = "broken"
    OBSERVED = "observed"
    NOT_APPLICABLE = "not-applicable"
    UNTESTABLE = "untestable"


@dataclass(frozen=True)
class Verdict:
    """One rule's answer on one observation.

    `message` does not vary with addresses or generated names, so that equal findings on different
    cases read the same; `expected` and `actual` carry what does. `cause` is the requirement that
    had to hold first, of an untestable one. `missing` is the evidence for want of which there is no
    answer. `declined` says that an adapter declined the call.
    """

    answer: Answer
    message: str
    expected: Json = None
    actual: Json = None
    cause: str | None = None
    missing: Evidence | None = None
    declined: bool = False


def met(message: str = "") -> Verdict:
    """The requirement holds."""
    return Verdict(Answer.MET, message)


def broken(message: str, *, expected: Json = None, actual: Json = None) -> Verdict:
    """The requirement does not hold."""
    return Verdict(Answer.BROKEN, message, expected, actual)


def observed(message: str, *, actual: Json = None) -> Verdict:
    """The lifecycle was free to choose, and this is what it chose."""
    return Verdict(Answer.OBSERVED, message, actual=actual)


def not_applicable(message: str) -> Verdict:
    """There is nothing to judge here, and the message says why."""
    return Verdict(Answer.NOT_APPLICABLE, message)


def cannot_tell(message: str, missing: Evidence) -> Verdict:
    """Too little is known of a build that was made elsewhere; `missing` would decide it."""
    return Verdict(Answer.NOT_APPLICABLE, message, missing=missing)


def declined(reason: str) -> Verdict:
    """The adapter says that it cannot be asked this."""
    message = f"the adapter declined: {reason}"
    return Verdict(Answer.NOT_APPLICABLE, message, declined=True)


def untestable(message: str, *, cause: str | None = None) -> Verdict:
    """Something that has to hold first does not; `cause` is the requirement that says so."""
    return Verdict(Answer.UNTESTABLE, message, cause=cause)


def any_met(verdicts: Iterable[Verdict | None]) -> Verdict:
    """Return what meets a requirement by any of several readings, else the first verdict.

    None stands for a requirement that holds.
    """
    found = list(verdicts)
    if any(verdict is None or verdict.answer is Answer.MET for verdict in found):
        return met()
    return found[0] or met()


def shown(value: object, depth: int = _SHOWN_DEPTH) -> Json:
    """Return what was found as JSON; a value that JSON has no form for is spelled out.

    What stands deeper than `depth` tables or arrays one in another is left out.
    """
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, (list, tuple, dict)) and depth == 0:
        return "… nested too deeply to be shown"
    if isinstance(value, (list, tuple)):
        return [shown(part, depth - 1) for part in value]
    if isinstance(value, dict):
        return {str(key): shown(part, depth - 1) for key, part in value.items()}
    return repr(value)

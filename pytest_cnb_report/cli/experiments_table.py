"""What published records say of an open question, as lines of its section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_cnb_report.report.experiments import Told
from pytest_cnb_report.report.whatif import Answer
from pytest_cnb_report.report.whatif_places import api_words
from pytest_cnb_report.values import Outcome, PlatformApi


def recorded_lines(recorded: Sequence[Told]) -> Iterator[str]:
    """Yield a table of the lifecycles that the readings tell apart; a line where they tell none."""
    differing = [each for each in recorded if each.answer is Answer.FLIPS]
    if not recorded:
        return
    if not differing:
        yield f"- Recorded: no record distinguishes them: {_rest(recorded)}."
        return
    yield ""
    yield "| recorded lifecycles | interpretation A | interpretation B |"
    yield "|---|---|---|"
    groups: dict[tuple[str, str], list[Told]] = {}
    for each in differing:
        groups.setdefault((_words(each.a), _words(each.b)), []).append(each)
    for (a, b), several in groups.items():
        yield f"| {_named(several)} | {a} | {b} |"
    others = [each for each in recorded if each not in differing]
    if others:
        yield ""
        yield f"Of the other records, {_rest(others)}."


def _words(outcomes: Mapping[str, Outcome]) -> str:
    """Say how a lifecycle does by one reading; what is untestable follows from what fails."""
    fails, warned, untestable = (
        [name for name, outcome in outcomes.items() if outcome is kind]
        for kind in (Outcome.FAIL, Outcome.WARN, Outcome.UNTESTABLE)
    )
    said = [f"fails {_links(fails)}"] if fails else []
    said += [f"does not meet the recommendation {_links(warned)}"] if warned else []
    if not said and untestable:
        return f"cannot be tested on {_links(untestable)}"
    if not said and set(outcomes.values()) == {Outcome.NOT_APPLICABLE}:
        return "is not asked"
    return "; ".join(said) or "passes"


def _links(names: Sequence[str]) -> str:
    return ", ".join(f"[`{name}`](requirements.md#{name})" for name in names)


def _rest(recorded: Sequence[Told]) -> str:
    """Say how lifecycles do of which the readings make no difference."""
    kinds = {
        "{} pass under both": _those(recorded, Answer.STAYS, passes=True),
        "{} fail under both": _those(recorded, Answer.STAYS, passes=False),
        "no scenario of {} shows a difference": _those(recorded, Answer.CANNOT_TELL),
        "{} are not asked": _those(recorded, Answer.NOT_APPLICABLE),
    }
    there = {kind: several for kind, several in kinds.items() if several}
    if len(there) == 1:
        return {
            "{} pass under both": "all pass under both",
            "{} fail under both": "all fail under both",
            "no scenario of {} shows a difference": "no recorded scenario shows a difference",
            "{} are not asked": "none is asked",
        }[next(iter(there))]
    return "; ".join(kind.format(_named(several)) for kind, several in there.items())


def _those(recorded: Sequence[Told], answer: Answer, *, passes: bool | None = None) -> list[Told]:
    return [
        each
        for each in recorded
        if each.answer is answer and (passes is None or each.passes is passes)
    ]


def _named(several: Sequence[Told]) -> str:
    """Name lifecycles, each with the platform APIs and destinations that it was recorded at."""
    places: dict[str, dict[str, list[PlatformApi]]] = {}
    for each in several:
        api = PlatformApi.parse(each.platform_api)
        places.setdefault(each.lifecycle, {}).setdefault(each.target, []).append(api)
    return ", ".join(
        f"{name} ({', '.join(_place(*each) for each in where.items())})"
        for name, where in places.items()
    )


def _place(target: str, apis: Sequence[PlatformApi]) -> str:
    return api_words(apis) + (f" {target}" if target != "registry" else "")

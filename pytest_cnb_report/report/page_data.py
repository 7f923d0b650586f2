"""What the HTML page carries for its script: each text once, however many results share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_cnb_report.report.difference import MISSING, display, displayed
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.reproduction import folder_among
from pytest_cnb_report.report.results import RequirementFacts
from pytest_cnb_report.report.simpler import simplifying
from pytest_cnb_report.scenarios.in_words import anchor_of, page_of, scenario_sentence
from pytest_cnb_report.values import Level, Outcome, Phase, Target
from pytest_cnb_report.visible_text import shell_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pytest_cnb_report.report.results import JSON, Evidence, Result, Run

_NONE = -1
_SITE = "https://buildpacks.github.io/pytest-cnb-report"
OPEN_QUESTIONS = f"{_SITE}/open-questions.html"
"""The page of the open questions, with an anchor for each."""
_UNKNOWN = RequirementFacts("", "")


class _Texts:
    """Numbers texts in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str | None) -> int:
        return _NONE if text is None else self._numbers.setdefault(text, len(self._numbers))

    @property
    def all(self) -> list[str]:
        return list(self._numbers)


def page_data(run: Run, reproduced: Collection[str] = ()) -> dict[str, Any]:
    """Give what the page's script reads: lists of numbers into `texts`, in the order it expects.

    `reproduced` are the folders of reproductions that lie beside the page, by relative paths.
    Values are written out here and not by the script, which has no integers past 2^53.
    """
    texts = _Texts()
    requirements = list(dict.fromkeys(result.requirement for result in run.results))
    evidence = {each.key: index for index, each in enumerate(run.evidence)}
    levels = {result.requirement: result.level for result in run.results}
    ids = result_ids(run.results)
    return {
        "outcomes": [[each.value, SIGNS[each].glyph, SIGNS[each].word] for each in Outcome],
        "levels": [each.value for each in Level],
        "phases": [each.value for each in Phase],
        "targets": [each.value for each in Target],
        "requirements": [
            _requirement(name, levels[name], run.requirements.get(name, _UNKNOWN))
            for name in requirements
        ],
        "results": [
            [
                each_id,
                requirements.index(result.requirement),
                list(Phase).index(result.phase),
                list(Target).index(result.target),
                texts.number(result.case),
                list(Outcome).index(result.outcome),
                texts.number(result.message),
                *map(texts.number, _values(result)),
                texts.number(result.reproduce),
                texts.number(result.cause),
                texts.number(result.reason),
                [texts.number(reading) for reading in run.rests_on(result)],
                evidence.get(result.evidence or "", _NONE),
                texts.number(simplifying(run, result) or None),
                texts.number(folder_among(result, reproduced)),
            ]
            for each_id, result in zip(ids, run.results, strict=True)
        ],
        "evidence": [_evidence(each, texts) for each in run.evidence],
        "scenarios": _scenarios(run),
        "texts": texts.all,
    }


def result_ids(results: Iterable[Result]) -> list[str]:
    """Give each result the name that stands behind `#` in a link to it; all are different."""
    seen: dict[str, int] = {}
    ids = []
    for result in results:
        name = "/".join(
            (
                result.requirement,
                result.phase.value,
                result.target.value,
                quote(result.case, safe="+:@,=()"),
            )
        )
        seen[name] = seen.get(name, 0) + 1
        ids.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return ids


def web_link(url: str | None) -> str | None:
    """Give `url` where it leads to a web page; a results file from elsewhere may hold anything."""
    return url if url and url.startswith(("https://", "http://")) else None


def in_words(run: Run, result: Result) -> str | None:
    """Say in a sentence what a result's scenario is; None where the run does not say."""
    facts = run.scenarios.get(f"{result.phase.value}/{result.case}")
    if facts is None:
        return None
    try:
        return scenario_sentence(result.phase, facts.why, facts.point)
    except KeyError:  # a value of another version of the suite
        return facts.why


def _scenarios(run: Run) -> dict[str, list[str]]:
    """Return each scenario in words, and where the documentation has it, by phase/target/case."""
    found = {}
    for result in {(r.phase, r.target, r.case): r for r in run.results}.values():
        words = in_words(run, result)
        if words is not None:
            page = page_of(result.phase, result.target)
            link = f"{_SITE}/{page}.html#{anchor_of(result.phase, result.case)}"
            found[f"{result.phase.value}/{result.target.value}/{result.case}"] = [words, link]
    return found


def _requirement(name: str, level: Level, facts: RequirementFacts) -> dict[str, Any]:
    return {
        "id": name,
        "level": level.value,
        "title": facts.title,
        "statement": facts.statement,
        "derived": facts.derived,
        "hint": facts.hint,
        "source": facts.source,
        "url": web_link(facts.url),
    }


def _values(result: Result) -> tuple[str, str]:
    """Return what was expected and what was found, as the page shows them."""
    if result.expected is None or result.actual is None:
        return _value(result.expected), _value(result.actual)
    return displayed(result.expected, result.actual, indent=2)


def _value(value: JSON) -> str:
    return MISSING if value is None else display(value, indent=2)


def _evidence(each: Evidence, texts: _Texts) -> list[Any]:
    setting = [f"{name}={value}" for name, value in each.environment.items()]
    return [
        texts.number(shell_line(each.command)),
        [texts.number(one) for one in setting],
        texts.number(shell_line(("env", "-i", *setting, *each.command))),
        each.exit_code,
        each.duration_s,
        texts.number(each.stdout),
        texts.number(each.stderr),
        [
            [texts.number(r.method), texts.number(r.path), r.status, texts.number(r.note), r.at]
            for r in each.requests
        ],
        [[texts.number(name), texts.number(text)] for name, text in each.files.items()],
        list(each.unkilled),
    ]

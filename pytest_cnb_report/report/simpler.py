"""The command that finds out which differences of a scenario a failure needs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from pytest_cnb_report.report.results import Result, Run
from pytest_cnb_report.visible_text import shell_line

FEWEST = 3
"""Differences from a plain call from which on it is worth to find out which of them matter."""

_RUN = ["cnb-conformance", "run"]
_WITH_VALUE, _ALONE = "--target", "--strict"


def simplifying(run: Run, result: Result) -> str:
    """Return the command for a failure, with the options that repeat it.

    Empty where its scenario is none of the tables, or has few differences from a plain call.
    """
    facts = run.scenarios.get(f"{result.phase.value}/{result.case}")
    if facts is None or not facts.point or facts.differences < FEWEST or not result.reproduce:
        return ""
    words = shlex.split(result.reproduce)
    if words[:2] != _RUN or "--" not in words:
        return ""
    name = result.scenario
    options = _accepted(words[2 : words.index("--")])
    return shell_line([_RUN[0], "simplify", name, *options])


def _accepted(words: Sequence[str]) -> list[str]:
    """Leave out the options that the name of the scenario makes unnecessary."""
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if word not in {_WITH_VALUE, _ALONE} and before != _WITH_VALUE
    ]

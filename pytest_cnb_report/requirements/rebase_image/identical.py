"""What a rebase changes of an image beyond what the specification lists and what it names."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.preconditions import require_success
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, observed, shown
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rebase_image.image import CONFIG_FIELDS
from pytest_cnb_report.requirements.rebase_image.whole_image import before_and_after

_NAMED = frozenset(f"config.{name}" for name in CONFIG_FIELDS)


def identical(observation: Observation, _: Text) -> Verdict:
    """Observe which other fields of the image are not what they were."""
    before, after = before_and_after(require_success(observation))
    names = sorted({*before, *after} - _NAMED)
    differing = [name for name in names if (before.get(name) or None) != (after.get(name) or None)]
    if not differing:
        return observed("nothing else changed")
    return observed(
        f"changed as well: {', '.join(differing)}",
        actual={
            name: {"was": shown(before.get(name)), "is": shown(after.get(name))}
            for name in differing
        },
    )


RULES: Mapping[str, Rule] = {
    "rebase.image.identical": Rule(identical, asks.success, needs(Evidence.APP_BEFORE)),
}

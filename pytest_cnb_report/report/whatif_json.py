"""A what-if as JSON; `whatif-schema.json` beside this module says what it looks like."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.report.whatif import Answer

if TYPE_CHECKING:
    from pytest_cnb_report.report.whatif import Cell, Column, Row, WhatIf

SCHEMA_VERSION = 1
"""Rises when a key goes away or changes its meaning; keys may be added without."""


@cache
def schema() -> dict[str, Any]:
    """Give the JSON Schema of what `dumps` writes."""
    text = resources.files(__package__).joinpath("whatif-schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def dumps(found: WhatIf) -> str:
    """Write all answers as JSON text."""
    return json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n"


def to_json(found: WhatIf) -> dict[str, Any]:
    """Give all answers as plain JSON values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "suite": found.suite,
        "amendment": {
            "text": found.amendment.text,
            "file": found.amendment.file,
            "changes": [asdict(change) for change in found.amendment.changes],
        },
        "answers": {answer.value: found.answers.get(answer, 0) for answer in Answer},
        "records": [_column(column) for column in found.columns],
        "requirements": [_row(row) for row in found.rows],
        "untouched": found.untouched,
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "record": column.record,
        "lifecycle": column.lifecycle,
        "given": column.given,
        "platform_api": str(column.platform_api),
        "target": column.target.value,
        "profile": column.profile.value,
        "started": column.started,
        "in_part": column.in_part,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "requirement": row.requirement,
        "title": row.title,
        "level": row.level.value,
        "becomes": row.becomes.value,
        "follows": row.follows,
        "causes": list(row.causes),
        "answers": [_cell(cell) for cell in row.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "answer": cell.answer.value,
        "judged": cell.judged,
        "asked": cell.asked,
        "transitions": [
            {
                "before": each.before.value,
                "after": each.after.value,
                "cause": each.cause,
                "scenarios": [{"phase": s.phase.value, "case": s.case} for s in each.scenarios],
            }
            for each in cell.transitions
        ],
        "outcomes": {outcome.value: count for outcome, count in cell.outcomes.items()},
        "why": cell.why,
        "unwritten": cell.unwritten,
    }

"""The table as JSON; `schema.json` beside this module says what it looks like."""

from __future__ import annotations

import json
from typing import Any

from pytest_cnb_report.trace.behind import Behind, RunOutcomes, judged_by_text
from pytest_cnb_report.trace.check import Checked, Finding
from pytest_cnb_report.trace.view import DocumentView, Traced, View
from pytest_cnb_report.values import Profile

SCHEMA_VERSION = 1


def dumps(view: View) -> str:
    """Write the whole table."""
    sentences = view.sentences_of
    return (
        json.dumps(
            {
                "schema_version": SCHEMA_VERSION,
                "documents": [_document(each, view) for each in view.documents],
                "requirements": [
                    _requirement(each, [traced.id for _, traced in sentences.get(name, ())])
                    for name, each in view.requirements.items()
                ],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _document(document: DocumentView, view: View) -> dict[str, Any]:
    counts = document.coverage
    checked = document.checked
    return {
        "key": document.document.key,
        "name": document.name,
        "platform_api": None if document.api is None else str(document.api),
        "file": None if checked is None else checked.name,
        "coverage": {
            "tested": counts.tested,
            "not_tested_yet": counts.open,
            "of_these_in_part": counts.in_part,
            "excluded": counts.excluded,
        },
        "sentences": [
            _sentence(each, document.document.document.profile, view) for each in document.sentences
        ],
        "findings": None
        if checked is None
        else [_finding(each, checked) for each in checked.findings],
        "sections_left_out": dict(document.document.left_out),
    }


def _sentence(traced: Traced, profile: Profile | None, view: View) -> dict[str, Any]:
    row = traced.row
    behind = [view.requirements[name] for name in row.requirements]
    return {
        "id": traced.id,
        "fingerprint": row.fingerprint,
        "section": row.section,
        "line": traced.line,
        "text": traced.text,
        "about": row.about,
        "platform_apis": [str(api) for api in row.apis],
        "duty": row.duty.value,
        "level": row.level,
        "status": traced.status.words,
        "requirements": list(row.requirements),
        "note": row.note,
        "results": [
            {"requirement": each.requirement.id, **_run(run)}
            for each in behind
            for run in judged_by_text(each.runs, row.apis, profile)
        ],
    }


def _run(run: RunOutcomes) -> dict[str, Any]:
    return {
        "lifecycle": run.lifecycle,
        "platform_api": str(run.platform_api),
        "profile": run.profile.value,
        "amended": run.amended,
        "in_part": run.in_part or None,
        "started": run.started,
        "targets": [target.value for target in run.targets],
        "outcomes": {outcome.value: count for outcome, count in run.counts.items()},
    }


def _requirement(behind: Behind, sentences: list[str]) -> dict[str, Any]:
    return {
        "id": behind.requirement.id,
        "level": behind.requirement.level.value,
        "open_questions": list(behind.requirement.readings),
        "rule": behind.rule,
        "faults": list(behind.faults),
        "scenarios": list(behind.scenarios),
        "sentences": sentences,
    }


def _finding(finding: Finding, checked: Checked) -> dict[str, Any]:
    row, sentence = finding.row, finding.sentence
    return {
        "change": finding.change.value,
        "file": checked.name,
        "line": finding.line,
        "section": finding.section,
        "about": None if row is None else row.about,
        "requirements": [] if row is None else list(row.requirements),
        "was": None if row is None else checked.words.get(row.fingerprint),
        "now": None if sentence is None else sentence.text,
    }

"""Show the kill matrix: on a terminal, as JSON, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_cnb_report.report.layout import wrapped
from pytest_cnb_report.selftest.matrix import Finding, Matrix, Row
from pytest_cnb_report.selftest.trial import Trial, Trip

_HANG = "  "


def matrix_text(matrix: Matrix, *, width: int) -> str:
    """Lay the matrix out in lines of at most `width` columns, what is wrong at the end."""
    lines = [*_table(matrix.rows, width), ""]
    for why, names in _not_run(matrix).items():
        lines += _paragraph(f"not run: {', '.join(names)}: {why}", width)
    for trial in matrix.right:
        for trip in trial.trips:
            lines += _paragraph(f"WRONG: the correct lifecycle fails {_told(trip)}", width)
    for finding in matrix.wrong:
        lines += _wrong(finding, width)
    for requirement in matrix.unproven:
        lines += _paragraph(f"WRONG: no fault is caught by {requirement} alone", width)
    for problem in matrix.problems:
        lines += _paragraph(f"ERROR: {problem}", width)
    return "\n".join([*lines, *_paragraph(_summary(matrix), width), ""])


def _table(rows: Sequence[Row], width: int) -> Iterator[str]:
    """One line a requirement: how many faults prove it, and as many names as there is room for."""
    column = max(len(row.requirement) for row in rows)
    yield f"{'REQUIREMENT':<{column}}  ALONE  GROUP  FAULTS"[:width].rstrip()
    for row in rows:
        counts = f"{row.requirement:<{column}}  {len(row.alone):>5}  {len(row.together):>5}  "
        yield (counts + _names((*row.alone, *row.together), width - len(counts))).rstrip()
    yield from ("", *_paragraph(_LEGEND, width))


_LEGEND = "ALONE: faults that only this requirement catches; GROUP: faults that others catch, too."


def _names(names: Sequence[str], width: int) -> str:
    """List as many names as fit, and count the others."""
    if not names:
        return "-"
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        text = ", ".join(names[:shown]) + (f" +{rest}" if rest else "")
        if len(text) <= width:
            return text
    return ""


def _not_run(matrix: Matrix) -> dict[str, list[str]]:
    """Faults that were not run, by the reason."""
    reasons: dict[str, list[str]] = {}
    for finding in matrix.not_run:
        reasons.setdefault(finding.why_not, []).append(finding.fault.name)
    return reasons


def _wrong(finding: Finding, width: int) -> Iterator[str]:
    what = "survived" if finding.survived else "not caught as declared"
    yield from _paragraph(
        f"WRONG: fault {finding.fault.name} {what}: {finding.fault.mistake}", width
    )
    for requirement in finding.missing:
        yield from _paragraph(f"not caught by {requirement}", width, _HANG)
    for trip in finding.extra:
        yield from _paragraph(f"should not fail {_told(trip)}", width, _HANG)


def _told(trip: Trip) -> str:
    return f"{trip.requirement} ({trip.case}): {trip.message}"


def _paragraph(text: str, width: int, hang: str = "") -> list[str]:
    first, *rest = wrapped(text, width - len(hang)) if text else [""]
    again = wrapped(" ".join(rest), width - len(hang) - 2) if rest else []
    return [hang + first, *(f"{hang}  {line}" for line in again)]


def _summary(matrix: Matrix) -> str:
    trials = [finding.trial for finding in matrix.findings if finding.trial is not None]
    calls = sum(trial.calls for trial in trials)
    lifecycles = "1 faulty lifecycle" if len(trials) == 1 else f"{len(trials)} faulty lifecycles"
    said = f"{lifecycles}, {calls} invocations"
    caught = sum(finding.as_declared for finding in matrix.findings)
    if matrix.exit_code == 0:
        said += ": each fails exactly the requirements that it is declared to fail"
        if matrix.whole:
            said += ", and every requirement proven by at least one"
    else:
        said += f": {caught} caught as declared, {len(matrix.wrong)} not"
    if matrix.not_run:
        said += f"; {len(matrix.not_run)} not run"
    return said + "."


def matrix_json(matrix: Matrix) -> str:
    """Write everything that is known, for programs."""
    return json.dumps(
        {
            "as_declared": matrix.exit_code == 0,
            "faults": [_fault_json(finding) for finding in matrix.findings],
            "requirements": [
                {
                    "requirement": row.requirement,
                    "proven": row.proven,
                    "alone": row.alone,
                    "group": row.together,
                    "not_run": row.not_run,
                }
                for row in matrix.rows
            ],
            "unproven": matrix.unproven,
            "right": [_trial_json(trial) for trial in matrix.right],
            "problems": matrix.problems,
        },
        indent=2,
    )


def _fault_json(finding: Finding) -> dict[str, Any]:
    fault = finding.fault
    return {
        "name": fault.name,
        "mistake": fault.mistake,
        "trips": sorted(fault.trips),
        "as_declared": finding.as_declared,
        "not_run": finding.why_not or None,
        "missing": finding.missing,
        "extra": [trip.requirement for trip in finding.extra],
        "trial": None if finding.trial is None else _trial_json(finding.trial),
    }


def _trial_json(trial: Trial) -> dict[str, Any]:
    return {
        "platform_api": str(trial.place.platform_api),
        "profile": trial.place.profile.value,
        "target": trial.place.target.value,
        "calls": trial.calls,
        "seconds": round(trial.seconds, 3),
        "tripped": [
            {"requirement": trip.requirement, "case": trip.case, "message": trip.message}
            for trip in trial.trips
        ],
    }


def matrix_markdown(matrix: Matrix) -> str:
    """Write the matrix as a table of requirements, and what is wrong as a list."""
    lines = [
        "| requirement | caught by it alone | caught by its group |",
        "|---|---|---|",
        *(
            f"| `{row.requirement}` | {_code(row.alone)} | {_code(row.together)} |"
            for row in matrix.rows
        ),
        "",
    ]
    lines += [f"- not run: {_code(names)}: {why}" for why, names in _not_run(matrix).items()]
    lines += [
        f"- **wrong**: the correct lifecycle fails {_told(trip)}"
        for trial in matrix.right
        for trip in trial.trips
    ]
    for finding in matrix.wrong:
        lines.append(f"- **wrong**: `{finding.fault.name}`: {finding.fault.mistake}")
        lines += [f"  - not caught by `{requirement}`" for requirement in finding.missing]
        lines += [f"  - should not fail {_told(trip)}" for trip in finding.extra]
    lines += [f"- **wrong**: no fault is caught by `{name}` alone" for name in matrix.unproven]
    lines += [f"- **error**: {problem}" for problem in matrix.problems]
    return "\n".join([*lines, "", _summary(matrix), ""])


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"

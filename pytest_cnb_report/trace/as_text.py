"""The table as lines for a terminal and a CI log: numbers, and what changed in a checkout."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cnb_report.trace.check import Change, Checked, Finding, better_fit
from pytest_cnb_report.trace.rows import Status
from pytest_cnb_report.trace.view import DocumentView, View, coverage

_WHO_FLIPS = "which verdicts would change: cnb-conformance whatif (docs/evaluate-a-change.md)"


def summary_text(view: View) -> str:
    """Write the numbers of every document, then those of each section."""
    lines = [view.headline, ""]
    for document in view.documents:
        lines.append(document.name)
        names = document.sections
        width = max(map(len, names), default=0)
        lines += [f"  {name:<{width}}  {coverage(each)}" for name, each in names.items()]
        lines += [f"  {note}" for note in notes(document)]
        lines.append("")
    return "\n".join(lines)


def check_text(view: View) -> str:
    """Write what does not agree, one finding after another, each with its file and line."""
    lines = [view.headline]
    for document in view.documents:
        lines += [f"note: {note}" for note in notes(document)]
        if document.checked is not None:
            for finding in document.checked.findings:
                lines += finding_lines(document.checked, finding)
    lines.append(_sum(view))
    if any(_touches_a_test(each) for each in _findings(view)):
        lines.append(_WHO_FLIPS)
    return "\n".join(lines) + "\n"


def finding_lines(checked: Checked, finding: Finding) -> Iterator[str]:
    """Write one finding: where, what, and what it means for the suite."""
    yield f"{checked.name}:{finding.line}: {finding.change.value}: {what(finding)}"
    was = checked.words.get(finding.row.fingerprint) if finding.row is not None else None
    if was is not None:
        yield f"    was: {was}"
    if finding.sentence is not None and finding.change is Change.CHANGED:
        yield f"    now: {finding.sentence.text}"
    if finding.row is not None:
        yield f"    {tested_by(finding)}"


def what(finding: Finding) -> str:
    """Say in a line which sentence a finding is about."""
    if finding.row is None:
        text = finding.sentence.text if finding.sentence is not None else ""
        return f"{finding.section}: not in the table: {text}"
    return f"{finding.section}: {finding.row.about}"


def tested_by(finding: Finding) -> str:
    """Say what the suite does about the sentence of a finding."""
    row = finding.row
    if row is None:
        return "not in the table"
    names = ", ".join(row.requirements)
    note = f": {row.note}" if row.note else ""
    if not names:
        return f"{row.status.words}{note}"
    if row.status is Status.OPEN:
        return f"{row.status.words}, in part by {names}{note}"
    return f"{row.status.words} by {names}{note}"


def notes(document: DocumentView) -> Iterator[str]:
    """Say what a reader has to know of how a document was compared."""
    checked = document.checked
    if checked is None:
        return
    if checked.stated is not None and checked.stated != checked.api:
        yield (
            f"{checked.name} states platform API {checked.stated}; compared with the rows of"
            f" {checked.api}"
        )
    other = better_fit(checked)
    if other is not None:
        yield (
            f"{checked.name} fits platform API {other} better than {checked.api}; give"
            f" --platform-api {other} if it is that version"
        )


def _findings(view: View) -> tuple[Finding, ...]:
    checked = (each.checked for each in view.documents if each.checked is not None)
    return tuple(finding for each in checked for finding in each.findings)


def _touches_a_test(finding: Finding) -> bool:
    return finding.row is not None and bool(finding.row.requirements)


def _sum(view: View) -> str:
    checked = [each.checked for each in view.documents if each.checked is not None]
    found = _findings(view)
    cited = sum(len(each.document.at(each.api)) for each in checked)
    if not found:
        return f"all {cited} cited sentences are unchanged, and no normative sentence is new"
    kinds = (
        f"{sum(finding.change is change for finding in found)} {change.value}"
        for change in Change
        if any(finding.change is change for finding in found)
    )
    differ = "1 sentence differs" if len(found) == 1 else f"{len(found)} sentences differ"
    return f"{differ} from the table: {', '.join(kinds)}"

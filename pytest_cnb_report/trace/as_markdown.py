"""The table as Markdown: for a pull request, a CI summary, and the project's own documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_cnb_report.report.markdown import escaped
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.trace.as_text import notes, tested_by, what
from pytest_cnb_report.trace.behind import Behind, RunOutcomes
from pytest_cnb_report.trace.check import Checked, Finding
from pytest_cnb_report.trace.rows import Duty, Status, write_apis
from pytest_cnb_report.trace.view import DocumentView, Traced, View

_DOCS = "https://github.com/buildpacks/pytest-cnb-report/blob/main/docs"
REQUIREMENTS = f"{_DOCS}/requirements.md"
QUESTIONS = f"{_DOCS}/open-questions.md"


def markdown(view: View, requirements: str = REQUIREMENTS) -> str:
    """Write the table; `requirements` is the address of the page of requirements."""
    coverage = ("## Coverage", "", *_coverage(view), "")
    return (
        "\n".join((view.headline, "", *_found(view), *coverage, *body(view, requirements))) + "\n"
    )


def _found(view: View) -> Iterator[str]:
    checked = [each.checked for each in view.documents if each.checked is not None]
    if checked:
        yield from _differences(view, checked)


def body(view: View, requirements: str) -> Iterator[str]:
    """Write what is not tested yet, every sentence, results, and the sections left out."""
    yield from ("## Not tested yet", "")
    yield from _not_tested(view, requirements)
    for document in view.documents:
        yield from ("", f"## {escaped(document.name)}", "")
        yield from _sentences(document, requirements)
    runs = _runs(view)
    if runs:
        yield from ("", "## Results", "")
        yield from _results(view, runs, requirements)
    yield from ("", "## Sections left out", "")
    for document in view.documents:
        yield f"{escaped(document.name)}:"
        yield ""
        for section, why in document.document.left_out.items():
            yield f"- {escaped(section)}: {escaped(why)}"
        yield ""


def _differences(view: View, checked: Sequence[Checked]) -> Iterator[str]:
    yield from ("## Differences from the text", "")
    for document in view.documents:
        for note in notes(document):
            yield f"- {escaped(note)}"
    found = [(each, finding) for each in checked for finding in each.findings]
    if not found:
        yield from (
            "None: all cited sentences are unchanged, and no normative sentence is new.",
            "",
        )
        return
    yield "| where | change | sentence | status |"
    yield "|---|---|---|---|"
    for each, finding in found:
        where = f"`{each.name}:{finding.line}`"
        yield (
            f"| {where} | {finding.change.value} | {_told(each, finding)} |"
            f" {escaped(tested_by(finding))} |"
        )
    yield ""


def _told(checked: Checked, finding: Finding) -> str:
    parts = [escaped(what(finding))]
    was = checked.words.get(finding.row.fingerprint) if finding.row is not None else None
    if was is not None:
        parts.append(f"was: {escaped(was)}")
    if finding.row is not None and finding.sentence is not None:
        parts.append(f"now: {escaped(finding.sentence.text)}")
    return "<br>".join(parts)


def _coverage(view: View) -> Iterator[str]:
    yield "| document | tested | not tested yet | of these in part | excluded | sentences |"
    yield "|---|--:|--:|--:|--:|--:|"
    for document in view.documents:
        counts = document.coverage
        yield (
            f"| {escaped(document.name)} | {counts.tested} | {counts.open} | {counts.in_part} |"
            f" {counts.excluded} | {counts.total} |"
        )


def _not_tested(view: View, requirements: str) -> Iterator[str]:
    for document in view.documents:
        for section, sentences in document.sections.items():
            left = [each for each in sentences if each.status is Status.OPEN]
            if not left:
                continue
            yield f"**{escaped(document.name)}, {escaped(section)}**"
            yield ""
            for each in left:
                part = ", ".join(_link(name, requirements) for name in each.row.requirements)
                tested = f"; in part {part}" if part else ""
                yield f"- {_level(each)}{escaped(each.row.about)}: {escaped(each.row.note)}{tested}"
            yield ""


def _level(traced: Traced) -> str:
    return f"{traced.row.level} · " if traced.row.level.isupper() else ""


def _sentences(document: DocumentView, requirements: str) -> Iterator[str]:
    versions = len(document.document.apis) > 1
    for section, sentences in document.sections.items():
        yield f"### {escaped(section)}"
        yield ""
        yield f"| sentence | level | duty |{' platform APIs |' if versions else ''} status | by |"
        yield f"|---|---|---|{'---|' if versions else ''}---|---|"
        for each in sentences:
            row = each.row
            cells = [
                f'<a id="{each.id}"></a>{_words(document, each)}',
                row.level or "-",
                row.duty.value if row.duty is not Duty.NOBODY else "-",
                *((write_apis(row.apis),) if versions else ()),
                each.status.words,
                _by(each, requirements),
            ]
            yield f"| {' | '.join(cells)} |"
        yield ""


def _words(document: DocumentView, traced: Traced) -> str:
    if traced.text is None or document.checked is None:
        return escaped(traced.row.about)
    place = f"`{document.checked.name}:{traced.line}`"
    return f"{place} {escaped(traced.text)}"


def _by(traced: Traced, requirements: str) -> str:
    row = traced.row
    parts = [", ".join(_link(name, requirements) for name in row.requirements), escaped(row.note)]
    return "; ".join(filter(None, parts))


def _runs(view: View) -> tuple[RunOutcomes, ...]:
    found: dict[tuple[str, ...], RunOutcomes] = {}
    for each in view.requirements.values():
        for run in each.runs:
            found.setdefault(_identity(run), run)
    return tuple(found.values())


def _identity(run: RunOutcomes) -> tuple[str, ...]:
    return run.name, run.judged_by, run.started


def _results(view: View, runs: Sequence[RunOutcomes], requirements: str) -> Iterator[str]:
    yield "The results of recorded runs, counted by outcome. A run counts for a sentence if the"
    yield "text of its platform API has that sentence and, for a text that only one profile uses,"
    yield "if the run used that profile."
    yield ""
    for number, run in enumerate(runs, 1):
        yield f"{number}. {escaped(run.name)}, profile {escaped(run.judged_by)}"
    yield ""
    yield f"| requirement | {' | '.join(str(n) for n in range(1, len(runs) + 1))} |"
    yield f"|---|{'---|' * len(runs)}"
    for name, each in view.requirements.items():
        cells = [_outcomes(each, run) for run in runs]
        yield f"| {_link(name, requirements)} | {' | '.join(cells)} |"


def _outcomes(behind: Behind, column: RunOutcomes) -> str:
    for run in behind.runs:
        if _identity(run) == _identity(column):
            return " ".join(f"{SIGNS[o].glyph}{count}" for o, count in run.counts.items())
    return ""


def _link(identifier: str, page: str) -> str:
    return f"[`{identifier}`]({page}#{identifier})"

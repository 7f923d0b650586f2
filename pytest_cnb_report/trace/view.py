"""The whole table with what is known of each sentence: what every form of it is written from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_cnb_report.report.results import Run
from pytest_cnb_report.requirements.catalogue import Catalogue
from pytest_cnb_report.trace.behind import Behind, behind
from pytest_cnb_report.trace.check import Checked, check_document
from pytest_cnb_report.trace.rows import Row, Status, TracedDocument
from pytest_cnb_report.values import PlatformApi


@dataclass(frozen=True)
class Traced:
    """A sentence at one edition of its document.

    `id` names it on a page and in links. `row` is its row there. `line` and `text` are from the
    reader's checkout, None where there is none or where it lacks the sentence.
    """

    id: str
    row: Row
    line: int | None = None
    text: str | None = None

    @property
    def status(self) -> Status:
        """What the suite does about it."""
        return self.row.status

    @property
    def in_part(self) -> bool:
        """Whether a part of it is tested, and another is not yet."""
        return self.status is Status.OPEN and bool(self.row.requirements)


@dataclass(frozen=True)
class Coverage:
    """How many sentences are tested, not tested yet (of those, in part), and excluded."""

    tested: int
    open: int
    in_part: int
    excluded: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.tested + self.open + self.excluded

    def __str__(self) -> str:
        part = f" ({self.in_part} in part)" if self.in_part else ""
        open_ = f", {self.open} not tested yet{part}" if self.open else ""
        excluded = f", {self.excluded} excluded" if self.excluded else ""
        return f"{self.tested} of {self.total} tested{open_}{excluded}"


@dataclass(frozen=True)
class DocumentView:
    """One document at one edition; `api` is None where it has only one, and for all of them."""

    document: TracedDocument
    api: PlatformApi | None
    sentences: tuple[Traced, ...]
    checked: Checked | None = None

    @property
    def name(self) -> str:
        """The document and its edition."""
        name = self.document.document.name
        if not self.document.apis:
            return name
        title = name.rpartition(" ")[0]
        return title if self.api is None else f"{title} {self.api}"

    @property
    def coverage(self) -> Coverage:
        """What is done about its sentences."""
        return coverage(self.sentences)

    @property
    def sections(self) -> Mapping[str, tuple[Traced, ...]]:
        """The sentences of each section, in the order of the text."""
        found: dict[str, list[Traced]] = {}
        for each in self.sentences:
            found.setdefault(each.row.section, []).append(each)
        return {section: tuple(each) for section, each in found.items()}


@dataclass(frozen=True)
class View:
    """Every document, and by identifier what stands behind each requirement, where asked for."""

    documents: tuple[DocumentView, ...]
    requirements: Mapping[str, Behind]

    @property
    def headline(self) -> str:
        """The numbers of each document in one line."""
        return " · ".join(f"{each.name}: {each.coverage}" for each in self.documents)

    @property
    def sentences_of(self) -> Mapping[str, tuple[tuple[DocumentView, Traced], ...]]:
        """The sentences that each requirement tests, wholly or in part."""
        found: dict[str, list[tuple[DocumentView, Traced]]] = {}
        for document in self.documents:
            for each in document.sentences:
                for identifier in each.row.requirements:
                    found.setdefault(identifier, []).append((document, each))
        return {identifier: tuple(each) for identifier, each in found.items()}


def coverage(sentences: Sequence[Traced]) -> Coverage:
    """Count sentences by what is done about them."""
    counts = Counter(each.status for each in sentences)
    return Coverage(
        counts[Status.TESTED],
        counts[Status.OPEN],
        sum(each.in_part for each in sentences),
        counts[Status.EXCLUDED],
    )


def view(
    table: Sequence[TracedDocument],
    catalogue: Catalogue,
    *,
    api: PlatformApi | None,
    latest: PlatformApi,
    folders: Mapping[str, Path],
    runs: Sequence[Run] | None = None,
) -> View:
    """Put everything together.

    `folders` are the reader's checkouts by the repository, `api` overrides the platform API that a
    checkout states, and `latest` is taken where there is neither. What stands behind requirements
    is left out where `runs` is None, because it takes seconds. Raises CheckoutError.
    """
    documents = []
    for document in table:
        folder = folders.get(document.repository)
        checked = check_document(document, folder, api) if folder is not None else None
        unread = (api or latest) if document.apis else None
        at = checked.api if checked is not None else unread
        if checked is not None:
            checked = _with_rows_at(checked, catalogue)
        documents.append(
            DocumentView(document, at, _traced(document, at, checked, catalogue), checked)
        )
    scenarios_at = next((each.api for each in documents if each.api is not None), latest)
    found = {} if runs is None else behind(catalogue, scenarios_at, runs)
    return View(tuple(documents), found)


def _with_rows_at(checked: Checked, catalogue: Catalogue) -> Checked:
    """Give each finding the row as it is at the platform API of the text."""
    findings = tuple(
        replace(each, row=each.row.at(checked.api, catalogue)) if each.row is not None else each
        for each in checked.findings
    )
    return replace(checked, findings=findings)


def every_edition(table: Sequence[TracedDocument]) -> View:
    """Return every row of every document, whatever edition its sentence stands in."""
    documents = []
    for document in table:
        ids = row_ids(document)
        rows = tuple(Traced(ids[id(row)], row) for row in document.rows)
        documents.append(DocumentView(document, None, rows))
    return View(tuple(documents), {})


def _traced(
    document: TracedDocument,
    api: PlatformApi | None,
    checked: Checked | None,
    catalogue: Catalogue,
) -> tuple[Traced, ...]:
    pairs = checked.match.pairs if checked is not None else ()
    found = {id(row): sentence for row, sentence in pairs}
    ids = row_ids(document)
    return tuple(
        Traced(
            ids[id(row)],
            row.at(api, catalogue),
            found[id(row)].line if id(row) in found else None,
            found[id(row)].text if id(row) in found else None,
        )
        for row in document.at(api)
    )


def row_ids(document: TracedDocument) -> Mapping[int, str]:
    """Name each row of a document; the same words at another place get a number."""
    seen: Counter[str] = Counter()
    ids = {}
    for row in document.rows:
        seen[row.fingerprint] += 1
        again = f"-{seen[row.fingerprint]}" if seen[row.fingerprint] > 1 else ""
        ids[id(row)] = f"{document.key}-{row.fingerprint}{again}"
    return ids

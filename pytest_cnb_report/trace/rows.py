"""The table of sentences as data: `rows/KEY.tsv` for each document, and which sections count.

A row knows its sentence by the fingerprint alone and says in the project's own words what it is
about; the text stays in the repository that it belongs to.
"""

from __future__ import annotations

import csv
import enum
import functools
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources

from cattrs.gen import make_dict_structure_fn, override

from pytest_cnb_report.requirements import toml_loading
from pytest_cnb_report.requirements.catalogue import Catalogue, Document, load_catalogue
from pytest_cnb_report.values import PlatformApi

COLUMNS = (
    "fingerprint",
    "apis",
    "section",
    "duty",
    "level",
    "status",
    "requirements",
    "note",
    "about",
)
NO_API = "-"
"""What stands for the platform APIs of a document that has only one edition."""

_PACKAGE = "pytest_cnb_report.trace"


class Status(enum.Enum):
    """What the suite does about a sentence."""

    TESTED = "tested"
    EXCLUDED = "excluded"
    OPEN = "open"

    @property
    def words(self) -> str:
        """What a reader sees."""
        return "not tested yet" if self is Status.OPEN else self.value


class Duty(enum.Enum):
    """Who has to do what a sentence says; `nobody` where it only explains."""

    LIFECYCLE = "lifecycle"
    PLATFORM = "platform"
    AUTHOR = "image author"
    NOBODY = "nobody"


class RowError(ValueError):
    """The data of the table contradicts itself or the catalogue; the message names the row."""


@dataclass(frozen=True)
class Row:
    """One sentence, wherever it stands.

    `apis` are the platform APIs in whose text it stands, empty for a document with one edition.
    `level` is `trace.sentences.Sentence.label`. `requirements` test the sentence where `status` is
    tested; where it is open, they test a part of it. `note` is the reason of what is excluded, and
    what is missing of what is open.
    """

    fingerprint: str
    apis: tuple[PlatformApi, ...]
    section: str
    duty: Duty
    level: str
    status: Status
    requirements: tuple[str, ...]
    note: str
    about: str

    def stands_at(self, api: PlatformApi | None) -> bool:
        """Whether the text of a platform API has it; None is a document with one edition."""
        return not self.apis if api is None else api in self.apis

    def at(self, api: PlatformApi | None, catalogue: Catalogue) -> Row:
        """Return the row as it is at a platform API: with the requirements that are judged there.

        What is tested at later ones alone is open.
        """
        since = {name: catalogue[name].since for name in self.requirements}
        judged = tuple(n for n, first in since.items() if not api or not first or first <= api)
        if judged == self.requirements:
            return self
        if judged or self.status is not Status.TESTED:
            return replace(self, requirements=judged)
        first = min(each for each in since.values() if each is not None)
        later = f"tested from platform API {first} on"
        note = f"{later}; {self.note}" if self.note else later
        return replace(self, requirements=(), status=Status.OPEN, note=note)


@dataclass(frozen=True)
class TracedDocument:
    """A document and the rows of its sentences, in the order of the text.

    `files` are the paths at which a checkout may have it; `required` says whether one without it is
    wrong. `left_out` gives for each section that does not count the reason. `editions` gives the
    platform API of a file by its Git blob ID, because two releases name another API than theirs.
    """

    document: Document
    rows: tuple[Row, ...]
    repository: str
    files: tuple[str, ...]
    required: bool
    left_out: Mapping[str, str]
    editions: Mapping[str, PlatformApi] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The document's key in the catalogue."""
        return self.document.key

    @property
    def apis(self) -> tuple[PlatformApi, ...]:
        """Every platform API that rows speak of, oldest first."""
        return tuple(sorted({api for row in self.rows for api in row.apis}))

    def at(self, api: PlatformApi | None) -> tuple[Row, ...]:
        """Return the rows whose sentence stands in the text of a platform API."""
        return tuple(row for row in self.rows if row.stands_at(api))


@dataclass(frozen=True)
class _Declared:
    """A document as `documents.toml` declares it."""

    repository: str
    files: tuple[str, ...]
    required: bool = True
    left_out: Mapping[str, str] = field(default_factory=dict)
    editions: Mapping[str, PlatformApi] = field(default_factory=dict)


@functools.cache
def load_table() -> tuple[TracedDocument, ...]:
    """Read the table that ships with the package."""
    folder = resources.files(_PACKAGE)
    declared = folder.joinpath("documents.toml").read_text("utf-8")
    keys = toml_loading.read_toml(declared)["documents"]
    rows = {key: folder.joinpath(f"rows/{key}.tsv").read_text("utf-8") for key in keys}
    return parse_table(declared, rows, load_catalogue())


def parse_table(
    declared: str, rows: Mapping[str, str], catalogue: Catalogue
) -> tuple[TracedDocument, ...]:
    """Read a table: the documents as TOML, and the rows of each by its key as TSV.

    Raises ValueError (RowError for a row) that says what is wrong and where.
    """
    converter = toml_loading.converter()
    converter.register_structure_hook(
        _Declared,
        make_dict_structure_fn(_Declared, converter, left_out=override(rename="left-out")),
    )
    traced = []
    for key, table in toml_loading.read_toml(declared)["documents"].items():
        if key not in catalogue.documents:
            raise RowError(f"documents.toml: the catalogue has no document {key}")
        each = toml_loading.structure(converter, table, _Declared, f"documents.toml, {key}")
        traced.append(
            TracedDocument(
                catalogue.documents[key],
                parse_rows(rows[key], key, catalogue),
                each.repository,
                each.files,
                each.required,
                each.left_out,
                each.editions,
            )
        )
    return tuple(traced)


def parse_rows(text: str, key: str, catalogue: Catalogue) -> tuple[Row, ...]:
    """Read the rows of one document; raises RowError that names the file and the line."""
    reader = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    if tuple(next(reader, ())) != COLUMNS:
        raise RowError(f"rows/{key}.tsv:1: the columns are not {', '.join(COLUMNS)}")
    rows = []
    for cells in reader:
        where = f"rows/{key}.tsv:{reader.line_num}"
        if len(cells) != len(COLUMNS):
            raise RowError(f"{where}: {len(cells)} cells, expected {len(COLUMNS)}")
        try:
            row = _row(cells)
        except ValueError as problem:
            raise RowError(f"{where}: {problem}") from None
        _refuse_wrong(row, where, catalogue)
        rows.append(row)
    return tuple(rows)


def write_rows(rows: Iterable[Row]) -> str:
    """Write rows as the file that `parse_rows` reads."""
    lines = ["\t".join(COLUMNS)]
    lines += [
        "\t".join(
            (
                row.fingerprint,
                write_apis(row.apis),
                row.section,
                row.duty.value,
                row.level,
                row.status.value,
                " ".join(row.requirements),
                row.note,
                row.about,
            )
        )
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def read_apis(text: str) -> tuple[PlatformApi, ...]:
    """Read `0.7-0.11,0.15`; `-` for none. Raises ValueError for anything else."""
    if text == NO_API:
        return ()
    found: list[PlatformApi] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin, end = PlatformApi.parse(first), PlatformApi.parse(last if dash else first)
        if begin > end or begin.major != end.major or (found and begin <= found[-1]):
            raise ValueError(f"{text!r} is not a list of platform APIs such as 0.7-0.11,0.15")
        found += [PlatformApi(begin.major, n) for n in range(begin.minor, end.minor + 1)]
    return tuple(found)


def write_apis(apis: Sequence[PlatformApi]) -> str:
    """Write platform APIs as `read_apis` reads them."""
    spans: list[list[PlatformApi]] = []
    for api in sorted(apis):
        if spans and spans[-1][-1] == PlatformApi(api.major, api.minor - 1):
            spans[-1].append(api)
        else:
            spans.append([api])
    written = (str(s[0]) if len(s) == 1 else f"{s[0]}-{s[-1]}" for s in spans)
    return ",".join(written) or NO_API


def _row(cells: Sequence[str]) -> Row:
    return Row(
        cells[0],
        read_apis(cells[1]),
        cells[2],
        Duty(cells[3]),
        cells[4],
        Status(cells[5]),
        tuple(cells[6].split()),
        cells[7],
        cells[8],
    )


def _refuse_wrong(row: Row, where: str, catalogue: Catalogue) -> None:
    if not row.about:
        raise RowError(f"{where}: does not say what the sentence is about")
    if row.status is Status.TESTED and not row.requirements:
        raise RowError(f"{where}: tested, but by no requirement")
    if row.status is Status.EXCLUDED and (row.requirements or not row.note):
        raise RowError(f"{where}: excluded needs a reason as its note, and has no requirements")
    if len(set(row.requirements)) < len(row.requirements):
        raise RowError(f"{where}: a requirement is given twice")
    for identifier in row.requirements:
        if identifier not in catalogue:
            raise RowError(f"{where}: there is no requirement {identifier!r}")

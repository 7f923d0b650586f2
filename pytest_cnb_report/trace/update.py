"""Bring the table up to another text: which rows stand in it, and a row for each new sentence.

`python -m pytest_cnb_report.trace.update --spec DIR --platform-api 0.17` (or `--rfcs DIR`) changes
the rows in place. A new row is open and says that nobody has looked at it yet; a test fails until
somebody has.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_cnb_report.trace.match import matched
from pytest_cnb_report.trace.rows import (
    Duty,
    Row,
    Status,
    TracedDocument,
    load_table,
    write_rows,
)
from pytest_cnb_report.trace.sentences import Sentence, sentences
from pytest_cnb_report.values import PlatformApi

ROWS = Path(__file__).parent / "rows"
"""Where the rows of this checkout are."""

UNSEEN = "?"
"""What a new row is about, until somebody has said it."""


def updated(
    document: TracedDocument, text: str, api: PlatformApi | None, cited: Collection[str] = ()
) -> tuple[Row, ...]:
    """Return the rows with what stands in a text at a platform API, in the order of that text.

    A sentence gets a row where it is normative and in a section that counts, or where its words
    contain one of `cited`.
    """
    found = sentences(text)
    match = matched(document.rows, found, document.left_out)
    entries = [_Entry(_without(row, api)) for row in document.rows]
    by_row = {id(row): entry for row, entry in zip(document.rows, entries, strict=True)}
    standing: dict[int, _Entry] = {}
    for row, sentence in match.pairs:
        entry = by_row[id(row)]
        entry.row = _standing(entry.row, sentence, api)
        standing[id(sentence)] = entry
    for at, sentence in enumerate(found):
        if id(sentence) in standing or not _wanted(sentence, document, cited):
            continue
        entry = _Entry(_new(sentence, api))
        before = [standing[id(each)] for each in found[:at] if id(each) in standing]
        near = [each for each in before if each.row.section == sentence.section] or before
        entries.insert(entries.index(near[-1]) + 1 if near else 0, entry)
        standing[id(sentence)] = entry
    return tuple(entry.row for entry in entries if entry.row.apis or api is None)


class _Entry:
    """A row in its place; two of them are equal only where they are the same one."""

    def __init__(self, row: Row) -> None:
        self.row = row


def _wanted(sentence: Sentence, document: TracedDocument, cited: Collection[str]) -> bool:
    counts = sentence.normative and sentence.section not in document.left_out
    return counts or any(words in sentence.text for words in cited)


def _standing(row: Row, sentence: Sentence, api: PlatformApi | None) -> Row:
    apis = () if api is None else tuple(sorted((*row.apis, api)))
    return replace(row, apis=apis, level=sentence.label)


def _without(row: Row, api: PlatformApi | None) -> Row:
    return replace(row, apis=tuple(each for each in row.apis if each != api))


def _new(sentence: Sentence, api: PlatformApi | None) -> Row:
    return Row(
        sentence.fingerprint,
        () if api is None else (api,),
        sentence.section,
        Duty.LIFECYCLE,
        sentence.label,
        Status.OPEN,
        (),
        "",
        UNSEEN,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Change the rows in the package's folder; the exit code is 2 where a file cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m pytest_cnb_report.trace.update",
        description="Bring the rows up to the text in a checkout.",
    )
    parser.add_argument("--spec", metavar="DIR", type=Path, help="a checkout of buildpacks/spec")
    parser.add_argument("--rfcs", metavar="DIR", type=Path, help="a checkout of buildpacks/rfcs")
    parser.add_argument("--platform-api", metavar="A", type=PlatformApi.parse)
    parser.add_argument(
        "--cite",
        metavar="WORDS",
        action="append",
        default=[],
        help="add rows for the sentences that have these words, normative or not",
    )
    options = parser.parse_args(arguments)
    folders = {"spec": options.spec, "rfcs": options.rfcs}
    for document in load_table():
        folder = folders[document.repository]
        files = [folder / name for name in document.files] if folder else []
        text = next((file.read_text("utf-8") for file in files if file.is_file()), None)
        if text is None:
            continue
        api = options.platform_api if document.repository == "spec" else None
        if document.repository == "spec" and api is None:
            parser.error("--spec needs --platform-api: the platform API of the text")
        rows = updated(document, text, api, options.cite)
        ROWS.joinpath(f"{document.key}.tsv").write_text(write_rows(rows), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

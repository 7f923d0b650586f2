"""Whether the text in a checkout still has every sentence that the table cites, and no new one."""

from __future__ import annotations

import enum
import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pytest_cnb_report.trace.earlier import earlier_words, likeness
from pytest_cnb_report.trace.match import Match, matched
from pytest_cnb_report.trace.rows import Row, TracedDocument
from pytest_cnb_report.trace.sentences import Sentence, sentences
from pytest_cnb_report.values import PlatformApi

_STATED = re.compile(r"specifies Platform API version `(\d+\.\d+)`")
_EXAMPLES = frozenset({"example", "heading"})
_UNLIKE = 0.6
"""Sentences with less than two fifths of their words in common are not the same one, changed; one
that asks nothing has to have more."""


class CheckoutError(Exception):
    """A checkout that cannot be read, or is not what it was said to be; the message says which."""


class Change(enum.Enum):
    """How the text differs from the table."""

    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Finding:
    """One sentence that the text and the table do not agree on.

    `line` is that of the sentence, for one that is gone that of the sentence before it. `row` is
    the sentence as the table has it, `sentence` as the text has it; one that changed has both.
    """

    change: Change
    line: int
    section: str
    row: Row | None
    sentence: Sentence | None


@dataclass(frozen=True)
class Checked:
    """A document in a checkout, side by side with its rows.

    `file` is its path and `name` that within the checkout. `api` is the platform API whose rows
    were taken, None for a document with one edition; `stated` is the one that the text gives.
    `words` are those that cited sentences had before, where the checkout's history tells.
    """

    document: TracedDocument
    file: Path
    name: str
    api: PlatformApi | None
    stated: PlatformApi | None
    match: Match
    words: Mapping[str, str]
    findings: tuple[Finding, ...]


def check_document(
    document: TracedDocument, folder: Path, api: PlatformApi | None = None
) -> Checked | None:
    """Compare a document in a checkout with its rows; None where the checkout need not have it.

    `api` overrides the platform API of the text. Raises CheckoutError for a checkout without the
    document and for a file that cannot be read.
    """
    if not folder.is_dir():
        raise CheckoutError(f"{folder}: there is no such folder")
    there = [name for name in document.files if folder.joinpath(name).is_file()]
    if not there:
        if not document.required:
            return None
        raise CheckoutError(
            f"{folder}: {' or '.join(document.files)} is missing; give a checkout of"
            f" {document.document.url}"
        )
    file = folder / there[0]
    try:
        content = file.read_bytes()
        text = content.decode("utf-8").replace("\r\n", "\n")
    except OSError as problem:
        raise CheckoutError(f"cannot read {file}: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise CheckoutError(f"{file}: not UTF-8 ({problem})") from problem
    stated = _stated(text) if document.apis else None
    at = _api_of(document, file, text, stated, api) if document.apis else None
    rows = document.at(at)
    match = matched(rows, sentences(text), document.left_out)
    words = earlier_words(document, folder, at) if match.rows else {}
    found = findings(document, rows, match, words)
    return Checked(document, file, there[0], at, stated, match, words, found)


def findings(
    document: TracedDocument,
    rows: Sequence[Row],
    match: Match,
    words: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Return what the rows and the text do not agree on, in the order of the text.

    A row without a sentence and a new sentence at the same place are one sentence that was changed.
    `words` are those of the rows by fingerprint: where they are known, they tell which is which,
    and not the place.
    """
    place = _places(rows, match)
    candidates = [
        (_unlikeness(row, sentence, words), at, number)
        for at, row in enumerate(match.rows)
        for number, sentence in enumerate(match.sentences)
        if (row.fingerprint in words and needs_row(document, sentence))
        or _at(sentence, row, place[id(row)])
    ]
    changed: dict[int, int] = {}
    for unlike, at, number in sorted(candidates):
        if unlike <= _UNLIKE and at not in changed and number not in changed.values():
            changed[at] = number
    found = [
        _changed(row, match.sentences[changed[at]])
        if at in changed
        else Finding(Change.GONE, place[id(row)][0], row.section, row, None)
        for at, row in enumerate(match.rows)
    ]
    found += [
        Finding(Change.NEW, each.line, each.section, None, each)
        for number, each in enumerate(match.sentences)
        if number not in changed.values() and needs_row(document, each)
    ]
    return tuple(sorted(found, key=lambda finding: finding.line))


def needs_row(document: TracedDocument, sentence: Sentence) -> bool:
    """Whether a sentence has to have a row: it is normative, and its section counts."""
    return sentence.normative and sentence.section not in document.left_out


def _at(sentence: Sentence, row: Row, place: tuple[int, int]) -> bool:
    return sentence.section == row.section and place[0] <= sentence.line <= place[1]


def _changed(row: Row, sentence: Sentence) -> Finding:
    return Finding(Change.CHANGED, sentence.line, row.section, row, sentence)


def _unlikeness(row: Row, sentence: Sentence, words: Mapping[str, str]) -> float:
    """Say how unlike a row's sentence another one is, from 0 to 1.

    Where the row's words are not known, its label tells; of sentences that ask nothing, examples
    and headings alone.
    """
    if row.fingerprint in words:
        unlike = 1 - likeness(words[row.fingerprint], sentence.text)
        return unlike if sentence.normative else unlike * 2
    if row.level == sentence.label != "cited":
        return 0
    return _UNLIKE if sentence.normative and row.level not in _EXAMPLES else 1


def _places(rows: Sequence[Row], match: Match) -> Mapping[int, tuple[int, int]]:
    """Say between which lines the sentence of each row without one has to have stood."""
    lines = {id(row): sentence.line for row, sentence in match.pairs}
    found: dict[int, tuple[int, int]] = {}
    for at, row in enumerate(rows):
        if id(row) in lines:
            continue
        near = [(n, each) for n, each in enumerate(rows) if each.section == row.section]
        before = [lines[id(each)] for n, each in near if n < at and id(each) in lines]
        after = [lines[id(each)] for n, each in near if n > at and id(each) in lines]
        found[id(row)] = (before[-1] if before else 1, after[0] if after else sys.maxsize)
    return found


def _stated(text: str) -> PlatformApi | None:
    found = _STATED.search(text)
    return PlatformApi.parse(found.group(1)) if found else None


def _api_of(
    document: TracedDocument,
    file: Path,
    text: str,
    stated: PlatformApi | None,
    given: PlatformApi | None,
) -> PlatformApi:
    """Return the platform API whose rows a text is compared with.

    What was given; else that of a release with exactly this text, because two of them state another
    one; else what the text states, or the newest one that the table has where that is newer.
    """
    data = text.encode()
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    api = given or document.editions.get(blob) or stated
    known = document.apis
    if api is None:
        raise CheckoutError(
            f"{file} does not say which platform API it specifies; give --platform-api"
        )
    if api in known:
        return api
    if api > known[-1]:
        return known[-1]
    raise CheckoutError(
        f"{file} specifies platform API {api}; the table has {known[0]} to {known[-1]}"
    )


def better_fit(checked: Checked) -> PlatformApi | None:
    """Return the platform API whose rows a text agrees with more, where there is one."""
    if not checked.findings or checked.api is None:
        return None
    text = checked.file.read_text("utf-8")
    found = sentences(text)
    document = checked.document
    differ = {}
    for api in document.apis:
        match = matched(document.at(api), found, document.left_out)
        differ[api] = len(match.rows) + sum(needs_row(document, each) for each in match.sentences)
    best = min(differ, key=lambda api: (differ[api], api != checked.api))
    return best if differ[best] * 2 < differ[checked.api] else None

"""The sentences of a document: which are normative, and how each is known again.

A sentence is known by its **fingerprint**, the beginning of a hash of its words. White space, line
wrapping, emphasis and where links lead are no part of it, so that only a change of the words is a
change.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_cnb_report.trace.markdown import Block, Kind, blocks

_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\([^()]*\)[^()]*)?\)|\[[^\]]*\])")
_BOUNDARY = re.compile(r"(?<=[.!?])[*_)\"]*\s+(?=[A-Z`*_<\[(\"†])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf)\.)\W*$", re.IGNORECASE)
_KEYWORD = re.compile(
    r"\b(?:MUST(?: NOT)?|SHALL(?: NOT)?|SHOULD(?: NOT)?|MAY(?: NOT)?"
    r"|REQUIRED|RECOMMENDED|OPTIONAL)\b"
)
_PROSE = re.compile(r"\b(?:must|shall|should|will|required)\b", re.IGNORECASE)
_HEX = 12
_CITED = {Kind.CODE: "example", Kind.HEADING: "heading"}


@dataclass(frozen=True)
class Sentence:
    """A sentence of a document, an item of a list, a row of a table or an example.

    `level` names its RFC 2119 keywords; it is `list` where the keyword stands in what leads to the
    list, `prose` where only a lower-case word makes it normative, `table` for a row, and empty
    where nothing does. `text` is what stands there, without marks.
    """

    fingerprint: str
    text: str
    section: str
    line: int
    kind: Kind
    level: str

    @property
    def normative(self) -> bool:
        """Whether the sentence needs a row: it asks something of somebody."""
        return bool(self.level)

    @property
    def label(self) -> str:
        """What a row has as its level: `example`, `heading` or `cited` where nothing is asked."""
        return self.level or _CITED.get(self.kind, "cited")


def sentences(document: str) -> tuple[Sentence, ...]:
    """Return every sentence of a Markdown document in its order, normative or not."""
    found = blocks(document)
    levels = _levels_of_lists(found)
    return tuple(each for block in found for each in _of_block(block, levels.get(block.line)))


def fingerprint(markdown: str) -> str:
    """Return how a sentence is known again: twelve hexadecimal digits."""
    return hashlib.sha256(plain(markdown).encode()).hexdigest()[:_HEX]


def plain(markdown: str) -> str:
    """Return a sentence's words: no emphasis, no addresses, single spaces, no mark at the end."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group(2))
        return f"\0{len(kept) - 1}\0"

    words = _CODE.sub(keep, markdown)
    while (unlinked := _LINK.sub(r"\1", words)) != words:
        words = unlinked
    words = re.sub(r"\\([\\`*_{}\[\]()#+.!|<>-])", lambda found: _escaped(found, kept), words)
    words = re.sub(r"[*`]|~~|(?<!\w)_+|_+(?!\w)", "", html.unescape(words))
    words = re.sub(r"\0(\d+)\0", lambda found: kept[int(found.group(1))], words)
    return " ".join(words.split()).rstrip(" .:;,")


def _escaped(found: re.Match[str], kept: list[str]) -> str:
    kept.append(found.group(1))
    return f"\0{len(kept) - 1}\0"


def keywords(text: str) -> str:
    """Name the RFC 2119 keywords of a sentence; `prose` for a lower-case one, or empty."""
    found = dict.fromkeys(_KEYWORD.findall(text))
    if found:
        return "/".join(found)
    return "prose" if _PROSE.search(text) else ""


def _of_block(block: Block, listed: str | None) -> Iterator[Sentence]:
    if block.kind in {Kind.CODE, Kind.HEADING}:
        text = plain(block.text) if block.kind is Kind.HEADING else block.text
        words = text if block.kind is Kind.HEADING else " ".join(text.split())
        digest = hashlib.sha256(f"{block.kind.value}:{words}".encode()).hexdigest()[:_HEX]
        yield Sentence(digest, text, block.section, block.line, block.kind, "")
        return
    for part, offset in _split(block.text):
        level = keywords(_CODE.sub("", part))
        if block.kind is Kind.ROW:
            level = level if level not in {"", "prose"} else "table"
        elif not level and listed is not None:
            level = listed
        yield Sentence(
            fingerprint(part),
            plain(part),
            block.section,
            block.line + block.text.count("\n", 0, offset),
            block.kind,
            level,
        )


def _split(text: str) -> Iterator[tuple[str, int]]:
    """Split a block at the ends of its sentences, with the offset at which each begins."""
    masked = _CODE.sub(lambda found: "X" * len(found.group()), text)
    begins = 0
    for boundary in _BOUNDARY.finditer(masked):
        if _ABBREVIATION.search(masked[begins : boundary.start()]):
            continue
        yield text[begins : boundary.start()], begins
        begins = boundary.end()
    if text[begins:].strip():
        yield text[begins:], begins


def _levels_of_lists(found: Sequence[Block]) -> dict[int, str]:
    """Give each block of a list that is normative as a whole, by line, what its parts inherit.

    A list is normative as a whole where what leads to it or one of its items has a keyword.
    """
    lists: dict[int, list[Block]] = {}
    for block in found:
        if block.list:
            lists.setdefault(block.list, []).append(block)
    levels: dict[int, str] = {}
    for members in lists.values():
        if any(_has_keyword(member) for member in members):
            levels |= dict(_inherited(members))
    return levels


def _has_keyword(block: Block) -> bool:
    return bool(keywords(_CODE.sub("", block.text)))


def _inherited(members: Iterable[Block]) -> Iterator[tuple[int, str]]:
    above: list[tuple[int, bool]] = []
    led = False
    for member in members:
        has = bool(_KEYWORD.search(_CODE.sub("", member.text)))
        if member.kind is Kind.PARAGRAPH:
            led = has
            continue
        while above and above[-1][0] >= member.indent:
            above.pop()
        yield member.line, "list" if led or any(each for _, each in above) else "prose"
        above.append((member.indent, has))

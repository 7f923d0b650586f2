"""Markdown as blocks: what stands in a document, in which section and at which line.

Only what specifications and RFCs use: headings, paragraphs, lists, tables, quotes, fenced code.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True)
class Block:
    """One block of a document.

    `text` is its Markdown without the marks of the block itself, lines kept; `line` is where it
    begins, counted from 1. `section` is the name of the section that it stands in. Blocks of one
    list have the same number `list`, and `indent` says how far an item is indented; elsewhere both
    are 0. The paragraph right before a list has the list's number as well.
    """

    kind: Kind
    text: str
    line: int
    section: str
    list: int = 0
    indent: int = 0


_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^(\s*)(?:[-*+]|\d+[.)])(?:\s+(?=\S)|(?=`))")
_SEPARATOR = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_QUOTE = re.compile(r"^\s{0,3}>\s?")
_DEFINITION = re.compile(r"^\s{0,3}\[[^\]]+\]:\s")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FORMAT = re.compile(r"\s*\((?:TOML|JSON|optional|experimental|optional and experimental)\)$", re.I)
_NESTED = 5
"""From this level of heading on, a name such as Inputs says something only with its parent's."""


def blocks(text: str) -> tuple[Block, ...]:
    """Split a document into its blocks, in their order."""
    return tuple(_with_lists(list(_plain_blocks(_without_comments(text).split("\n")))))


def section_name(heading: str) -> str:
    """Return the name of a section: its heading without emphasis, links and kind of file."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return _FORMAT.sub("", " ".join(re.sub(r"`|\*\*", "", words).split())).rstrip(" :")


def _without_comments(text: str) -> str:
    """Empty HTML comments but keep their lines, so that later lines keep their numbers."""
    return _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)


class _Sections:
    """The headings above the line that is being read."""

    def __init__(self) -> None:
        self._above: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        self._above.append((level, section_name(heading)))

    @property
    def name(self) -> str:
        if not self._above:
            return ""
        level, name = self._above[-1]
        if level >= _NESTED and len(self._above) > 1:
            return f"{self._above[-2][1]}: {name}"
        return name


class _Open:
    """The block that is being read, until a line closes it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.kind, self.line, self.indent = Kind.PARAGRAPH, 0, 0

    def begin(self, kind: Kind, line: int, indent: int = 0) -> None:
        self.kind, self.line, self.indent = kind, line, indent

    def close(self, section: str) -> Iterator[Block]:
        if self.lines:
            text = "\n".join(self.lines)
            yield Block(self.kind, text, self.line, section, indent=self.indent)
            self.lines.clear()


def _plain_blocks(lines: Sequence[str]) -> Iterator[Block]:
    sections, open_block, number = _Sections(), _Open(), 0
    while number < len(lines):
        line = _QUOTE.sub("", lines[number])
        if fence := _FENCE.match(line):
            yield from open_block.close(sections.name)
            end = _end_of_code(lines, number, fence.group(1))
            code = "\n".join(_QUOTE.sub("", each) for each in lines[number + 1 : end])
            yield Block(Kind.CODE, code, number + 1, sections.name)
            number = end
        elif heading := _HEADING.match(line):
            yield from open_block.close(sections.name)
            sections.enter(len(heading.group(1)), heading.group(2))
            yield Block(Kind.HEADING, heading.group(2), number + 1, sections.name)
        elif not line.strip() or _DEFINITION.match(line):
            yield from open_block.close(sections.name)
        elif line.lstrip().startswith("|"):
            yield from open_block.close(sections.name)
            if not _is_head_of_table(lines, number):
                yield Block(Kind.ROW, _row(line), number + 1, sections.name)
        else:
            yield from _continue(open_block, line, number + 1, sections.name)
        number += 1
    yield from open_block.close(sections.name)


def _continue(open_block: _Open, line: str, number: int, section: str) -> Iterator[Block]:
    """Begin an item, or add a line to what is open; what an item closes is returned."""
    item = _ITEM.match(line)
    if item:
        yield from open_block.close(section)
        open_block.begin(Kind.ITEM, number, len(item.group(1).expandtabs(4)))
    elif not open_block.lines:
        open_block.begin(Kind.PARAGRAPH, number)
    open_block.lines.append(line[item.end() :] if item else line.strip())


def _end_of_code(lines: Sequence[str], begins: int, fence: str) -> int:
    """Return the index of the line that closes a fence; the document's last one if none does."""
    for number in range(begins + 1, len(lines)):
        line = _QUOTE.sub("", lines[number]).strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            return number
    return len(lines)


def _is_head_of_table(lines: Sequence[str], number: int) -> bool:
    """Whether a row is a table's head, or the line of dashes below it."""
    following = lines[number + 1] if number + 1 < len(lines) else ""
    return bool(_SEPARATOR.match(lines[number]) or _SEPARATOR.match(following))


def _row(line: str) -> str:
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return " | ".join(" ".join(cell.split()) for cell in cells).strip()


def _with_lists(found: list[Block]) -> Iterator[Block]:
    """Number the lists, and give the paragraph that leads to a list the list's number."""
    number = 0
    for at, block in enumerate(found):
        before = found[at - 1] if at else None
        following = found[at + 1] if at + 1 < len(found) else None
        begins = block.kind is Kind.ITEM and (before is None or before.kind is not Kind.ITEM)
        leads = (
            block.kind is Kind.PARAGRAPH
            and following is not None
            and following.kind is Kind.ITEM
            and following.section == block.section
        )
        led = before is not None and before.kind is Kind.PARAGRAPH
        if leads or (begins and not led):
            number += 1
        in_list = leads or block.kind is Kind.ITEM
        yield Block(
            block.kind,
            block.text,
            block.line,
            block.section,
            number if in_list else 0,
            block.indent,
        )

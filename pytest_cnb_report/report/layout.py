"""Lines of styled text that fit a terminal of any width."""

from __future__ import annotations

import re
import shlex
import unicodedata
from typing import TYPE_CHECKING, NamedTuple, TextIO

from pytest_cnb_report.visible_text import inert, visible_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ASCII = str.maketrans(
    {"…": "...", "·": "-", "–": "-", "—": "-", "×": "x", "’": "'", "“": '"', "”": '"', "→": "->"}  # noqa: RUF001 - what is replaced
)
_SHELL_WORD = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""", re.DOTALL)

ENDLESS = 10_000
"""The width, or the height, of what is no terminal: no line of it has to be broken."""
WIDEST_VALUE = 160
"""Columns of a value, also where lines have no end."""
PROGRAM = "cnb-conformance"
"""The console script."""
_LINK = re.compile(r"https?://[^\s/]")


class Segment(NamedTuple):
    """A piece of a line; `markup` names attributes of pytest's TerminalWriter (`red`, `bold`)."""

    text: str
    markup: tuple[str, ...] = ()


Line = tuple[Segment, ...]


def is_ascii_only(stream: TextIO) -> bool:
    """Tell whether a stream cannot be written to in Unicode, such as one without an encoding."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return "utf" not in encoding.lower()


def columns(text: str) -> int:
    """Count the columns that `text` takes on a terminal: wide characters two, combining none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def to_ascii(text: str) -> str:
    r"""Write `text` for a terminal without UTF-8; letters that it lacks become `\u00e9`."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def padded(text: str, width: int) -> str:
    """Fill `text` with spaces to `width` columns."""
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int) -> list[str]:
    """Break `text` at spaces into pieces of at most `width` columns; inside a word if need be.

    A link stays whole, for terminals make it one that opens.
    """
    width = max(width, 2)
    found = [""]
    for word in text.split():
        gap = 1 if found[-1] else 0
        if columns(found[-1]) + gap + columns(word) <= width:
            found[-1] += " " * gap + word
            continue
        pieces = [word] if _LINK.match(word) else list(_chunks(word, width))
        found.extend(pieces if found[-1] else [])
        if not found[-1]:
            found[-1:] = pieces
    return found


def cut(text: str, width: int) -> str:
    """Shorten `text` to one line of at most `width` columns; what is left out becomes `…`."""
    line = " ".join(text.split("\n"))
    if columns(line) <= width:
        return line
    kept = next(_chunks(line, max(width - 1, 1)))
    return f"{kept.rstrip()}…"


def entry(
    label: str,
    text: str,
    *,
    width: int,
    hang: int,
    markup: Sequence[str] = (),
    mark: Sequence[str] = (),
    exact: bool = False,
) -> Iterator[Line]:
    """Lay out `label` and then `text`, which goes on `hang` columns in on the lines below.

    With `exact` every space of `text` is kept; else it is broken at spaces.
    """
    hang = min(hang, width // 2)
    room = max(width - hang, 2)
    pieces = list(_chunks(text, room)) if exact else wrapped(text, room)
    gap = hang - columns(label)
    if gap < 0:
        yield from ((Segment(piece, tuple(mark)),) for piece in wrapped(label, width))
        label, gap = "", hang
    yield (Segment(label, tuple(mark)), Segment(" " * gap), Segment(pieces[0], tuple(markup)))
    for piece in pieces[1:]:
        yield (Segment(" " * hang), Segment(piece, tuple(markup)))


def fitted(line: Line, width: int) -> Iterator[Line]:
    """Break a line that has grown wider than `width`; one that fits stays as it is."""
    text = "".join(segment.text for segment in line)
    if columns(text) <= width or _LINK.match(text.strip()):
        yield line
        return
    markup = next((segment.markup for segment in line if segment.markup), ())
    for piece in _chunks("".join(segment.text for segment in line), width):
        yield (Segment(piece, markup),)


def shown(lines: Iterable[Line], width: int) -> Iterator[Line]:
    """Give lines as they can be printed: the last step, after which nothing is wrapped or joined.

    What cannot be seen is written out, and what a CI system would take for an order is broken up,
    also where a word of it came to stand at the beginning of a line.
    """
    for line in lines:
        clear = tuple(Segment(visible_line(text), markup) for text, markup in line)
        yield from _inert(clear, width)


def _inert(line: Line, width: int) -> Iterator[Line]:
    text = "".join(segment.text for segment in line)
    harmless = inert(text)
    if harmless == text:
        yield line
        return
    markup = next((segment.markup for segment in line if segment.markup), ())
    for piece in fitted((Segment(harmless, markup),), width):
        yield from _inert(piece, width)


def called(text: str, program: str) -> str:
    """Write a command of the console script as it is called here, such as by its path."""
    return program + text.removeprefix(PROGRAM) if text.startswith(f"{PROGRAM} ") else text


def command(text: str, *, width: int, indent: int) -> list[str]:
    """Break a shell command into lines that can be pasted: they end in a backslash.

    A word that is wider than a line is broken as well; its rest then starts the line, because
    leading spaces would part it.
    """
    return [piece for line in text.splitlines() for piece in _shell(line, max(width, 8), indent)]


def _shell(line: str, width: int, indent: int) -> list[str]:
    if columns(line) + indent <= width:
        return [" " * indent + line]
    found = [" " * indent]
    for word in _with_values(_words(line), width - indent - 4):
        fresh = not found[-1].strip()
        if columns(found[-1]) + columns(word) + (not fresh) + 2 <= width:
            found[-1] += word if fresh else f" {word}"
            continue
        if not fresh:
            found[-1] += " \\"
            found.append(" " * (indent + 2))
        pieces = _broken_word(word, width - indent - 4)
        found[-1] += pieces[0]
        for piece in pieces[1:]:
            found[-1] += "\\"
            found.append(piece)
    return found


def _with_values(words: Sequence[str], width: int) -> list[str]:
    """Put each option together with the value that follows it, where both have room in a line."""
    found: list[str] = []
    for word in words:
        before = found[-1] if found else ""
        is_option = before.startswith("-") and before != "--" and " " not in before
        if is_option and not word.startswith("-") and columns(f"{before} {word}") <= width:
            found[-1] = f"{before} {word}"
        else:
            found.append(word)
    return found


def _words(line: str) -> list[str]:
    """Split a command at its spaces, quotes kept; one that only a shell can read stays whole."""
    words: list[str] = _SHELL_WORD.findall(line)
    try:
        same = shlex.split(line) == [meant for word in words for meant in shlex.split(word)]
    except ValueError:
        return [line]
    return words if same and words else [line]


def _broken_word(word: str, width: int) -> list[str]:
    """Break a word such that the shell joins it again; a word that only a shell can read stays."""
    if columns(word) <= width:
        return [word]
    try:
        meant = shlex.split(word)
    except ValueError:
        return [word]
    if len(meant) != 1 or shlex.quote(meant[0]) != word:
        return [word]
    return [shlex.quote(chunk) for chunk in _chunks(meant[0], max(width - 2, 4))]


def _chunks(word: str, width: int) -> Iterator[str]:
    chunk = ""
    for character in word:
        if columns(chunk) + _columns(character) > width:
            yield chunk
            chunk = ""
        chunk += character
    yield chunk


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

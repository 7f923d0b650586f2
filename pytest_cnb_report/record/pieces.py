"""Lines that have much in common, written as pieces: each piece once, and a number from then on.

Scenarios repeat most of what was there before: labels, configs, layers. xz alone finds that too,
but takes several times as long, as it looks at every byte again. `docs/record-format.md` has the
format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_cnb_report.record.codec import RecordError

_LONG = 1000
_CUT = 384
"""Where a piece without a natural end is cut: runs of bytes repeat at any multiple of 16 or of the
six characters that JSON spells a zero byte with."""

_DAMAGED = "is damaged: a scenario refers to a piece that is not there"


class PieceWriter:
    """Writes lines, which share their pieces; reading needs all of them, from the first on."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}

    def write(self, line: bytes) -> bytes:
        """Return the pieces of a line, which has no line break in it, with an end of its own."""
        rows: list[bytes] = []
        known = self._known
        first = last = -1
        for piece in _pieces(line):
            number = known.get(piece)
            if number is not None and number == last + 1 and first >= 0:
                last = number
                continue
            if first >= 0:
                rows.append(_reference(first, last))
                first = -1
            if number is None:
                known[piece] = len(known)
                rows.append(b"+" + piece)
            else:
                first = last = number
        if first >= 0:
            rows.append(_reference(first, last))
        return b"\n".join([*rows, b".\n"])

    def end(self, lines: int) -> bytes:
        """Return what a whole file ends with, by which it is known: how many lines there were."""
        return b"=%d\n" % lines


def _reference(first: int, last: int) -> bytes:
    return b"@%d" % first if first == last else b"@%d+%d" % (first, last - first)


def _pieces(line: bytes) -> Iterator[bytes]:
    """Cut where JSON has a comma, and before the digits of a digest, which many texts have."""
    for piece in line.replace(b"sha256:", b"sha256:\n").replace(b",", b",\n").split(b"\n"):
        if len(piece) < _LONG:
            yield piece
        else:
            yield from (piece[at : at + _CUT] for at in range(0, len(piece), _CUT))


def read_pieces(rows: Iterable[bytes], *, longest: int, largest: int) -> Iterator[bytes]:
    """Return the lines that were written as pieces.

    Raises RecordError where the end is missing or anything else is damaged, for a line of more than
    `longest` bytes, and where all lines have more than `largest` bytes: few references stand for
    many bytes.
    """
    known: list[bytes] = []
    line: list[bytes] = []
    length = total = count = 0
    for row in rows:
        kind, rest = row[:1], row[1:]
        if kind == b"+":
            known.append(rest)
            line.append(rest)
            length += len(rest)
        elif kind == b"@":
            first, more = _numbers(rest)
            if first + more >= len(known):
                raise RecordError(_DAMAGED)
            for piece in known[first : first + more + 1]:
                line.append(piece)
                length += len(piece)
        elif row == b".":
            total += length
            count += 1
            yield b"".join(line)
            line, length = [], 0
        elif kind == b"=" and not line and _numbers(rest) == (count, 0):
            return
        else:
            raise RecordError("is damaged: a line of it has no piece")
        if length > longest:
            raise RecordError(f"has a line of more than {longest:,} bytes")
        if total + length > largest:
            raise RecordError(f"is larger than {largest:,} bytes when decompressed")
    raise RecordError("ends in the middle: take a whole copy, or record the run again")


def _numbers(text: bytes) -> tuple[int, int]:
    first, _, more = text.partition(b"+")
    if not (first.isdigit() and (more or b"0").isdigit() and len(text) < 32):
        raise RecordError(_DAMAGED)
    return int(first), int(more or b"0")

"""The file of a recorded run: lines of JSON as pieces, compressed with xz, read within bounds.

The first line says what the file is, the second has the `RecordedRun`. Both are a stream of xz of
their own, as they are known last. Then comes one `RecordedScenario` after another, with the blobs
that none before it had. `docs/record-format.md` describes it.
"""

from __future__ import annotations

import contextlib
import json
import lzma
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_cnb_report.record.codec import Codec, RecordError
from pytest_cnb_report.record.model import RecordedRun, RecordedScenario
from pytest_cnb_report.record.pieces import PieceWriter, read_pieces
from pytest_cnb_report.values import Phase
from pytest_cnb_report.version import VERSION

FORMAT = 2
"""Changes when versions of the suite before can no longer read what is written."""
NAME = "record.xz"
"""The name of the file in an output folder."""
LARGEST = 1024 * 1024 * 1024
"""Bytes of the decompressed content that are read."""
LONGEST = 256 * 1024 * 1024
"""Bytes of one decompressed line that are read."""

_WHAT = "pytest-cnb-report record"
_CHUNK = 1024 * 1024
_IN_LINES = 1
"""The format that has each scenario in a line, without pieces."""
_FILTERS = [
    {
        "id": lzma.FILTER_LZMA2,
        "preset": 6,
        "dict_size": 4 * 1024 * 1024,
        "nice_len": 128,
        "depth": 32,
        "lc": 4,
        "lp": 0,
        "pb": 0,
    }
]
"""For text. Compressing takes eleven times the dictionary's size of memory: one four times as large
makes a record of a real lifecycle 0.6 % smaller, and the run 150 MB larger."""
_MEMORY = 128 * 1024 * 1024
_OURS = f"expected the {NAME} that `cnb-conformance run --record` writes"


@dataclass(frozen=True)
class Record:
    """A recorded run with its scenarios, in the order in which they were planned."""

    run: RecordedRun
    scenarios: tuple[RecordedScenario, ...]


def write_record(path: Path, run: RecordedRun, scenarios: Iterable[RecordedScenario]) -> None:
    """Write a record to a file, whole or not at all; raises OSError.

    Scenarios are taken one after another, so that they need not all be in memory.
    """
    with contextlib.closing(RecordWriter()) as writer:
        for scenario in scenarios:
            writer.add(scenario)
        writer.save(path, run)


class RecordWriter:
    """Compresses scenarios as they come, into a file without a name. Every method raises OSError.

    What a run comes to is known last, so that a record of a run that goes on costs little at its
    end.
    """

    def __init__(self) -> None:
        self._codec = Codec()
        self._pieces = PieceWriter()
        self._compressor = lzma.LZMACompressor(filters=_FILTERS)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._count = 0
        self._whole = False

    def add(self, scenario: RecordedScenario) -> None:
        """Add the next scenario, in the order in which they were planned."""
        line = dump_scenario(self._codec, scenario, plain_ascii=False)
        content = self._pieces.write(_encoded(line))
        self._file.write(self._compressor.compress(content))
        self._count += 1

    def save(self, path: Path, run: RecordedRun) -> None:
        """Write all that was added to a file, whole or not at all; nothing is added from then on.

        It can be saved to several files.
        """
        if not self._whole:
            self._file.write(self._compressor.compress(self._pieces.end(self._count)))
            self._file.write(self._compressor.flush())
            self._whole = True
        heading = {"what": _WHAT, "format": FORMAT, "version": VERSION}
        head = "".join(f"{_json(each)}\n" for each in (heading, Codec().plain(run)))
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                file.write(lzma.compress(head.encode()))
                self._file.seek(0)
                shutil.copyfileobj(self._file, file)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file without a name."""
        self._file.close()


def read_record(path: Path, phases: Collection[Phase] | None = None) -> Record:
    """Read a record; raises RecordError for what is none, and OSError where there is no file.

    Scenarios of other phases than `phases` are left out, where it is given.
    """
    try:
        codec = Codec()
        run, lines = _run_and_scenarios(path, codec)
        wanted = None if phases is None else {phase.value for phase in phases}
        scenarios = (_scenario(codec, line, wanted) for line in lines)
        return Record(run, tuple(each for each in scenarios if each is not None))
    except RecordError as problem:
        raise RecordError(f"{path}: {problem}") from problem


def read_run(path: Path) -> RecordedRun:
    """Read what a record says of its run, without its scenarios; raises as `read_record` does."""
    try:
        return _run_and_scenarios(path, Codec())[0]
    except RecordError as problem:
        raise RecordError(f"{path}: {problem}") from problem


def _run_and_scenarios(path: Path, codec: Codec) -> tuple[RecordedRun, Iterator[bytes]]:
    """Return the run, and the lines of the scenarios, which are read when they are asked for."""
    lines = _lines(path)
    written = _format_of(_parsed(next(lines, b"")))
    run = codec.value(_parsed(next(lines, b"")), RecordedRun)
    if written == _IN_LINES:
        return run, lines
    return run, read_pieces(lines, longest=LONGEST, largest=LARGEST)


def dump_scenario(codec: Codec, scenario: RecordedScenario, *, plain_ascii: bool = True) -> str:
    """Write one scenario as a line of JSON, with the blobs that the codec has not written yet."""
    plain = codec.plain(scenario)
    return _json({"blobs": codec.blobs.take_new(), "scenario": plain}, plain_ascii=plain_ascii)


def load_scenario(codec: Codec, line: bytes | str) -> RecordedScenario:
    """Read what `dump_scenario` wrote; raises RecordError."""
    scenario = _scenario(codec, line, None)
    assert scenario is not None  # noqa: S101 - it is of every phase
    return scenario


def _scenario(
    codec: Codec, line: bytes | str, wanted: Collection[str] | None
) -> RecordedScenario | None:
    """Read a scenario, and nothing but its blobs where it is of a phase that nobody wants."""
    data = _parsed(line)
    if not isinstance(data, dict) or set(data) != {"blobs", "scenario"}:
        raise RecordError("a line has no scenario")
    if not isinstance(data["blobs"], dict):
        raise RecordError("a line has no blobs")
    codec.blobs.add(data["blobs"])
    if wanted is not None and _phase(data["scenario"]) not in wanted:
        return None
    return codec.value(data["scenario"], RecordedScenario)


def _phase(scenario: object) -> object:
    case = scenario.get("case") if isinstance(scenario, dict) else None
    return case.get("phase") if isinstance(case, dict) else None


def _json(value: object, *, plain_ascii: bool = True) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=plain_ascii)


def _encoded(line: str) -> bytes:
    """Encode a line of JSON; halves of surrogate pairs, which UTF-8 has not, are escaped."""
    try:
        return line.encode()
    except UnicodeEncodeError:
        return _json(json.loads(line)).encode()


def _parsed(line: bytes | str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise RecordError(f"is not a record ({problem}); {_OURS}") from problem


def _format_of(heading: object) -> int:
    if not isinstance(heading, dict) or heading.get("what") != _WHAT:
        raise RecordError(f"is not a record; {_OURS}")
    written = heading.get("format")
    if type(written) is not int or not _IN_LINES <= written <= FORMAT:
        raise RecordError(
            f"has record format {written}, written by version {heading.get('version')}; this"
            f" version reads formats up to {FORMAT}. Install that version, or record the run again"
        )
    return written


def _lines(path: Path) -> Iterator[bytes]:
    """Decompress a file line by line, within bounds of memory."""
    pending = bytearray()
    total = 0
    for content in _decompressed(path):
        total += len(content)
        if total > LARGEST:
            raise RecordError(f"is larger than {LARGEST:,} bytes when decompressed")
        first, *others = content.split(b"\n")
        pending += first
        if len(pending) > LONGEST:
            raise RecordError(f"has a line of more than {LONGEST:,} bytes")
        for other in others:
            yield bytes(pending)
            pending = bytearray(other)
    if pending:
        raise RecordError("ends in the middle of a line")


def _decompressed(path: Path) -> Iterator[bytes]:
    """Decompress the streams of a file, one after another, a bounded number of bytes at a time."""
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
    with path.open("rb") as file:
        while True:
            compressed = b""
            if decompressor.eof:
                compressed = decompressor.unused_data or file.read(_CHUNK)
                if not compressed:
                    return
                decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
            elif decompressor.needs_input:
                compressed = file.read(_CHUNK)
                if not compressed:
                    raise RecordError(
                        "ends in the middle: take a whole copy, or record the run again"
                    )
            try:
                yield decompressor.decompress(compressed, max_length=_CHUNK)
            except lzma.LZMAError as problem:
                raise RecordError(f"is not a record ({problem}); {_OURS}") from problem

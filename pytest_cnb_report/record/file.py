"""The file of a recorded run: JSON lines, compressed with xz, read within bounds.

The first line says what the file is, the second has the `RecordedRun`, and each further line one
`RecordedScenario` with the blobs that no line before it had. `docs/record-format.md` describes it.
"""

from __future__ import annotations

import json
import lzma
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_cnb_report.record.codec import Codec, RecordError
from pytest_cnb_report.record.model import RecordedRun, RecordedScenario
from pytest_cnb_report.values import Phase
from pytest_cnb_report.version import VERSION

FORMAT = 1
"""Changes when records written before can no longer be read."""
NAME = "record.xz"
"""The name of the file in an output folder."""
LARGEST = 1024 * 1024 * 1024
"""Bytes of the decompressed content that are read."""
LONGEST = 256 * 1024 * 1024
"""Bytes of one decompressed line that are read."""

_WHAT = "pytest-cnb-report record"
_CHUNK = 1024 * 1024
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 3, "depth": 12, "dict_size": 16 * 1024 * 1024}]
"""A fifth of the usual preset's time; the dictionary reaches back over many scenarios, which have
most of their bytes in common. Compressing takes eight times its size of memory."""
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
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with lzma.open(temporary, "wt", encoding="utf-8", filters=_FILTERS) as file:
            for line in lines_of(run, scenarios):
                file.write(line + "\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def lines_of(run: RecordedRun, scenarios: Iterable[RecordedScenario]) -> Iterator[str]:
    """Write a record as lines of JSON."""
    codec = Codec()
    yield _json({"what": _WHAT, "format": FORMAT, "version": VERSION})
    yield _json(codec.plain(run))
    for scenario in scenarios:
        yield dump_scenario(codec, scenario)


def read_record(path: Path, phases: Collection[Phase] | None = None) -> Record:
    """Read a record; raises RecordError for what is none, and OSError where there is no file.

    Scenarios of other phases than `phases` are left out, where it is given.
    """
    try:
        return read_lines(_lines(path), phases)
    except RecordError as problem:
        raise RecordError(f"{path}: {problem}") from problem


def read_run(path: Path) -> RecordedRun:
    """Read what a record says of its run, without its scenarios; raises as `read_record` does."""
    lines = _lines(path)
    try:
        return _run(lines, Codec())
    except RecordError as problem:
        raise RecordError(f"{path}: {problem}") from problem


def read_lines(lines: Iterator[bytes], phases: Collection[Phase] | None = None) -> Record:
    """Read what `lines_of` wrote, as `read_record` does; raises RecordError."""
    codec = Codec()
    run = _run(lines, codec)
    wanted = None if phases is None else {phase.value for phase in phases}
    scenarios = (_scenario(codec, line, wanted) for line in lines)
    return Record(run, tuple(each for each in scenarios if each is not None))


def _run(lines: Iterator[bytes], codec: Codec) -> RecordedRun:
    _check_heading(_parsed(next(lines, b"")))
    return codec.value(_parsed(next(lines, b"")), RecordedRun)


def dump_scenario(codec: Codec, scenario: RecordedScenario) -> str:
    """Write one scenario as a line of JSON, with the blobs that the codec has not written yet."""
    plain = codec.plain(scenario)
    return _json({"blobs": codec.blobs.take_new(), "scenario": plain})


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


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _parsed(line: bytes | str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise RecordError(f"is not a record ({problem}); {_OURS}") from problem


def _check_heading(heading: object) -> None:
    if not isinstance(heading, dict) or heading.get("what") != _WHAT:
        raise RecordError(f"is not a record; {_OURS}")
    if heading.get("format") != FORMAT:
        raise RecordError(
            f"has record format {heading.get('format')}, written by version"
            f" {heading.get('version')}; this version reads format {FORMAT}. Install that version,"
            " or record the run again"
        )


def _lines(path: Path) -> Iterator[bytes]:
    """Decompress a file line by line, within bounds of memory."""
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
    pending = bytearray()
    total = 0
    with path.open("rb") as file:
        while not decompressor.eof:
            compressed = file.read(_CHUNK) if decompressor.needs_input else b""
            if decompressor.needs_input and not compressed:
                raise RecordError("ends in the middle: take a whole copy, or record the run again")
            try:
                piece = decompressor.decompress(compressed, max_length=_CHUNK)
            except lzma.LZMAError as problem:
                raise RecordError(f"is not a record ({problem}); {_OURS}") from problem
            total += len(piece)
            if total > LARGEST:
                raise RecordError(f"is larger than {LARGEST:,} bytes when decompressed")
            first, *others = piece.split(b"\n")
            pending += first
            if len(pending) > LONGEST:
                raise RecordError(f"has a line of more than {LONGEST:,} bytes")
            for other in others:
                yield bytes(pending)
                pending = bytearray(other)
    if pending:
        raise RecordError("ends in the middle of a line")

"""Reports that reach their path in another way, or stand there as another kind of file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from pytest_cnb_report.reference.creator import Creator
from pytest_cnb_report.reference.errors import PhaseError
from pytest_cnb_report.reference.exporter import Exporter
from pytest_cnb_report.reference.phase import Phase
from pytest_cnb_report.reference.rebaser import Rebaser

from .evidence import say
from .seen import Aspect, evidence, exit_code, files, output, report_text
from .table_rows import rows
from .variation import Variation

Write = Callable[[Path, bytes, Callable[[Path, bytes], None]], None]
"""How a file is written: its path, its content, and the usual way to do it."""

WRITES = (
    "exporter longer-report-before",
    "creator report-by-default",
    "rebaser longer-report-before",
    "rebaser report-by-environment",
)

_PATH = "Platform specification, report.toml: the file stands at its path in the end; not how."


def written_by(write: Write) -> tuple[type, ...]:
    """Return the phases that write reports in this way, and every other file as usual."""

    def phase_of(usual: type[Phase]) -> type[Phase]:
        def write_file(self: Phase, path: Path, content: bytes) -> None:
            if path == self.inputs.report():
                write(path, content, lambda p, c: usual.write_file(self, p, c))
            else:
                usual.write_file(self, path, content)

        return type(usual.__name__, (usual,), {"write_file": write_file})

    return tuple(phase_of(usual) for usual in (Exporter, Creator, Rebaser))


def _renamed(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    new = path.with_name(".report.toml.new")
    usual(new, content)
    new.rename(path)
    say("renamed")


def _linked(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    new = path.with_name("report.toml~")
    usual(new, content)
    path.unlink(missing_ok=True)
    path.hardlink_to(new)


def _removed_first(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    path.unlink(missing_ok=True)
    say("removed")
    usual(path, content)


def _in_place(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    if not path.exists():
        usual(path, b"")
    with path.open("r+b", buffering=0) as file:
        file.write(content)
        file.truncate()
    say("truncated behind the report")


def _byte_by_byte(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    usual(path, b"")
    with path.open("ab", buffering=0) as file:
        for position in range(len(content)):
            file.write(content[position : position + 1])
        os.fsync(file.fileno())
    say("byte by byte")


def _backwards(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    usual(path, b"")
    with path.open("r+b", buffering=0) as file:
        for position in reversed(range(len(content))):
            file.seek(position)
            file.write(content[position : position + 1])
    say("last byte first")


def _in_a_thread(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    thread = threading.Thread(target=usual, args=(path, content))
    thread.start()
    thread.join()
    say("in a thread")


def _draft_first(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    usual(path, b'[image]\ntags = ["not yet"]\n' + b"# to be replaced\n" * 200)
    usual(path, content)
    say("twice")


def _with_copies(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    usual(path, content)
    usual(path.with_suffix(".toml.bak"), b"[image]\ntags = []\n")
    usual(path.with_name("lifecycle-tmp") / "report.toml", content)
    usual(Path(os.environ["TMPDIR"]) / ".lifecycle-lock", b"")


def _dated(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
    usual(path, content)
    os.utime(path, (315532801, 315532801))


def _with_mode(mode: int) -> Write:
    def write(path: Path, content: bytes, usual: Callable[[Path, bytes], None]) -> None:
        usual(path, content)
        path.chmod(mode)

    return write


def _writing(name: str, what: str, write: Write, shows: Aspect = evidence) -> Variation:
    return Variation(name, what, _PATH, written_by(write), cases=WRITES, shows=shows)


WRITING = (
    _writing("report-renamed", "The report is written beside its path and renamed.", _renamed),
    _writing("report-linked", "The report has a second name in its folder.", _linked, files),
    _writing("report-removed-first", "What stands at the path is removed first.", _removed_first),
    _writing("report-in-place", "The report is written over what stands there.", _in_place),
    _writing("report-byte-by-byte", "The report is written byte by byte.", _byte_by_byte),
    _writing("report-backwards", "The report's last byte is written first.", _backwards),
    _writing("report-in-a-thread", "The report is written by a thread of its own.", _in_a_thread),
    _writing("report-twice", "A longer report of nothing is written first.", _draft_first),
    _writing("files-beside", "There are files of its own beside the report.", _with_copies, files),
    _writing("report-of-1980", "The report's modification time is in 1980.", _dated, files),
    *(
        _writing(f"report-mode-{mode:o}", f"The report has the mode {mode:o}.", write, files)
        for mode, write in ((mode, _with_mode(mode)) for mode in (0o600, 0o444, 0o666, 0o755))
    ),
)


def failing_with(
    code: int | None = None, leave: bytes | None = None, say_too: str = ""
) -> tuple[type, ...]:
    """Return the phases that end a failure with this exit code, and leave this as the report."""

    def phase_of(usual: type[Phase]) -> type[Phase]:
        def execute(self: Phase) -> None:
            try:
                usual.execute(self)
            except PhaseError as error:
                if leave is not None:
                    self.write_file(self.inputs.report(), leave)
                raise PhaseError(
                    error.code if code is None else code, f"{error}{say_too}"
                ) from error

        return type(usual.__name__, (usual,), {"execute": execute})

    return tuple(phase_of(usual) for usual in (Exporter, Creator, Rebaser))


class _OldReportRemoved(Rebaser):
    def execute(self) -> None:
        self.inputs.report().unlink(missing_ok=True)
        super().execute()


_REFUSED = (
    "rebaser other-architecture",
    "rebaser other-distro-version",
    "rebaser rebasable-false",
    "rebaser unlisted",
)
_FAILED = ("exporter unknown-process", "creator unknown-process")
_NOT_TAKEN = (
    "exporter first-push-refused",
    "creator later-push-refused",
    "rebaser first-push-refused",
)

FAILURES = (
    *(
        Variation(
            f"refusal-exits-{code}",
            f"A refused rebase exits {code}.",
            "Platform specification, rebaser: 70 to 79 are errors of the rebase.",
            failing_with(code),
            cases=_REFUSED,
            shows=exit_code,
        )
        for code in (70, 71, 79)
    ),
    *(
        Variation(
            f"failure-exits-{code}",
            f"An export that fails exits {code}.",
            "Platform specification, exporter: 60 to 69, or the generic 1 to 10 and 13 to 19.",
            failing_with(code),
            cases=_FAILED,
            shows=exit_code,
        )
        for code in (1, 2, 19, 60, 69)
    ),
    Variation(
        "failure-says-usage",
        "An export that fails exits 2, and says how the program is called.",
        "Platform specification, exporter: 1 to 10 are generic errors; nothing is said of output.",
        failing_with(2, say_too="\nusage: exporter -process-type TYPE IMAGE"),
        cases=(*_FAILED, *_NOT_TAKEN),
        shows=output,
    ),
    Variation(
        "empty-report-of-a-failure",
        "A failure leaves an empty report.",
        "RFC 0040 expects no report of a failed export: one that names no image reports none.",
        failing_with(leave=b""),
        cases=(*_FAILED, *_REFUSED),
        shows=report_text,
    ),
    Variation(
        "old-report-removed-at-a-refusal",
        "A refused rebase takes away the report that stood there before.",
        "RFC 0040 expects no report of what failed: an old one may stay or go.",
        (_OldReportRemoved,),
        cases=rows("rebaser", expect="refusal", report_before="longer", count=2),
        shows=report_text,
    ),
    Variation(
        "report-of-a-failure",
        "A failure leaves a report that says so, and names no image.",
        "Question report-after-failed-rebase: a file without an `[image]` table is accepted.",
        failing_with(leave=b'error = "refused"\n[image]\ntags = []\n[failure]\ncode = 1\n'),
        cases=(*_FAILED, *_REFUSED),
        shows=report_text,
    ),
)

"""Programs that behave otherwise while they run, and end as well."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .evidence import say
from .seen import Aspect, evidence, files, output
from .variation import CALLS, Program, Variation

Around = Callable[[Program], Program]

_FREE = "Platform specification: a phase is its inputs, outputs and exit code, whatever {}."
_PRINTED = _FREE.format("it prints")
_RUN = _FREE.format("way it runs in")

_LOUD = b"".join(b"layer %07d of many\n" % number for number in range(60_000))
_NOT_UTF_8 = bytes(range(256)) * 8 + b"\xc3\x28\xf0\x28\x8c\x28\n"


def after(do: Callable[[], object]) -> Around:
    """Do something, and then what is to be done."""

    def around(program: Program) -> Program:
        def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
            do()
            return program(arguments, environment)

        return run

    return around


def printing(*, stdout: bytes = b"", stderr: bytes = b"") -> Around:
    """Print something before and behind what is printed."""

    def around(program: Program) -> Program:
        def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
            _print(stdout, stderr)
            code = program(arguments, environment)
            sys.stdout.flush()
            sys.stderr.flush()
            _print(stdout, stderr)
            return code

        return run

    return around


def _print(stdout: bytes, stderr: bytes) -> None:
    for descriptor, content in ((1, stdout), (2, stderr)):
        left = content
        while left:
            left = left[os.write(descriptor, left) :]


def _turn(descriptor: int, into: int | str) -> None:
    """Let what goes to a descriptor go elsewhere."""
    other = os.open(into, os.O_WRONLY) if isinstance(into, str) else into
    os.dup2(other, descriptor)


def _silence() -> None:
    _turn(1, os.devnull)
    _turn(2, os.devnull)


def _close_streams() -> None:
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends
    for descriptor in range(3):
        os.close(descriptor)
    say("closed")


def _forked(program: Program) -> Program:
    def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        child = os.fork()
        if child == 0:
            code = program(arguments, environment)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        say("forked")
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    return run


def _threaded(program: Program) -> Program:
    def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        codes: list[int] = []
        thread = threading.Thread(target=lambda: codes.append(program(arguments, environment)))
        thread.start()
        thread.join()
        say("in a thread")
        return codes[0]

    return run


def _wrapped(_: Program) -> Program:
    """The lifecycle behind a shell script, which says how it ended."""

    def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        script = '"$@"; code=$?; echo "wrapper: $code" >&2; exit $code'
        command = [sys.executable, "-m", "pytest_cnb_report.reference", *arguments]
        return subprocess.run(
            ["/bin/sh", "-c", script, "wrapper", *command], env=dict(environment), check=False
        ).returncode

    return run


def _daemonise(*, seconds: float, holding: bool) -> None:
    """Leave a process behind that does nothing, and ends by itself."""
    if os.fork():
        say("left a process behind")
        return
    os.setsid()
    if not holding:
        for descriptor in range(3):
            os.close(descriptor)
    time.sleep(seconds)
    os._exit(0)


def _leave_child() -> None:
    """Leave a child in the same process group that would go on for long."""
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    say("left a child behind")


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    say("ignoring")


def _limit_itself() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(1)
    say("limited")


def _lead_session() -> None:
    # the leader of a group cannot lead a session: as its child, it can
    child = os.fork()
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os.setsid()
    say("leading")


def _move_away() -> None:
    os.chdir("/")
    say("moved")


def _forget_environment() -> None:
    say("forgotten")
    os.environ.clear()


def _be_private() -> None:
    os.umask(0o077)


def _keep_house() -> None:
    home = Path.home()
    (home / ".cache" / "lifecycle").mkdir(parents=True, exist_ok=True)
    (home / ".cache" / "lifecycle" / "state.toml").write_text("[image]\ntags = []\n")
    (Path(os.environ["TMPDIR"]) / "layer.tar").write_bytes(b"\0" * 1024)


def _be_slow() -> None:
    time.sleep(0.4)
    say("slept")


def _printing(name: str, what: str, around: Around, cases: tuple[str, ...] = CALLS) -> Variation:
    return Variation(name, what, _PRINTED, around=around, cases=cases, shows=output)


def _running(
    name: str, what: str, around: Around, shows: Aspect = evidence, cases: tuple[str, ...] = CALLS
) -> Variation:
    return Variation(name, what, _RUN, around=around, cases=cases, shows=shows)


PRINTING = (
    _printing("loud", "Two megabytes go to standard output.", printing(stdout=_LOUD)),
    _printing("loud-errors", "Two megabytes go to standard error.", printing(stderr=_LOUD)),
    _printing("no-text", "What is printed is not UTF-8.", printing(stdout=_NOT_UTF_8)),
    _printing("one-line", "A megabyte is one line.", printing(stdout=b"." * 2**20)),
    _printing(
        "false-errors",
        "A success looks like a failure in what it prints.",
        printing(
            stderr=b"ERROR: failed to rebase: exit status 72\nTraceback (most recent call last):\n",
            stdout=b"\x1b[31;1mFATAL\x1b[0m refused\r\n",
        ),
    ),
    _printing("silent", "Nothing is printed.", after(_silence)),
    _printing("all-to-standard-error", "All goes to standard error.", after(lambda: _turn(1, 2))),
    _printing(
        "all-to-standard-output",
        "All goes to standard output.",
        after(lambda: _turn(2, 1)),
        ("rebaser other-os", "rebaser unlisted", "exporter unknown-process"),
    ),
)

RUNNING = (
    _running("streams-closed", "All streams are closed at once.", after(_close_streams)),
    _running("forked", "A child does all the work.", _forked),
    _running("threaded", "A thread does all the work.", _threaded),
    _running("wrapped", "A shell script calls the program.", _wrapped, output),
    _running(
        "daemonised",
        "A process is left behind that has left group and session, and ends by itself.",
        after(lambda: _daemonise(seconds=0.2, holding=False)),
    ),
    _running(
        "holding-pipes",
        "A process is left behind that holds the streams for a moment.",
        after(lambda: _daemonise(seconds=0.2, holding=True)),
        cases=("exporter plain", "rebaser plain"),
    ),
    _running("child-left", "A child is left behind that sleeps.", after(_leave_child)),
    _running("signals-ignored", "Signals are ignored.", after(_ignore_signals)),
    _running("limits", "The program limits what it may use.", after(_limit_itself)),
    _running("session", "The program leads a session of its own.", after(_lead_session)),
    _running("elsewhere", "The working directory is the root.", after(_move_away)),
    _running("environment-forgotten", "The environment is emptied.", after(_forget_environment)),
    _running("private", "Files are made for their owner alone.", after(_be_private), files),
    _running("house-keeping", "Files are left in HOME and TMPDIR.", after(_keep_house), files),
    _running(
        "slow",
        "Every call takes longer.",
        after(_be_slow),
        cases=("exporter plain", "rebaser plain"),
    ),
)

PROCESSES = (*PRINTING, *RUNNING)

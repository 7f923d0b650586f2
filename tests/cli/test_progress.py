"""How far a run is: one line that lives on a terminal, plain lines in a log, nothing when quiet."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.drive.build_cases import EXPORTER_CASES
from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.generated_cases import generated_cases
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.planning.plan import Scenario
from pytest_cnb_report.pytest_plugin.progress import Pace, clock, told
from pytest_cnb_report.values import PLATFORM_APIS, Target

from .console import PROGRAM, process

FAULTY = ("run", "--target", "registry", "--phase", "exporter", "--requirement", "export.succeeds")


@pytest.fixture(autouse=True)
def _lifecycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lifecycle that does nothing, and takes its time: every item fails, some twenty in all."""
    script = tmp_path / "lifecycle"
    script.write_text("#!/bin/sh\nsleep 0.03\n")
    script.chmod(0o755)
    monkeypatch.setenv("CNB_CONFORMANCE_LIFECYCLE", f"command:{script}")


def words(pace: Pace, elapsed: float, failed: int) -> str:
    return "".join(segment.text for segment in told(pace, elapsed, failed))


def scenario(case: Case) -> Scenario:
    return Scenario(case, Target.REGISTRY, planned(case, Target.REGISTRY, PLATFORM_APIS[-1]), ())


def test_what_is_told() -> None:
    scenarios = [scenario(case) for case in EXPORTER_CASES[:10]]
    pace = Pace(examples=50)
    pace.expect(scenarios)
    assert words(pace, 0.0, 0) == "0 of 10 scenarios"
    for each in scenarios[:4]:
        pace.step(each)
    assert words(pace, 8.0, 0) == "4 of 10 scenarios, about 0:12 left"
    assert words(pace, 8.0, 3) == "4 of 10 scenarios, 3 failed, about 0:12 left"


def test_one_scenario_is_told_as_one() -> None:
    pace = Pace(examples=50)
    pace.expect([scenario(EXPORTER_CASES[0])])
    assert words(pace, 0.0, 0) == "0 of 1 scenario"


def test_time_is_that_of_calls_and_not_of_scenarios() -> None:
    plain, generated = scenario(EXPORTER_CASES[0]), scenario(generated_cases()[0])
    pace = Pace(examples=50)
    pace.expect([plain, generated])
    assert pace.left(5.0) is None, "no call has been made"
    pace.step(plain)
    # one call of 26 took the two seconds; a generated case has half of the examples
    assert pace.left(2.0) == pytest.approx(50.0)
    pace.step(generated)
    assert pace.left(52.0) == 0.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0:00"), (-3.0, "0:00"), (59.6, "1:00"), (754.0, "12:34"), (7384.0, "2:03:04")],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def terminal(columns: int, *command: str, **variables: str) -> str:
    """Run the console script at a terminal; everything that it wrote there."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    cleared = ("NO_COLOR", "FORCE_COLOR", "PY_COLORS", "COLUMNS")
    environment = {k: v for k, v in os.environ.items() if k not in cleared}
    process_ = subprocess.Popen(
        [PROGRAM, *command],
        env={**environment, "TERM": "xterm", **variables},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(leader)
    process_.wait(timeout=60)
    return written.decode()


def lines(written: str) -> Iterator[str]:
    """Yield each line as it stood at the time that it was left or written over."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", written)
    for line in plain.replace("\r\n", "\n").split("\n"):
        yield from line.split("\r")


@pytest.mark.parametrize("columns", [80, 120, 34])
def test_a_terminal_has_one_live_line_that_fits(columns: int) -> None:
    written = terminal(columns, *FAULTY)
    live = [line for line in lines(written) if re.match(r"\d+ of \d+ scenarios", line)]
    assert len(live) > 3
    assert max(len(line) for line in live) < columns
    if columns >= 80:
        assert re.match(r"\d+ of \d+ scenarios, \d+ failed, about \d+:\d\d left *$", live[-2])
    # it is taken away before pytest's last lines
    shown = re.sub(r"[^\n]*\r(?!\n)", "", written)
    assert " scenarios, " not in shown
    assert "\x1b[31m" in written, "failures are red"


def test_nothing_is_wider_than_the_terminal() -> None:
    written = terminal(72, *FAULTY)
    # a command that can be pasted may not be broken anywhere, and is indented
    wide = [line for line in lines(written) if len(line.rstrip()) > 72]
    assert wide == []


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({"NO_COLOR": "1"}, False), ({"PY_COLORS": "0"}, False), ({}, True)],
    ids=["NO_COLOR", "PY_COLORS", "default"],
)
def test_colours_on_a_terminal(variables: dict[str, str], coloured: bool) -> None:
    assert ("\x1b[31m" in terminal(80, *FAULTY, **variables)) is coloured


def test_a_dumb_terminal_has_no_live_line() -> None:
    written = terminal(80, *FAULTY, TERM="dumb")
    assert " judged, " not in written


def test_a_log_has_plain_lines_and_colour_where_it_is_forced() -> None:
    plain = process(*FAULTY)
    assert "\x1b" not in plain.out
    assert "\r" not in plain.out
    assert "\x1b[31m" in process(*FAULTY, FORCE_COLOR="1").out


def test_quiet_and_verbose_mean_what_they_mean_in_pytest() -> None:
    table = "The exported image"
    named = "✗ export.succeeds "
    normal = process(*FAULTY).out
    assert named in normal
    assert table not in normal
    quiet = process(*FAULTY, "-q").out
    assert quiet.startswith("lifecycle:")
    assert "failed: export.succeeds\n" in quiet
    assert len(quiet.splitlines()) == 3
    assert "" not in quiet.splitlines()
    narrow = process(*FAULTY, "-q", COLUMNS="80").out
    assert len(narrow.splitlines()) <= 5
    quieter = process(*FAULTY, "-qq").out
    assert len(quieter.splitlines()) == 1
    assert "not conformant (in part, registry only): 1 MUST requirement failed" in quieter
    verbose = process(*FAULTY, "-v").out
    assert "\nexporter-registry-plain FAILED" in verbose
    assert ".py" not in verbose
    assert table in verbose

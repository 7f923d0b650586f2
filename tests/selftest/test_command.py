"""`cnb-conformance self-test` from the command line, and the page that it writes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from processes import descendants, gone
from pytest_cnb_report.cli.main import main
from pytest_cnb_report.cli.self_test import Progress, listed
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.selftest.matrix import PROVEN_BY_VECTORS

DOCS = Path(__file__).parents[2] / "docs"
HERE = ("--target", "registry")


def test_the_page_of_faults_is_what_there_is() -> None:
    assert (DOCS / "faults.md").read_text("utf-8") == listed((), "markdown"), (
        "run: cnb-conformance self-test --list --format markdown >docs/faults.md"
    )


def test_the_page_has_every_fault_under_every_requirement_that_it_trips() -> None:
    page = listed((), "markdown")
    for requirement in load_catalogue():
        if requirement.id in PROVEN_BY_VECTORS:
            continue
        section = page.split(f"### `{requirement.id}` ", 1)[1].split("\n##", 1)[0]
        for fault in FAULTS.values():
            row = f"| `{fault.name}` | "
            assert (row in section) == (requirement.id in fault.trips)


def test_there_are_many_faults_and_each_is_described() -> None:
    assert len(FAULTS) >= 120
    mistakes = [fault.mistake for fault in FAULTS.values()]
    assert len(set(mistakes)) == len(mistakes)
    assert all(mistake.endswith(".") and len(mistake) > 10 for mistake in mistakes)


def test_faults_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["self-test", "--list", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(FAULTS)
    assert main(["self-test", "--list", "--fault", "no-tags", "--fault", "short-image-i?"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("no-tags\n  ")
    assert "short-image-id (daemon only)\n" in said
    assert "fails report.image.tags" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fault", "no-such-*"], "no fault matches 'no-such-*'"),
        (["--fault", "no-tags", "--fault", "notags"], "no fault matches 'notags'"),
        (["-n", "0"], "-n 0: give a number of processes"),
        (["-n", "many"], "-n many: give a number of processes"),
        (
            ["--target", "daemon", "--daemon", "unix:///nowhere.sock", "--fault", "no-image-id"],
            "/nowhere.sock",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["self-test", *arguments]) == 2
    written = capsys.readouterr()
    assert said in written.err
    assert "Traceback" not in written.err
    assert written.out == ""


def test_what_was_found_is_told_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--fault", "rebases-counted", "--fault", "no-image-id", "--format", "json", "-n", "1")
    assert main(["self-test", *HERE, *words]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["as_declared"]
    away, here = document["faults"]
    assert here["trial"]["tripped"][0]["requirement"] == "rebase.labels.idempotent"
    assert here["trial"]["target"] == "registry"
    assert away["not_run"] == "skipped (--target)"


def test_the_time_left_is_told_once_it_can_be_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_cnb_report.cli.self_test._LOG_EVERY", 0.0)
    progress = Progress()
    for done in (1, 6):
        progress.tell(done, 300, 0)
    first, later = capsys.readouterr().err.splitlines()
    assert first == "tried 1 of 300 faults"
    assert re.fullmatch(r"tried 6 of 300 faults, \d+:\d\d left", later)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_ends_all_that_it_started(
    end: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Path(sys.executable).with_name("cnb-conformance")
    with subprocess.Popen(
        [program, "self-test", *HERE, "-n", "2"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        started: set[int] = set()
        deadline = time.monotonic() + 30
        while len(started) < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
            started |= descendants(process.pid)
        process.send_signal(end)
        _, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    if end is not signal.SIGKILL:
        assert process.returncode == 128 + end
        assert "self-test: interrupted" in said
    assert gone(*started)
    # what is left is held by nobody, and goes with the next folder
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch_folder("next") as folder:
        assert list(tmp_path.iterdir()) == [folder]

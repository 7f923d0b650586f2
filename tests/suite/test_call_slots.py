"""Slots that runs share: never more held than there are, and none lost with who held it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_cnb_report.planning.call_slots import make_slots, slot

HOLDER = """
import sys, threading, time, pathlib
from pytest_cnb_report.planning.call_slots import slot
with slot(pathlib.Path(sys.argv[1]), threading.Event()):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def one(tmp_path: Path) -> Path:
    make_slots(tmp_path, 1)
    return tmp_path


@pytest.fixture
def holder(one: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, one], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.parametrize("count", [1, 3])
def test_no_more_are_held_than_there_are(tmp_path: Path, count: int) -> None:
    make_slots(tmp_path, count)
    held, most = 0, []
    counting = threading.Lock()

    def work(_: int) -> None:
        nonlocal held
        with slot(tmp_path, threading.Event()):
            with counting:
                held += 1
                most.append(held)
            time.sleep(0.002)
            with counting:
                held -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(24)))
    assert len(most) == 24
    assert max(most) == count


def test_a_slot_comes_back_from_who_was_killed(one: Path, holder: subprocess.Popen[str]) -> None:
    got = threading.Event()

    def wait() -> None:
        with slot(one, threading.Event()):
            got.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not got.wait(0.05)
    holder.kill()
    assert got.wait(30)
    waiting.join()


@pytest.mark.usefixtures("holder")
def test_who_is_told_to_stop_waits_no_longer(one: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    with slot(one, stop):
        assert stop.is_set()
    assert time.monotonic() - began < 30


def test_without_slots_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "gone"):
        with slot(folder, threading.Event()), slot(folder, threading.Event()):
            pass

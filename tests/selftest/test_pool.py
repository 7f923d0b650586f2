"""Jobs in processes of their own: a worker may fail, crash or lose who asked; nothing hangs."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import gone
from pytest_cnb_report.selftest.pool import Done, do_all

TESTS = Path(__file__).parents[1]


@contextlib.contextmanager
def tools(folder: Path) -> Iterator[Path]:
    """Note who has opened them, and who has closed them again."""
    (folder / f"opened-{os.getpid()}").touch()
    yield folder
    (folder / f"closed-{os.getpid()}").touch()


def told(word: str, _: Path) -> str:
    return f"{word} is done"


def failing(_: Path) -> str:
    raise ValueError("it cannot be done")


def crashing(_: Path) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def leaving(_: Path) -> str:
    sys.exit(3)


def waiting(folder: Path) -> str:
    (folder / f"waiting-{os.getpid()}").touch()
    time.sleep(600)
    return "never"


def names(folder: Path, kind: str) -> set[str]:
    return {path.name.partition("-")[2] for path in folder.glob(f"{kind}-*")}


def test_every_job_is_done_and_tools_are_opened_once_for_each_worker(tmp_path: Path) -> None:
    jobs = [functools.partial(told, word) for word in "abcdef"]
    done = list(do_all(jobs, functools.partial(tools, tmp_path), workers=2))
    assert sorted(each.number for each in done) == list(range(6))
    assert all(each.result == f"{'abcdef'[each.number]} is done" for each in done)
    opened = names(tmp_path, "opened")
    assert len(opened) == 2
    assert names(tmp_path, "closed") == opened
    assert str(os.getpid()) not in opened


def test_there_are_no_more_workers_than_jobs(tmp_path: Path) -> None:
    opener = functools.partial(tools, tmp_path)
    assert list(do_all([], opener, workers=2)) == []
    assert list(do_all([functools.partial(told, "it")], opener, workers=4)) == [
        Done(0, "it is done")
    ]
    assert len(names(tmp_path, "opened")) == 1


def test_a_job_that_fails_is_a_problem_and_its_worker_goes_on(tmp_path: Path) -> None:
    jobs = [functools.partial(failing), functools.partial(told, "next")]
    done = list(do_all(jobs, functools.partial(tools, tmp_path), workers=1))
    assert done == [Done(0, None, "ValueError: it cannot be done"), Done(1, "next is done")]
    assert len(names(tmp_path, "opened")) == 1


@pytest.mark.parametrize("ending", [functools.partial(crashing), functools.partial(leaving)])
def test_a_worker_that_ends_unexpectedly_is_a_problem_and_is_replaced(
    ending: functools.partial[str], tmp_path: Path
) -> None:
    jobs = [ending, ending, functools.partial(told, "last")]
    done = list(do_all(jobs, functools.partial(tools, tmp_path), workers=1))
    assert [each.result for each in done] == [None, None, "last is done"]
    assert all("ended unexpectedly" in each.problem for each in done[:2])
    assert len(names(tmp_path, "opened")) == 3


def test_tools_that_cannot_be_opened_are_a_problem_of_every_job(tmp_path: Path) -> None:
    opener = functools.partial(tools, tmp_path / "nowhere")
    done = list(do_all([functools.partial(told, "it")] * 2, opener, workers=2))
    assert [each.result for each in done] == [None, None]


def test_whoever_stops_asking_ends_the_workers(tmp_path: Path) -> None:
    jobs = [functools.partial(told, "first"), functools.partial(waiting)]
    doing = do_all(jobs, functools.partial(tools, tmp_path), workers=2)
    with contextlib.closing(doing):
        assert next(doing).result == "first is done"
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert gone(*(int(pid) for pid in names(tmp_path, "opened")))


def test_workers_end_with_whoever_started_them(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-m", __name__, tmp_path], cwd=TESTS) as asker:
        deadline = time.monotonic() + 30
        while len(names(tmp_path, "waiting")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        asker.kill()
    workers = {int(pid) for pid in names(tmp_path, "waiting")}
    assert len(workers) == 2
    assert gone(*workers)


if __name__ == "__main__":
    list(do_all([waiting] * 2, functools.partial(tools, Path(sys.argv[1])), workers=2))

"""Limits on what a process may open: seen to before a run, not met in the middle of it."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_cnb_report.planning.context import CannotJudgeError
from pytest_cnb_report.planning.limits import see_to_limits
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.registry.protocol import RegistryUnavailable

PROGRAM = Path(sys.executable).parent / "cnb-conformance"


@pytest.fixture
def permitted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The limits of a process, without changing those of this one."""
    limits = {"soft": 30, "hard": 100}

    def set_limit(what: int, both: tuple[int, int]) -> None:
        assert what == resource.RLIMIT_NOFILE
        limits["soft"], limits["hard"] = both

    monkeypatch.setattr(resource, "getrlimit", lambda _: (limits["soft"], limits["hard"]))
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    return limits


def test_what_may_be_raised_is(permitted: dict[str, int]) -> None:
    see_to_limits(jobs=2)
    assert permitted == {"soft": 72, "hard": 100}
    see_to_limits(jobs=1)
    assert permitted == {"soft": 72, "hard": 100}, "nothing is lowered"


def test_what_may_not_is_said(permitted: dict[str, int]) -> None:
    with pytest.raises(CannotJudgeError, match="may open 100 files, and 8 calls at once take 168"):
        see_to_limits(jobs=8)
    assert permitted == {"soft": 30, "hard": 100}


def test_a_run_with_too_few_files_does_not_begin() -> None:
    few = 'ulimit -n 20; exec "$0" run --quick --target registry'
    done = subprocess.run(["bash", "-c", few, PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "cnb-conformance run: this process may open 20 files, and one call at a time takes 56:"
        " raise the limit (ulimit -n)\n"
    )


def test_a_registry_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RegistryUnavailable, match=r"permit more processes \(ulimit -u\)"):
        embedded_registry().__enter__()

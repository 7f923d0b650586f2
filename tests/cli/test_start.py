"""A Ctrl-C at odd moments: before a command has begun, and while garbage is collected."""

from __future__ import annotations

import gc
import signal
import sys
import time
import types

import pytest

from pytest_cnb_report.cli.run import no_interrupt_lost
from pytest_cnb_report.cli.start import start


def test_a_ctrl_c_before_a_command_begins_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> int:
        raise KeyboardInterrupt

    stand_in = types.ModuleType("pytest_cnb_report.cli.main")
    stand_in.__dict__["main"] = main
    monkeypatch.setitem(sys.modules, stand_in.__name__, stand_in)
    assert start() == 130
    assert capsys.readouterr().err == "cnb-conformance: interrupted\n"


def test_a_ctrl_c_while_garbage_is_collected_is_not_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(phase: str, _: dict[str, int]) -> None:
        if phase == "start" and interrupted in gc.callbacks:
            gc.callbacks.remove(interrupted)
            raise KeyboardInterrupt

    def wait() -> None:
        gc.callbacks.append(interrupted)
        gc.collect()
        time.sleep(10)

    # a shell's background job, as a CI may be one, ignores SIGINT
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with no_interrupt_lost(), pytest.raises(KeyboardInterrupt):
            wait()
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == ""

"""A Ctrl-C before the console script has begun."""

from __future__ import annotations

import sys
import types

import pytest

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

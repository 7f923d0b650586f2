"""What a machine lacks is found before the first call of a lifecycle, with what to do about it."""

from __future__ import annotations

import os
import socket
from types import SimpleNamespace
from typing import NoReturn

import pytest

from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.planning.context import CannotJudgeError, prepare
from pytest_cnb_report.planning.session import SAID_PLAINLY
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.registry.protocol import RegistryUnavailable
from pytest_cnb_report.scratch import ScratchError


def begin() -> None:
    given = {option.name: option.default for option in OPTIONS}
    with prepare(read_settings({**given, "lifecycle": "reference", "target": "registry"})):
        pass


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_021_321)
    with pytest.raises(CannotJudgeError, match=r"^user 4021321 has no entry in .*; run as a user"):
        begin()
    assert issubclass(CannotJudgeError, SAID_PLAINLY)


def test_an_almost_full_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(f_bavail=16, f_frsize=4096, f_files=0, f_favail=0, f_flag=0)
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    with pytest.raises(ScratchError, match=r"has 0\.1 MB left .* name another folder in TMPDIR"):
        begin()
    assert issubclass(ScratchError, SAID_PLAINLY)


def test_a_temporary_folder_that_takes_no_more_files(monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(f_bavail=2**30, f_frsize=4096, f_files=100, f_favail=3, f_flag=0)
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    with pytest.raises(ScratchError, match="takes 3 more files, of the 1000 that a run needs"):
        begin()


def test_a_temporary_folder_where_nothing_can_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    room = SimpleNamespace(
        f_bavail=2**30, f_frsize=4096, f_files=0, f_favail=0, f_flag=os.ST_NOEXEC
    )
    monkeypatch.setattr(os, "statvfs", lambda _: room)
    with pytest.raises(ScratchError, match=r"is mounted noexec.* name another folder in TMPDIR"):
        begin()


def test_a_loopback_interface_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port can be listened on there, and not be reached."""

    def unreachable(*_: object, **__: object) -> NoReturn:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    with pytest.raises(RegistryUnavailable, match="unreachable; bring the loopback interface up"):
        begin()

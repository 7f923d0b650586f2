from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from leftovers import noted_by_a_killed_run
from pytest_cnb_report.run_journal import left_behind
from pytest_cnb_report.scratch import ScratchError, check_room, scratch_folder

_HOLDER = """
import sys, time
from pytest_cnb_report.scratch import scratch_folder
with scratch_folder("held") as path:
    (path / "file").write_text("content")
    print(path, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def hold() -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_nothing_is_left_of_a_folder(temporary: Path) -> None:
    with scratch_folder("some") as path:
        assert path.is_dir()
        assert path.parent == temporary
        (path / "below").mkdir()
        (path / "below" / "file").write_text("content")
    assert list(temporary.iterdir()) == []


def test_only_the_user_may_enter_until_the_caller_opens_it() -> None:
    with scratch_folder("some") as path:
        assert path.stat().st_mode & 0o777 == 0o700


def test_folders_of_one_process_live_side_by_side() -> None:
    with scratch_folder("one") as one, scratch_folder("two") as two, scratch_folder("one") as three:
        assert len({one, two, three}) == 3
        assert all(path.is_dir() for path in (one, two, three))


def test_what_a_killed_process_left_goes_when_the_next_one_begins() -> None:
    process, left = hold()
    kill(process)
    assert (left / "file").exists()
    with scratch_folder("next") as path:
        assert not left.exists()
        assert list(path.parent.iterdir()) == [path]
    assert left_behind("folder") == ()


def test_the_folder_of_a_living_process_stays() -> None:
    process, held = hold()
    try:
        with scratch_folder("next"):
            assert (held / "file").exists()
        assert (held / "file").exists()
    finally:
        kill(process)


def test_a_folder_that_may_not_be_written_to_is_removed(temporary: Path) -> None:
    with scratch_folder("some") as path:
        (path / "below" / "deeper").mkdir(parents=True)
        (path / "below" / "deeper").chmod(0)
        (path / "below").chmod(0o500)
    assert list(temporary.iterdir()) == []


def test_a_folder_deeper_than_python_removes_is_removed(temporary: Path) -> None:
    with scratch_folder("test") as path:
        here = os.open(path, os.O_RDONLY)
        for _ in range(2000):
            os.mkdir("below", dir_fd=here)
            below = os.open("below", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
    assert list(temporary.iterdir()) == []


def test_a_place_that_is_almost_full(temporary: Path) -> None:
    check_room(room=1, files=1)
    left = f"{re.escape(str(temporary))} has [0-9.]+ MB left for temporary files, of the [0-9.]+ MB"
    with pytest.raises(ScratchError, match=f"{left} that a run needs; make room, or name another"):
        check_room(room=2**63)
    there = os.statvfs(temporary)
    if there.f_files:
        with pytest.raises(ScratchError, match=f"of the {2**63} that a run needs; make room"):
            check_room(files=2**63)


def test_a_link_is_removed_and_what_it_leads_to_is_not(temporary: Path) -> None:
    outside = temporary / "outside"
    outside.mkdir(mode=0o500)
    with scratch_folder("some") as path:
        (path / "link").symlink_to(outside)
    assert outside.stat().st_mode & 0o777 == 0o500


def test_a_place_for_temporary_files_that_there_is_not(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "none"))
    with (
        pytest.raises(ScratchError, match="No such file or directory; make room or"),
        scratch_folder("some"),
    ):
        pass
    assert left_behind("folder") == ()


def test_a_note_that_names_a_folder_of_somebody_else_removes_nothing(temporary: Path) -> None:
    mine = temporary / "mine"
    mine.mkdir()
    noted_by_a_killed_run("folder", str(mine), str(temporary), "/", "tmp")
    with scratch_folder("next"):
        pass
    assert mine.is_dir()
    assert left_behind("folder") == ()


def test_many_at_once_do_not_get_into_each_others_way() -> None:
    script = (
        "from pytest_cnb_report.scratch import scratch_folder\n"
        "for _ in range(20):\n"
        "    with scratch_folder('many') as path:\n"
        "        (path / 'file').write_text('x')\n"
        "        assert (path / 'file').exists()\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]


def test_the_path_is_short_where_it_has_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with scratch_folder("some") as usual, scratch_folder("some", at_most=70) as short:
        assert usual.parent == deep
        assert len(os.fsencode(short)) <= 70
        assert short.stat().st_mode & 0o777 == 0o700
    assert not short.exists()

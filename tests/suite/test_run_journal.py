"""What is noted before it is made, and who may remove it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import pytest

from leftovers import noted_by_a_killed_run
from pytest_cnb_report.run_journal import (
    JournalError,
    Writer,
    candidates,
    journal_place,
    left_behind,
    noted,
)

DAY = 24 * 3600


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal that nobody has written to, and a folder of temporary files."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path / "state" / "pytest-cnb-report"


def names(kind: str = "images") -> list[str]:
    return [name for note in left_behind(kind) for name in note.names]  # type: ignore[arg-type]


def edit(state: Path, **changes: object) -> Path:
    """Change the first line of the only note."""
    (path,) = state.iterdir()
    first, *others = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(first), **changes}), *others]) + "\n")
    return path


def test_a_note_is_there_before_the_block_and_goes_when_it_is_done(state: Path) -> None:
    with noted("images", "one", where="unix:///a") as note:
        (path,) = state.iterdir()
        assert '"name":"one"' in path.read_text()
        note.add("two")
        note.add("two")
        assert path.read_text().count("two") == 1
        note.done()
    assert not state.exists()


def test_what_a_living_process_makes_is_its_own() -> None:
    with noted("images", "one"):
        assert names() == []


def test_what_a_killed_process_made_is_left_behind(state: Path) -> None:
    noted_by_a_killed_run("images", "one", "two", where="unix:///a")
    noted_by_a_killed_run("folder", "/three")
    (note,) = left_behind("images")
    assert (note.where, note.names) == ("unix:///a", ("one", "two"))
    note.done()
    assert names() == []
    assert names("folder") == ["/three"]
    assert len(list(state.iterdir())) == 1


def test_what_could_not_be_removed_is_left_behind_at_once() -> None:
    with pytest.raises(RuntimeError), noted("images", "one"):
        raise RuntimeError
    assert names() == ["one"]


def test_another_process_with_the_same_number_is_another_one(state: Path) -> None:
    noted_by_a_killed_run("images", "one")
    edit(state, process=os.getpid())
    assert names() == ["one"]
    edit(state, begun=Writer.here().begun)
    assert names() == []


@pytest.mark.parametrize("what", ["host", "boot", "pids"])
def test_another_place_is_left_alone_for_a_week(state: Path, what: str) -> None:
    noted_by_a_killed_run("images", "one")
    edit(state, **{what: "another"}, at=time.time() - 6 * DAY)
    assert names() == []
    edit(state, at=time.time() - 8 * DAY)
    assert names() == ["one"]


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '{"name": 1}', '{"name":"tw', "\x00\xff", '{"other": "x"}', "[" * 9999]
)
def test_a_line_that_says_nothing_is_passed_over(state: Path, line: str) -> None:
    noted_by_a_killed_run("images", "one")
    (path,) = state.iterdir()
    with path.open("a") as note:
        note.write(f"{line}\n")
        note.write('{"name":"three"}')
    assert names() == ["one", "three"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host":"a"}\n{"name":"one"}\n'])
def test_a_note_of_nobody_is_forgotten_after_a_week(state: Path, content: str) -> None:
    with noted("images", "alive"):
        path = state / "some.note"
        path.write_text(content)
        assert names() == []
        assert path.exists()
        os.utime(path, (0, time.time() - 8 * DAY))
        assert names() == []
        assert not path.exists()


def test_a_home_that_cannot_be_written_to(state: Path, tmp_path: Path) -> None:
    assert journal_place() == (state, "")
    state.parent.rmdir()
    state.parent.write_text("a file, whose name no folder can have")
    folder, why = journal_place()
    assert folder == tmp_path / "tmp" / f".state-{os.getuid()}"
    assert why == f"{state} cannot be written to; make it writable or set XDG_STATE_HOME"
    noted_by_a_killed_run("images", "one")
    assert names() == ["one"]


def test_nowhere_at_all(state: Path, tmp_path: Path) -> None:
    state.parent.write_text("")
    (tmp_path / "tmp").rmdir()
    (tmp_path / "tmp").write_text("")
    with pytest.raises(JournalError, match="make room or make one of them writable"):
        noted("images").__enter__()
    assert left_behind("images") == ()


def test_a_place_that_others_can_write_to_is_not_believed(state: Path) -> None:
    noted_by_a_killed_run("images", "one")
    state.chmod(0o777)
    assert names() == []
    with noted("images", "two") as note:
        assert note.folder == candidates()[1]
        note.done()


def test_a_user_without_a_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert candidates()[0] == Path("/home/somebody/.local/state/pytest-cnb-report")

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.caller import Caller


@pytest.fixture
def caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Caller]:
    folder, home, temporary = (tmp_path / name for name in ("project", "home", "tmp"))
    for path in (folder, home, temporary):
        path.mkdir()
    caller = Caller(folder, home, temporary, monkeypatch, capfd.readouterr)
    yield caller
    assert caller.left_behind() == []

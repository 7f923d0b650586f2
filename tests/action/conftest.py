from __future__ import annotations

from pathlib import Path

import pytest

from .github import Runner


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with an empty workspace."""
    workspace, temporary = tmp_path / "work space", tmp_path / "temporary"
    workspace.mkdir()
    temporary.mkdir()
    return Runner(workspace, temporary)

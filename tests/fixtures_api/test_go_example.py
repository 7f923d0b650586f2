"""The example for Go: a test of a platform's rebase that calls the console script."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.console import PROGRAM
from cli.rebases import Rebased, rebase
from pytest_cnb_report.public_api import RegistryFixture

FOLDER = Path(__file__).parents[2] / "examples" / "go"


@pytest.fixture(scope="module")
def right(cnb_registry: RegistryFixture, tmp_path_factory: pytest.TempPathFactory) -> Rebased:
    return rebase(cnb_registry.host, tmp_path_factory.mktemp("platform"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled tests, so that they are compiled once."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    program = tmp_path_factory.mktemp("go") / "platform.test"
    # no module and no toolchain is fetched
    offline = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    subprocess.run(
        [go, "test", "-c", "-o", str(program)],
        cwd=FOLDER,
        env={**os.environ, **offline},
        check=True,
    )
    return program


def ran(program: Path, made: Rebased, folder: Path) -> subprocess.CompletedProcess[str]:
    known = {"REPORT": str(made.written(folder)), "RUN_IMAGE": made.run_image}
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    return subprocess.run(
        [program],
        env={**os.environ, "PATH": path, "BEFORE": made.before, **known},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_right_rebase_passes(program: Path, right: Rebased, tmp_path: Path) -> None:
    ended = ran(program, right.restored(), tmp_path)
    assert ended.returncode == 0, ended.stdout


def test_a_broken_rebase_is_named(program: Path, right: Rebased, tmp_path: Path) -> None:
    ended = ran(program, right.restored().without_layer(-1), tmp_path)
    assert ended.returncode == 1, ended.stdout
    assert "fail: rebase.layers: " in ended.stdout
    assert "not conformant" in ended.stdout

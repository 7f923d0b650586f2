from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

CHECKOUT = Path(__file__).parents[2]

Made: TypeAlias = Callable[[Path], None]
"""Fills a folder."""


def ran(*words: object, cwd: Path, **variables: str) -> str:
    """Run a program with little in its environment, and return what it printed."""
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(cwd)}
    ended = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@dataclass(frozen=True)
class Distributions:
    """What is published, built from the files of the checkout that are or would be committed."""

    tree: Path
    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Installed:
    """The package, installed in a virtual environment with nothing but it and its dependencies."""

    way: str
    programs: Path


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Made) -> Path:
    """Return a folder that one of pytest-xdist's workers fills, and the others wait for."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        folder = tmp_path_factory.mktemp(name)
        make(folder)
        return folder
    folder = tmp_path_factory.getbasetemp().parent / name
    done = folder.with_name(f"{name}.done")
    with folder.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the files of the checkout that are or would be committed."""
    if shutil.which("git") is None or not (CHECKOUT / ".git").exists():
        pytest.skip("Git tells which files are part of the project: needs it, and a clone")

    def copy(tree: Path) -> None:
        # also of a clone that is somebody else's
        git = ("git", "-c", f"safe.directory={CHECKOUT}")
        listed = ran(*git, "ls-files", "-z", "-co", "--exclude-standard", cwd=CHECKOUT)
        for name in filter(None, listed.split("\0")):
            source = CHECKOUT / name
            if source.is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).write_bytes(source.read_bytes())

    return made_once(tmp_path_factory, "tree", copy)


@pytest.fixture(scope="session")
def distributions(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Build the sdist, and the wheel from the sdist, as for a package index."""

    def build(out: Path) -> None:
        ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, cwd=tree)

    out = made_once(tmp_path_factory, "dist", build)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return Distributions(tree, sdist, wheel)


@pytest.fixture(scope="session", params=["wheel", "sdist", "editable"])
def installed(
    request: pytest.FixtureRequest,
    distributions: Distributions,
    tmp_path_factory: pytest.TempPathFactory,
) -> Installed:
    """Install in each of the three ways; dependencies are those that these tests are run with."""
    what: dict[str, list[object]] = {
        "wheel": [distributions.wheel],
        "sdist": [distributions.sdist],
        "editable": ["--editable", distributions.tree],
    }

    def install(home: Path) -> None:
        ran(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
        libraries = home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
        (libraries / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        pip = (sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install")
        ran(
            *(*pip, "--quiet", "--no-compile"),
            # what these tests are run with may be the same version, and is no reason not to install
            *("--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed"),
            *what[request.param],
            cwd=home,
        )

    home = made_once(tmp_path_factory, f"venv-{request.param}", install)
    return Installed(request.param, home / "bin")

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


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


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the files of the checkout that are or would be committed."""
    tree = tmp_path_factory.mktemp("tree")
    if shutil.which("git") is None or not (CHECKOUT / ".git").exists():
        pytest.skip("Git tells which files are part of the project: needs it, and a clone")
    # also of a clone that is somebody else's
    git = ("git", "-c", f"safe.directory={CHECKOUT}")
    listed = ran(*git, "ls-files", "-z", "-co", "--exclude-standard", cwd=CHECKOUT)
    for name in filter(None, listed.split("\0")):
        source = CHECKOUT / name
        if source.is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(source.read_bytes())
    return tree


@pytest.fixture(scope="session")
def distributions(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Build the sdist, and the wheel from the sdist, as for a package index."""
    out = tmp_path_factory.mktemp("dist")
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, cwd=tree)
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
    home = tmp_path_factory.mktemp(f"venv-{request.param}")
    ran(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    libraries = home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (libraries / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    ran(
        *(sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", "--quiet"),
        # what these tests are run with may be the same version, and is no reason not to install
        *("--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed"),
        *what[request.param],
        cwd=home,
    )
    return Installed(request.param, home / "bin")

"""The image of the suite: built on a base that is made here, and run as docs/install.md says.

Nothing is pulled, and nothing is downloaded while it is built: wheels are in the build's context.
BuildKit is not there; with it, `ci.yml` builds the image on the base that is published.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from machine import cannot_run, program

from .conftest import CHECKOUT

QUICK = ("run", "--quick", "--target", "registry")
INSTALLED = """\
import importlib.metadata as metadata
for each in metadata.distributions():
    print(f"{each.name}=={each.version}")
"""


@dataclass(frozen=True)
class Image:
    """An image at the daemon of DOCKER_HOST."""

    name: str

    def run(self, *arguments: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run a container that ends with its command."""
        return docker("run", "--rm", "--network", "none", *options, self.name, *arguments)


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    """Call Docker; its builder is the classic one, wherever these tests are run."""
    return process(program("DAEMON", "docker"), *words, DOCKER_BUILDKIT="0")


def called(*words: str) -> None:
    """Call a program that has to succeed, with this machine's settings."""
    ended = process(*words, PYTHON=sys.executable)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def process(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture
def image(tree: Path, tmp_path: Path) -> Iterator[Image]:
    """Build it, and remove it with all that was made on the way."""
    answer = docker("info")
    if answer.returncode:
        cannot_run("DAEMON", f"no Docker answers: {answer.stderr.strip()}")
    token = secrets.token_hex(4)
    base, name = f"python:{token}", f"cnb-conformance:{token}"
    context = tmp_path / "context"
    shutil.copytree(tree, context)
    called(
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *(f"--requirement={context}/constraints.txt", f"--dest={context}/wheels"),
    )
    try:
        called(str(CHECKOUT / ".ci" / "python-image"), base)
        arguments = (f"PYTHON_IMAGE={base}", "PIP_OPTIONS=--no-index --find-links wheels")
        words = [word for each in arguments for word in ("--build-arg", each)]
        built = docker("build", "--network", "none", *words, "--tag", name, str(context))
        assert built.returncode == 0, built.stdout + built.stderr
        yield Image(name)
    finally:
        docker("image", "rm", "--force", name, base)
        docker("image", "prune", "--force", "--filter", f"label=python-image={base}")


def test_the_image(image: Image, tmp_path: Path) -> None:
    lifecycle, results = tmp_path / "lifecycle", tmp_path / "results"
    lifecycle.mkdir()
    for phase in ("analyzer", "exporter", "creator", "rebaser"):
        script = f'#!/bin/sh\nexec python -m pytest_cnb_report.reference {phase} "$@"\n'
        (lifecycle / phase).write_text(script)
        (lifecycle / phase).chmod(0o755)
    results.mkdir()
    results.chmod(0o777)
    mounted = [f"--volume={lifecycle}:/cnb/lifecycle", f"--volume={results}:/results"]

    ended = image.run(*QUICK, options=mounted)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].startswith("conformant (in part, registry only)")
    report = json.loads((results / "report.json").read_text())
    assert report["conformant"]
    assert "lifecycle: /cnb/lifecycle " in ended.stdout
    assert (results / "report.html").stat().st_uid == 1000

    # another lifecycle is named than what is mounted, and another user's results are replaced
    one = ("--lifecycle", "reference:no-tags", "--phase", "exporter")
    ended = image.run(*QUICK, *one, options=["--user=root", mounted[1]])
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "not conformant" in ended.stdout.splitlines()[-1]
    assert not json.loads((results / "report.json").read_text())["conformant"]

    # a folder without a lifecycle in it, as Docker makes one of a mistyped path
    (tmp_path / "mistyped").mkdir()
    ended = image.run(*QUICK, options=[f"--volume={tmp_path}/mistyped:/cnb/lifecycle"])
    assert ended.returncode == 2
    assert (
        "--lifecycle /cnb/lifecycle: no executable for analyzer, exporter, creator, rebaser"
        in ended.stderr
    )

    # pinned, and nothing that the suite does not need
    listed = image.run("-c", INSTALLED, options=["--entrypoint=python"]).stdout.split()
    pins = {
        line.partition(" ")[0].lower().replace("_", "-")
        for line in (CHECKOUT / "constraints.txt").read_text().splitlines()
    }
    names = {line.lower().replace("_", "-") for line in listed}
    (own,) = (name for name in names if name.startswith("pytest-cnb-report=="))
    assert names - {own} < pins

    (inspected,) = json.loads(docker("image", "inspect", image.name).stdout)
    labels = inspected["Config"]["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"

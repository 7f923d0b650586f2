from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.core.config import testcontainers_config

from leftovers import noted_by_a_killed_run
from pytest_cnb_report.daemon.client import Engine
from pytest_cnb_report.daemon.engine import Daemon, connect
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.our_containers import LABEL
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.images.build import build_image, build_layer
from pytest_cnb_report.run_journal import noted

from .made import image, load
from .servers import relayed
from .users import NOBODY, unprivileged

pytestmark = pytest.mark.daemon


def test_a_daemon_in_a_container(outer: Daemon) -> None:
    """It works as any other, and what is put into it is not at the outer one."""
    with open_daemon("container", environment=outer.environment) as inner:
        image_id = load(inner, image(layers=2), "app")
        read = inner.read(inner.name("app"))
        assert read is not None
        assert (read.image_id, read.config) == (image_id, image(layers=2).config)
        assert outer.inspect(inner.name("app")) is None
        with connect(inner.address, inner.prefix) as worker:
            assert worker.names() == (inner.name("app"),)


def test_a_user_who_may_use_docker_need_not_be_root(
    outer: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the packages that these tests run with may stand where only root may look
    version = importlib.metadata.version("testcontainers")
    monkeypatch.setattr(importlib.metadata, "version", lambda _: version)
    socket = Path(outer.address.removeprefix("unix://"))
    socket.parent.chmod(0o711)
    socket.chmod(0o666)
    try:
        with unprivileged(), open_daemon("container", environment=outer.environment) as inner:
            load(inner, image(), "app")
            assert inner.names() == (inner.name("app"),)
    finally:
        socket.chmod(0o660)
        socket.parent.chmod(0o700)
    assert not Path(tempfile.gettempdir(), f".state-{NOBODY}").exists()


def test_it_has_few_rights_and_says_whose_it_is(outer: Daemon, neighbour: Engine) -> None:
    with open_daemon("container", environment=outer.environment) as inner:
        (listed,) = neighbour.api.containers(filters={"label": f"{LABEL}={inner.prefix}"})
        host = neighbour.api.inspect_container(listed["Id"])["HostConfig"]
        assert (host["Privileged"], host["CapAdd"], host["NetworkMode"]) == (
            False,
            ["SYS_ADMIN"],
            "none",
        )
        assert host["AutoRemove"]
        assert "ryuk" not in {each["Image"] for each in neighbour.api.containers(all=True)}


def test_the_environment_stays_as_it_was(outer: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
    with open_daemon("container", environment=outer.environment):
        assert os.environ["DOCKER_HOST"] == "unix:///elsewhere.sock"
    monkeypatch.delenv("DOCKER_HOST")
    with open_daemon("container", environment=outer.environment):
        assert "DOCKER_HOST" not in os.environ


def test_ryuk_is_left_as_it_was(outer: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", False)
    with open_daemon("container", environment=outer.environment):
        assert testcontainers_config.ryuk_disabled is False


def test_containers_of_dead_runs_are_swept(outer: Daemon, neighbour: Engine) -> None:
    """Where the watch on the lock could not see to it; those of living runs stay."""
    dead, living = draw_prefix(), draw_prefix()
    noted_by_a_killed_run("containers", dead, where=neighbour.address)
    with noted("containers", living, where=neighbour.address) as note:
        for prefix in (dead, living, "somebody-else-s"):
            neighbour.api.create_container("docker:dind", labels={LABEL: prefix})
        with open_daemon("container", environment=outer.environment):
            pass
        left = neighbour.api.containers(all=True, filters={"label": LABEL})
        assert sorted(each["Labels"][LABEL] for each in left) == sorted([living, "somebody-else-s"])
        note.done()
    for each in left:
        neighbour.api.remove_container(each["Id"])


def test_an_image_that_cannot_be_had(outer: Daemon) -> None:
    unavailable = pytest.raises(DaemonUnavailable, match="first: docker pull nonesuch:1")
    with unavailable:
        open_daemon("container", image="nonesuch:1", environment=outer.environment).__enter__()


@pytest.fixture
def failing(neighbour: Engine, tmp_path: Path) -> Iterator[str]:
    """An image whose dockerd does not start."""
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    for program in ("sh", "seq"):
        file = Path(str(shutil.which(program))).resolve()
        shutil.copy(file, root / "bin" / program)
        linked = subprocess.run(["ldd", file], capture_output=True, text=True, check=True)
        for library in map(Path, re.findall(r"/\S+", linked.stdout)):
            target = root / library.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)
    script = root / "bin" / "dockerd"
    script.write_text("#!/bin/sh\nseq 100\necho no such driver >&2\nexit 1\n")
    script.chmod(0o755)
    tar = subprocess.run(["tar", "-C", root, "-c", "."], capture_output=True, check=True).stdout
    neighbour.api.import_image_from_data(tar, repository="neighbour/failing", tag="1")
    yield "neighbour/failing:1"
    neighbour.remove("neighbour/failing:1")


def test_its_last_words_are_shown_where_it_does_not_start(
    outer: Daemon, neighbour: Engine, failing: str
) -> None:
    with pytest.raises(DaemonUnavailable) as raised:
        open_daemon("container", image=failing, environment=outer.environment).__enter__()
    message = str(raised.value)
    assert "the container ended; its last words:\n    92\n" in message
    assert "    no such driver\n; see what the image needs" in message
    assert neighbour.api.containers(all=True) == []


def test_an_image_that_has_no_shell(outer: Daemon, neighbour: Engine) -> None:
    made = build_image([build_layer({"nothing": b""})])
    load(outer, made, "no-shell")
    with pytest.raises(DaemonUnavailable, match="executable file not found"):
        open_daemon(
            "container", image=outer.name("no-shell"), environment=outer.environment
        ).__enter__()
    assert neighbour.api.containers(all=True) == []


def test_a_daemon_of_another_machine_cannot_share_a_folder(outer: Daemon) -> None:
    with relayed(outer.address) as address:
        refused = pytest.raises(DaemonUnavailable, match="only if Docker runs on this machine")
        with refused:
            open_daemon("container", environment={"DOCKER_HOST": address}).__enter__()


def test_it_needs_testcontainers(outer: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "testcontainers.core", None)
    with pytest.raises(DaemonUnavailable, match=r"not installed; pip install 'pytest-cnb-report"):
        open_daemon("container", environment=outer.environment).__enter__()


def test_it_ends_when_nobody_holds_its_folder_any_more(outer: Daemon, neighbour: Engine) -> None:
    """What makes a kill leave nothing, shown in `test_traces`; here that the lock does it."""
    script = (
        "import os, sys\n"
        "from pytest_cnb_report.daemon.providers import open_daemon\n"
        "with open_daemon('container') as daemon:\n"
        "    os.write(1, daemon.prefix.encode())\n"
        "    os._exit(0)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **outer.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    end = time.monotonic() + 10
    while neighbour.api.containers(all=True, filters={"label": f"{LABEL}={run.stdout}"}):
        assert time.monotonic() < end
        time.sleep(0.05)

"""A lifecycle in one container: what a call gets and leaves, and what is left after the run."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lifecycles.made import Entry, programs, tar_of
from machine import program
from plugin.caller import ONE_ITEM, Caller
from processes import gone, running
from pytest_cnb_report.daemon.client import Engine
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.our_containers import our_containers
from pytest_cnb_report.drive.process import Invocation, StoppedError
from pytest_cnb_report.images.build import build_image, compress_layer
from pytest_cnb_report.lifecycles.kinds import open_lifecycle, require_phases
from pytest_cnb_report.lifecycles.lifecycle import (
    Lifecycle,
    LifecycleError,
    OpenOptions,
    supervised,
)
from pytest_cnb_report.planning.context import RunContext
from pytest_cnb_report.values import Phase, PlatformApi

pytestmark = pytest.mark.daemon

SCRIPT = b"""#!/bin/sh
case $1 in
  -version) echo 1.2.3;;
  -*) exit 3;;
  *) eval "$1";;
esac
"""
SHOWS = "export -p; echo at $(pwd) as ${0##*/}; echo bad >&2; exit 7"


def loaded(daemon: Daemon, name: str, entries: Sequence[Entry]) -> str:
    made = compress_layer(tar_of(entries), compression="none", flavour="docker")
    image = build_image([made], env=["PATH=/nowhere", "OF_IMAGE=1"], flavour="docker")
    daemon.load(image.config, [made.tar], [daemon.name(name)])
    return daemon.name(name)


@pytest.fixture(scope="module")
def image(daemon: Daemon) -> str:
    """An image with a shell, and a script for each phase."""
    phases = [Entry(f"cnb/lifecycle/{phase.value}", SCRIPT) for phase in Phase]
    return loaded(daemon, "lifecycle", [*programs("sh", "sleep"), *phases])


@contextlib.contextmanager
def opened(daemon: Daemon, image: str) -> Iterator[Lifecycle]:
    with open_lifecycle(
        f"container:{image}",
        phases=tuple(Phase),
        profile="rfc-0129-draft",
        options=OpenOptions(daemon=daemon.address),
    ) as lifecycle:
        yield lifecycle


@pytest.fixture(scope="module")
def lifecycle(daemon: Daemon, image: str) -> Iterator[Lifecycle]:
    with opened(daemon, image) as lifecycle, supervised(lifecycle) as callable_one:
        yield callable_one


def called(
    lifecycle: Lifecycle, folder: Path, what: str, timeout: float = 30, **variables: str
) -> Invocation:
    return lifecycle.call(
        Phase.REBASER,
        [what],
        platform_api=PlatformApi(0, 12),
        environment={"PATH": "/bin", **variables},
        directory=str(folder),
        timeout=timeout,
    )


def test_a_call_gets_just_what_it_is_given(lifecycle: Lifecycle, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("from outside\n")
    call = called(lifecycle, tmp_path, f"read line <in; echo $line >out; {SHOWS}", A="1 2")
    *variables, end = call.stdout.splitlines()
    assert (end, call.stderr, call.exit_code) == (f"at {tmp_path} as rebaser", "bad\n", 7)
    assert (tmp_path / "out").read_text() == "from outside\n"
    named = dict(each.removeprefix("export ").partition("=")[::2] for each in variables)
    named.pop("PWD")  # the shell's own
    named.pop("OLDPWD", None)
    assert named == {
        "A": "'1 2'",
        "CNB_PLATFORM_API": "'0.12'",
        "HOME": f"'{tmp_path}'",
        "PATH": "'/bin'",
        "TMPDIR": f"'{tmp_path}'",
    }


def test_what_is_shown_of_a_call_repeats_it(lifecycle: Lifecycle, tmp_path: Path) -> None:
    path = str(Path(program("DAEMON", "docker")).parent)
    call = called(lifecycle, tmp_path, "echo $A; exit 3", A="1 2", PATH=path)
    again = subprocess.run(call.shell, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert (again.stdout, again.returncode) == (call.stdout, call.exit_code) == ("1 2\n", 3)


def test_output_is_bounded(lifecycle: Lifecycle, tmp_path: Path) -> None:
    lines = "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done"
    call = called(lifecycle, tmp_path, lines)
    assert "bytes left out" in call.stdout
    assert len(call.stdout) < 70_000


def test_the_time_limit_ends_what_runs_inside(lifecycle: Lifecycle, tmp_path: Path) -> None:
    what = "sleep 12345 & echo $$ >id; sleep 12345"
    call = called(lifecycle, tmp_path, what, timeout=1)
    assert call.timed_out
    assert call.unkilled == ()
    assert gone(*running("sleep", "12345"))
    assert called(lifecycle, tmp_path, "echo still there").stdout == "still there\n"


def test_the_end_of_the_run_ends_it(
    daemon: Daemon, neighbour: Engine, image: str, tmp_path: Path
) -> None:
    before = set(our_containers(neighbour))
    stop = threading.Event()
    with opened(daemon, image) as lifecycle, supervised(lifecycle, stop=stop) as callable_one:
        threading.Timer(0.5, stop.set).start()
        began = time.monotonic()
        with pytest.raises(StoppedError):
            called(callable_one, tmp_path, "sleep 23456")
        assert time.monotonic() - began < 20
        assert gone(*running("sleep", "23456"))
    assert set(our_containers(neighbour)) == before


def test_it_is_one_container_with_a_version_and_a_digest(
    daemon: Daemon, neighbour: Engine, lifecycle: Lifecycle, image: str, tmp_path: Path
) -> None:
    found = daemon.inspect(image)
    assert found is not None
    assert f"sha256:{lifecycle.sha256}" == found.image_id
    assert lifecycle.introduced(directory=str(tmp_path)).version == "1.2.3"
    assert len(our_containers(neighbour)) == 1


def test_a_worker_calls_the_same_container(daemon: Daemon, image: str, tmp_path: Path) -> None:
    with opened(daemon, image) as lifecycle:
        text = RunContext(lifecycle, PlatformApi(0, 12), {}, run_id="0123abcd").dumps()
        sent = RunContext.loads(text).lifecycle
        assert sent == lifecycle
        with supervised(sent) as worker:
            assert called(worker, tmp_path, "echo $$").exit_code == 0


def test_a_run_that_is_killed_leaves_no_container(
    daemon: Daemon, neighbour: Engine, image: str
) -> None:
    script = f"""
import time
from pytest_cnb_report.lifecycles.kinds import open_lifecycle
from pytest_cnb_report.lifecycles.lifecycle import OpenOptions
from pytest_cnb_report.values import Phase
options = OpenOptions(daemon={daemon.address!r})
with open_lifecycle("container:{image}", phases=tuple(Phase), profile="rfc-0129", options=options):
    print(flush=True)
    time.sleep(1000)
"""
    before = set(our_containers(neighbour))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        run.stdout.readline()
        own = set(our_containers(neighbour)) - before
        run.kill()
    assert len(own) == 1
    end = time.monotonic() + 20
    while own & set(our_containers(neighbour)):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("Not A Name", "neither an image name nor an image ID; give container:NAME:TAG"),
        ("127.0.0.1:1/nothing", "pull 127.0.0.1:1/nothing: .*connect"),
    ],
)
def test_an_image_that_is_not_there(daemon: Daemon, given: str, why: str) -> None:
    with pytest.raises(LifecycleError, match=why), opened(daemon, given):
        pass


def test_an_image_without_a_lifecycle(daemon: Daemon) -> None:
    name = loaded(daemon, "nothing", programs("sh"))
    with pytest.raises(LifecycleError, match="no phase executable in /cnb/lifecycle"):
        opened(daemon, name).__enter__()


def test_an_image_without_a_shell_has_no_creator(daemon: Daemon, tmp_path: Path) -> None:
    phases = [Entry(f"cnb/lifecycle/{phase.value}", SCRIPT) for phase in Phase]
    name = loaded(daemon, "bare", phases)
    with opened(daemon, name) as lifecycle:
        why = r"for creator \(a creator runs the suite's buildpack.*--phase exporter,rebaser"
        with pytest.raises(LifecycleError, match=why):
            require_phases(lifecycle, Phase)
        with (
            supervised(lifecycle) as bare,
            pytest.raises(LifecycleError, match="its phases do not start in a container"),
        ):
            bare.introduced(directory=str(tmp_path))


def test_a_daemon_that_would_be_started_is_none_to_have_an_image(image: str) -> None:
    with (
        pytest.raises(LifecycleError, match="it would be started for this run, and be empty"),
        open_lifecycle(
            f"container:{image}",
            phases=tuple(Phase),
            profile="rfc-0129",
            options=OpenOptions(daemon="private"),
        ),
    ):
        pass


def test_a_run_says_what_was_judged(
    daemon: Daemon,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder, home, temporary = (tmp_path / name for name in ("project", "home", "tmp"))
    for path in (folder, home, temporary):
        path.mkdir()
    caller = Caller(folder, home, temporary, monkeypatch, capfd.readouterr)
    ended = caller.inside(
        *(*ONE_ITEM, "--lifecycle", f"container:{image}", "--daemon", daemon.address),
        *("--output", "out"),
    )
    assert "analyzer exited 3" in " ".join(ended.stdout.split())
    judged = caller.report()["lifecycle"]
    assert (judged["kind"], judged["version"]) == ("container", "1.2.3")
    assert len(judged["sha256"]) == 64
    assert caller.left_behind() == []

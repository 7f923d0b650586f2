"""Reproductions: a folder for each distinct failure, whose script sees it again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from machine import program
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.oci_layout import read_layout

from .console import process
from .reproductions import PATH, conformance, folders, repeat

TAGS = ("--requirement", "report.image.tags")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on an exporter that leaves the top layer out of its report."""
    output = tmp_path_factory.mktemp("exported")
    ended = conformance(
        output,
        *("--lifecycle", "reference:no-top-layer", "--phase", "exporter"),
        *("--requirement", "report.run-image.*", "--", "-k", "plain or several or mirror"),
    )
    assert ended.code == 1, ended
    assert f"           {output / 'reproduce'} (1 failure, with a run.sh)" in ended.out
    return output


def test_each_distinct_failure_has_one_folder_on_its_smallest_case(exported: Path) -> None:
    (place,) = folders(exported)
    requirement, _, case = place.partition("/")
    assert requirement == "report.run-image.top-layer"
    assert case.startswith("exporter-registry-")
    contents = {path.name for path in (exported / "reproduce" / place).iterdir()}
    assert contents == {"run.sh", "README.txt", "inputs", "before", "after", "report.toml"}
    assert not [path for path in exported.iterdir() if path.name.startswith(".")]


def test_the_readme_says_what_failed_and_what_is_there(exported: Path) -> None:
    (place,) = folders(exported)
    readme = (exported / "reproduce" / place / "README.txt").read_text()
    assert readme.startswith(
        "report.run-image.top-layer (MUST) is not met: the report has no run-image.top-layer\n"
    )
    assert "lifecycle 0.1.0 (reference:no-top-layer)" in readme
    assert "cnb-conformance run --lifecycle reference:no-top-layer" in readme
    assert place in (exported / "reproduce" / "README.txt").read_text()


def test_the_images_before_and_after_are_there(exported: Path) -> None:
    (place,) = folders(exported)
    before = dict(read_layout(exported / "reproduce" / place / "before"))
    after = dict(read_layout(exported / "reproduce" / place / "after"))
    script = (exported / "reproduce" / place / "run.sh").read_text()
    given = (exported / "reproduce" / place / "inputs" / "run.toml").read_text()
    assert any(name and name in given for name in before)
    assert after
    assert all(name and name in script for name in after)
    assert before.keys().isdisjoint(after)
    report = (exported / "reproduce" / place / "report.toml").read_text()
    assert next(iter(after.values())).manifest.digest in report


def test_the_script_ends_with_the_requirement_tested_again(exported: Path) -> None:
    (place,) = folders(exported)
    again = repeat(exported / "reproduce" / place, "")
    assert again.returncode == 1, again.stderr
    said = again.stdout.partition("\nexpected  ")[2]
    assert said.startswith('"sha256:')
    assert "\nfound     (missing)\n" in said
    assert "not conformant (in part, registry only): 1 MUST requirement failed" in said


def test_a_lifecycle_that_was_named_by_a_relative_path_is_found_again(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    adapter.write_text("#!/bin/sh\n")  # ends well, and has done nothing
    adapter.chmod(0o755)
    ended = process(
        *("run", "--lifecycle", "command:./adapter", "--platform-api", "0.14"),
        *("--target", "registry", "--phase", "exporter", "--requirement", "export.succeeds"),
        *("--output", "out", "--", "-k", "plain"),
        cwd=tmp_path,
    )
    assert ended.code == 1, ended
    (place,) = folders(tmp_path / "out")
    again = repeat(tmp_path / "out" / "reproduce" / place, "")
    assert again.returncode == 1, again.stdout + again.stderr
    assert "1 MUST requirement failed" in again.stdout


def test_a_debugger_is_put_before_the_phase(exported: Path, tmp_path: Path) -> None:
    (place,) = folders(exported)
    debugger = tmp_path / "debugger"
    debugger.write_text('#!/bin/sh\necho "debugs $2 $3"\n')
    debugger.chmod(0o755)
    ended = repeat(exported / "reproduce" / place, DEBUGGER=f"{debugger} exec")
    assert "debugs " in ended.stdout
    assert ended.stdout.partition("debugs ")[2].split()[1] == "--"


def test_the_script_repeats_an_export_elsewhere(exported: Path, tmp_path: Path) -> None:
    (place,) = folders(exported)
    moved = tmp_path / "moved here"
    shutil.copytree(exported / "reproduce" / place, moved)
    work = tmp_path / "work"
    done = repeat(moved, WORK=str(work))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "exit code 0" in done.stdout
    written = (work / "inputs" / "report" / "report.toml").read_text()
    kept = (moved / "report.toml").read_text()
    # layers carry the path of the folder that they are in, so that the digest is another one
    same = r'digest = "sha256:[0-9a-f]{64}"'
    assert re.sub(same, "", written) == re.sub(same, "", kept)
    assert "top-layer" not in written
    assert not _served(work)


def _served(work: Path) -> bool:
    """Whether the registry of a script still answers."""
    address = (work / "registry.log").read_text().strip().rpartition(" ")[2]
    host, _, port = address.partition(":")
    done = subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"], check=False)
    return done.returncode == 0


def test_another_port_and_another_executable(exported: Path, tmp_path: Path) -> None:
    (place,) = folders(exported)
    script = tmp_path / "lifecycle"
    script.write_text('#!/bin/sh\necho "called $*"; exit 62\n')
    script.chmod(0o755)
    work = tmp_path / "work"
    done = repeat(
        exported / "reproduce" / place,
        PORT=str(_free_port()),
        LIFECYCLE=str(script),
        WORK=str(work),
    )
    assert done.returncode == 62, done.stdout + done.stderr
    assert "called -m pytest_cnb_report.reference exporter" in done.stdout
    adapted = (work / "inputs" / "run.toml").read_text()
    assert adapted != (exported / "reproduce" / place / "inputs" / "run.toml").read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_port_that_is_taken_is_said(exported: Path, tmp_path: Path) -> None:
    (place,) = folders(exported)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = repeat(exported / "reproduce" / place, PORT=port, WORK=str(tmp_path / "work"))
    assert done.returncode == 2
    assert "another program uses it" in done.stderr


@pytest.fixture(scope="module")
def rebased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a rebaser with labels that stay, by two workers."""
    output = tmp_path_factory.mktemp("rebased")
    ended = conformance(
        output,
        *("--lifecycle", "reference:second-rebase-refused", "--phase", "rebaser", "-n", "2"),
        *("--requirement", "rebase.labels.*", "--requirement", "rebase.succeeds"),
        *("--", "-k", "twice or same-run-image or plain"),
    )
    assert ended.code == 1, ended
    return output


def test_workers_bring_theirs_together(rebased: Path) -> None:
    assert folders(rebased) == {
        "rebase.labels.idempotent/rebaser-registry-twice",
        "rebase.succeeds/rebaser-registry-same-run-image",
    }


def test_a_second_call_is_repeated_too(rebased: Path, tmp_path: Path) -> None:
    folder = rebased / "reproduce" / "rebase.labels.idempotent" / "rebaser-registry-twice"
    assert (folder / "inputs-again").is_dir()
    done = repeat(folder, WORK=str(tmp_path / "work"))
    assert done.returncode == 72, done.stdout + done.stderr
    first, _, second = done.stdout.partition("inputs-again")
    assert "exit code 0" in first
    assert "exit code 72" in first
    assert "no report" in second


def test_a_rebased_image_comes_out_the_same(rebased: Path, tmp_path: Path) -> None:
    """The first call of the two, looked at while the registry still runs."""
    folder = rebased / "reproduce" / "rebase.labels.idempotent" / "rebaser-registry-twice"
    ((name, image),) = read_layout(folder / "after")
    assert name is not None
    process_ = subprocess.Popen(
        ["bash", str(folder / "run.sh"), "--keep"],
        env={**os.environ, "PATH": PATH, "WORK": str(tmp_path / "work")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process_.stdout is not None
        while "no report" not in (line := process_.stdout.readline()):
            assert line, "the script ended early"
        address = (tmp_path / "work" / "registry.log").read_text().strip().rpartition(" ")[2]
        with contextlib.closing(RegistryClient(f"http://{address}", timeout=10)) as client:
            repository, _, tag = name.partition(":")
            found = client.get_manifest(repository, tag)
        assert found is not None
        assert found.digest == image.manifest.digest
    finally:
        process_.communicate("\n", timeout=30)
    assert process_.returncode == 72


def test_known_failures_have_none_and_those_of_an_older_run_go(tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    words = ("--lifecycle", "reference:no-tags", "--phase=exporter", *TAGS)
    selected = ("--", "-k", "plain")
    assert conformance(tmp_path, *words, f"--write-known-failures={known}", *selected).code == 1
    assert folders(tmp_path) == {"report.image.tags/exporter-registry-plain"}
    assert conformance(tmp_path, *words, f"--known-failures={known}", *selected).code == 0
    assert not (tmp_path / "reproduce").exists()


def test_what_somebody_else_put_there_stays(tmp_path: Path) -> None:
    (tmp_path / "reproduce").mkdir()
    (tmp_path / "reproduce" / "mine").write_text("keep me")
    words = ("--lifecycle", "reference:no-tags", "--phase=exporter", *TAGS)
    ended = conformance(tmp_path, *words, "--", "-k", "plain")
    assert ended.code == 2
    assert "earlier run; move it away, or choose another --output" in ended.err
    assert ended.out == "", "it is said before anything is judged"
    assert (tmp_path / "reproduce" / "mine").read_text() == "keep me"


def test_at_a_daemon(daemon: Daemon, tmp_path: Path) -> None:
    ended = process(
        *("run", "--target", "daemon", "--daemon", daemon.address, "--output", str(tmp_path)),
        *("--lifecycle", "reference:no-top-layer", "--phase", "rebaser"),
        *("--requirement", "report.run-image.top-layer", "--", "-k", "plain or mirror"),
    )
    assert ended.code == 1, ended
    (place,) = folders(tmp_path)
    folder = tmp_path / "reproduce" / place
    assert len(list(read_layout(folder / "after"))) == 1
    images = sorted(docker(daemon, "image", "ls", "--quiet").split())
    work = tmp_path / "work"
    done = repeat(folder, DOCKER_HOST=daemon.address, WORK=str(work))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (work / "inputs" / "report" / "report.toml").read_text() == (
        folder / "report.toml"
    ).read_text()
    left = sorted(docker(daemon, "image", "ls", "--quiet").split())
    assert left == images, "nothing is left in the daemon"


def docker(daemon: Daemon, *words: str) -> str:
    return subprocess.run(
        [program("DAEMON", "docker"), *words],
        env={**os.environ, **daemon.environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.skipif(
    "CNB_CONFORMANCE_LIFECYCLE" not in os.environ, reason="CNB_CONFORMANCE_LIFECYCLE is not set"
)
def test_a_real_lifecycle(tmp_path: Path) -> None:
    lifecycle = os.environ["CNB_CONFORMANCE_LIFECYCLE"]
    ended = conformance(
        tmp_path,
        *("--lifecycle", lifecycle, "--requirement", "report.run-image.*", "--", "-k", "plain"),
    )
    assert ended.code == 1, ended
    found = folders(tmp_path)
    assert found
    results = json.loads((tmp_path / "report.json").read_text())["results"]
    failed = {each["requirement"] for each in results if each["outcome"] == "fail"}
    assert {place.partition("/")[0] for place in found} == failed
    for place in found:
        # a creator that was started as root drops to a user who may not enter pytest's folders
        with tempfile.TemporaryDirectory() as work:
            done = repeat(tmp_path / "reproduce" / place, WORK=work)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "[image]" in done.stdout

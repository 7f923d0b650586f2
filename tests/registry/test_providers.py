"""Where registries come from, and that nothing of them stays behind."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from leftovers import noted_by_a_killed_run
from machine import cannot_run
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.images.build import build_index
from pytest_cnb_report.registry.api import Api
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.limits import UNLIMITED
from pytest_cnb_report.registry.misbehave import Misbehaviour
from pytest_cnb_report.registry.process import PROGRAMS, find_program, process_registry
from pytest_cnb_report.registry.protocol import RegistryUnavailable
from pytest_cnb_report.registry.providers import open_registry
from pytest_cnb_report.registry.server import serve
from pytest_cnb_report.registry.store import Store
from pytest_cnb_report.registry.uploads import Uploads
from pytest_cnb_report.run_journal import noted

from .made import image, push


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def program() -> str:
    return find_program() or cannot_run("REGISTRIES", "docker-registry is not installed")


def running(folder: Path) -> list[int]:
    """Return the processes whose command line names something below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if bytes(folder / "tmp") in command:
                found.append(int(entry.name))
    return found


def listens(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_embedded_registry_opens_and_closes() -> None:
    with open_registry("embedded") as registry:
        assert isinstance(registry, EmbeddedRegistry)
        push(registry, "some", "latest", image())
    assert not listens(registry.address)


@pytest.mark.usefixtures("program")
def test_a_process_opens_and_closes_and_leaves_nothing(temporary: Path) -> None:
    with open_registry("process") as registry:
        assert re.fullmatch(r"127\.0\.0\.1:\d+", registry.address)
        digest = push(registry, "some", "latest", image())
        assert registry.delete_manifest("some", digest)
        assert len(running(temporary)) == 1
    assert running(temporary) == []
    assert list(temporary.iterdir()) == []
    assert not listens(registry.address)


@pytest.mark.usefixtures("program")
def test_processes_do_not_get_into_each_others_way(temporary: Path) -> None:
    with process_registry() as one, process_registry() as two:
        push(one, "some", "latest", image())
        assert two.tags("some") == ()
        assert len(running(temporary)) == 2


@pytest.mark.usefixtures("program")
def test_a_process_heeds_its_own_configuration_alone(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_STORAGE_DELETE_ENABLED", "false")
    monkeypatch.setenv("REGISTRY_HTTP_ADDR", "0.0.0.0:1")
    with process_registry() as registry:
        assert registry.delete_manifest("some", push(registry, "some", "latest", image()))
    assert list(temporary.iterdir()) == []


_KILLED = """
import time
from pytest_cnb_report.registry.process import process_registry
with process_registry() as registry:
    print(registry.address, flush=True)
    time.sleep(60)
"""


@pytest.mark.usefixtures("program")
def test_a_process_ends_with_a_run_that_is_killed(temporary: Path) -> None:
    run = subprocess.Popen([sys.executable, "-c", _KILLED], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    address = run.stdout.readline().strip()
    assert listens(address)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    limit = time.monotonic() + 5
    while running(temporary) or listens(address):
        assert time.monotonic() < limit
        time.sleep(0.01)
    (left,) = temporary.iterdir()
    with process_registry():
        assert not left.exists()
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("program")
def test_a_process_ends_with_an_interrupted_run(temporary: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", _KILLED],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert run.stdout
    run.stdout.readline()
    run.send_signal(signal.SIGINT)
    run.communicate()
    assert running(temporary) == []
    assert list(temporary.iterdir()) == []


def test_a_missing_program_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(RegistryUnavailable, match="neither docker-registry nor registry is on PATH"),
        open_registry("process"),
    ):
        pass


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'storage: no space left' >&2; exit 1", "did not start: storage: no space left"),
        ("exit 0", "did not start: it printed nothing"),
    ],
)
def test_a_program_that_does_not_start_is_quoted(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    broken = temporary / "bin" / PROGRAMS[0]
    broken.parent.mkdir()
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent))
    with (
        pytest.raises(RegistryUnavailable, match=f"{message}; try `.* --version` by hand"),
        open_registry("process"),
    ):
        pass
    assert list(temporary.iterdir()) == [broken.parent]


def test_somebody_elses_registry_is_used_and_tidied(embedded: EmbeddedRegistry) -> None:
    push(embedded, "theirs/app", "latest", image(1))
    with open_registry(f"http://{embedded.address}/", prefix="run-1") as registry:
        assert registry.address == embedded.address
        push(registry, "run-1/app", "latest", image(2))
        push(registry, "elsewhere/app", "latest", image(2))
        push(embedded, "run-1/app", "from-a-lifecycle", image(3))
    assert embedded.tags("run-1/app") == ()
    assert embedded.tags("theirs/app") == embedded.tags("elsewhere/app") == ("latest",)


def test_somebody_elses_registry_is_tidied_after_a_failure_too(embedded: EmbeddedRegistry) -> None:
    opened = open_registry(f"http://{embedded.address}", prefix="run-1")
    with contextlib.suppress(KeyboardInterrupt), opened as registry:
        push(registry, "run-1/app", "latest", image())
        raise KeyboardInterrupt
    assert embedded.tags("run-1/app") == ()


def test_what_a_killed_run_left_in_somebody_elses_registry_goes_with_the_next(
    embedded: EmbeddedRegistry,
) -> None:
    address = f"http://{embedded.address}"
    dead, living = draw_prefix(), draw_prefix()
    noted_by_a_killed_run("repositories", dead, f"{dead}/gw0/app", where=address)
    with noted("repositories", living, where=address) as note:
        for prefix in (dead, living, "cedar-0123456789ab", "theirs"):
            push(embedded, f"{prefix}/gw0/app", "latest", image(1))
        made = build_index([image(2), image(3)])
        push(embedded, f"{dead}/gw0/run", "stable", made)
        with open_registry(address, prefix="run-1"):
            pass
        note.done()
    assert embedded.tags(f"{dead}/gw0/app") == embedded.tags(f"{dead}/gw0/run") == ()
    for digest in (made.digest, *(each.digest for each in made.images)):
        assert embedded.get_manifest(f"{dead}/gw0/run", digest) is None
    for prefix in (living, "cedar-0123456789ab", "theirs"):
        assert embedded.tags(f"{prefix}/gw0/app") == ("latest",)


def test_a_registry_that_does_not_delete_is_used_all_the_same(embedded: EmbeddedRegistry) -> None:
    with (
        embedded.misbehaving(Misbehaviour("DELETE", status=405)),
        open_registry(f"http://{embedded.address}", prefix="run-1") as registry,
    ):
        push(registry, "run-1/app", "latest", image())
    assert embedded.tags("run-1/app") == ("latest",)


@pytest.mark.parametrize(
    ("misbehaviour", "message"),
    [
        (Misbehaviour(status=401), "answered 401; there are no credentials for it in"),
        (Misbehaviour(status=404, body=b"page not found"), "answered 404 (page not found)"),
        (Misbehaviour(status=500), "answered 500 (tried 4 times); the registry is in trouble"),
        (Misbehaviour(delay=30), "no answer within 2 s"),
    ],
)
def test_what_is_no_usable_registry_is_not_opened(
    embedded: EmbeddedRegistry, misbehaviour: Misbehaviour, message: str
) -> None:
    with (
        embedded.misbehaving(misbehaviour),
        pytest.raises(RegistryUnavailable, match=re.escape(message)),
        open_registry(f"http://{embedded.address}", timeout=2.0),
    ):
        pass


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "nonsense",
        "Embedded",
        "127.0.0.1:5000",
        "ftp://127.0.0.1:5000",
        "http://",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1:5000/v2/",
        "http://user:password@127.0.0.1:5000",
        "http://[::1",
    ],
)
def test_a_word_that_names_no_registry_is_answered_with_those_that_do(spec: str) -> None:
    with pytest.raises(RegistryUnavailable) as refused, open_registry(spec):
        pass
    assert "give embedded, container, process, http://HOST:PORT or" in str(refused.value)


def test_nothing_of_docker_or_http_is_loaded_for_the_names_alone() -> None:
    script = (
        "import sys, pytest_cnb_report.registry.protocol\n"
        "heavy = {'docker', 'urllib3', 'httptools', 'asyncio', 'testcontainers'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.stderr == b""


@dataclass
class Obstinate:
    """A registry that takes no second image under a tag, and may or may not say so."""

    says_so: bool
    registry: Api = field(default_factory=lambda: Api(Store(), Uploads(), UNLIMITED))

    def answer(self, call: Call) -> Answer:
        pushed = call.method == "PUT" and "/manifests/" in call.path and "sha256:" not in call.path
        if pushed and self.registry.answer(replace(call, method="HEAD")).status == 200:
            document = b'{"errors": [{"code": "TAG_IMMUTABLE", "message": "it is there"}]}'
            return Answer(409, body=document) if self.says_so else Answer(201)
        return self.registry.answer(call)


@pytest.mark.parametrize(
    ("says_so", "message"),
    [
        (True, r"answered 409 \(TAG_IMMUTABLE: it is there\); lifecycles write over tags"),
        (False, r"agreed, but the tag leads to sha256:\w+ afterwards; lifecycles write over tags"),
    ],
)
def test_a_registry_with_immutable_tags_is_refused_at_the_start(
    says_so: bool, message: str
) -> None:
    with (
        serve(Obstinate(says_so).answer) as address,
        pytest.raises(RegistryUnavailable, match=message),
        open_registry(f"http://{address}", prefix="run-1"),
    ):
        pass

"""A registry of our own in another process: the program that Docker's `registry` image carries."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.kind import RegistryKind
from pytest_cnb_report.registry.protocol import RegistryError, RegistryUnavailable
from pytest_cnb_report.scratch import scratch_folder

PROGRAMS = ("docker-registry", "registry")
"""What Debian, and everybody else, calls the program."""

_START_LIMIT = 15.0
_ATTEMPTS = 3
_MARK = "X-Instance"

# Asks the kernel to end this process with its parent (PR_SET_PDEATHSIG), then becomes the command.
_WITH_PARENT = (
    "import ctypes, os, signal, sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
    "os.getppid() == int(sys.argv[1]) or os._exit(1)\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)


def find_program() -> str | None:
    """Return the path of the registry program; None where PATH has none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextlib.contextmanager
def process_registry() -> Iterator[RegistryClient]:
    """Run an empty registry on a free port of 127.0.0.1 for the length of a block.

    It ends with the thread that began it, even where that is killed, and its folder goes at the end
    or, after a kill, when the next scratch folder is made. Raises RegistryUnavailable.
    """
    program = find_program()
    if program is None:
        raise RegistryUnavailable(
            f"no registry program: neither {' nor '.join(PROGRAMS)} is on PATH; install Debian's "
            "package docker-registry, or use the embedded registry"
        )
    with (
        scratch_folder("registry") as folder,
        _started(program, folder) as address,
        contextlib.closing(RegistryClient(f"http://{address}")) as client,
    ):
        yield client


@contextlib.contextmanager
def _started(program: str, folder: Path) -> Iterator[str]:
    for attempt in range(_ATTEMPTS):
        mark = secrets.token_hex(8)
        address = _free_address()
        log = folder / f"log-{attempt}"
        process = _start(program, folder, address, mark, log)
        try:
            if _is_up(process, address, mark):
                yield address
                return
        finally:
            process.kill()
            process.wait()
        # Between choosing the port and using it, another program may have taken it.
        if b"address already in use" not in log.read_bytes():
            break
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise RegistryUnavailable(
        f"{program} did not start: {' / '.join(last) or 'it printed nothing'}; "
        f"try `{program} --version` by hand, or use the embedded registry"
    )


def _start(
    program: str, folder: Path, address: str, mark: str, log: Path
) -> subprocess.Popen[bytes]:
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "storage")},
            "cache": {"blobdescriptor": "inmemory"},
            "delete": {"enabled": True},
        },
        "http": {"addr": address, "headers": {_MARK: [mark]}},
    }
    path = folder / "config.yml"
    path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    launcher = [sys.executable, "-I", "-S", "-c", _WITH_PARENT, str(os.getpid())]
    # REGISTRY_… in the environment would overrule the file.
    environment = {"PATH": os.defpath, "HOME": str(folder), "OTEL_TRACES_EXPORTER": "none"}
    with log.open("wb") as output:
        return subprocess.Popen(
            [*launcher, program, "serve", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=environment,
        )


def _free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def _is_up(process: subprocess.Popen[bytes], address: str, mark: str) -> bool:
    """Wait until it answers, and as itself; False where it ends or takes too long."""
    from pytest_cnb_report.registry.transport import Transport  # noqa: PLC0415 - urllib3

    limit = time.monotonic() + _START_LIMIT
    with contextlib.closing(Transport(f"http://{address}", timeout=2.0)) as transport:
        while process.poll() is None and time.monotonic() < limit:
            with contextlib.suppress(RegistryError):
                answer = transport.request("GET", "/v2/", limit=1 << 16)
                if answer.headers.get(_MARK) == mark:
                    return True
            time.sleep(0.01)
    return False


PROCESS = RegistryKind(
    name="process",
    spelled="process",
    takes=lambda given: given == "process",
    open=lambda _: process_registry(),
    needs=("registry program (process)",),
)

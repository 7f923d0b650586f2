"""A `dockerd` of our own that cannot disturb another, and leaves nothing behind.

It runs in network, process and mount namespaces of its own, without bridge or firewall rules, on
data in a scratch folder. What it would write elsewhere (`/etc/docker`, `/opt/containerd`, `/run`)
goes to memory that vanishes with the mount namespace; a containerd that the machine runs already is
out of its sight. The kernel kills it with the process that started it (`PR_SET_PDEATHSIG`), and
with it, the first process of its namespace, everything that it started.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.address import check_address
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.engine import Daemon, connect
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.kind import DaemonKind, DaemonOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = ("dockerd", "setpriv", "unshare", "mount")
"""The programs that it takes, all on PATH."""

_READY_WITHIN = 60.0
_GONE_WITHIN = 10.0
_REMEDY = (
    "where namespaces or mounts are not permitted, as in most containers, "
    "use `--daemon container` or an existing daemon (DOCKER_HOST)"
)
_ASKED = "start a dockerd of our own"

_APART = (
    *("unshare", "--net", "--pid", "--mount"),
    *("--fork", "--kill-child=KILL", "--mount-proc"),
)

_UNLESS_ORPHANED = """\
[ "$PPID" = "$1" ] || exit 1
shift
exec "$@"
"""
"""The signal comes only for a parent that dies after it was asked for: see to the one before."""

_SHIELDED = """\
set -e
mount -n -t tmpfs tmpfs /run
shield=$1
shift
mount -n -t tmpfs tmpfs "$shield"
for name in etc opt; do
  [ -d "/$name" ] || continue
  mkdir "$shield/$name" "$shield/$name.work"
  mount -n -t overlay overlay \
    -o "lowerdir=/$name,upperdir=$shield/$name,workdir=$shield/$name.work" "/$name"
done
exec "$@"
"""


@contextlib.contextmanager
def private_daemon(folder: Path) -> Iterator[str]:
    """Start a `dockerd` with everything in `folder`, and give its address; needs root.

    To be called from the main thread (else RuntimeError), because the kernel ends the daemon
    together with the thread that started it. Raises DaemonUnavailable where it cannot be had, with
    the last lines that it wrote.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a private daemon has to be started from the main thread")
    address = check_address(f"unix://{folder / 'docker.sock'}")
    found = obstacle() or _hidden(folder)
    if found:
        raise DaemonUnavailable("private", _ASKED, *found)
    for name in ("shield", "data", "exec"):
        (folder / name).mkdir()
    (folder / "daemon.json").write_text("{}", encoding="utf-8")
    log = folder / "dockerd.log"
    try:
        with _running(_command(folder, address), log) as process:
            _wait_until_ready(address, process, log)
            yield address
    finally:
        _remove_groups(_group(folder))


def obstacle() -> tuple[str, str] | None:
    """Say why this process cannot have a `dockerd` of its own, and the remedy; None if it can."""
    if os.geteuid() != 0:
        return "it needs root", "run as root, or set DOCKER_HOST to an existing daemon"
    absent = [tool for tool in TOOLS if find_tool(tool) is None]
    if absent:
        remedy = "install Docker (Debian: docker.io) and util-linux"
        return f"there is no {' and no '.join(absent)} on PATH", remedy
    tried = subprocess.run(
        [*_APART, "true"], capture_output=True, text=True, check=False, env=_environment()
    )
    if tried.returncode != 0:
        return f"no namespaces can be had: {tried.stderr.strip()}", _REMEDY
    return None


def find_tool(name: str) -> str | None:
    """Find a program on PATH, or where system programs are if PATH leaves that out."""
    return shutil.which(name, path=_environment()["PATH"])


def _environment() -> dict[str, str]:
    """Return what dockerd gets: none of the caller's variables, some of which it would heed."""
    usual = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    return {"PATH": os.pathsep.join(usual), "LC_ALL": "C"}


def _hidden(folder: Path) -> tuple[str, str] | None:
    for shielded in ("/run", "/var/run", "/etc", "/opt"):
        if folder.is_relative_to(shielded):
            return f"temporary files are in {folder}", f"set TMPDIR to a folder outside {shielded}"
    return None


def _command(folder: Path, address: str) -> list[str]:
    daemon = [
        "dockerd",
        *("--config-file", str(folder / "daemon.json")),  # not the machine's
        *("--data-root", str(folder / "data")),
        *("--exec-root", str(folder / "exec")),
        *("--pidfile", str(folder / "dockerd.pid")),
        *("--host", address),
        *("--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{_group(folder)}"),
        *("--bridge", "none"),
        "--iptables=false",
        "--ip-forward=false",
    ]
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *("sh", "-c", _UNLESS_ORPHANED, "sh", str(os.getpid())),
        *_APART,
        *("sh", "-c", _SHIELDED, "sh", str(folder / "shield")),
        *daemon,
    ]


def _group(folder: Path) -> str:
    return f"pytest-cnb-report-{folder.name}"


def _remove_groups(name: str) -> None:
    """Remove the control groups of containers that somebody ran there, which outlive them."""
    top = Path("/sys/fs/cgroup")
    for group in (*top.glob(name), *top.glob(f"*/{name}")):
        below = sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True)
        for path in (*below, group):
            with contextlib.suppress(OSError):
                path.rmdir()


@contextlib.contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a session of its own, where Ctrl-C does not reach it, and kill it after."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as end, log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs],
                start_new_session=True,
                env=_environment(),
                cwd="/",
            )
        finally:
            os.close(theirs)
        try:
            yield process
        finally:
            _kill(process)
            # Every process below has inherited the other end, so that this one ends with the last.
            select.select([end], [], [], _GONE_WITHIN)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill `unshare` through its child, so that it takes leave of it: an orphan may stay a zombie.

    The child is the first process of its namespace, all others of which die with it.
    """
    children = ""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
        for child in children.split():
            os.kill(int(child), signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GONE_WITHIN if children else 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _READY_WITHIN
    while True:
        ended = process.poll()
        try:
            with connected(address, timeout=_READY_WITHIN, environment={}):
                return
        except DaemonUnavailable as error:
            if ended is None and time.monotonic() < end:
                time.sleep(0.02)
                continue
            how = f"no answer within {_READY_WITHIN:g} s" if ended is None else f"it exited {ended}"
            raise DaemonUnavailable(
                "private", _ASKED, f"{how}; its last words:\n{last_lines(log)}\n", _REMEDY
            ) from error


def last_lines(log: Path, count: int = 10) -> str:
    """Return the end of a log for a message, each line indented."""
    if not log.exists():
        return "    (it has not started)"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    return "\n".join(f"    {line[:500]}" for line in lines) or "    (none)"


@contextlib.contextmanager
def _open(options: DaemonOptions) -> Iterator[Daemon]:
    with (
        private_daemon(options.folder) as address,
        connect(address, options.prefix, timeout=options.timeout, environment={}) as daemon,
    ):
        yield daemon


PRIVATE = DaemonKind(
    name="private",
    spelled="private",
    takes=lambda given: given == "private",
    open=_open,
    needs=("dockerd (private)",),
    only_where_named=True,
)

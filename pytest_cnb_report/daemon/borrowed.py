"""A daemon that belongs to someone else, as a run uses it: with nothing of ours left behind."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.cleanup import remove_run, sweep_dead_runs
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonError
from pytest_cnb_report.daemon.our_containers import sweep_dead_containers
from pytest_cnb_report.run_journal import noted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_cnb_report.daemon.client import Engine


@contextlib.contextmanager
def borrowed(reached: contextlib.AbstractContextManager[Engine], prefix: str) -> Iterator[Daemon]:
    """Give a daemon that is there already, to write to below a prefix.

    What killed runs left is removed first, and what is below the prefix at the end. Raises what
    `reached` raises, and at the end DaemonError where something could not be removed.
    """
    with reached as engine, noted("images", prefix, where=engine.address) as note:
        sweep(engine)
        try:
            yield Daemon(engine, prefix)
        finally:
            remove_run(engine, prefix)
            note.done()


def sweep(engine: Engine) -> None:
    """Remove what killed runs left; that something of theirs stays is no reason not to run."""
    for remove in (sweep_dead_containers, sweep_dead_runs):
        with contextlib.suppress(DaemonError):
            remove(engine)

"""What a run was told to use, found out: the lifecycle, and how it gets at a registry."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace

from pytest_cnb_report.lifecycles.kinds import open_lifecycle
from pytest_cnb_report.lifecycles.lifecycle import PROBE_TIMEOUT, Lifecycle, supervised
from pytest_cnb_report.lifecycles.negotiate import negotiate
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Phase, PlatformApi


def choose_lifecycle(
    settings: Settings, stack: contextlib.ExitStack
) -> tuple[Lifecycle, PlatformApi]:
    """Find the lifecycle and the platform API to judge it by; raises LifecycleError.

    The lifecycle can be called until `stack` is closed.
    """
    patience = min(settings.timeout, PROBE_TIMEOUT)
    opened = stack.enter_context(
        open_lifecycle(
            settings.lifecycle, phases=settings.called_phases, profile=settings.profile.value
        )
    )
    with scratch_folder("probe") as folder, supervised(opened) as probed:
        lifecycle = probed.introduced(directory=str(folder), timeout=patience)
        api = negotiate(
            lifecycle,
            settings.platform_api,
            directory=str(folder),
            phase=Phase.REBASER if Phase.REBASER in settings.phases else settings.phases[0],
            timeout=patience,
        )
    return replace(lifecycle, kind=opened.kind), api


def worker_number() -> int:
    """Return the number of this pytest-xdist worker, from 1; 0 where there is one process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) + 1 if worker else 0

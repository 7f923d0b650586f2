"""What a run was told to use, found out: the lifecycle, and how it gets at a registry."""

from __future__ import annotations

import os

from pytest_cnb_report.drive.lifecycle import PROBE_TIMEOUT, Lifecycle, negotiate, resolve
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Phase, PlatformApi


def choose_lifecycle(settings: Settings) -> tuple[Lifecycle, PlatformApi]:
    """Find the lifecycle and the platform API to judge it by; raises LifecycleError."""
    with scratch_folder("probe") as folder:
        patience = min(settings.timeout, PROBE_TIMEOUT)
        lifecycle = resolve(
            settings.lifecycle, phases=settings.called_phases, profile=settings.profile.value
        ).introduced(directory=str(folder), timeout=patience)
        api = negotiate(
            lifecycle,
            settings.platform_api,
            directory=str(folder),
            phase=Phase.REBASER if Phase.REBASER in settings.phases else settings.phases[0],
            timeout=patience,
        )
        return lifecycle, api


def worker_name() -> str:
    """Return the name of this pytest-xdist worker; `main` where there is one process."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")

"""What a run was told to use, found out: the lifecycle, its phases, who makes the app images."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection
from dataclasses import dataclass, replace

from pytest_cnb_report.lifecycles.kinds import open_lifecycle, require_phases, testable
from pytest_cnb_report.lifecycles.lifecycle import (
    PROBE_TIMEOUT,
    Lifecycle,
    LifecycleError,
    OpenOptions,
    supervised,
)
from pytest_cnb_report.lifecycles.negotiate import negotiate
from pytest_cnb_report.planning.settings import AppImages, Settings
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Phase, PlatformApi

_EXPORTS = frozenset({Phase.ANALYZER, Phase.EXPORTER})
"""What it takes to make an app image that can be rebased, or built again."""


@dataclass(frozen=True)
class LifecycleChoice:
    """A lifecycle, the platform API to judge it by, and the phases that are judged.

    `missing` are phases that the lifecycle does not have and that nobody asked for by name.
    """

    lifecycle: Lifecycle
    platform_api: PlatformApi
    phases: tuple[Phase, ...]
    app_images: AppImages
    missing: tuple[Phase, ...] = ()


def choose_lifecycle(settings: Settings, stack: contextlib.ExitStack) -> LifecycleChoice:
    """Find the lifecycle and the platform API to judge it by; raises LifecycleError.

    The lifecycle can be called until `stack` is closed.
    """
    patience = min(settings.timeout, PROBE_TIMEOUT)
    opened = stack.enter_context(
        open_lifecycle(
            settings.lifecycle,
            phases=tuple(Phase),
            profile=settings.profile.value,
            options=OpenOptions(settings.daemon, settings.timeout),
        )
    )
    app_images = settings.app_images or (
        AppImages.LIFECYCLE if _exports(opened) else AppImages.REFERENCE
    )
    phases = settings.phases
    if not (settings.phases_named or _EXPORTS & opened.commands.keys()):
        phases = testable(opened) or phases
    if settings.app_images is AppImages.LIFECYCLE and not _exports(opened):
        raise LifecycleError(
            f"--app-images lifecycle: {opened.given} lacks analyzer or exporter; give"
            " --app-images reference"
        )
    called = _called(phases, app_images)
    require_phases(opened, called)
    needed = replace(opened, commands={phase: opened.commands[phase] for phase in called})
    with scratch_folder("probe") as folder, supervised(needed) as probed:
        lifecycle = probed.introduced(directory=str(folder), timeout=patience)
        api = negotiate(
            lifecycle,
            settings.platform_api,
            directory=str(folder),
            phase=Phase.REBASER if Phase.REBASER in phases else phases[0],
            timeout=patience,
        )
    missing = tuple(phase for phase in settings.phases if phase not in phases)
    return LifecycleChoice(replace(lifecycle, kind=opened.kind), api, phases, app_images, missing)


def _exports(lifecycle: Lifecycle) -> bool:
    return lifecycle.commands.keys() >= _EXPORTS


def _called(phases: Collection[Phase], app_images: AppImages) -> tuple[Phase, ...]:
    """Return every phase that has to be callable: a rebaser needs something to rebase."""
    needed = set(phases)
    if Phase.EXPORTER in needed or app_images is AppImages.LIFECYCLE:
        needed |= _EXPORTS
    return tuple(phase for phase in Phase if phase in needed)


def worker_number() -> int:
    """Return the number of this pytest-xdist worker, from 1; 0 where there is one process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) + 1 if worker else 0

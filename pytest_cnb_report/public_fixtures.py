"""Fixtures for other people's tests; nothing is imported before one of them is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_cnb_report.public.lab import Lab
    from pytest_cnb_report.public_api import (
        BuildFixture,
        CheckFixture,
        DaemonFixture,
        LifecycleFixture,
        RebaseFixture,
        RegistryFixture,
        RunImageFixture,
    )


@pytest.fixture(scope="session")
def _cnb_lab(pytestconfig: pytest.Config) -> Iterator[Lab]:
    """What the fixtures share."""
    from pytest_cnb_report.public.lab import open_lab  # noqa: PLC0415 - only where it is used

    with open_lab(pytestconfig) as lab:
        yield lab


@pytest.fixture(scope="session")
def cnb_registry(_cnb_lab: Lab) -> RegistryFixture:
    """Give the registry of --cnb-registry, to put images in and read them from."""
    return _cnb_lab.registry


@pytest.fixture(scope="session")
def cnb_daemon(_cnb_lab: Lab) -> DaemonFixture:
    """Give the Docker daemon of --cnb-daemon; without one the test is skipped."""
    return _cnb_lab.daemon


@pytest.fixture(scope="session")
def cnb_lifecycle(_cnb_lab: Lab) -> LifecycleFixture:
    """Give the lifecycle of --cnb-lifecycle and the platform API that it is judged by."""
    return _cnb_lab.lifecycle


@pytest.fixture(scope="session")
def cnb_run_image(_cnb_lab: Lab) -> RunImageFixture:
    """Make run images of any shape, each under a name of its own."""
    from pytest_cnb_report.public.run_images import RunImageFixture  # noqa: PLC0415

    return RunImageFixture(_cnb_lab)


@pytest.fixture(scope="session")
def cnb_export(
    _cnb_lab: Lab, cnb_lifecycle: LifecycleFixture, cnb_run_image: RunImageFixture
) -> BuildFixture:
    """Export an app image with the exporter, and return what was observed."""
    from pytest_cnb_report.public.calls import BuildFixture  # noqa: PLC0415
    from pytest_cnb_report.values import Phase  # noqa: PLC0415

    return BuildFixture(_cnb_lab, Phase.EXPORTER, cnb_lifecycle, cnb_run_image)


@pytest.fixture(scope="session")
def cnb_create(
    _cnb_lab: Lab, cnb_lifecycle: LifecycleFixture, cnb_run_image: RunImageFixture
) -> BuildFixture:
    """Build an app image with the creator, and return what was observed."""
    from pytest_cnb_report.public.calls import BuildFixture  # noqa: PLC0415
    from pytest_cnb_report.values import Phase  # noqa: PLC0415

    return BuildFixture(_cnb_lab, Phase.CREATOR, cnb_lifecycle, cnb_run_image)


@pytest.fixture(scope="session")
def cnb_rebase(_cnb_lab: Lab, cnb_export: BuildFixture) -> RebaseFixture:
    """Rebase a copy of an app image, and return what was observed."""
    from pytest_cnb_report.public.calls import RebaseFixture  # noqa: PLC0415

    return RebaseFixture(_cnb_lab, cnb_export)


@pytest.fixture(scope="session")
def cnb_check(_cnb_lab: Lab) -> CheckFixture:
    """Assert every requirement that applies to what was observed."""
    from pytest_cnb_report.public.check import CheckFixture  # noqa: PLC0415

    return CheckFixture(_cnb_lab)

"""Fixtures for other people's tests; nothing is imported before one of them is used.

A fixture that depends on another looks it up with each call, as the test that runs sees it, so that
a project may override any of them for all of its tests or for some.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from pytest_cnb_report.public.lab import Lab
    from pytest_cnb_report.public_api import (
        BuildFixture,
        CheckFixture,
        DaemonFixture,
        LifecycleFixture,
        MakeLabFixture,
        ObserveFixture,
        RebaseFixture,
        RegistryFixture,
        RunImageFixture,
    )

_RUNNING = pytest.StashKey[pytest.Item]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Note which test runs: its fixtures are those that calls go by."""
    item.config.stash[_RUNNING] = item


class _SeenFixtures:
    """The fixtures as the test that runs sees them; a plugin of pytest, for as long as a lab is."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._being_made: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object]
    ) -> Generator[None, object, object]:
        """Note which fixtures are being made."""
        self._being_made.append(fixturedef.argname)
        try:
            return (yield)
        finally:
            self._being_made.pop()

    def find(self, name: str, own: Callable[[], object]) -> object:
        """Return a fixture; what makes ours is called for one that asks for itself."""
        # fixtures of a session are not given the request of a test
        request = getattr(self._config.stash.get(_RUNNING, None), "_request", None)
        if name in self._being_made or not isinstance(request, pytest.FixtureRequest):
            return own()
        return request.getfixturevalue(name)


@pytest.fixture(scope="session")
def _cnb_lab(pytestconfig: pytest.Config) -> Iterator[Lab]:
    """What the fixtures share."""
    from pytest_cnb_report.public.lab import open_lab  # noqa: PLC0415 - only where it is used

    seen = _SeenFixtures(pytestconfig)
    pytestconfig.pluginmanager.register(seen)
    try:
        with open_lab(pytestconfig, seen.find) as lab:
            yield lab
    finally:
        pytestconfig.pluginmanager.unregister(seen)


@pytest.fixture(scope="session")
def cnb_registry(_cnb_lab: Lab) -> RegistryFixture:
    """Give the registry of --cnb-registry, to put images in and read them from."""
    return _cnb_lab.destinations.registry


@pytest.fixture(scope="session")
def cnb_daemon(_cnb_lab: Lab) -> DaemonFixture:
    """Give the Docker daemon of --cnb-daemon; without one the test is skipped."""
    return _cnb_lab.destinations.daemon


@pytest.fixture(scope="session")
def cnb_lifecycle(_cnb_lab: Lab) -> LifecycleFixture:
    """Give the lifecycle of --cnb-lifecycle and the platform API that it is judged by."""
    return _cnb_lab.own_lifecycle


@pytest.fixture(scope="session")
def cnb_run_image(_cnb_lab: Lab) -> RunImageFixture:
    """Make run images of any shape, each under a name of its own."""
    from pytest_cnb_report.public.run_images import RunImageFixture  # noqa: PLC0415

    return RunImageFixture(_cnb_lab)


@pytest.fixture(scope="session")
def cnb_export(_cnb_lab: Lab, cnb_lifecycle: LifecycleFixture) -> BuildFixture:
    """Export an app image with the exporter, and return what was observed."""
    from pytest_cnb_report.public.calls import BuildFixture  # noqa: PLC0415
    from pytest_cnb_report.values import Phase  # noqa: PLC0415

    del cnb_lifecycle  # one that cannot be had is an error of the set-up
    return BuildFixture(_cnb_lab, Phase.EXPORTER)


@pytest.fixture(scope="session")
def cnb_create(_cnb_lab: Lab, cnb_lifecycle: LifecycleFixture) -> BuildFixture:
    """Build an app image with the creator, and return what was observed."""
    from pytest_cnb_report.public.calls import BuildFixture  # noqa: PLC0415
    from pytest_cnb_report.values import Phase  # noqa: PLC0415

    del cnb_lifecycle  # one that cannot be had is an error of the set-up
    return BuildFixture(_cnb_lab, Phase.CREATOR)


@pytest.fixture(scope="session")
def cnb_rebase(_cnb_lab: Lab, cnb_lifecycle: LifecycleFixture) -> RebaseFixture:
    """Rebase a copy of an app image, and return what was observed."""
    from pytest_cnb_report.public.calls import RebaseFixture  # noqa: PLC0415

    del cnb_lifecycle  # one that cannot be had is an error of the set-up
    return RebaseFixture(_cnb_lab)


@pytest.fixture(scope="session")
def cnb_observe(_cnb_lab: Lab) -> ObserveFixture:
    """Look at a build or a rebase that was made elsewhere, for cnb_check."""
    from pytest_cnb_report.public.observe import ObserveFixture  # noqa: PLC0415

    return ObserveFixture(_cnb_lab)


@pytest.fixture(scope="session")
def cnb_check(_cnb_lab: Lab) -> CheckFixture:
    """Assert every requirement that applies to what was observed."""
    from pytest_cnb_report.public.check import CheckFixture  # noqa: PLC0415

    return CheckFixture(_cnb_lab)


@pytest.fixture(scope="session")
def make_cnb_lab(_cnb_lab: Lab) -> Iterator[MakeLabFixture]:
    """Make the fixtures once more, on another lifecycle, platform API, profile or destination."""
    from pytest_cnb_report.public.labs import MakeLabFixture  # noqa: PLC0415

    with contextlib.ExitStack() as stack:
        yield MakeLabFixture(_cnb_lab, stack)

"""What a set of fixtures shares, each part of it made when it is first asked for."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_cnb_report.drive.drawn_names import NameSource
from pytest_cnb_report.drive.hosts import ImageHost
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.lifecycles.lifecycle import supervised
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.planning.lifecycle_choice import choose_lifecycle
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.public.destinations import Destinations, told
from pytest_cnb_report.public.lifecycle import LifecycleFixture
from pytest_cnb_report.public.overrides import Find, SeenFixtures
from pytest_cnb_report.public.targets import DaemonFixture, RegistryFixture
from pytest_cnb_report.pytest_plugin.config import settings_from
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.faults import Faults, shown_during_calls
from pytest_cnb_report.registry.lifecycle_auth import Secrets, secrets_for
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Target

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_cnb_report.public.observed import Observed

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show


@contextlib.contextmanager
def open_lab(config: pytest.Config, find: Find) -> Iterator[Lab]:
    """Give a lab for the length of a session, by the options of this pytest run.

    `find` returns a fixture as the test that runs sees it.
    """
    with told():
        settings = settings_from(config)
    with contextlib.ExitStack() as stack:
        yield Lab(settings, stack, SeenFixtures(find))


@dataclass(eq=False, repr=False)
class Lab:
    """A lifecycle, a registry and a daemon, and the benches that calls are made on.

    With pytest-xdist each worker has one of its own, and those that `make_cnb_lab` makes. These
    share with the first one (`lender`) what they have not been given themselves (`own`).
    """

    settings: Settings
    stack: contextlib.ExitStack
    seen: SeenFixtures = field(default_factory=SeenFixtures)
    lender: Lab | None = None
    own: frozenset[Target] = frozenset(Target)
    rightful: dict[str, Image | Index] = field(default_factory=dict)
    """What each name of a run image leads to while nothing is being observed."""
    plain_apps: dict[Hashable, Observed] = field(default_factory=dict)
    """An app image for whoever does not care which, by where it is and by what made it."""
    names: NameSource = field(default_factory=NameSource)
    """Draws every name that the lifecycle sees."""
    closed: bool = False
    _benches: dict[Hashable, Bench] = field(default_factory=dict)

    @functools.cached_property
    def destinations(self) -> Destinations:
        """The registry and the daemon of this lab's own options."""
        return Destinations(self.settings, self.stack)

    @functools.cached_property
    def folder(self) -> Path:
        """A folder that is removed at the end, and that a lifecycle of another user may enter."""
        folder = self.stack.enter_context(scratch_folder("fixtures"))
        folder.chmod(0o711)
        return folder

    @functools.cached_property
    def own_lifecycle(self) -> LifecycleFixture:
        """The lifecycle that the options name."""
        with told():
            choice = choose_lifecycle(self.settings, self.stack)
            folder = self.folder
            lifecycle = self.stack.enter_context(supervised(choice.lifecycle))
            return LifecycleFixture(
                lifecycle, choice.platform_api, self.settings.profile, self.settings.timeout, folder
            )

    @property
    def lifecycle(self) -> LifecycleFixture:
        """The lifecycle that is called."""
        self.require_open()
        return self.seen.get("cnb_lifecycle", LifecycleFixture, lambda: self.own_lifecycle)

    @property
    def registry(self) -> RegistryFixture:
        """The registry that images are put in."""
        self.require_open()
        if self.lender is not None and Target.REGISTRY not in self.own:
            return self.lender.registry
        return self.seen.get("cnb_registry", RegistryFixture, lambda: self.destinations.registry)

    @property
    def daemon(self) -> DaemonFixture:
        """The daemon that images are put in; without one the test is skipped, or fails."""
        self.require_open()
        if self.lender is not None and Target.DAEMON not in self.own:
            return self.lender.daemon
        return self.seen.get("cnb_daemon", DaemonFixture, lambda: self.destinations.daemon)

    def require_open(self) -> None:
        """Raise ValueError for a lab whose with-block has ended."""
        if self.closed:
            raise ValueError(
                "this lab is closed: its with-block has ended. Use it inside, or keep"
                " `lab = make_cnb_lab(…)`, which stays open until the end of the session"
            )

    def target(self, given: str | None) -> Target:
        """Return the target that was given; else the registry, or the only one of `--target`."""
        if given is not None:
            return Target(given)
        targets = self.settings.targets or ()
        return targets[0] if len(targets) == 1 else Target.REGISTRY

    def place(self, target: Target) -> RegistryFixture | DaemonFixture:
        """Return the registry or the daemon."""
        return self.daemon if target is Target.DAEMON else self.registry

    def host(self, target: Target) -> ImageHost:
        """Return what holds the images at a target."""
        return self.place(target).host

    def bench(self, target: Target) -> Bench:
        """Return the bench that calls at a target are made on."""
        place, lifecycle = self.place(target), self.lifecycle
        key = (place, lifecycle)
        if key not in self._benches:
            self._benches[key] = self._make_bench(place, lifecycle)
        return self._benches[key]

    def _make_bench(
        self, place: RegistryFixture | DaemonFixture, lifecycle: LifecycleFixture
    ) -> Bench:
        folder = self.folder / self.names.folder()
        folder.mkdir()
        folder.chmod(0o711)
        faults: Faults = contextlib.nullcontext
        if isinstance(place, RegistryFixture):
            faults = shown_during_calls(place.registry, self.settings.registry_faults)
        return Bench(
            faults=faults,
            lifecycle=lifecycle.lifecycle,
            platform_api=lifecycle.platform_api,
            host=place.host,
            folder=folder,
            timeout=lifecycle.timeout,
            environment=place.environment if isinstance(place, DaemonFixture) else {},
            secrets=self._secrets(place),
            keeps_images=True,
            names=self.names,
        )

    def _secrets(self, place: RegistryFixture | DaemonFixture) -> Secrets:
        registry = place.registry if isinstance(place, RegistryFixture) else None
        passed = self.settings.pass_credentials and isinstance(registry, RegistryClient)
        return secrets_for(registry.address) if registry and passed else Secrets()

    def put_back(self, target: Target, *names: str) -> None:
        """Let names of run images lead to what they were made for, whoever moved them."""
        for name in names:
            self.host(target).put(self.rightful[name], name)

"""What the fixtures of one test session share, each part of it made when it is first asked for."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_cnb_report.drive.drawn_names import NameSource, distinct_word
from pytest_cnb_report.drive.hosts import ImageHost, RegistryHost
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.lifecycles.lifecycle import LifecycleError, supervised
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.options import OptionError
from pytest_cnb_report.planning.lifecycle_choice import choose_lifecycle, worker_number
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.public.lifecycle import LifecycleFixture
from pytest_cnb_report.public.targets import DaemonFixture, RegistryFixture
from pytest_cnb_report.pytest_plugin.config import settings_from
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.faults import Faults, shown_during_calls
from pytest_cnb_report.registry.lifecycle_auth import Secrets, require_passed, secrets_for
from pytest_cnb_report.registry.protocol import RegistryError, RegistryUnavailable
from pytest_cnb_report.registry.providers import open_registry
from pytest_cnb_report.scratch import ScratchError, scratch_folder
from pytest_cnb_report.values import Target

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_cnb_report.public.observed import Observed

CANNOT = (OptionError, LifecycleError, RegistryError, RegistryUnavailable, ScratchError)
"""What says, in a message for the reader, why something cannot be had."""


@contextlib.contextmanager
def open_lab(config: pytest.Config) -> Iterator[Lab]:
    """Give a lab for the length of a session, by the options of this pytest run."""
    with told():
        settings = settings_from(config)
    with contextlib.ExitStack() as stack:
        yield Lab(settings, stack)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """End the test with the bare message where something cannot be had."""
    try:
        yield
    except CANNOT as problem:
        raise pytest.fail.Exception(str(problem), pytrace=False) from None


@dataclass(eq=False, repr=False)
class Lab:
    """A lifecycle, a registry and a daemon, and the benches that calls are made on.

    With pytest-xdist each worker has one of its own.
    """

    settings: Settings
    stack: contextlib.ExitStack
    rightful: dict[str, Image | Index] = field(default_factory=dict)
    """What each name of a run image leads to while nothing is being observed."""
    plain_apps: dict[Target, Observed] = field(default_factory=dict)
    """An app image for whoever does not care which, at each target."""
    names: NameSource = field(default_factory=NameSource)
    """Draws every name that the lifecycle sees."""
    _benches: dict[Target, Bench] = field(default_factory=dict)
    _prefix: str = field(default_factory=draw_prefix)

    @functools.cached_property
    def folder(self) -> Path:
        """A folder that is removed at the end, and that a lifecycle of another user may enter."""
        folder = self.stack.enter_context(scratch_folder("fixtures"))
        folder.chmod(0o711)
        return folder

    @functools.cached_property
    def lifecycle(self) -> LifecycleFixture:
        """The lifecycle that the options name."""
        with told():
            choice = choose_lifecycle(self.settings, self.stack)
            folder = self.folder
            lifecycle = self.stack.enter_context(supervised(choice.lifecycle))
            return LifecycleFixture(
                lifecycle, choice.platform_api, self.settings.profile, self.settings.timeout, folder
            )

    @functools.cached_property
    def registry(self) -> RegistryFixture:
        """The registry that the options name."""
        with told():
            registry = self.stack.enter_context(
                open_registry(
                    self.settings.registry,
                    image=self.settings.registry_image,
                    prefix=self._prefix,
                    timeout=self.settings.timeout,
                )
            )
            require_passed(registry, allowed=self.settings.pass_credentials)
        announce = registry.announce if isinstance(registry, RegistryClient) else lambda _: None
        return RegistryFixture(RegistryHost(registry, self._prefix, announce), registry)

    @functools.cached_property
    def _daemon(self) -> DaemonFixture | str:
        """The daemon that the options name or, where there is none, why."""
        from pytest_cnb_report.daemon.errors import DaemonError  # noqa: PLC0415 - the Docker SDK
        from pytest_cnb_report.daemon.providers import open_daemon  # noqa: PLC0415
        from pytest_cnb_report.drive.daemon_host import DaemonHost  # noqa: PLC0415

        try:
            daemon = self.stack.enter_context(
                open_daemon(
                    self.settings.daemon,
                    image=self.settings.daemon_image,
                    timeout=self.settings.timeout,
                )
            )
        except DaemonError as problem:
            return str(problem)
        return DaemonFixture(
            DaemonHost(daemon, distinct_word(daemon.prefix, worker_number())), daemon
        )

    @property
    def daemon(self) -> DaemonFixture:
        """The daemon that the options name; without one the test is skipped.

        Where the options ask for a daemon, not to have one is a failure.
        """
        from pytest_cnb_report.daemon.providers import is_optional  # noqa: PLC0415

        found = self._daemon
        if isinstance(found, DaemonFixture):
            return found
        if not is_optional(self.settings.daemon) or Target.DAEMON in (self.settings.targets or ()):
            pytest.fail(found, pytrace=False)
        pytest.skip(found)

    def target(self, given: str | None) -> Target:
        """Return the target that was given; else the registry, or the only one of `--target`."""
        if given is not None:
            return Target(given)
        targets = self.settings.targets or ()
        return targets[0] if len(targets) == 1 else Target.REGISTRY

    def host(self, target: Target) -> ImageHost:
        """Return what holds the images at a target."""
        return self.daemon.host if target is Target.DAEMON else self.registry.host

    def bench(self, target: Target) -> Bench:
        """Return the bench that calls at a target are made on."""
        if target not in self._benches:
            self._benches[target] = self._make_bench(target)
        return self._benches[target]

    def _make_bench(self, target: Target) -> Bench:
        folder = self.folder / self.names.folder()
        folder.mkdir()
        folder.chmod(0o711)
        at_daemon = target is Target.DAEMON
        faults: Faults = contextlib.nullcontext
        if not at_daemon:
            faults = shown_during_calls(self.registry.registry, self.settings.registry_faults)
        return Bench(
            faults=faults,
            lifecycle=self.lifecycle.lifecycle,
            platform_api=self.lifecycle.platform_api,
            host=self.host(target),
            folder=folder,
            timeout=self.settings.timeout,
            environment=self.daemon.environment if at_daemon else {},
            secrets=Secrets() if at_daemon else self._secrets(),
            keeps_images=True,
            names=self.names,
        )

    def _secrets(self) -> Secrets:
        registry = self.registry.registry
        passed = self.settings.pass_credentials and isinstance(registry, RegistryClient)
        return secrets_for(registry.address) if passed else Secrets()

    def put_back(self, target: Target, *names: str) -> None:
        """Let names of run images lead to what they were made for, whoever moved them."""
        for name in names:
            self.host(target).put(self.rightful[name], name)

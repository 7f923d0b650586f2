"""The registry and the daemon that options name, each opened when it is first asked for."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from pytest_cnb_report.drive.drawn_names import distinct_word
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.lifecycles.lifecycle import LifecycleError
from pytest_cnb_report.options import OptionError
from pytest_cnb_report.planning.lifecycle_choice import worker_number
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.public.targets import DaemonFixture, RegistryFixture
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.lifecycle_auth import require_passed
from pytest_cnb_report.registry.protocol import RegistryError, RegistryUnavailable
from pytest_cnb_report.registry.providers import open_registry
from pytest_cnb_report.scratch import ScratchError
from pytest_cnb_report.values import Target

CANNOT = (OptionError, LifecycleError, RegistryError, RegistryUnavailable, ScratchError)
"""What says, in a message for the reader, why something cannot be had."""


@contextlib.contextmanager
def told() -> Iterator[None]:
    """End the test with the bare message where something cannot be had."""
    try:
        yield
    except CANNOT as problem:
        raise pytest.fail.Exception(str(problem), pytrace=False) from None


@dataclass(eq=False, repr=False)
class Destinations:
    """Where images go by these options; what was opened is closed with `stack`."""

    settings: Settings
    stack: contextlib.ExitStack
    _prefix: str = field(default_factory=draw_prefix)

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

"""Sets of fixtures beside those of the run: on another lifecycle, platform API or destination."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike, fspath
from types import TracebackType
from typing import Literal

from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.options import OPTIONS, Value
from pytest_cnb_report.planning.settings import Settings, read_settings
from pytest_cnb_report.public.calls import BuildFixture, RebaseFixture
from pytest_cnb_report.public.check import CheckFixture
from pytest_cnb_report.public.lab import Lab
from pytest_cnb_report.public.lifecycle import LifecycleFixture
from pytest_cnb_report.public.observe import ObserveFixture
from pytest_cnb_report.public.run_images import RunImageFixture, TargetName
from pytest_cnb_report.public.targets import DaemonFixture, RegistryFixture
from pytest_cnb_report.values import Phase, PlatformApi, Profile, Target

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show

_FIELDS: Mapping[str, str] = {
    "lifecycle": "lifecycle",
    "platform-api": "platform_api",
    "profile": "profile",
    "amend": "amend",
    "target": "targets",
    "registry": "registry",
    "registry-faults": "registry_faults",
    "pass-credentials": "pass_credentials",
    "daemon": "daemon",
    "strict": "strict",
    "timeout": "timeout",
}
"""The field of `Settings` that each option of a lab is."""


class CnbLab(ReprForHypothesis):
    """The fixtures once more, by options of their own; made by `make_cnb_lab`.

    It closes at the end of its with-block or, without one, at the end of the session: then its
    lifecycle cannot be called any more, and a registry or daemon that was started for it is gone.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def __repr__(self) -> str:
        return f"<lab of {self._lab.settings.lifecycle or 'the default lifecycle'}>"

    def __enter__(self) -> CnbLab:  # noqa: PYI034 - Self takes Python 3.11
        self._lab.require_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what this lab was given or has started; closing it again does nothing."""
        if not self._lab.closed:
            self._lab.closed = True
            self._lab.stack.close()

    @property
    def lifecycle(self) -> LifecycleFixture:
        """As `cnb_lifecycle`."""
        return self._lab.lifecycle

    @property
    def registry(self) -> RegistryFixture:
        """As `cnb_registry`: the same one, unless `registry` was given."""
        return self._lab.registry

    @property
    def daemon(self) -> DaemonFixture:
        """As `cnb_daemon`: the same one, unless `daemon` was given."""
        return self._lab.daemon

    @property
    def run_image(self) -> RunImageFixture:
        """As `cnb_run_image`."""
        return RunImageFixture(self._lab)

    @property
    def export(self) -> BuildFixture:
        """As `cnb_export`."""
        return BuildFixture(self._lab, Phase.EXPORTER)

    @property
    def create(self) -> BuildFixture:
        """As `cnb_create`."""
        return BuildFixture(self._lab, Phase.CREATOR)

    @property
    def rebase(self) -> RebaseFixture:
        """As `cnb_rebase`; the app image may be one that another lab made."""
        return RebaseFixture(self._lab)

    @property
    def observe(self) -> ObserveFixture:
        """As `cnb_observe`."""
        return ObserveFixture(self._lab)

    @property
    def check(self) -> CheckFixture:
        """As `cnb_check`, by the profile of this lab; it judges what any lab observed."""
        return CheckFixture(self._lab)


@dataclass(frozen=True, eq=False, repr=False)
class MakeLabFixture(ReprForHypothesis):
    """`make_cnb_lab`: makes a lab, of which any number may be open at once."""

    lab: Lab
    """That of the fixtures of the run."""
    stack: contextlib.ExitStack
    """Closed at the end of the session."""

    def __repr__(self) -> str:
        return "<make a lab>"

    def __call__(
        self,
        *,
        lifecycle: str | PathLike[str] | None = None,
        platform_api: PlatformApi | str | None = None,
        profile: Profile | str | None = None,
        amend: str | PathLike[str] | None = None,
        target: TargetName | Literal["registry,daemon"] | None = None,
        registry: str | None = None,
        registry_faults: str | None = None,
        pass_credentials: bool | None = None,
        daemon: str | None = None,
        strict: bool | None = None,
        timeout: float | None = None,
    ) -> CnbLab:
        """Make a lab by these options; those that are left out are the options of the run.

        The arguments are the options without `--cnb-`. Registry and daemon are those of the run
        (`cnb_registry`, `cnb_daemon`) unless they are given: only labs at the same one can rebase
        each other's app images. Nothing is started before it is used; a lifecycle that cannot be
        had fails the test then. Raises OptionError, a ValueError, for what is no value of an
        option. `timeout` is in seconds, for one call.
        """
        given: dict[str, Value] = {
            "lifecycle": None if lifecycle is None else fspath(lifecycle),
            "platform-api": None if platform_api is None else str(platform_api),
            "profile": profile.value if isinstance(profile, Profile) else profile,
            "amend": None if amend is None else fspath(amend),
            "target": target,
            "registry": registry,
            "registry-faults": registry_faults,
            "pass-credentials": pass_credentials,
            "daemon": daemon,
            "strict": strict,
            "timeout": None if timeout is None else f"{timeout}",
        }
        stack = contextlib.ExitStack()
        options = {Target.REGISTRY: registry, Target.DAEMON: daemon}
        made = CnbLab(
            Lab(
                _settings(self.lab.settings, given),
                stack,
                lender=self.lab,
                own=frozenset(each for each, option in options.items() if option is not None),
                rightful=self.lab.rightful,
                names=self.lab.names,
            )
        )
        self.stack.callback(made.close)
        return made


def _settings(of_run: Settings, given: Mapping[str, Value]) -> Settings:
    """Return the settings of a run with options that were given instead, read by the same code."""
    values = {name: value for name, value in given.items() if value is not None}
    empty = next((name for name, value in values.items() if value == ""), None)
    if empty is not None:
        raise ValueError(f"{empty.replace('-', '_')}='': give a value, or omit it")
    defaults = {each.name: False if each.flag else each.default for each in OPTIONS}
    read = read_settings({**defaults, "registry": of_run.registry, **values})
    return replace(of_run, **{_FIELDS[name]: getattr(read, _FIELDS[name]) for name in values})

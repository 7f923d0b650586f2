"""What a run stands on, decided once: the lifecycle, the platform API, the targets and where.

With several workers the controller decides, and owns what is slow or shared; workers get the
decision as plain text and make what is cheap, such as an embedded registry, for themselves.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.lifecycles.kinds import kind_named
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleKind
from pytest_cnb_report.planning.lifecycle_choice import choose_lifecycle
from pytest_cnb_report.planning.settings import AppImages, Settings
from pytest_cnb_report.registry.lifecycle_auth import require_passed
from pytest_cnb_report.registry.providers import open_registry, registry_kind
from pytest_cnb_report.scratch import check_room
from pytest_cnb_report.values import Phase, PlatformApi, Target

if TYPE_CHECKING:
    from cattrs.preconf.json import JsonConverter


class CannotJudgeError(Exception):
    """The run cannot begin; the message says what is missing and what to do about it."""


@dataclass(frozen=True)
class TargetInfo:
    """Whether a target is judged, where it is, and why not otherwise.

    `address` is a registry's or daemon's, empty for a registry that each worker has of its own;
    `prefix` is what everything of this run is put under; `borrowed` is for a registry of somebody
    else's, in which each worker deletes what it came across.
    """

    judged: bool
    why: str = ""
    address: str = ""
    prefix: str = ""
    environment: Mapping[str, str] | None = None
    borrowed: bool = False


@dataclass(frozen=True)
class RunContext:
    """The decisions of a run."""

    lifecycle: Lifecycle
    platform_api: PlatformApi
    targets: Mapping[Target, TargetInfo]
    run_id: str
    platform_api_by: str = ""
    """Who says the platform API, where it is not a lifecycle."""
    phases: tuple[Phase, ...] | None = None
    """The phases that are judged; None where they are those that were asked for."""
    app_images: AppImages = AppImages.LIFECYCLE
    missing: tuple[Phase, ...] = ()
    """Phases that are not judged because the lifecycle does not have them."""

    def applied_to(self, settings: Settings) -> Settings:
        """Return the settings with the phases that are judged."""
        return settings if self.phases is None else replace(settings, phases=self.phases)

    @property
    def judged_targets(self) -> tuple[Target, ...]:
        """The targets that are judged."""
        return tuple(target for target, each in self.targets.items() if each.judged)

    def dumps(self) -> str:
        """Return the decisions as text that `loads` reads."""
        return _converter().dumps(self)

    @classmethod
    def loads(cls, text: str) -> RunContext:
        """Read what `dumps` wrote."""
        return _converter().loads(text, cls)


@functools.cache
def _converter() -> JsonConverter:
    from cattrs.preconf.json import make_converter  # noqa: PLC0415 - only for workers

    converter = make_converter(detailed_validation=False)
    converter.register_unstructure_hook(LifecycleKind, lambda kind: kind.name)
    converter.register_structure_hook(LifecycleKind, lambda name, _: kind_named(name))
    return converter


@contextlib.contextmanager
def prepare(settings: Settings) -> Iterator[RunContext]:
    """Decide what the run stands on, and hold what it shares until the end.

    Raises LifecycleError, RegistryUnavailable, DaemonUnavailable, ScratchError or CannotJudgeError
    with what is missing and what to do about it.
    """
    check_user()
    check_room()
    with contextlib.ExitStack() as stack:
        choice = choose_lifecycle(settings, stack)
        run_id = secrets.token_hex(4)
        targets = {
            Target.REGISTRY: _registry(settings, stack),
            Target.DAEMON: _daemon(settings, stack),
        }
        yield RunContext(
            choice.lifecycle,
            choice.platform_api,
            targets,
            run_id,
            phases=choice.phases,
            app_images=choice.app_images,
            missing=choice.missing,
        )


def check_user() -> None:
    """Refuse to run as a user without a name: some lifecycles fail then, for no fault of theirs.

    Raises CannotJudgeError with the user's number, and what to do behind the semicolon.
    """
    user = os.geteuid()
    try:
        pwd.getpwuid(user)
    except KeyError:
        raise CannotJudgeError(
            f"user {user} has no entry in /etc/passwd, where lifecycles look up who runs them; run"
            " as a user that has one, or add one (Docker: -v /etc/passwd:/etc/passwd:ro)"
        ) from None


def _registry(settings: Settings, stack: contextlib.ExitStack) -> TargetInfo:
    if settings.targets is not None and Target.REGISTRY not in settings.targets:
        return TargetInfo(judged=False, why="skipped (--target)")
    kind = registry_kind(settings.registry)
    prefix = draw_prefix()
    if kind.owned_by_worker:
        # each worker opens its own, too late to say before the run that it cannot
        with open_registry(settings.registry):
            pass
        faults = settings.registry_faults
        shown = f" that shows faults on request ({faults})" if faults is not None else ""
        return TargetInfo(judged=True, why=f"{kind.name} registry{shown}", prefix=prefix)
    registry = stack.enter_context(
        open_registry(
            settings.registry,
            image=settings.registry_image,
            prefix=prefix,
            timeout=settings.timeout,
        )
    )
    require_passed(registry, allowed=settings.pass_credentials)
    why = f"{kind.name} registry at {registry.address}"
    if kind.borrowed:
        why = f"registry at {settings.registry}"
    scheme = "https" if registry.has_tls else "http"
    return TargetInfo(
        judged=True,
        why=why,
        address=f"{scheme}://{registry.address}",
        prefix=prefix,
        borrowed=kind.borrowed,
    )


def _daemon(settings: Settings, stack: contextlib.ExitStack) -> TargetInfo:
    named = settings.targets is not None and Target.DAEMON in settings.targets
    if settings.targets is not None and not named:
        return TargetInfo(judged=False, why="skipped (--target)")
    from pytest_cnb_report.daemon.discovery import none_answers  # noqa: PLC0415 - the Docker SDK
    from pytest_cnb_report.daemon.providers import daemon_kind, open_daemon  # noqa: PLC0415

    try:
        kind = daemon_kind(settings.daemon)
        if kind.only_where_named and not named:
            return TargetInfo(
                judged=False,
                why=f"a {kind.name} daemon is only started where --target names the daemon",
            )
        daemon = stack.enter_context(
            open_daemon(settings.daemon, image=settings.daemon_image, timeout=settings.timeout)
        )
    except DaemonUnavailable as problem:
        if named:
            raise
        why = f"{none_answers(problem)}; --target registry leaves it out"
        return TargetInfo(judged=False, why=why)
    except DaemonError as problem:
        if named:
            raise
        return TargetInfo(judged=False, why=str(problem))
    return TargetInfo(
        judged=True,
        why=f"Docker {daemon.version} at {daemon.address}",
        address=daemon.address,
        prefix=daemon.prefix,
        environment=daemon.environment,
    )

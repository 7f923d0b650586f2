"""Look at a build or a rebase that a platform made itself, to judge it with `cnb_check`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Literal

from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.observe.finished_build import STANDARD_INPUT, FinishedBuild
from pytest_cnb_report.platform_apis import UPCOMING
from pytest_cnb_report.public.choices import check_choices
from pytest_cnb_report.public.lab import Lab
from pytest_cnb_report.public.observed import Observed
from pytest_cnb_report.public.run_images import MadeRunImage, TargetName
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi, Target

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show

PhaseName = Literal["exporter", "creator", "rebaser"]


class CannotObserveError(AssertionError):
    """The build cannot be looked at; the message says what is missing, and how to name it."""


@dataclass(frozen=True, eq=False, repr=False)
class ObserveFixture(ReprForHypothesis):
    """`cnb_observe`: looks at a build or a rebase that was made elsewhere; nothing is changed.

    It is `cnb-conformance check-report` as a function: same images, same requirements, same words.
    """

    lab: Lab

    def __repr__(self) -> str:
        return "<observe what was made elsewhere>"

    def __call__(
        self,
        *,
        run_image: MadeRunImage | str,
        report: str | PathLike[str] | bytes,
        app: Observed | str | None = None,
        before: Observed | str | None = None,
        run_file: str | PathLike[str] | None = None,
        phase: PhaseName | None = None,
        platform_api: PlatformApi | str | None = None,
        target: TargetName | None = None,
        insecure: bool | None = None,
    ) -> Observed:
        """Read the report, look up the images, and return what was observed.

        `run_image` is the run image that was used, `report` the path of `report.toml` or its
        bytes. `app` is the app image, the first tag in the report where it is left out. `before` is
        the app image from before a rebase: by digest, by another name, or what `cnb_export`,
        `cnb_create`, `cnb_rebase` or `cnb_observe` returned. `run_file` is the build's `run.toml`.
        `phase` says what wrote the report: without it, and without `before`, what holds for a build
        and for a rebase alike is judged. `platform_api` is what the lifecycle was called with (else
        `--cnb-platform-api`, else CNB_PLATFORM_API in the app image, else the newest). `target`
        says where the images are, where neither the arguments nor the report do. Registries are
        found by the images' names; `insecure` verifies no certificates and allows plain HTTP, as
        loopback registries and that of `--cnb-registry http://…` do anyway.

        Raises CannotObserveError, an AssertionError, where an image or the report is missing or is
        of another build, or a registry or daemon does not answer; ValueError for arguments that
        contradict each other. Without a daemon the test is skipped, as with `cnb_daemon`.
        """
        check_choices(phase=(phase, PhaseName), target=(target, TargetName))
        if before is not None and phase not in {None, "rebaser"}:
            raise ValueError(f"phase={phase!r}: before= is only for a rebase")
        build = FinishedBuild(
            report=Path(STANDARD_INPUT) if isinstance(report, bytes) else Path(fspath(report)),
            run_image=run_image if isinstance(run_image, str) else _fixed(run_image),
            run_image_id=_id_at_daemon(run_image),
            phase=None if phase is None else Phase(phase),
            app_image=app.images[0] if isinstance(app, Observed) else app,
            before=before if before is None or isinstance(before, str) else _as_it_was(before),
            run_file=None if run_file is None else Path(fspath(run_file)),
            piped=report if isinstance(report, bytes) else None,
        )
        images = (run_image, app, before)
        known = {each.target for each in images if isinstance(each, (MadeRunImage, Observed))}
        if target is not None:
            known.add(Target(target))
        if len(known) > 1:
            raise ValueError("the images must be either all in a registry or all in a daemon")
        if insecure is None:
            insecure = self._without_tls(build.run_image)
        return self._look_up(build, next(iter(known), None), platform_api, insecure=insecure)

    def _look_up(
        self,
        build: FinishedBuild,
        target: Target | None,
        platform_api: PlatformApi | str | None,
        *,
        insecure: bool,
    ) -> Observed:
        from pytest_cnb_report.daemon.errors import DaemonError  # noqa: PLC0415 - the Docker SDK
        from pytest_cnb_report.observe.finished_build import (  # noqa: PLC0415
            FinishedBuildError,
            read_finished_report,
            target_of,
        )
        from pytest_cnb_report.planning.check_report import Request, begin  # noqa: PLC0415
        from pytest_cnb_report.planning.context import CannotJudgeError  # noqa: PLC0415
        from pytest_cnb_report.public.elsewhere import in_arguments  # noqa: PLC0415

        settings = self.lab.settings
        if platform_api is not None:
            settings = replace(settings, platform_api=_known_api(platform_api))
        try:
            target = target or target_of(read_finished_report(build))
            if target is Target.DAEMON:
                settings = replace(settings, daemon=self.lab.daemon.address)
            request = Request(target, insecure)
            context, session, repeat = begin(build, request, settings, settings.text)
        except (CannotJudgeError, FinishedBuildError, RegistryError, DaemonError) as problem:
            raise CannotObserveError(in_arguments(str(problem))) from None
        case = session.plan().scenarios[0].case
        made = context.lifecycle.given.removeprefix("of ")
        return Observed(session.observation, case, None, made, repeat)

    def _without_tls(self, reference: str) -> bool:
        """Whether an image is at the registry that the options name as one without TLS."""
        name = ImageName.parse(reference)
        return name is not None and self.lab.settings.registry == f"http://{name.registry}"


def _fixed(run_image: MadeRunImage) -> str:
    """Name a run image so that a tag which has been moved leads to no other."""
    if run_image.target is Target.DAEMON:
        return run_image.name
    return f"{run_image.name}@{run_image.digest}"


def _id_at_daemon(run_image: MadeRunImage | str) -> str | None:
    """Return what names a run image for good at a daemon, where its digest does not."""
    if isinstance(run_image, str) or run_image.target is not Target.DAEMON:
        return None
    return run_image.image_id


def _as_it_was(app: Observed) -> str:
    """Name an app image as it was when it was observed, whoever has its name now."""
    if app.target is Target.DAEMON:
        return app.image_id
    return f"{app.images[0].partition('@')[0].rpartition(':')[0]}@{app.digest}"


def _known_api(given: PlatformApi | str) -> PlatformApi:
    api = given if isinstance(given, PlatformApi) else PlatformApi.parse(given)
    if api not in {*PLATFORM_APIS, UPCOMING}:
        raise ValueError(
            f"platform_api={str(api)!r}: the suite supports {PLATFORM_APIS[0]} to"
            f" {PLATFORM_APIS[-1]}, and the unpublished {UPCOMING}"
        )
    return api

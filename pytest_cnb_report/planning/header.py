"""What a record and every report say of a run before its scenarios."""

from __future__ import annotations

from pytest_cnb_report.planning.collector import Judging
from pytest_cnb_report.planning.context import RunContext
from pytest_cnb_report.planning.settings import AppImages, Settings
from pytest_cnb_report.planning.shards import recorded_shard
from pytest_cnb_report.record.model import (
    RecordedLifecycle,
    RecordedRun,
    RecordedTarget,
    RepeatCommand,
)
from pytest_cnb_report.report.results import TargetFacts, unreleased
from pytest_cnb_report.run_journal import journal_place
from pytest_cnb_report.values import Shard, Target
from pytest_cnb_report.version import VERSION


def header(
    settings: Settings,
    context: RunContext,
    *,
    started: str,
    command: str,
    repeat: RepeatCommand | None = None,
) -> RecordedRun:
    """Return what a run is; `repeat` is given where it is not a run of a lifecycle."""
    lifecycle, made_by = context.lifecycle, context.app_images
    return RecordedRun(
        suite=VERSION,
        lifecycle=RecordedLifecycle(
            lifecycle.given, lifecycle.kind.name, lifecycle.version, lifecycle.sha256
        ),
        platform_api=context.platform_api,
        profile=settings.profile,
        targets={t: RecordedTarget(each.judged, each.why) for t, each in context.targets.items()},
        phases=settings.phases,
        seed=settings.seed,
        examples=settings.examples,
        started=started,
        wall_s=0.0,
        repeat=repeat or _repeat(settings, context),
        command=command,
        platform_api_by=context.platform_api_by,
        extent=settings.extent,
        part=None if repeat is not None else recorded_shard(settings),
        app_images=made_by.value if made_by is AppImages.REFERENCE else "",
        missing=context.missing,
    )


def _repeat(settings: Settings, context: RunContext) -> RepeatCommand:
    return RepeatCommand(
        words={
            target: (
                "cnb-conformance",
                "run",
                *("--lifecycle", context.lifecycle.given),
                *("--platform-api", str(context.platform_api)),
                *("--profile", settings.profile.value),
                *("--target", target.value),
                *settings.other_words(target),
            )
            for target in Target
        },
        generated=("--seed", str(settings.seed), "--examples", str(settings.examples)),
    )


def header_lines(judging: Judging, settings: Settings) -> list[str]:
    """Say what is judged, and by which text, before it is."""
    run = judging.run
    version = f" {run.lifecycle.version}" if run.lifecycle.version else ""
    unnamed = run.repeat.selects and not settings.lifecycle
    default = " (default; no --lifecycle given)" if unnamed else ""
    what = f"lifecycle: {run.lifecycle.given}{version}{default}"
    said = f" ({run.platform_api_by})" if run.platform_api_by else ""
    profile = f"profile {settings.profile.value}{unreleased(settings.profile)}"
    by = f"platform API {run.platform_api}{said}, {profile}"
    targets = [
        f"{target.value}: {each.why if each.judged else TargetFacts(False, each.why).told}"
        for target, each in run.targets.items()
    ]
    amended = judging.text.amended
    change = [f"amended text: {amended.text} ({amended.file})"] if amended is not None else []
    apps = [_app_images_line(run.app_images)] if run.app_images else []
    shard = [] if run.part is None else [_shard_line(run.part.shard)]
    _, why = journal_place()
    journal = [f"the clean-up journal is kept with the temporary files: {why}"] if why else []
    return [f"{what}, {by}", *change, *shard, *apps, *targets, *journal]


def _app_images_line(maker: str) -> str:
    return f"app images: made by the suite's {maker}, not by the lifecycle"


def _shard_line(shard: Shard) -> str:
    return f"shard {shard}: a partial run; `cnb-conformance merge` combines all {shard.of}"

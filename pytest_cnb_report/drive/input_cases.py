"""The cases of rebaser that are about its inputs: flags, variables, the app image's metadata."""

from __future__ import annotations

from pytest_cnb_report.drive.cases import EVERY_TARGET, AppEdits, Case, Rebase, ReportFlow
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.platform_apis import FORCE, RUN_IMAGE_NAMES_IN_LABEL, PlatformApi
from pytest_cnb_report.values import Phase, Target


def _case(
    name: str,
    why: str,
    ask: Rebase,
    *,
    since: PlatformApi | None = None,
    targets: tuple[Target, ...] = EVERY_TARGET,
) -> Case:
    return Case(name, why, Phase.REBASER, ask, since=since, targets=targets)


INPUT_CASES = (
    _case(
        "run-image-by-environment",
        "the new run image is given by CNB_RUN_IMAGE; no other name refers to it",
        Rebase(given="environment", run_name="mirror"),
    ),
    _case(
        "run-image-by-deprecated-flag",
        "the new run image is given by the deprecated -image; no other name refers to it",
        Rebase(given="deprecated-flag", run_name="mirror"),
    ),
    _case(
        "run-image-flag-over-environment",
        "the new run image is given by -run-image, and CNB_RUN_IMAGE names the old one",
        Rebase(given="flag-over-environment", run_name="mirror"),
    ),
    _case(
        "force-by-environment",
        "CNB_FORCE_REBASE in place of -force",
        Rebase(run_name="unlisted", force="environment"),
        since=FORCE,
    ),
    _case(
        "daemon-by-environment",
        "CNB_USE_DAEMON in place of -daemon",
        Rebase(daemon="environment"),
        targets=(Target.DAEMON,),
    ),
    _case(
        "default-run-image",
        "no run image given: the one that the metadata label names",
        Rebase(given="default", default_from="image"),
    ),
    _case(
        "default-run-image-mirror",
        "no run image given: the mirror at the app image's own registry",
        Rebase(given="default", default_from="mirror"),
    ),
    _case(
        "default-run-image-stack",
        "no run image given, and only stack.runImage names one",
        Rebase(given="default", default_from="stack"),
    ),
    _case(
        "report-by-environment",
        "the report's path comes from CNB_REPORT_PATH",
        Rebase(report=ReportFlow(how="environment")),
    ),
    _case(
        "report-flag-over-environment",
        "the report's path comes from -report, and CNB_REPORT_PATH names another",
        Rebase(report=ReportFlow(how="flag-over-environment")),
    ),
    _case(
        "longer-report-before",
        "a longer report is already at the path",
        Rebase(report=ReportFlow(longer_before=True)),
    ),
)

_OLD = Shape(layers=2, shared=1)
"""A run image that another case has, too: with the plain one, whose rebases stay in one shard, that
shard would have more to do than the others."""

FURTHER_INPUT_CASES = (
    _case(
        "label-without-stack-default",
        "no run image given, and the metadata label has no stack key",
        Rebase(old=_OLD, given="default", app=AppEdits(metadata={"stack": None})),
        since=RUN_IMAGE_NAMES_IN_LABEL,
    ),
    _case(
        "label-without-stack",
        "the metadata label has no stack key",
        Rebase(old=_OLD, app=AppEdits(metadata={"stack": None})),
        since=RUN_IMAGE_NAMES_IN_LABEL,
    ),
    _case(
        "earlier-report",
        "the report of an earlier rebase is at the path already",
        Rebase(old=_OLD, report=ReportFlow(earlier_before=True)),
    ),
    _case(
        "relative-report",
        "the report's path is relative to the working directory",
        Rebase(old=_OLD, report=ReportFlow(relative=True)),
    ),
)
"""Those that no dimension of the space of rebases has."""

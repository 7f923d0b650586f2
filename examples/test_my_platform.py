"""Tests of a platform's own rebase: copy it, and call your platform in `rebase_by_my_platform`.

    pytest examples/test_my_platform.py --cnb-profile platform-spec

The fixtures make the run images and the app image, and the platform rebases. `cnb_observe` reads
the result, and `cnb_check` checks it like `cnb-conformance check-report`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_cnb_report.public_api import (
    BuildFixture,
    CheckFixture,
    LifecycleFixture,
    MakeLabFixture,
    NotConformantError,
    Observed,
    ObserveFixture,
    PlatformApi,
    RunImageFixture,
)

Rebase = Callable[[str, str], Path]


@pytest.fixture
def rebase_by_my_platform(cnb_lifecycle: LifecycleFixture, tmp_path: Path) -> Rebase:
    """Rebase an image like a platform, and return the report; here the lifecycle itself does it.

    With pack: `pack rebase APP --publish --run-image RUN_IMAGE --report-output-dir FOLDER`.
    """

    def rebase(app: str, run_image: str) -> Path:
        report = tmp_path / "report.toml"
        plain_http: tuple[str, ...] = ()
        if cnb_lifecycle.platform_api >= PlatformApi(0, 13):
            plain_http = ("-insecure-registry", app.partition("/")[0])
        arguments = ("-force", "-run-image", run_image, "-report", str(report), app)
        ended = cnb_lifecycle.call("rebaser", *plain_http, *arguments)
        assert ended.exit_code == 0, ended.stderr
        return report

    return rebase


@pytest.fixture
def old_app(cnb_export: BuildFixture) -> Observed:
    """An app image that the platform has built."""
    return cnb_export()


def test_a_rebase_of_my_platform(
    old_app: Observed,
    rebase_by_my_platform: Rebase,
    cnb_run_image: RunImageFixture,
    cnb_observe: ObserveFixture,
    cnb_check: CheckFixture,
) -> None:
    new = cnb_run_image(labels={"io.buildpacks.stack.version": "2"})
    name = old_app.images[0]
    report = rebase_by_my_platform(name, new.name)

    rebased = cnb_observe(app=name, before=old_app, run_image=new, report=report)
    assert rebased.labels["io.buildpacks.stack.version"] == "2"
    judgements = cnb_check(rebased)
    # what only a run of the lifecycle shows is not applicable here, and says what is missing
    assert any(each.outcome == "pass" for each in judgements)
    assert any(each.verdict.missing is not None for each in judgements)


def test_a_rebase_that_does_nothing_is_found(
    old_app: Observed,
    cnb_run_image: RunImageFixture,
    cnb_observe: ObserveFixture,
    cnb_check: CheckFixture,
) -> None:
    left = cnb_observe(run_image=cnb_run_image(), report=old_app.report_path, phase="rebaser")
    with pytest.raises(NotConformantError, match=r"rebase\.layers"):
        cnb_check(left)


def test_an_app_of_an_older_platform_api(make_cnb_lab: MakeLabFixture) -> None:
    with make_cnb_lab(platform_api="0.12") as old, make_cnb_lab(platform_api="0.13") as new:
        new.check(new.rebase(old.export()))

"""Each way to call a phase: the reference does it, and is judged by what it was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from pytest_cnb_report.public_api import (
    BuildFixture,
    CheckFixture,
    Observed,
    Outcome,
    RebaseFixture,
    RunImageFixture,
)

from .lab import Fixtures, lab_of

Asked = dict[str, Any]

BUILDS: dict[str, tuple[Asked, str]] = {
    "plain": ({}, "report.written"),
    "by its mirror": ({"by": "mirror"}, "export.metadata.mirrors"),
    "second entry": ({"by": "second"}, "export.metadata.image"),
    "by its digest": ({"by": "tag-and-digest"}, "export.metadata.reference"),
    "not listed": ({"by": "unlisted"}, "export.metadata.image"),
    "without mirrors": ({"mirrors": False}, "export.metadata.mirrors"),
    "three names": ({"tags": 3}, "report.image.tags"),
    "report by variable": ({"report": "environment"}, "report.written"),
    "report by default": ({"report": "default"}, "report.default-path"),
    "another report before": ({"longer_report_before": True}, "report.replaced"),
}

REBASES: dict[str, tuple[Asked, str]] = {
    "plain": ({}, "rebase.created.constant"),
    "by its mirror": ({"by": "mirror"}, "rebase.layers"),
    "by its digest": ({"by": "tag-and-digest"}, "rebase.layers"),
    "not listed": ({"by": "unlisted", "force": True}, "rebase.metadata.forced-unlisted"),
    "by variable": ({"given": "environment"}, "rebase.inputs.environment"),
    "by the deprecated flag": ({"given": "deprecated-flag"}, "rebase.inputs.environment"),
    "by default": ({"given": "default"}, "rebase.run-image.default"),
    "forced": ({"force": True}, "rebase.target.forced"),
    "forced by variable": (
        {"by": "unlisted", "force": "environment"},
        "rebase.inputs.environment",
    ),
    "previous image": ({"previous_image": True}, "rebase.previous-image.untouched"),
    "three names": ({"tags": 3}, "rebase.tags.same-image"),
    "twice": ({"twice": True}, "rebase.labels.idempotent"),
    "repeated": ({"repeated": True}, "rebase.reproducible"),
    "report by variable": ({"report": "environment"}, "report.written"),
    "another report before": ({"longer_report_before": True}, "report.replaced"),
    "another config": ({"config": {"User": "1:2"}}, "rebase.config.unchanged"),
    "unknown metadata": ({"metadata": {"org.example": 2**60}}, "rebase.metadata.unknown-kept"),
    "a named label": (
        {"labels": {"io.buildpacks.stack.homepage": "https://old.example"}},
        "rebase.labels.stack.removed",
    ),
}

REFUSALS: dict[str, tuple[Asked, str]] = {
    "not listed": ({"by": "unlisted"}, "rebase.unlisted.refused"),
    "not rebasable": (
        {"labels": {"io.buildpacks.rebasable": "false"}},
        "rebase.rebasable-false.refused",
    ),
    "architecture": ({"platform": {"architecture": "s390x"}}, "rebase.target.mismatch-refused"),
    "distribution": (
        {"labels": {"io.buildpacks.base.distro.version": "0.1"}},
        "rebase.target.mismatch-refused",
    ),
}


def judged(check: CheckFixture, observed: Observed) -> set[str]:
    """Check an observation, and name what it was judged by."""
    return {
        judgement.requirement.id
        for judgement in check(observed)
        if judgement.outcome is not Outcome.NOT_APPLICABLE
    }


@pytest.mark.parametrize("way", BUILDS)
@pytest.mark.parametrize("phase", ["cnb_export", "cnb_create"])
def test_a_build(
    request: pytest.FixtureRequest, phase: str, way: str, cnb_check: CheckFixture
) -> None:
    asked, requirement = BUILDS[way]
    assert requirement in judged(cnb_check, request.getfixturevalue(phase)(**asked))


@pytest.mark.parametrize("way", REBASES)
def test_a_rebase(way: str, cnb_rebase: RebaseFixture, cnb_check: CheckFixture) -> None:
    asked, requirement = REBASES[way]
    found = judged(cnb_check, cnb_rebase(**asked))
    assert {requirement, "rebase.layers", "report.written"} <= found


def test_what_was_not_asked_is_not_judged(
    cnb_rebase: RebaseFixture, cnb_check: CheckFixture
) -> None:
    found = judged(cnb_check, cnb_rebase())
    assert not found & {
        "rebase.inputs.environment",
        "rebase.labels.idempotent",
        "rebase.labels.stack.named",
        "rebase.metadata.forced-unlisted",
        "rebase.previous-image.untouched",
        "rebase.refusal.untouched",
        "rebase.reproducible",
        "rebase.run-image.default",
        "rebase.tags.same-image",
        "rebase.target.forced",
        "report.default-path",
        "report.replaced",
    }


@pytest.mark.parametrize("way", REFUSALS)
def test_a_refusal(way: str, cnb_rebase: RebaseFixture, cnb_check: CheckFixture) -> None:
    asked, requirement = REFUSALS[way]
    refused = cnb_rebase(**asked, expect="refusal")
    assert refused.exit_code in range(70, 80)
    common = {"rebase.refusal.exit-code", "rebase.refusal.untouched"}
    assert judged(cnb_check, refused) >= {requirement, *common}
    if way != "distribution":
        forced = cnb_rebase(**asked, force=True)
        assert forced.exit_code == 0


@pytest.mark.parametrize("part", ["mirror", "stack"])
def test_a_default_run_image_that_only_one_part_of_the_metadata_leads_to(
    part: Literal["mirror", "stack"], cnb_rebase: RebaseFixture, cnb_check: CheckFixture
) -> None:
    rebased = cnb_rebase(given="default", default_from=part)
    assert judged(cnb_check, rebased) >= {"rebase.run-image.default"}


def test_a_build_that_cannot_be_done(cnb_export: BuildFixture, cnb_check: CheckFixture) -> None:
    failed = cnb_export(process_type="no-such-process", expect="failure")
    assert failed.exit_code != 0
    assert judged(cnb_check, failed) == {
        "effects.nothing-else-changed",
        "effects.nothing-else-written",
        "export.unknown-process.refused",
        "report.absent-on-failure",
    }


def test_what_was_made_in_any_way_can_be_rebased_again_and_again(
    cnb_create: BuildFixture, cnb_rebase: RebaseFixture, cnb_check: CheckFixture
) -> None:
    asked: list[Asked] = [{}, {"by": "unlisted", "force": True}, {}, {"by": "tag-and-digest"}]
    app = cnb_create(by="second")
    for each in asked:
        app = cnb_rebase(app, **each)
        cnb_check(app)


def test_the_run_image_that_the_app_image_has_already(
    cnb_run_image: RunImageFixture,
    cnb_export: BuildFixture,
    cnb_rebase: RebaseFixture,
    cnb_check: CheckFixture,
) -> None:
    run_image = cnb_run_image()
    app = cnb_export(run_image)
    rebased = cnb_rebase(app, run_image=run_image, labels={"io.buildpacks.stack.x": "old"})
    assert "report.run-image.after-rebase" not in judged(cnb_check, rebased)
    assert rebased.diff_ids == app.diff_ids


def test_the_report_goes_where_it_is_told(
    tmp_path: Path, cnb_export: BuildFixture, cnb_rebase: RebaseFixture
) -> None:
    (tmp_path / "with space").mkdir()
    path = tmp_path / "with space" / "report é.toml"
    exported = cnb_export(report_path=path)
    assert exported.report_path == path
    assert path.read_text().startswith("[")
    assert cnb_rebase(report_path="beside.toml").report_path.name == "beside.toml"


def test_an_old_platform_api(old_api: Fixtures) -> None:
    app = old_api.export(old_api.run_image(labels={"io.buildpacks.stack.version": "1"}))
    found = judged(old_api.check, app)
    assert "export.labels.stack.inherited" in found
    assert "export.labels.base.inherited" not in found
    assert "rebase.labels.base.added" not in judged(old_api.check, old_api.rebase(app))


@pytest.mark.parametrize("profile", ["rfc-0129", "platform-spec"])
def test_another_profile(profile: str) -> None:
    with lab_of(profile=profile) as lab:
        fixtures = Fixtures(lab)
        found = judged(fixtures.check, fixtures.rebase(fixtures.create()))
    assert ("report.run-image.mirrors" in found) == (profile == "rfc-0129")
    assert ("report.run-image.top-layer" in found) == (profile == "rfc-0129")


CONTRADICTIONS: dict[str, tuple[str, Asked, str]] = {
    "no mirror": ("cnb_export", {"by": "mirror", "mirrors": False}, "by='mirror'"),
    "a path by default": (
        "cnb_export",
        {"report": "default", "report_path": "x.toml"},
        "omit report_path",
    ),
    "no name": ("cnb_create", {"tags": 0}, "tags=0"),
    "names beside another": ("cnb_rebase", {"previous_image": True, "tags": 2}, "omit tags"),
    "no ending": ("cnb_rebase", {"expect": "refused"}, "expect='refused': give 'success', 'refu"),
    "no target": ("cnb_rebase", {"target": "disk"}, "target='disk': give 'registry' or 'daemon'"),
    "no force": ("cnb_rebase", {"force": "env"}, "force='env': give 'flag' or 'environment'"),
    "no way to give it": ("cnb_rebase", {"given": "flags"}, "given='flags': give 'flag', 'env"),
    "no such name": ("cnb_export", {"by": "foo"}, "by='foo': give 'listed', 'mirror', 'second', "),
    "no report": ("cnb_export", {"report": "env"}, "report='env': give 'flag', 'environment' or"),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_what_contradicts_itself(request: pytest.FixtureRequest, what: str) -> None:
    fixture, asked, message = CONTRADICTIONS[what]
    with pytest.raises(ValueError, match=message):
        request.getfixturevalue(fixture)(**asked)


def test_no_mirror_to_rebase_by(cnb_export: BuildFixture, cnb_rebase: RebaseFixture) -> None:
    with pytest.raises(ValueError, match="lists no mirror"):
        cnb_rebase(cnb_export(mirrors=False), by="mirror")


def test_an_app_image_somewhere_else(cnb_export: BuildFixture, cnb_rebase: RebaseFixture) -> None:
    with pytest.raises(ValueError, match="the app image is in a registry"):
        cnb_rebase(cnb_export(), target="daemon")

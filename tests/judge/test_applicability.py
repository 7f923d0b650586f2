"""Which requirements apply to a call: before it is made, and once it was observed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.drive.cases import AppEdits, Build, Case, Rebase
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.drive.situation import ALL_EVIDENCE, Evidence, Situation, planned
from pytest_cnb_report.judge.applicability import (
    Condition,
    asks,
    by_flags,
    lacking,
    success_requirement,
)
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.requirements import judging
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import applies, why_not
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.values import Level, Phase, PlatformApi, Profile, Target
from requirements.examples import APPROVED, DRAFT, PUBLISHED
from requirements.observations import FOLDER, record, recorded

CATALOGUE = load_catalogue()
EXPORT = recorded("draft", "exporter-plain").situation
REBASE = recorded("draft", "rebaser-plain").situation
SCENARIOS = [
    pytest.param(scenario, name, id=f"{name}-{scenario.id}")
    for name in sorted(path.stem for path in FOLDER.glob("*.xz"))
    for scenario in record(name).scenarios
    if scenario.case.generated is None  # whose labels are drawn after it was planned
]


@pytest.mark.parametrize(("scenario", "name"), SCENARIOS)
def test_what_is_planned_is_what_was_observed(scenario: RecordedScenario, name: str) -> None:
    expected = planned(scenario.case, scenario.target, record(name).run.platform_api)
    assert [seen.situation for seen in scenario.observations] == [expected]


@pytest.mark.parametrize(
    ("case", "requirement"),
    [
        ("draft/exporter-plain", "export.succeeds"),
        ("draft/creator-plain", "export.succeeds"),
        ("draft/rebaser-plain", "rebase.succeeds"),
        ("draft/rebaser-forced", "rebase.succeeds"),
        ("draft/rebaser-forced-rebasable-false", "rebase.succeeds"),
        ("draft/rebaser-forced-unlisted", "rebase.succeeds"),
        ("draft/rebaser-other-architecture", "rebase.succeeds"),
        ("draft/rebaser-default-run-image", "rebase.run-image.default"),
        ("draft/rebaser-run-image-by-environment", "rebase.inputs.environment"),
        ("draft/rebaser-run-image-by-deprecated-flag", "rebase.inputs.environment"),
        ("draft/rebaser-force-by-environment", "rebase.inputs.environment"),
        ("daemon/rebaser-daemon-by-environment", "rebase.inputs.environment"),
        ("variables/exporter-inputs-by-environment", "export.inputs.environment"),
        ("variables/creator-run-image-flag-over-environment", "export.inputs.environment"),
        ("unlisted/rebaser-unlisted-permitted", "rebase.unlisted.permitted"),
        ("draft/rebaser-forced-other-architecture", "rebase.target.forced"),
        ("draft/rebaser-forced-other-distro-name", "rebase.target.forced"),
        ("draft/rebaser-optional-none", "rebase.labels.stack.optional"),
        ("draft/rebaser-named-maintainer", "rebase.succeeds"),
    ],
)
def test_one_requirement_is_about_the_success_of_a_call(case: str, requirement: str) -> None:
    situation = recorded(*case.split("/")).situation
    assert success_requirement(situation) == requirement
    assert asks.succeeding_by(requirement)(situation)
    assert not asks.succeeding_by("another")(situation)


@pytest.mark.parametrize("env", [("CNB_PLATFORM_API=0.6",), ("A=b", "CNB_PLATFORM_API=0.11")])
def test_the_target_of_an_older_build_needs_no_force(env: tuple[str, ...]) -> None:
    ask = Rebase(new=Shape(architecture="arm64"), force="flag", app=AppEdits(env=env))
    case = Case("forced", "onto another architecture", Phase.REBASER, ask)
    older = planned(case, Target.REGISTRY, PlatformApi(0, 14))
    assert success_requirement(older) == "rebase.succeeds"
    own = replace(case, ask=replace(ask, app=AppEdits(env=("CNB_PLATFORM_API=0.14",))))
    assert success_requirement(planned(own, Target.REGISTRY, PlatformApi(0, 14))) == (
        "rebase.target.forced"
    )


def test_conditions_combine() -> None:
    yes, no = Condition(lambda _: True), Condition(lambda _: False)
    for one, other, both, either in (
        (yes, yes, True, True),
        (yes, no, False, True),
        (no, yes, False, True),
        (no, no, False, False),
    ):
        assert (one & other)(EXPORT) is both
        assert (one | other)(EXPORT) is either
    this = Condition(lambda situation: situation is EXPORT)
    assert (~this)(EXPORT) is (this & no)(EXPORT) is False
    assert (~this)(REBASE) is (this | yes)(REBASE) is True
    assert (~no)(EXPORT) is True
    assert (~yes)(EXPORT) is False


CONDITIONS: dict[str, tuple[Condition, str, str]] = {
    "a rebase": (asks.rebase, "rebaser-plain", "exporter-plain"),
    "a build": (asks.build, "creator-plain", "rebaser-plain"),
    "success": (asks.success, "rebaser-plain", "rebaser-unlisted"),
    "a refusal": (asks.refusal, "rebaser-unlisted", "exporter-unknown-process"),
    "a failure": (asks.failure, "exporter-unknown-process", "exporter-plain"),
    "a refusal is a failure": (asks.failure, "rebaser-unlisted", "rebaser-plain"),
    "the default path": (
        asks.default_report_path,
        "exporter-report-by-default",
        "exporter-plain",
    ),
    "a report before": (asks.report_before, "exporter-longer-report-before", "exporter-plain"),
    "several images": (asks.several_images, "rebaser-several-images", "rebaser-plain"),
    "several tags": (asks.several_images, "exporter-several-tags", "exporter-plain"),
    "another name": (asks.previous_image, "rebaser-new-name", "rebaser-plain"),
    "the default run image": (asks.default_run_image, "rebaser-default-run-image", "rebaser-plain"),
    "the default of the stack": (
        asks.default_from_stack,
        "rebaser-default-run-image-stack",
        "rebaser-default-run-image",
    ),
    "an input": (
        Condition(lambda s: s.input_in_question),
        "rebaser-force-by-environment",
        "rebaser-forced",
    ),
    "force": (asks.force, "rebaser-forced", "rebaser-plain"),
    "an unlisted run image": (asks.unlisted, "rebaser-unlisted", "rebaser-mirror"),
    "an unlisted run image at export": (asks.unlisted, "exporter-unlisted", "exporter-mirror"),
    "the same run image": (asks.same_run_image, "rebaser-same-run-image", "rebaser-plain"),
    "twice in a row": (asks.again, "rebaser-twice", "rebaser-repeated"),
    "twice from the start": (asks.repeated, "rebaser-repeated", "rebaser-twice"),
    "rebasable": (asks.rebasable_false, "rebaser-rebasable-false", "rebaser-plain"),
    "another target": (asks.other_target, "rebaser-other-architecture", "rebaser-plain"),
    "named labels": (asks.named_labels, "rebaser-named-maintainer", "rebaser-plain"),
    "an unknown process": (asks.unknown_process, "exporter-unknown-process", "exporter-plain"),
    "a refused push": (asks.refused_push, "exporter-first-push-refused", "exporter-several-tags"),
    "at rebase": (asks.refused_push, "rebaser-later-push-refused", "rebaser-several-images"),
    "lost named labels": (
        Condition(lambda s: s.lost_named_labels),
        "rebaser-optional-none",
        "rebaser-plain",
    ),
}


@pytest.mark.parametrize("what", CONDITIONS)
def test_what_a_case_asks_for(what: str) -> None:
    condition, one, other = CONDITIONS[what]
    assert condition(recorded("draft", one).situation)
    assert not condition(recorded("draft", other).situation)


def test_the_evidence_that_is_lacking_is_listed_in_order() -> None:
    known = ALL_EVIDENCE - {Evidence.FORCE, Evidence.CALL}
    situation = replace(REBASE, known=known)
    assert lacking(frozenset({Evidence.FORCE, Evidence.CALL, Evidence.RUN_FILE}), situation) == (
        Evidence.CALL,
        Evidence.FORCE,
    )
    assert lacking(frozenset({Evidence.RUN_FILE}), situation) == ()
    assert lacking(frozenset(), situation) == ()
    assert not asks.foreign_run_image(situation)
    assert asks.foreign_run_image(replace(REBASE, known=frozenset()))


WHY_NOT: dict[str, tuple[str, Situation, str]] = {
    "the profile": (
        "report.run-image.mirrors",
        EXPORT,
        "not part of profile rfc-0129-draft",
    ),
    "the phase": ("rebase.layers", EXPORT, "does not apply to the exporter"),
    "the target": (
        "report.image.image-id",
        EXPORT,
        "does not apply to a registry",
    ),
    "the platform API": (
        "rebase.unlisted.refused",
        replace(recorded("draft", "rebaser-unlisted").situation, platform_api=PlatformApi(0, 11)),
        "required from platform API 0.12; this is 0.11",
    ),
    "the evidence": (
        "rebase.metadata.forced-unlisted",
        replace(
            recorded("draft", "rebaser-forced-unlisted").situation,
            known=ALL_EVIDENCE - {Evidence.FORCE},
        ),
        "unknown here: whether the rebase was forced",
    ),
    "the call": (
        "report.replaced",
        EXPORT,
        "the requirement does not apply to this call",
    ),
    "the suite's own run image": (
        "report.run-image.coherent",
        EXPORT,
        "the run image is the suite's own: reference and top-layer are each compared with it",
    ),
}


@pytest.mark.parametrize("what", WHY_NOT)
def test_why_a_requirement_does_not_apply(what: str) -> None:
    requirement, situation, why = WHY_NOT[what]
    assert why_not(CATALOGUE[requirement], situation, DRAFT) == why
    assert not applies(CATALOGUE[requirement], situation, DRAFT)


def test_several_kinds_of_evidence_that_are_not_known_are_all_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "rebase.labels.idempotent"
    both = replace(RULES[name], needs=frozenset({Evidence.FORCE, Evidence.CALL}))
    monkeypatch.setattr(judging, "RULES", {**RULES, name: both})
    situation = replace(REBASE, again=True, known=frozenset())
    assert why_not(CATALOGUE[name], situation, DRAFT) == (
        "unknown here: how the lifecycle was called and how it ended, whether the rebase was forced"
    )


def test_since_and_level_of_a_text_go_before_those_of_the_catalogue() -> None:
    requirement = CATALOGUE["report.written"]
    late = replace(DRAFT, since={"report.written": PlatformApi(0, 16)})
    assert why_not(requirement, EXPORT, late) == "required from platform API 0.16; this is 0.15"
    assert requirement.level_in(replace(DRAFT, levels={"report.written": Level.MAY})) is Level.MAY
    assert requirement.level_in(DRAFT) is Level.MUST


@pytest.mark.parametrize("requirement", CATALOGUE, ids=lambda requirement: requirement.id)
def test_a_requirement_applies_to_a_recorded_call_or_to_a_build_made_elsewhere(
    requirement: Requirement,
) -> None:
    recorded_calls = [
        scenario.observations[0].situation
        for name in ("draft", "approved", "daemon", "variables", "given-time", "unlisted")
        for scenario in record(name).scenarios
    ]
    elsewhere = [
        replace(s, known=ALL_EVIDENCE - {Evidence.CALL, Evidence.CONTROLLED_RUN_IMAGE})
        for s in recorded_calls
    ]
    assert any(
        applies(requirement, situation, text)
        for situation in (*recorded_calls, *elsewhere)
        for text in (DRAFT, APPROVED)
    )


def test_the_published_text_has_no_fields_of_the_run_image() -> None:
    run_image = [r for r in CATALOGUE if r.id.startswith("report.run-image.")]
    assert run_image
    assert not any(applies(requirement, EXPORT, PUBLISHED) for requirement in run_image)
    assert Profile.PLATFORM_SPEC is PUBLISHED.profile


def test_builds_and_rebases_are_told_apart() -> None:
    cases = {scenario.case.phase: scenario.case.ask for scenario in record("draft").scenarios}
    assert isinstance(cases[Phase.EXPORTER], Build)
    assert isinstance(cases[Phase.REBASER], Rebase)
    assert {scenario.target for scenario in record("daemon").scenarios} == {Target.DAEMON}


def test_by_flags_is_the_same_call_with_every_input_by_its_flag() -> None:
    seen = replace(
        REBASE,
        run_image_by="environment",
        force="environment",
        daemon_by="environment",
        inputs_by_variables=True,
    )
    flags = by_flags(seen)
    assert flags == replace(
        seen, run_image_by="flag", force="flag", daemon_by="flag", inputs_by_variables=False
    )
    assert flags.phase is seen.phase


@pytest.mark.parametrize("given", ["flag", "environment", "flag-over-environment"])
def test_by_flags_leaves_what_was_not_given_out(given: str) -> None:
    seen = replace(REBASE, run_image_by="default", force=None)
    assert by_flags(seen).run_image_by == "default"
    assert by_flags(seen).force is None
    assert by_flags(replace(REBASE, run_image_by=given)).run_image_by == "flag"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "requirement"),
    [
        ("draft/rebaser-run-image-by-environment", "rebase.succeeds"),
        ("draft/rebaser-default-run-image", "rebase.run-image.default"),
        ("variables/exporter-inputs-by-environment", "export.succeeds"),
        ("unlisted/rebaser-unlisted-permitted", "rebase.unlisted.permitted"),
    ],
)
def test_the_same_call_by_flags_has_a_requirement_too(case: str, requirement: str) -> None:
    situation = recorded(*case.split("/")).situation
    assert success_requirement(by_flags(situation)) == requirement
    assert asks.succeeding_by_flags(requirement)(situation)
    assert not asks.succeeding_by_flags("another")(situation)

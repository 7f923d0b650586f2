"""`cnb_check`: what it catches, what it says, and what it is asked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pytest_cnb_report.public_api import (
    CheckFixture,
    Level,
    NotConformantError,
    Observed,
    RebaseFixture,
    UnknownRequirementError,
)

from .lab import Fixtures, lab_of

Do = Callable[[Fixtures], Observed]

FAULTS: dict[str, tuple[Do, str]] = {
    "tag-for-reference": (lambda f: f.rebase(), "report.run-image.reference.immutable"),
    "bottom-layer-for-top-layer": (lambda f: f.create(), "report.run-image.top-layer"),
    "default-report-beside-the-app": (
        lambda f: f.export(report="default"),
        "report.default-path",
    ),
    "report-variable-ignored": (lambda f: f.export(report="environment"), "report.written"),
    "report-not-truncated": (lambda f: f.rebase(longer_report_before=True), "report.replaced"),
    "second-image-not-rebased": (lambda f: f.rebase(tags=2), "rebase.tags.same-image"),
    "previous-image-overwritten": (
        lambda f: f.rebase(previous_image=True),
        "rebase.previous-image.untouched",
    ),
    "second-rebase-refused": (lambda f: f.rebase(twice=True), "rebase.labels.idempotent"),
    "run-image-variable-ignored": (
        lambda f: f.rebase(given="environment"),
        "rebase.inputs.environment",
    ),
    "unlisted-accepted": (
        lambda f: f.rebase(by="unlisted", expect="refusal"),
        "rebase.unlisted.refused",
    ),
    "forced-architecture-kept": (
        lambda f: f.rebase(run_image=f.run_image(architecture="s390x"), force=True),
        "rebase.target.forced",
    ),
    "default-refused": (lambda f: f.rebase(given="default"), "rebase.run-image.default"),
    "values-trimmed": (
        lambda f: f.rebase(run_image=f.run_image(labels={"io.buildpacks.stack.x": " 1 "})),
        "rebase.labels.stack.copied",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_caught(fault: str) -> None:
    do, requirement = FAULTS[fault]
    with lab_of(f"reference:{fault}") as lab:
        fixtures = Fixtures(lab)
        with pytest.raises(NotConformantError) as caught:
            fixtures.check(do(fixtures))
    assert requirement in {judgement.requirement.id for judgement in caught.value.broken}
    assert f"{requirement} (MUST): " in str(caught.value)


def test_the_message_names_each_with_expected_found_and_source() -> None:
    with lab_of("reference:values-trimmed") as lab:
        fixtures = Fixtures(lab)
        labels = {"io.buildpacks.stack.x": " 1 ", "io.buildpacks.base.y": "2\n"}
        rebased = fixtures.rebase(run_image=fixtures.run_image(labels=labels))
        with pytest.raises(NotConformantError) as caught:
            fixtures.check(rebased)
    message = str(caught.value)
    assert message.startswith("2 not met: rebaser of reference:values-trimmed, registry,")
    assert re.search(
        r"rebase\.labels\.stack\.copied \(MUST\): .*\n"
        r'  at +\["io\.buildpacks\.stack\.x"\]\n'
        r'  expected +" 1 "\n'
        r'  found +"1"\n'
        r"  source +RFC 0050, .* https://github\.com/buildpacks/rfcs/blob/",
        message,
    )
    assert "rebase.labels.base.copied (MUST): " in message
    assert rebased.call.shell in message


def test_a_should_fails_where_that_is_asked_for() -> None:
    with lab_of("reference:created-now") as lab:
        fixtures = Fixtures(lab)
        rebased = fixtures.rebase()
        judgements = fixtures.check(rebased)
        assert [j.requirement.id for j in judgements if j.outcome == "warn"] == [
            "rebase.created.constant"
        ]
        with pytest.raises(NotConformantError, match=r"rebase\.created\.constant \(SHOULD\)"):
            fixtures.check(rebased, strict=True)
    with lab_of("reference:created-now", strict=True) as lab:
        fixtures = Fixtures(lab)
        rebased = fixtures.rebase()
        with pytest.raises(NotConformantError):
            fixtures.check(rebased)
        fixtures.check(rebased, strict=False)


def test_what_cannot_be_judged_is_not_met() -> None:
    with lab_of("command:/bin/false", platform_api="0.12") as lab:
        fixtures = Fixtures(lab)
        with pytest.raises(NotConformantError, match="could not be tested") as caught:
            fixtures.check(fixtures.export())
    assert not caught.value.broken
    assert len(caught.value.untestable) > 10
    assert "the exporter was not run: analyzer exited 1" in str(caught.value)


def test_one_mistake_is_told_once_with_what_it_hides() -> None:
    with lab_of("reference:fails-on-new-name") as lab:
        fixtures = Fixtures(lab)
        with pytest.raises(NotConformantError) as caught:
            fixtures.check(fixtures.rebase(previous_image=True))
    assert [j.requirement.id for j in caught.value.broken] == ["rebase.succeeds"]
    assert str(caught.value).count("could not be tested: ") == 1


def test_only_what_is_selected(cnb_rebase: RebaseFixture, cnb_check: CheckFixture) -> None:
    rebased = cnb_rebase()
    few = cnb_check(rebased, include="rebase.labels.*", exclude=["*.base.*", "*.boundary"])
    names = [judgement.requirement.id for judgement in few]
    assert names == [name for name in names if name.startswith("rebase.labels.")]
    assert not [name for name in names if ".base." in name or name.endswith("boundary")]
    assert [j.requirement.level for j in cnb_check(rebased, include="rebase.layers")] == [
        Level.MUST
    ]


def test_a_fault_that_is_left_out() -> None:
    with lab_of("reference:tag-for-reference") as lab:
        fixtures = Fixtures(lab)
        rebased = fixtures.rebase()
        fixtures.check(rebased, exclude="report.run-image.reference.immutable")
        fixtures.check(rebased, profile="platform-spec")


def test_the_options_select_too() -> None:
    with lab_of(requirement="rebase.layers,rebase.succeeds") as lab:
        fixtures = Fixtures(lab)
        rebased = fixtures.rebase()
        assert len(fixtures.check(rebased)) == 2
        assert len(fixtures.check(rebased, include="*")) > 20


def test_an_unknown_requirement(cnb_rebase: RebaseFixture, cnb_check: CheckFixture) -> None:
    with pytest.raises(UnknownRequirementError, match=r"did you mean rebase\.layers"):
        cnb_check(cnb_rebase(), include="rebase.layer")


def test_nothing_that_applies(cnb_rebase: RebaseFixture, cnb_check: CheckFixture) -> None:
    with pytest.raises(ValueError, match="requirements applies: rebaser, registry"):
        cnb_check(cnb_rebase(), include="export.*")


def test_an_unknown_profile(cnb_rebase: RebaseFixture, cnb_check: CheckFixture) -> None:
    with pytest.raises(ValueError, match="'rfc-0128' is not a valid Profile"):
        cnb_check(cnb_rebase(), profile="rfc-0128")

"""`cnb_observe`: what a platform made itself is judged as `check-report` judges it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.console import process
from cli.rebases import STACK, Rebased, rebase
from pytest_cnb_report.public_api import (
    BuildFixture,
    CannotObserveError,
    CheckFixture,
    Judgement,
    MakeLabFixture,
    NotConformantError,
    NotThereError,
    ObserveFixture,
    RebaseFixture,
    RegistryFixture,
    RunImageFixture,
)


@pytest.fixture(scope="module")
def right(cnb_registry: RegistryFixture, tmp_path_factory: pytest.TempPathFactory) -> Rebased:
    """A rebase that a platform made at the registry of the fixtures."""
    return rebase(cnb_registry.host, tmp_path_factory.mktemp("platform"))


@pytest.fixture
def made(right: Rebased) -> Rebased:
    """The same, under its names once more."""
    return right.restored()


def told(judgements: tuple[Judgement, ...]) -> set[tuple[str, str]]:
    return {(each.requirement.id, each.outcome.value) for each in judgements}


@pytest.mark.parametrize("given", ["before", "nothing"])
def test_it_judges_just_what_check_report_judges(
    cnb_observe: ObserveFixture,
    cnb_check: CheckFixture,
    made: Rebased,
    tmp_path: Path,
    given: str,
) -> None:
    report = made.written(tmp_path)
    known: dict[str, dict[str, str]] = {
        "before": {"before": made.before},
        "nothing": {},
    }
    judgements = cnb_check(
        cnb_observe(report=report, run_image=made.run_image, **known[given])  # type: ignore[arg-type]
    )
    words = [word for name, value in known[given].items() for word in (f"--{name}", value)]
    out = tmp_path / "out"
    ended = process(
        *("check-report", str(report), "--run-image", made.run_image, *words),
        *("--output", str(out)),
    )
    assert ended.code == 0, ended
    results = json.loads((out / "report.json").read_text())["results"]
    assert told(judgements) == {(each["requirement"], each["outcome"]) for each in results}
    missing = {each["requirement"] for each in results if each.get("missing")}
    assert missing == {j.requirement.id for j in judgements if j.verdict.missing is not None}
    assert missing


def test_a_layer_that_a_rebase_lost_is_named(
    cnb_observe: ObserveFixture, cnb_check: CheckFixture, made: Rebased, tmp_path: Path
) -> None:
    broken = made.without_layer(-1)
    observed = cnb_observe(
        app=broken.app,
        before=broken.before,
        run_image=broken.run_image,
        report=broken.written(tmp_path),
    )
    with pytest.raises(NotConformantError) as caught:
        cnb_check(observed)
    assert [each.requirement.id for each in caught.value.broken] == ["rebase.layers"]
    said = str(caught.value)
    assert said.startswith(f"1 not met: rebaser of the build that wrote {tmp_path}/report.toml, ")
    assert "\nrebase.layers (MUST): " in said
    assert "could not be tested here (" in said
    assert f"\nreproduce: cnb-conformance check-report {tmp_path}/report.toml --run-image " in said
    assert "--requirement rebase.layers" in said


def test_a_stack_label_that_was_not_copied_is_named(
    cnb_observe: ObserveFixture, cnb_check: CheckFixture, made: Rebased
) -> None:
    broken = made.with_labels({f"{STACK}arrived": None})
    observed = cnb_observe(
        before=broken.before, run_image=broken.run_image, report=broken.report.encode()
    )
    with pytest.raises(NotConformantError, match=r'at +\["io\.buildpacks\.stack\.arrived"\]'):
        cnb_check(observed)
    cnb_check(observed, exclude="rebase.labels.stack.*")


def test_without_a_word_of_what_it_was_a_lost_label_is_named_too(
    cnb_observe: ObserveFixture, cnb_check: CheckFixture, made: Rebased
) -> None:
    broken = made.with_labels({f"{STACK}arrived": None})
    observed = cnb_observe(run_image=broken.run_image, report=broken.report.encode())
    with pytest.raises(NotConformantError, match="1 not met: build or rebase of the build that"):
        cnb_check(observed)


def test_what_cannot_be_judged_says_why_in_the_words_of_the_fixture(
    cnb_observe: ObserveFixture, cnb_check: CheckFixture, made: Rebased
) -> None:
    observed = cnb_observe(run_image=made.run_image, report=made.report.encode(), phase="rebaser")
    reasons = {j.requirement.id: j.verdict.message for j in cnb_check(observed)}
    assert reasons["rebase.labels.other.preserved"].endswith("; name it with before=")
    assert "--" not in "".join(reasons.values())
    with pytest.raises(ValueError, match=r"applies: rebaser, .*name it with before="):
        cnb_check(observed, include="rebase.labels.other.preserved")


def test_what_the_fixtures_made_can_be_what_a_platform_rebased(
    cnb_run_image: RunImageFixture,
    cnb_export: BuildFixture,
    cnb_rebase: RebaseFixture,
    cnb_observe: ObserveFixture,
    cnb_check: CheckFixture,
) -> None:
    app, new = cnb_export(), cnb_run_image(index=True)
    rebased = cnb_rebase(app, run_image=new, by="unlisted", force=True)
    observed = cnb_observe(
        app=rebased, before=app, run_image=new, report=rebased.report_path, phase="rebaser"
    )
    assert cnb_check(observed)
    assert observed.labels == rebased.labels
    assert observed.report == rebased.report
    assert observed.report_path == rebased.report_path
    assert repr(observed) == "<Observed: registry, it was made elsewhere>"
    assert cnb_check(cnb_observe(before=observed, run_image=new, report=rebased.report_path))
    for attribute in ("exit_code", "output", "image"):
        with pytest.raises(NotThereError, match=r"made elsewhere|not kept"):
            getattr(observed, attribute)
    with pytest.raises(ValueError, match="was made elsewhere and observed by cnb_observe"):
        cnb_rebase(observed)


def test_a_rebase_that_left_the_old_run_image(
    cnb_run_image: RunImageFixture,
    cnb_export: BuildFixture,
    cnb_observe: ObserveFixture,
    cnb_check: CheckFixture,
) -> None:
    app, new = cnb_export(), cnb_run_image()
    observed = cnb_observe(run_image=new, report=app.report_path, phase="rebaser")
    with pytest.raises(NotConformantError, match=r"rebase\.layers \(MUST\)"):
        cnb_check(observed)


def test_the_profile_and_the_platform_api(
    make_cnb_lab: MakeLabFixture, made: Rebased, cnb_observe: ObserveFixture
) -> None:
    given = {"run_image": made.run_image, "report": made.report.encode()}
    assert str(cnb_observe(**given).platform_api) == "0.14"  # type: ignore[arg-type]
    older = cnb_observe(**given, platform_api="0.12")  # type: ignore[arg-type]
    assert str(older.platform_api) == "0.12"
    with pytest.raises(ValueError, match=r"platform_api='0\.1': the suite supports 0\.7 to 0\.15"):
        cnb_observe(**given, platform_api="0.1")  # type: ignore[arg-type]
    with make_cnb_lab(profile="platform-spec") as lab:
        fewer = {each.requirement.id for each in lab.check(older) if each.outcome == "pass"}
        assert "report.image.tags" in fewer
        assert not any(each.startswith("report.run-image.") for each in fewer)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"report": "gone.toml"}, "gone.toml: there is no such file"),
        ({"report": b"[image]\n"}, "standard input: .* name the app image with app="),
        ({"run_image": "NOT A NAME"}, "run_image=.*NOT A NAME: not an image name"),
        (
            {"run_image": "HOST/gone:1"},
            "push it, name another with run_image=, or use target=daemon",
        ),
        ({"app": "HOST/gone:1"}, "the app image HOST/gone:1 is not in the registry: push it, name"),
        ({"before": "HOST/gone:1"}, "name another with before=, or use target=daemon"),
        ({"before": "APP"}, "before=APP: this is the name that the rebased image has now"),
        ({"run_file": "gone.toml"}, "gone.toml: there is no such file; run_file= names"),
    ],
)
def test_what_cannot_be_looked_at_is_said_in_a_message(
    cnb_observe: ObserveFixture, made: Rebased, change: dict[str, str | bytes], said: str
) -> None:
    host = made.app.partition("/")[0]

    def filled(value: str | bytes) -> str | bytes:
        if isinstance(value, bytes):
            return value
        return value.replace("HOST", host).replace("APP", made.app)

    given = {"run_image": made.run_image, "report": made.report.encode(), **change}
    with pytest.raises(CannotObserveError, match=str(filled(said))) as caught:
        cnb_observe(**{name: filled(value) for name, value in given.items()})  # type: ignore[arg-type]
    assert "--" not in str(caught.value)


def test_arguments_that_contradict_each_other(cnb_observe: ObserveFixture) -> None:
    with pytest.raises(ValueError, match="before= is only for a rebase"):
        cnb_observe(run_image="x", report="x", before="x", phase="creator")
    with pytest.raises(ValueError, match="phase='detector': give 'exporter', 'creator' or 'reba"):
        cnb_observe(run_image="x", report="x", phase="detector")  # type: ignore[arg-type]

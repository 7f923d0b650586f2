"""Every report vector is well formed and complete, and the judge says what it expects."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator, meta

from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import applies, judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Level, Outcome

from .reading import FOLDER, Vector, scenarios, vectors

CATALOGUE = load_catalogue()
COHERENT = "report.run-image.coherent"
AFTER_REBASE = "report.run-image.after-rebase"
FORCED_UNLISTED = "report.run-image.forced-unlisted"
RESOLVED = ("report.run-image.image.resolved", "report.run-image.mirrors")
ON_A_REPORT_ALONE = tuple(
    requirement.id
    for requirement in CATALOGUE.select(
        (
            "report.valid-toml",
            "report.termination-message-size",
            "report.image.*",
            "report.run-image.*",
        )
    )
)
VECTORS = vectors()


def by_name(vector: Vector) -> str:
    return vector.name


def files(kind: str) -> Iterator[Path]:
    yield from FOLDER.glob("scenarios/*.json" if kind == "scenario" else "vectors/*/vector.json")


def test_there_are_enough_of_each_kind() -> None:
    assert len(VECTORS) >= 200
    assert {(v.scenario.phase, v.scenario.target) for v in VECTORS} == {
        (phase, target)
        for requirement in CATALOGUE
        for phase in requirement.phases
        for target in requirement.targets
    }


@pytest.mark.parametrize("kind", ["scenario", "vector"])
def test_every_file_keeps_to_its_schema(kind: str) -> None:
    schema = json.loads((FOLDER / f"{kind}.schema.json").read_text("utf-8"))
    meta.validate(schema)
    validator = Draft202012Validator(schema)
    for file in files(kind):
        errors = [
            f"{file.parent.name}/{file.name}: {error.instance_path}: {error.message}"
            for error in validator.iter_errors(json.loads(file.read_text("utf-8")))
        ]
        assert errors == []


def test_every_folder_holds_a_report_and_what_is_expected_of_it() -> None:
    for folder in (FOLDER / "vectors").iterdir():
        assert {file.name for file in folder.iterdir()} == {"report.toml", "vector.json"}


def test_every_scenario_is_used_and_every_reason_is_its_own() -> None:
    assert {vector.scenario.name for vector in VECTORS} == set(scenarios())
    reasons = defaultdict(list)
    for vector in VECTORS:
        reasons[vector.why].append(vector.name)
    assert [names for names in reasons.values() if len(names) > 1] == []


def applicable(vector: Vector) -> set[str]:
    """Name the requirements that are judged on the report where the vector stands."""
    text = load_text(vector.profile)
    return {
        identifier
        for identifier in ON_A_REPORT_ALONE
        if applies(CATALOGUE[identifier], vector.situation, text)
    }


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_what_applies_is_stated_and_nothing_else(vector: Vector) -> None:
    if vector.scenario.facts.get("check_report", False):
        assert set(vector.expect) == {COHERENT}
        return
    assert set(vector.expect) == applicable(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_the_judge_says_what_is_expected(vector: Vector) -> None:
    observation = vector.observation()
    judged = {
        identifier: judge(CATALOGUE[identifier], observation, load_text(vector.profile)).outcome
        for identifier in vector.expect
    }
    assert judged == dict(vector.expect), vector.why


@pytest.mark.parametrize("identifier", ON_A_REPORT_ALONE)
def test_each_requirement_is_met_somewhere_and_is_the_only_one_to_fail_somewhere(
    identifier: str,
) -> None:
    outcomes = {vector.expect[identifier] for vector in VECTORS if identifier in vector.expect}
    if CATALOGUE[identifier].level is Level.MAY:
        assert outcomes == {Outcome.OBSERVED, Outcome.UNTESTABLE}
        return
    assert Outcome.PASS in outcomes
    alone = [
        vector.name
        for vector in VECTORS
        if [key for key, value in vector.expect.items() if value is Outcome.FAIL] == [identifier]
    ]
    assert len(alone) >= 3, f"{identifier} fails alone only in {alone}"

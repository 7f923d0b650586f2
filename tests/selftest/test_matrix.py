"""What the matrix makes of trials, and how it is shown: nothing that is wrong stays hidden."""

from __future__ import annotations

import json

import pytest

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.reference.report import Report
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.selftest.chosen_cases import Place
from pytest_cnb_report.selftest.matrix import (
    PROVEN_BY_VECTORS,
    Finding,
    Matrix,
    by_target,
    undeclared,
)
from pytest_cnb_report.selftest.show import matrix_json, matrix_markdown, matrix_text
from pytest_cnb_report.selftest.trial import Trial, Trip
from pytest_cnb_report.values import PlatformApi, Profile, Target

PLACE = Place(PlatformApi(0, 15), Profile.RFC_0129_DRAFT, Target.REGISTRY)
IMMUTABLE, FORM = "report.run-image.reference.immutable", "report.run-image.reference.form"
TAGS, DIGEST, SIZE = "report.image.tags", "report.image.digest", "report.image.manifest-size"


def fault(name: str, *trips: str, target: str = "") -> Fault:
    return Fault(name, f"The mistake of {name}.", frozenset(trips), Report, target=target)


def trial(name: str, *trips: str, alone: bool = True) -> Trial:
    told = tuple(Trip(requirement, "exporter plain", "it is wrong") for requirement in trips)
    return Trial(name, PLACE, told, calls=7, alone=frozenset(trips if alone else ()))


def finding(name: str, declared: tuple[str, ...], tripped: tuple[str, ...]) -> Finding:
    return Finding(fault(name, *declared), trial(name, *tripped))


CAUGHT = finding("caught", (TAGS,), (TAGS,))
IN_A_GROUP = finding("in-a-group", (TAGS, DIGEST), (TAGS, DIGEST))
SURVIVOR = finding("survivor", (TAGS,), ())
HALF = finding("half-caught", (TAGS, DIGEST), (DIGEST,))
TOO_MUCH = finding("too-much", (TAGS,), (TAGS, SIZE))
ELSEWHERE = finding("elsewhere", (TAGS,), (SIZE,))
NOT_RUN = Finding(fault("not-run", SIZE, target="daemon"), why_not="there is no daemon")


def matrix(*findings: Finding, whole: bool = False, **more: tuple[str, ...]) -> Matrix:
    return Matrix(findings, (trial(""),), more.get("problems", ()), whole)


@pytest.mark.parametrize(
    ("found", "missing", "extra", "survived", "as_declared"),
    [
        (CAUGHT, [], [], False, True),
        (IN_A_GROUP, [], [], False, True),
        (SURVIVOR, [TAGS], [], True, False),
        (HALF, [TAGS], [], False, False),
        (TOO_MUCH, [], [SIZE], False, False),
        (ELSEWHERE, [TAGS], [SIZE], True, False),
        (NOT_RUN, [], [], False, False),
    ],
    ids=lambda value: value.fault.name if isinstance(value, Finding) else "",
)
def test_what_was_caught(
    found: Finding, missing: list[str], extra: list[str], survived: bool, as_declared: bool
) -> None:
    assert list(found.missing) == missing
    assert [trip.requirement for trip in found.extra] == extra
    assert found.survived == survived
    assert found.as_declared == as_declared


def test_a_requirement_is_proven_by_what_was_caught_as_declared() -> None:
    rows = {row.requirement: row for row in matrix(CAUGHT, IN_A_GROUP, HALF, NOT_RUN).rows}
    assert list(rows) == [TAGS, DIGEST, SIZE]
    assert (rows[TAGS].alone, rows[TAGS].together) == (("caught",), ("in-a-group",))
    assert (rows[DIGEST].alone, rows[DIGEST].together) == ((), ("in-a-group",))
    assert rows[SIZE].not_run == ("not-run",)
    assert [rows[name].proven for name in rows] == [True, False, False]


def test_what_never_trips_by_itself_is_not_proven_alone() -> None:
    seen = Finding(
        fault("in-company", TAGS)._replace(also=frozenset({SIZE})),
        trial("in-company", TAGS, SIZE, alone=False),
    )
    assert seen.as_declared
    (row,) = matrix(seen).rows
    assert (row.alone, row.together, row.proven) == ((), ("in-company",), False)


def test_a_may_takes_no_share_in_what_a_must_catches() -> None:
    observed = finding("a-tag", (IMMUTABLE, FORM), (IMMUTABLE, FORM))
    rows = {row.requirement: row for row in matrix(observed).rows}
    assert (rows[IMMUTABLE].alone, rows[IMMUTABLE].together) == (("a-tag",), ())
    assert (rows[FORM].alone, rows[FORM].together) == ((), ("a-tag",))
    assert rows[IMMUTABLE].proven
    assert rows[FORM].proven


def test_the_whole_list_has_a_row_for_every_requirement_but_what_vectors_prove() -> None:
    every = {requirement.id for requirement in load_catalogue()}
    assert {row.requirement for row in matrix(whole=True).rows} == every - PROVEN_BY_VECTORS
    assert every > PROVEN_BY_VECTORS


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (matrix(CAUGHT, IN_A_GROUP), 0),
        (matrix(CAUGHT, NOT_RUN), 0),
        (matrix(CAUGHT, SURVIVOR), 1),
        (matrix(CAUGHT, HALF), 1),
        (matrix(CAUGHT, TOO_MUCH), 1),
        (matrix(CAUGHT, whole=True), 1),
        (Matrix((CAUGHT,), (trial("", TAGS),), (), whole=False), 1),
        (matrix(CAUGHT, problems=("a worker ended",)), 2),
    ],
)
def test_the_exit_code(seen: Matrix, code: int) -> None:
    assert seen.exit_code == code


def test_a_requirement_without_any_fault_is_unproven() -> None:
    every = [r.id for r in load_catalogue() if r.id not in PROVEN_BY_VECTORS]
    caught = [finding(f"fault-{n}", (name,), (name,)) for n, name in enumerate(every)]
    assert matrix(*caught, whole=True).exit_code == 0
    assert matrix(*caught[1:], whole=True).unproven == (every[0],)
    assert matrix(*caught[1:], whole=False).unproven == ()
    wrong = finding("wrong", (every[0],), (every[0], every[1]))
    assert matrix(*caught[1:], wrong, whole=True).unproven == (every[0],)
    left = Finding(fault("left", every[0]), why_not="not asked for")
    assert matrix(*caught[1:], left, whole=True).unproven == ()


def test_a_fault_that_names_no_requirement_is_told() -> None:
    assert undeclared([CAUGHT.fault]) == ()
    (told,) = undeclared([fault("odd", TAGS, "report.image")])
    assert told == "odd is declared to fail report.image, which is not a requirement"


def test_faults_wait_for_a_target_that_is_not_there() -> None:
    here, away = fault("here", TAGS), fault("away", TAGS, target="daemon")
    tried, left = by_target([here, away], {Target.DAEMON: "no Docker"})
    assert tried == (here,)
    assert left == (Finding(away, why_not="no Docker"),)
    assert by_target([here, away], {}) == ((here, away), ())


EVERYTHING = Matrix(
    (CAUGHT, IN_A_GROUP, SURVIVOR, HALF, TOO_MUCH, NOT_RUN),
    (trial("", DIGEST),),
    ("a worker ended unexpectedly",),
    whole=False,
)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_table_fits_any_terminal(width: int) -> None:
    many = [finding(f"a-fault-with-a-name-{n}", (TAGS,), (TAGS,)) for n in range(40)]
    text = matrix_text(matrix(*many, SURVIVOR, TOO_MUCH, NOT_RUN), width=width)
    column = len(SIZE) + 17
    assert max(map(len, text.splitlines())) <= max(width, column)
    shown = {80: "a-fault-with-a-name-0 +39", 200: "a-fault-with-a-name-5 +34"}
    assert shown.get(width, "") in text


def test_everything_that_is_wrong_is_told() -> None:
    for text in (matrix_text(EVERYTHING, width=200), matrix_markdown(EVERYTHING)):
        told = " ".join(text.replace("`", "").split())
        assert (
            "the correct lifecycle fails report.image.digest (exporter plain): it is wrong" in told
        )
        assert "survivor" in told
        assert "The mistake of survivor." in told
        assert "not caught by report.image.tags" in told
        assert "should not fail report.image.manifest-size (exporter plain): it is wrong" in told
        assert "not run: not-run: there is no daemon" in told
        assert "a worker ended unexpectedly" in told
        assert (
            "5 faulty lifecycles, 35 invocations: 2 caught as declared, 3 not; 1 not run." in told
        )


def test_all_is_well_only_where_it_is() -> None:
    assert "each fails exactly the requirements that it is declared to fail." in matrix_text(
        matrix(CAUGHT), width=200
    )
    assert "each fails exactly" not in matrix_text(EVERYTHING, width=200)


def test_programs_get_everything() -> None:
    document = json.loads(matrix_json(EVERYTHING))
    assert document["as_declared"] is False
    assert document["problems"] == ["a worker ended unexpectedly"]
    faults = {row["name"]: row for row in document["faults"]}
    assert faults["survivor"]["missing"] == [TAGS]
    assert faults["too-much"]["extra"] == [SIZE]
    assert faults["caught"]["as_declared"] is True
    assert faults["not-run"]["not_run"] == "there is no daemon"
    assert faults["not-run"]["trial"] is None
    assert faults["too-much"]["trial"]["tripped"][1] == {
        "requirement": SIZE,
        "case": "exporter plain",
        "message": "it is wrong",
    }
    assert [row["requirement"] for row in document["requirements"]] == [TAGS, DIGEST, SIZE]
    assert document["right"][0]["tripped"][0]["requirement"] == DIGEST

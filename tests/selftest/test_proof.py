"""Faulty lifecycles are tried for real: caught, survived, caught by what should not have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.selftest.affected_phases import JUDGED_PHASES
from pytest_cnb_report.selftest.chosen_cases import Place, every_case, few_cases
from pytest_cnb_report.selftest.fault_runner import Prover, place_of, prover
from pytest_cnb_report.selftest.matrix import Finding
from pytest_cnb_report.selftest.run import prove
from pytest_cnb_report.values import PLATFORM_APIS, Profile, Target

MOST_CALLS = 150
"""Calls that one fault may take: more, and the whole list takes too long to be run at all."""

CAUGHT = (
    "report-appended",
    "stale-labels-kept",
    "unlisted-accepted",
    "created-now",
    "unknown-keys-dropped",
)


def declared(name: str, *trips: str) -> Fault:
    """The fault with other requirements declared than it trips."""
    return FAULTS[name]._replace(trips=frozenset(trips))


def test_faults_in_several_processes() -> None:
    told: list[tuple[int, int, int]] = []
    matrix = prove(
        [
            *(FAULTS[name] for name in CAUGHT),
            declared("no-report-after-rebase", "report.written", "rebase.succeeds"),
            declared("refused-with-generic-code", "rebase.tags.same-image"),
            declared("stack-key-not-read"),
        ],
        workers=2,
        targets=(Target.REGISTRY,),
        tell=lambda *numbers: told.append(numbers),
    )
    findings = {finding.fault.name: finding for finding in matrix.findings}
    for name in CAUGHT:
        assert findings[name].as_declared, findings[name]
        assert findings[name].trial is not None

    half = findings["no-report-after-rebase"]
    assert (half.missing, half.extra, half.survived) == (("rebase.succeeds",), (), False)
    other = findings["refused-with-generic-code"]
    assert (other.missing, other.survived) == (("rebase.tags.same-image",), True)
    assert [trip.requirement for trip in other.extra] == ["rebase.refusal.exit-code"]
    over = findings["stack-key-not-read"]
    assert (over.missing, [trip.requirement for trip in over.extra]) == (
        (),
        ["rebase.run-image.default"],
    )
    assert matrix.problems == ()
    assert matrix.exit_code == 1
    assert not matrix.whole
    assert [trial.trips for trial in matrix.right] == [()]
    assert [numbers[:2] for numbers in told] == [(n, 8) for n in range(1, 9)]
    assert told[-1][2] == 3


TRIED = (
    *("daemon-variable-ignored", "fails-on-zstd", "index-not-read", "second-image-forgotten"),
    *("old-base-kept", "report-despite-refusal", "draft-layout-in-the-approved"),
)


@pytest.fixture(scope="module")
def proving() -> Iterator[Prover]:
    with prover(faults=[FAULTS[name] for name in TRIED]) as proving:
        yield proving


def test_a_lifecycle_without_a_mistake_survives(proving: Prover) -> None:
    nowhere = FAULTS["daemon-variable-ignored"]._replace(target="registry")
    found = Finding(nowhere, proving.faulty(nowhere))
    assert found.trial is not None
    assert found.trial.trips == ()
    assert found.survived


@pytest.mark.parametrize("name", ["fails-on-zstd", "draft-layout-in-the-approved"])
def test_a_fault_is_tried_where_it_shows(name: str, proving: Prover) -> None:
    fault = FAULTS[name]
    trial = proving.faulty(fault)
    assert trial.place == place_of(fault)
    assert trial.tripped == fault.trips
    assert trial.errors == ()
    assert 0 < trial.calls <= MOST_CALLS
    assert proving.right(trial.place).trips == ()


def test_what_takes_most_calls_takes_few_enough(proving: Prover) -> None:
    trial = proving.faulty(FAULTS["index-not-read"])
    assert 20 < trial.calls <= MOST_CALLS


def test_a_fault_leaves_nothing_behind_for_the_next(proving: Prover) -> None:
    before = proving.faulty(FAULTS["second-image-forgotten"])
    proving.faulty(FAULTS["old-base-kept"])
    proving.faulty(FAULTS["report-despite-refusal"])
    again = proving.faulty(FAULTS["second-image-forgotten"])
    assert again.trips == before.trips
    assert again.tripped == {"rebase.tags.same-image"}


def test_few_cases_have_every_requirement_among_them() -> None:
    for profile in Profile:
        place = Place(PLATFORM_APIS[-1], profile, Target.DAEMON)
        every = every_case(place, JUDGED_PHASES)
        few = few_cases(place, JUDGED_PHASES, {"daemon-by-environment", "several-images"})
        judged = [
            {(each.case.phase, r.id) for each in cases for r in each.requirements}
            for cases in (every, few)
        ]
        assert judged[0] == judged[1]
        assert len(few) < len(every) / 2
        names = {each.case.name for each in few}
        assert {"daemon-by-environment", "several-images"} <= names

"""Scenarios that lanes carry out ahead: in order, within bounds, and given up as one lane would."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_cnb_report.drive.generated_cases import generated_cases
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.planning.calls_ahead import AHEAD_OF_EACH_LANE, CallsAhead, grouped
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.plan import Scenario, plan
from pytest_cnb_report.planning.session import TimeOuts
from pytest_cnb_report.planning.settings import JUDGED_PHASES
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import PLATFORM_APIS, Phase, Profile, Target

TEXT: Text = load_text(Profile.RFC_0129_DRAFT)
PLANNED = plan(
    load_catalogue(),
    phases=JUDGED_PHASES,
    targets=(Target.REGISTRY,),
    platform_api=PLATFORM_APIS[-1],
    text=TEXT,
).scenarios
HANGS = (Target.REGISTRY, Phase.REBASER)
LIMIT = 3

Do = Callable[["Lane", Scenario], None]


@dataclass
class Lane:
    """Stands for the session of a lane; what it carries out is told by `do`."""

    number: int
    do: Do
    carried: list[tuple[int, str]]
    judgements: Judgements = field(default_factory=lambda: Judgements(TEXT))
    timeouts: TimeOuts = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def count_from(self, timeouts: TimeOuts) -> None:
        self.timeouts = Counter(timeouts)

    def carry_out(self, scenario: Scenario) -> RecordedScenario:
        self.carried.append((self.number, scenario.id))
        given_up = self.timeouts[HANGS] >= LIMIT and scenario.phase is Phase.REBASER
        if not given_up:
            self.do(self, scenario)
        error = f"{scenario.phase.value} was given up" if given_up else None
        return RecordedScenario(scenario.case, scenario.target, (), error=error)

    def close(self) -> None:
        self.closed = True


@dataclass
class Lanes:
    """Sessions that were made, and what they carried out, in the order of beginning with it."""

    do: Do
    made: list[Lane] = field(default_factory=list)
    carried: list[tuple[int, str]] = field(default_factory=list)

    def make(self, number: int) -> Any:  # noqa: ANN401 - a stand-in
        lane = Lane(number, self.do, self.carried)
        self.made.append(lane)
        return lane

    def session(self, jobs: int) -> CallsAhead:
        return CallsAhead(jobs, self.make, Judgements(TEXT))


def nothing(lane: Lane, scenario: Scenario) -> None:
    del lane, scenario


def slowly(lane: Lane, scenario: Scenario) -> None:
    del lane, scenario
    time.sleep(0.0001)


def hang(lane: Lane, scenario: Scenario) -> None:
    """Run into the time limit, in any rebase."""
    if scenario.phase is Phase.REBASER:
        lane.timeouts[HANGS] += 1


def ask(session: CallsAhead, scenarios: Sequence[Scenario]) -> list[RecordedScenario]:
    session.expect(scenarios)
    try:
        return [session.carry_out(each) for each in scenarios]
    finally:
        session.close()


@pytest.fixture(autouse=True)
def no_lane_is_left() -> Iterator[None]:
    yield
    assert [each for each in threading.enumerate() if each.name.startswith("lane")] == []


@pytest.mark.parametrize("jobs", [2, 3, 8])
def test_each_scenario_is_carried_out_once_and_handed_out_when_asked_for(jobs: int) -> None:
    lanes = Lanes(nothing)
    found = ask(lanes.session(jobs), PLANNED)
    assert [each.case for each in found] == [each.case for each in PLANNED]
    assert sorted(name for _, name in lanes.carried) == sorted(each.id for each in PLANNED)
    assert len({number for number, _ in lanes.carried}) <= jobs
    assert all(lane.closed for lane in lanes.made)


def test_what_shares_an_app_image_is_carried_out_in_one_lane() -> None:
    lanes = Lanes(slowly)
    ask(lanes.session(4), PLANNED)
    lane_of = {name: number for number, name in lanes.carried}
    for group in grouped(PLANNED):
        assert len({lane_of[each.id] for each in group}) == 1


def test_generated_scenarios_come_first_and_in_one_lane() -> None:
    first = grouped(PLANNED)[0]
    assert {each.case.name for each in first} == {case.name for case in generated_cases()}


def test_lanes_run_no_further_ahead_than_they_may() -> None:
    lanes, jobs = Lanes(nothing), 2
    session = lanes.session(jobs)
    session.expect(PLANNED)
    time.sleep(0.3)
    longest = max(len(group) for group in grouped(PLANNED))
    assert len(lanes.carried) <= AHEAD_OF_EACH_LANE * jobs + jobs * longest < len(PLANNED)
    # what is asked for last is carried out all the same
    assert session.carry_out(PLANNED[-1]).case == PLANNED[-1].case
    session.close()


def test_lanes_do_not_run_on_while_one_scenario_takes_long() -> None:
    slow, jobs = PLANNED[0], 2
    ended = threading.Event()

    def take_long(lane: Lane, scenario: Scenario) -> None:
        del lane
        if scenario is slow:
            assert ended.wait(60)

    lanes = Lanes(take_long)
    session = lanes.session(jobs)
    session.expect(PLANNED)
    asking = threading.Thread(target=session.carry_out, args=(slow,))
    asking.start()
    time.sleep(0.3)
    longest = max(len(group) for group in grouped(PLANNED))
    assert len(lanes.carried) <= AHEAD_OF_EACH_LANE * jobs + jobs * longest
    ended.set()
    asking.join()
    session.close()


@pytest.mark.parametrize("jobs", [2, 5])
def test_a_phase_is_given_up_where_one_call_at_a_time_gives_it_up(jobs: int) -> None:
    def hung(lane: Lane, scenario: Scenario) -> None:
        time.sleep(0.0005)
        hang(lane, scenario)
        if scenario.phase is Phase.REBASER:
            hanging.append(scenario.id)

    hanging: list[str] = []
    one = Lane(0, hang, [])
    alone = [one.carry_out(each) for each in PLANNED]
    assert sum(each.error is not None for each in alone) > 100
    found = ask(Lanes(hung).session(jobs), PLANNED)
    assert [each.error for each in found] == [each.error for each in alone]
    # up to the limit in the lanes, some more that they had begun with, and up to it in order
    assert len(hanging) <= 2 * LIMIT + jobs


def test_what_a_lane_breaks_off_is_carried_out_by_whoever_asks() -> None:
    unlucky = PLANNED[10]

    def break_off(lane: Lane, scenario: Scenario) -> None:
        if scenario is unlucky and lane.number != jobs:
            raise MemoryError

    jobs = 2
    lanes = Lanes(break_off)
    found = ask(lanes.session(jobs), PLANNED)
    assert [each.case for each in found] == [each.case for each in PLANNED]
    assert (jobs, unlucky.id) in lanes.carried


def test_calls_in_flight_are_ended_with_the_session() -> None:
    begun = threading.Event()

    def wait(lane: Lane, scenario: Scenario) -> None:
        del scenario
        begun.set()
        assert lane.stop.wait(60)

    session = Lanes(wait).session(2)
    session.expect(PLANNED)
    assert begun.wait(60)
    began = time.monotonic()
    session.close()
    assert time.monotonic() - began < 30


def test_a_traceback_does_not_write_out_what_was_observed() -> None:
    session = Lanes(nothing).session(2)
    session.expect(PLANNED)
    assert len(repr(session)) < 200
    session.close()


def test_a_single_scenario_is_carried_out_by_whoever_asks() -> None:
    lanes = Lanes(nothing)
    ask(lanes.session(2), PLANNED[:1])
    assert lanes.carried == [(2, PLANNED[0].id)]


def test_what_lanes_judged_on_the_way_is_remembered() -> None:
    seen: Any = object()
    key, known = id(seen), (seen, {"any": seen})

    def judge(lane: Lane, scenario: Scenario) -> None:
        del scenario
        lane.judgements._known[key] = known

    session = Lanes(judge).session(2)
    ask(session, PLANNED[:4])
    assert session.judgements._known == {key: known}


@pytest.mark.parametrize("permitted", [0, 1])
def test_fewer_threads_than_wished_do_all_of_it(
    permitted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def start_some(thread: threading.Thread) -> None:
        if len(started) == permitted:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    lanes = Lanes(nothing)
    wanted = PLANNED[:40]
    recorded = ask(lanes.session(4), wanted)
    assert [each.case for each in recorded] == [each.case for each in wanted]
    assert sorted(name for _, name in lanes.carried) == sorted(each.id for each in wanted)
    assert all(each.closed for each in lanes.made)

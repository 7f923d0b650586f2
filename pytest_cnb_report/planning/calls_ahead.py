"""Carry out scenarios in several threads, ahead of the judging, in the order in which it asks.

Each lane is a thread with a bench of its own, as an xdist worker has one: images of two lanes never
meet. What is judged, in which order, and what becomes of it is the same as in one thread. How many
calls of the lifecycle are in flight at once is for the sessions to say: lanes beyond that prepare
the next call, or read what came of one, meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pytest_cnb_report.drive.cases import Rebase
from pytest_cnb_report.observe.bench import TIMEOUTS_BORNE
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.plan import Plan, Scenario
from pytest_cnb_report.planning.session import JudgingSession, TimeOuts
from pytest_cnb_report.record.model import RecordedScenario

AHEAD_OF_EACH_LANE = 12
"""Scenarios that may wait for the judging, for each lane: they hold images in memory."""


@dataclass(frozen=True)
class Carried:
    """A scenario that a lane has carried out, and what it judged on the way."""

    recorded: RecordedScenario
    judgements: Judgements
    timeouts: TimeOuts


# pytest writes out the arguments of every frame that Ctrl-C ends: without this, all observations
@dataclass(repr=False)
class CallsAhead:
    """A session whose scenarios are carried out by lanes, from the moment that they are known.

    There are `count` lanes. `make` makes the session of each by its number; the number after the
    last lane's is for what is carried out in the thread that asks.
    """

    count: int
    make: Callable[[int], JudgingSession]
    judgements: Judgements
    """Where what lanes judged on the way is remembered."""
    _own: JudgingSession = field(init=False)
    _sessions: list[JudgingSession] = field(default_factory=list)
    _lanes: list[threading.Thread] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _groups: deque[tuple[Scenario, ...]] = field(default_factory=deque)
    """What no lane has begun with."""
    _promised: set[str] = field(default_factory=set)
    """What lanes have carried out or will, and nobody has asked for yet."""
    _done: dict[str, Carried] = field(default_factory=dict)
    _wanted: str | None = None
    _timeouts: TimeOuts = field(default_factory=Counter)
    """Those of the scenarios that have been asked for."""
    _met: TimeOuts = field(default_factory=Counter)
    """Those that lanes have met."""
    _paused: bool = False
    """Lanes begin with nothing more."""
    _not_closed: list[Exception] = field(default_factory=list)
    """Why lanes could not let go of everything that they had opened."""

    def __post_init__(self) -> None:
        self._own = self.make(self.count)

    def plan(self, *, only_plain: bool = False) -> Plan:
        """Return every scenario, or those of a quick run."""
        return self._own.plan(only_plain=only_plain)

    def expect(self, scenarios: Sequence[Scenario]) -> None:
        """Begin with scenarios, in the order in which they will be asked for."""
        groups = grouped(scenarios)
        if len(groups) == 1:
            return
        self._groups.extend(groups)
        self._promised.update(each.id for each in scenarios)
        for number in range(min(self.count, len(groups))):
            session = self.make(number)
            lane = threading.Thread(target=self._work, args=(session,), name=f"lane {number}")
            try:
                lane.start()
            except RuntimeError:  # no more threads are permitted (ulimit -u): those there are do it
                session.close()
                break
            self._sessions.append(session)
            self._lanes.append(lane)
        if not self._lanes:
            self._pause()

    def carry_out(self, scenario: Scenario) -> RecordedScenario:
        """Return a scenario as a lane carried it out, or carry it out here."""
        carried = self._wait_for(scenario.id)
        if carried is not None:
            timeouts = self._timeouts + carried.timeouts
            if not carried.timeouts or max(timeouts.values()) < TIMEOUTS_BORNE:
                self._timeouts = timeouts
                self.judgements.adopt(carried.judgements)
                return carried.recorded
            # one call at a time would have given up a phase by now, as is done from here on
            self.end()
        self._own.count_from(self._timeouts)
        recorded = self._own.carry_out(scenario)
        self._timeouts = self._own.timeouts
        return recorded

    def _wait_for(self, name: str) -> Carried | None:
        with self._changed:
            self._wanted = name
            self._changed.notify_all()
            while name in self._promised and name not in self._done:
                self._changed.wait()
            self._promised.discard(name)
            return self._done.pop(name, None)

    def _work(self, session: JudgingSession) -> None:
        while group := self._next_group():
            # whoever asks for what is broken off meets the same problem, and tells of it
            with contextlib.suppress(Exception):
                for scenario in itertools.takewhile(lambda _: not self._paused, group):
                    self._hand_in(scenario, self._carried(session, scenario))
            self._give_back(group)
        try:
            session.close()  # nobody waits here while a thousand folders are removed
        except Exception as problem:  # noqa: BLE001 - raised again by `close`
            self._not_closed.append(problem)

    def _hand_in(self, scenario: Scenario, carried: Carried) -> None:
        with self._changed:
            self._done[scenario.id] = carried
            self._met += carried.timeouts
            if carried.timeouts and max(self._met.values()) >= TIMEOUTS_BORNE:
                self._pause()  # some phase will be given up
            self._changed.notify_all()

    def _next_group(self) -> tuple[Scenario, ...]:
        with self._changed:
            while self._groups and not self._may_begin():
                self._changed.wait()
            return self._groups.popleft() if self._groups else ()

    def _may_begin(self) -> bool:
        """Whether the judging is close behind, or waits for what no lane has begun with."""
        if len(self._done) < AHEAD_OF_EACH_LANE * self.count:
            return True
        return any(each.id == self._wanted for group in self._groups for each in group)

    def _carried(self, session: JudgingSession, scenario: Scenario) -> Carried:
        session.judgements = Judgements(self.judgements.text)
        session.count_from(Counter())
        recorded = session.carry_out(scenario)
        return Carried(recorded, session.judgements, session.timeouts)

    def _give_back(self, group: Sequence[Scenario]) -> None:
        """Let whoever asks for what was not carried out do so."""
        with self._changed:
            self._promised.difference_update(each.id for each in group if each.id not in self._done)
            self._changed.notify_all()

    def _pause(self) -> None:
        """Have lanes begin with nothing more; what they have not begun is given back."""
        with self._changed:
            self._paused = True
            while self._groups:
                self._give_back(self._groups.popleft())

    def end(self) -> None:
        """End the calls in flight; what is not carried out yet is carried out when asked for."""
        self._pause()
        for session in self._sessions:
            session.stop.set()
        for lane in self._lanes:
            lane.join()
        self._promised.clear()
        self._done.clear()

    def close(self) -> None:
        """End the calls in flight, and let go of everything that was opened."""
        self.end()
        self._own.close()
        for problem in self._not_closed:
            raise problem


def grouped(scenarios: Sequence[Scenario]) -> tuple[tuple[Scenario, ...], ...]:
    """Return what one lane has to carry out, one after another.

    Rebases of the same app image share its export. Generated scenarios come first, as they take
    longest, and in one thread, for Hypothesis.
    """
    groups: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        groups.setdefault(_group_of(scenario), []).append(scenario)
    generated = groups.pop(_GENERATED, [])
    return tuple(tuple(group) for group in (generated, *groups.values()) if group)


_GENERATED = "generated"


def _group_of(scenario: Scenario) -> str:
    ask = scenario.case.ask
    if scenario.case.generated is not None:
        return _GENERATED
    return f"{scenario.target.value} {ask.old!r}" if isinstance(ask, Rebase) else scenario.id

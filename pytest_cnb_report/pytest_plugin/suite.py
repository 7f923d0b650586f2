"""The suite as pytest runs it: one item for each scenario."""

from __future__ import annotations

import contextlib
import datetime
import os
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Protocol

import pytest

from pytest_cnb_report.drive.process import usable_cores
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.options import OptionError
from pytest_cnb_report.planning.call_slots import VARIABLE as SLOTS
from pytest_cnb_report.planning.calls_ahead import CallsAhead
from pytest_cnb_report.planning.collector import Collector, Judging, command_line, utc
from pytest_cnb_report.planning.context import RunContext
from pytest_cnb_report.planning.context import prepare as prepare_context
from pytest_cnb_report.planning.header import header, header_lines
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.lifecycle_choice import worker_number
from pytest_cnb_report.planning.limits import see_to_limits
from pytest_cnb_report.planning.outputs import withdraw_reports
from pytest_cnb_report.planning.plan import Plan, Scenario
from pytest_cnb_report.planning.results import JudgedScenario
from pytest_cnb_report.planning.session import SAID_PLAINLY, JudgingSession
from pytest_cnb_report.planning.shards import shard_of
from pytest_cnb_report.pytest_plugin.check_report import PLUGIN as CHECK_REPORT
from pytest_cnb_report.pytest_plugin.check_report import FinishedBuildRun
from pytest_cnb_report.pytest_plugin.config import output_from, settings_from
from pytest_cnb_report.pytest_plugin.item_result import ScenarioResult
from pytest_cnb_report.pytest_plugin.outputs import Outputs
from pytest_cnb_report.pytest_plugin.progress import Progress, width_of
from pytest_cnb_report.record.codec import Codec
from pytest_cnb_report.record.file import dump_scenario, load_scenario
from pytest_cnb_report.record.model import RecordedScenario, RepeatCommand
from pytest_cnb_report.report.known_failures import KnownFailuresError
from pytest_cnb_report.report.layout import Segment, cut, shown, wrapped
from pytest_cnb_report.report.write import WriteError
from pytest_cnb_report.requirements.amendment_file import AmendmentError
from pytest_cnb_report.scratch import remove_abandoned
from pytest_cnb_report.values import Extent
from pytest_cnb_report.visible_text import for_log, visible

_CONTEXT = "cnb_context"
_RECORDED = pytest.StashKey[RecordedScenario]()
_JUDGED = pytest.StashKey[ScenarioResult]()

CANNOT_BEGIN = (*SAID_PLAINLY, OptionError, AmendmentError, KnownFailuresError, WriteError)
"""What says, in a message for the reader, why a run cannot begin."""


class Session(Protocol):
    """Carries out scenarios: on a lifecycle, or on a build that was made already."""

    def plan(self, *, only_plain: bool = False) -> Plan:
        """Return all that there is to judge, or the scenarios of a quick run."""

    def carry_out(self, scenario: Scenario) -> RecordedScenario:
        """Carry out a scenario."""

    def close(self) -> None:
        """Let go of everything that the session opened."""


def register(config: pytest.Config, name: str) -> None:
    """Add the suite to this pytest run; raises pytest.UsageError where it cannot begin."""
    with contextlib.ExitStack() as stack:
        try:
            if not (config.option.collectonly or hasattr(config, "workerinput")):
                withdraw_reports(output_from(config))
            suite = Suite(config, stack)
        except CANNOT_BEGIN as problem:
            raise pytest.UsageError(for_log(str(problem))) from None
        config.pluginmanager.register(suite, name)
        config.add_cleanup(stack.pop_all().close)


class Suite:
    """The hooks of one run."""

    def __init__(self, config: pytest.Config, stack: contextlib.ExitStack) -> None:
        self.config = config
        self.report_later = False
        """The console script shows the report itself, once pytest has said all that it says."""
        self.interrupted = False
        """The user ended the run before everything was judged."""
        self._started = time.time()
        self._clock = time.monotonic()
        workerinput = getattr(config, "workerinput", None)
        self.is_worker = workerinput is not None
        self.settings = settings_from(config)
        self.outputs = Outputs(self.settings, config)
        text = self.settings.text
        self._judgements = Judgements(text)
        self.context, self._session, repeat = self._begin(stack, workerinput, text)
        stack.callback(self._session.close)
        selection = self.settings.selection
        # what a quick run leaves out is planned while its calls are in flight
        quick = selection.extent is Extent.QUICK
        plan = self._session.plan(only_plain=quick)
        self.scenarios = {each.id: each for each in self._part(selection.of(plan.scenarios))}
        judging = Judging(
            run=header(
                self.settings,
                self.context,
                started=utc(self._started),
                command=command_line(),
                repeat=repeat,
            ),
            text=text,
            known=self.outputs.known,
            strict=self.settings.strict,
            today=datetime.date.today(),  # noqa: DTZ011 - a file's dates are the reader's own
        )
        self.collector = Collector(
            judging, self._session.plan if quick else lambda: plan, selection
        )
        self.progress = Progress(config, examples=self.settings.examples)
        self._codec = Codec()
        self._judged: dict[str, JudgedScenario] = {}
        """What was judged in this process and is not gathered yet, by item."""

    def _begin(
        self,
        stack: contextlib.ExitStack,
        workerinput: Any,  # noqa: ANN401 - pytest-xdist's
        text: Text,
    ) -> tuple[RunContext, Session, RepeatCommand | None]:
        """Find out what is judged: a build that was made already, or a lifecycle."""
        finished_build: FinishedBuildRun | None = self.config.pluginmanager.get_plugin(CHECK_REPORT)
        if finished_build is not None:
            return finished_build.begin(self.settings, text)
        if workerinput is not None:
            context = RunContext.loads(workerinput[_CONTEXT])
        else:
            see_to_limits(self.settings.jobs or usable_cores())
            stack.callback(remove_abandoned)  # what a worker left that did not end by itself
            context = stack.enter_context(prepare_context(self.settings))
        self.settings = context.applied_to(self.settings)
        # who asks for a case by its name gets it, also where the tables cover what it is about
        named = any("::" in word for word in self.config.args)
        covered = bool(named or self.config.option.keyword or self.config.getoption("lf", False))

        slots = Path(os.environ[SLOTS]) if SLOTS in os.environ else None
        jobs = 1 if workerinput is not None else self.settings.jobs or usable_cores()
        turns = threading.Semaphore(jobs)

        def session(number: int) -> JudgingSession:
            return JudgingSession(
                self.settings,
                context,
                text,
                self._judgements,
                covered=covered,
                number=number,
                slots=slots,
                turns=turns,
            )

        if self.settings.shard is not None and covered:
            raise OptionError(
                f"--shard {self.settings.shard}: is a part of everything that is planned, so that"
                " shards can be merged; leave out -k, --lf and names of tests"
            )

        if workerinput is not None:
            return context, session(worker_number()), None
        # one lane more than calls in flight: it prepares the next call, or reads what came of one
        return context, CallsAhead(jobs + 1, session, self._judgements), None

    def _part(self, scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
        """Return the scenarios of the shard that is asked for; a build made elsewhere has none."""
        shard = self.settings.shard
        if shard is None or self.config.pluginmanager.has_plugin(CHECK_REPORT):
            return scenarios
        return shard_of(scenarios, shard, examples=self.settings.examples)

    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - pytest-xdist is untyped
        """Tell a worker what was decided."""
        node.workerinput[_CONTEXT] = self.context.dumps()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Say first what is judged."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or self.is_worker:
            return
        lines = header_lines(self.collector.judging, self.settings)
        width = width_of(reporter)
        if reporter.verbosity >= 0:
            told = [each for line in lines for each in wrapped(visible(line), width)]
        else:
            told = [cut(visible(lines[0]), width)] if reporter.verbosity == -1 else []
        pieces = [(Segment(each),) for each in told]
        for line in shown(pieces, width):
            reporter.write_line("".join(segment.text for segment in line))
        if reporter.verbosity == 0:
            # every item is in the same three files, whose names would change with every line
            reporter.showfspath = False

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make an item of each scenario of a phase."""
        marker = metafunc.definition.get_closest_marker("cnb_phase")
        if marker is not None:
            wanted = [s for s in self.scenarios.values() if s.phase.value == marker.args[0]]
            params = [pytest.param(scenario, id=scenario.id) for scenario in wanted]
            metafunc.parametrize("cnb_planned", params)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop the functions that have no scenario; they are not tests of anything."""
        empty = [item for item in items if _is_ours(item) and _scenario_of(item) is None]
        items[:] = [item for item in items if item not in empty]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how much there is to judge."""
        if session.items:
            self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Begin with the calls, as soon as it is known what is judged."""
        items = () if self.config.option.collectonly else getattr(session, "items", ())
        if isinstance(self._session, CallsAhead):
            self._session.expect([s for item in items if (s := _scenario_of(item)) is not None])
        if items and not self.is_worker:
            self.collector.prepare()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn from a worker how much there is to judge."""
        self._expect(ids)

    def _expect(self, nodeids: list[str]) -> None:
        """Learn what there is to judge; with workers, each of them says the same."""
        ids = {_scenario_id(nodeid) for nodeid in nodeids}
        self.progress.expect([each for name, each in self.scenarios.items() if name in ids])
        if not (self.is_worker or self.config.option.collectonly):
            self.outputs.expect(name for name in self.scenarios if name in ids)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self, report: Any) -> Generator[None, Any, Any]:  # noqa: ANN401
        """Keep dots off the terminal: a line that says how far the run is takes their place."""
        status = yield
        if getattr(report, "cnb", None) is None or self.config.option.verbose > 0:
            return status
        return (status[0], "", status[2])

    @pytest.fixture
    def cnb_scenario(self, request: pytest.FixtureRequest, cnb_planned: Scenario) -> ScenarioResult:
        """Carry out the scenario and judge it; an error of the suite's own is no failure."""
        recorded = self._session.carry_out(cnb_planned)
        request.node.stash[_RECORDED] = recorded
        judged = self.collector.judging.judge(cnb_planned, recorded, self._judgements)
        self._judgements.forget()
        result = ScenarioResult(judged)
        request.node.stash[_JUDGED] = result
        request.node.user_properties.append(("scenario", cnb_planned.id))
        if recorded.error is not None:
            raise pytest.fail.Exception(
                for_log(f"error of the suite: {recorded.error}"), pytrace=False
            )
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, Any]:
        """Let what was recorded travel with pytest's own report of the item."""
        report = yield
        self._attach(report, item, call)
        if call.when == "teardown":
            # pytest keeps its items to the end, with all that was observed
            if _RECORDED in item.stash:
                del item.stash[_RECORDED]
            if _JUDGED in item.stash:
                del item.stash[_JUDGED]
        return report

    def _attach(self, report: Any, item: pytest.Item, call: pytest.CallInfo[None]) -> None:  # noqa: ANN401
        scenario = _scenario_of(item)
        recorded = item.stash.get(_RECORDED, None)
        if scenario is not None and recorded is None and call.excinfo is not None:
            problem = f"{call.excinfo.typename}: {call.excinfo.value}"
            recorded = RecordedScenario(scenario.case, scenario.target, (), error=problem)
        if recorded is None or not (report.when == "call" or report.failed):
            return
        # a report is text, for workers and for plugins that write reports to files
        report.cnb = ""
        if self.is_worker:
            self._codec.blobs.forget()  # so that the controller can read them in any order
            report.cnb = dump_scenario(self._codec, recorded)
        elif _JUDGED in item.stash:
            self._judged[item.nodeid] = item.stash[_JUDGED].judged
        elif scenario is not None:
            self._judged[item.nodeid] = self.collector.judging.judge(scenario, recorded)

    def pytest_runtest_logreport(self, report: Any) -> None:  # noqa: ANN401 - carries our own data
        """Gather what was judged, in the process that reports it."""
        sent = getattr(report, "cnb", None)
        if sent is None or self.is_worker:
            return
        scenario = self.scenarios[_scenario_id(report.nodeid)]
        judged = self._judged.pop(report.nodeid, None)
        if judged is None:
            self._codec.blobs.forget()
            recorded = load_scenario(self._codec, sent)
            judged = self.collector.judging.judge(scenario, recorded)
        self.outputs.add(self.collector.add(judged))
        self.progress.step(scenario, judged.results, self.collector.failed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Learn whether the run was stopped early."""
        self._end_lanes()
        self.progress.end()
        stopped = session.shouldfail or session.shouldstop
        if stopped and self.collector.cut_short is None:
            self.collector.cut_short = _ending(str(stopped))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        """Learn that a worker crashed."""
        if error:
            self.collector.cut_short = f"a worker ended unexpectedly: {error}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that not everything was judged, and whether it was the user who said so."""
        # Python 3.11 cannot parse source here, for pytest's traceback, while Hypothesis in a lane
        # moves the recursion limit
        self._end_lanes()
        # what stops a run by itself, such as -x, raises exceptions derived from this one
        self.interrupted = type(excinfo.value) is KeyboardInterrupt
        why = str(excinfo.value)
        if self.interrupted:
            self.interrupt(why)
        else:
            self.collector.cut_short = _ending(why)

    def _end_lanes(self) -> None:
        if isinstance(self._session, CallsAhead):
            self._session.end()

    def interrupt(self, by: str = "") -> None:
        """Take the run for interrupted by its user, or by a signal that has the name `by`."""
        self.interrupted = True
        self.collector.cut_short = f"interrupted by {by}" if by else "interrupted"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401 - pytest's own
        """Print the table, the failures and the verdict."""
        if not (self.is_worker or self.report_later or self.config.option.collectonly):
            self.show(terminalreporter)

    def show(self, reporter: Any) -> int:  # noqa: ANN401 - pytest's terminal reporter
        """Write the files, then show the run on the terminal; return its exit code."""
        return self.outputs.show(self.collector, time.monotonic() - self._clock, reporter)


def _ending(why: str) -> str:
    """Return why pytest stopped, with a count that agrees with its noun."""
    return why.replace("after 1 failures", "after 1 failure")


def _scenario_id(nodeid: str) -> str:
    """Return the scenario in `module::test[scenario]`."""
    return nodeid.partition("[")[2].rstrip("]")


def _is_ours(item: pytest.Item) -> bool:
    return "cnb_planned" in getattr(item, "fixturenames", ())


def _scenario_of(item: pytest.Item) -> Scenario | None:
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("cnb_planned") if callspec is not None else None
    return found if isinstance(found, Scenario) else None

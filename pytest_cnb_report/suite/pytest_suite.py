"""The suite as pytest runs it: one item for each requirement, phase, target and case."""

from __future__ import annotations

import contextlib
import datetime
import json
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable
from pytest_cnb_report.judge.catalogue import load_catalogue
from pytest_cnb_report.lifecycles.lifecycle import LifecycleError
from pytest_cnb_report.options import OptionError
from pytest_cnb_report.registry.protocol import RegistryError, RegistryUnavailable
from pytest_cnb_report.report.known_failures import KnownFailures, KnownFailuresError
from pytest_cnb_report.report.known_failures import read as read_known_failures
from pytest_cnb_report.report.layout import wrapped
from pytest_cnb_report.report.record import result_to_json
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.report.write import WriteError, prepare
from pytest_cnb_report.scratch import ScratchError, remove_abandoned
from pytest_cnb_report.suite.check_report import PLUGIN as OWN_BUILD
from pytest_cnb_report.suite.check_report import OwnBuildRun
from pytest_cnb_report.suite.collector import Collector
from pytest_cnb_report.suite.finding import Finding
from pytest_cnb_report.suite.ground import CannotJudgeError, Ground
from pytest_cnb_report.suite.ground import prepare as prepare_ground
from pytest_cnb_report.suite.junit import JUnit
from pytest_cnb_report.suite.own_build import OwnBuildSession
from pytest_cnb_report.suite.plan import Item
from pytest_cnb_report.suite.progress import Progress, width_of
from pytest_cnb_report.suite.reproducing import Reproducing
from pytest_cnb_report.suite.results import error_result, evidence_of, excused, result_of
from pytest_cnb_report.suite.session import Judged, JudgingSession
from pytest_cnb_report.suite.settings import settings_from

_GROUND = "cnb_ground"
_ITEM = pytest.StashKey[Item]()
_TOLD = pytest.StashKey[dict[str, Any]]()

CANNOT_BEGIN = (
    OptionError,
    LifecycleError,
    RegistryUnavailable,
    RegistryError,
    DaemonUnavailable,
    DaemonError,
    CannotJudgeError,
    KnownFailuresError,
    WriteError,
    ScratchError,
)
"""What says, in a message for the reader, why a run cannot begin or an item cannot be judged."""


def register(config: pytest.Config, name: str) -> None:
    """Add the suite to this pytest run; raises pytest.UsageError where it cannot begin."""
    with contextlib.ExitStack() as stack:
        try:
            suite = Suite(config, stack)
        except CANNOT_BEGIN as problem:
            raise pytest.UsageError(str(problem)) from None
        config.pluginmanager.register(suite, name)
        config.pluginmanager.register(suite.reproducing)
        if config.option.xmlpath and not suite.is_worker:
            config.pluginmanager.register(JUnit(Path(config.option.xmlpath), suite.collector))
        config.add_cleanup(stack.pop_all().close)


class Suite:
    """The hooks of one run."""

    def __init__(self, config: pytest.Config, stack: contextlib.ExitStack) -> None:
        self.config = config
        self.report_later = False
        """The console script shows the report itself, once pytest has said all that it says."""
        self.interrupted = False
        """The user ended the run before everything was judged."""
        self.started = time.time()
        self.settings = settings_from(config)
        self.known = self._known_failures(self.settings.known_failures)
        workerinput = getattr(config, "workerinput", None)
        self.is_worker = workerinput is not None
        own_build: OwnBuildRun | None = config.pluginmanager.get_plugin(OWN_BUILD)
        self.session: JudgingSession | OwnBuildSession
        if own_build is not None:
            self._prepare_output()
            self.ground, self.session = own_build.begin(self.settings)
        else:
            if workerinput is not None:
                self.ground = Ground.loads(workerinput[_GROUND])
            else:
                self._prepare_output()
                stack.callback(remove_abandoned)  # what a worker left that did not end by itself
                self.ground = stack.enter_context(prepare_ground(self.settings))
            self.session = JudgingSession(self.settings, self.ground)
        stack.callback(self.session.close)
        planned = self.session.planned()
        self.items = self._selected(planned)
        self.collector = Collector(
            self.settings,
            self.ground,
            known=self.known,
            kept=self._entries_kept(),
            planned=planned,
            started=self.started,
        )
        self.reproducing = Reproducing(self.settings.output, self.ground.lifecycle, self.collector)
        self.progress = Progress(config, examples=self.settings.examples)
        self._evident: set[str] = set()

    def _prepare_output(self) -> None:
        """See that what is found out can be written, and have pytest write its part of it."""
        output = self.settings.output
        if output is not None and not self.config.option.collectonly:
            prepare(output)
            self.config.option.xmlpath = self.config.option.xmlpath or str(output / "junit.xml")
        known = self.settings.write_known_failures
        if known is not None:
            prepare(known.parent)
            if known.is_dir():
                raise WriteError(str(known), "there is a directory of that name")

    def _known_failures(self, path: Path | None) -> KnownFailures | None:
        if path is None:
            return None
        return read_known_failures(path, {requirement.id for requirement in load_catalogue()})

    def _entries_kept(self) -> KnownFailures | None:
        """Return the entries that a file written from this run takes over."""
        path = self.settings.write_known_failures
        there = path is not None and path.exists()
        return self.known or (self._known_failures(path) if there else None)

    def _selected(self, planned: Sequence[Item]) -> dict[str, list[Item]]:
        """Return the items that `--phase` and `--requirement` leave, by requirement."""
        asked = {r.id for r in load_catalogue().select(self.settings.requirements or ("*",))}
        items: dict[str, list[Item]] = {requirement.id: [] for requirement in load_catalogue()}
        for item in planned:
            if item.requirement.id in asked and item.phase in self.settings.phases:
                items[item.requirement.id].append(item)
        return items

    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - pytest-xdist is untyped
        """Tell a worker what was decided."""
        node.workerinput[_GROUND] = self.ground.dumps()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Say first what is judged."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or self.is_worker:
            return
        header = self.collector.header()
        for line in header if reporter.verbosity >= 0 else header[:1]:
            for piece in wrapped(line, width_of(reporter)):
                reporter.write_line(piece)
        if reporter.verbosity == 0:
            # items are ordered by case, so that file names would change with every line
            reporter.showfspath = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how much there is to judge."""
        if session.items:
            self.progress.expect(_call_of(item.nodeid) for item in session.items)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> object:
        """Keep what is judged on one call of the lifecycle on one worker."""
        if config.getoption("dist") != "load":
            return None
        from pytest_cnb_report.suite.scheduling import CallScheduling  # noqa: PLC0415

        return CallScheduling(config, log)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn from a worker how much there is to judge."""
        self.progress.expect(map(_call_of, ids))

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self, report: Any) -> Generator[None, Any, Any]:  # noqa: ANN401
        """Keep dots off the terminal: a line that says how far the run is takes their place."""
        status = yield
        if getattr(report, "cnb", None) is None or self.config.option.verbose > 0:
            return status
        return (status[0], "", "")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make an item of each phase, target and case of a requirement."""
        marker = metafunc.definition.get_closest_marker("cnb_requirement")
        if marker is None:
            return
        items = self.items[marker.args[0]]
        metafunc.parametrize("cnb_item", [pytest.param(item, id=item.name) for item in items])

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop requirements that are not asked for; order items by the call they are judged on."""
        empty = [item for item in items if _is_ours(item) and _item_of(item) is None]
        if empty:
            items[:] = [item for item in items if item not in empty]
            self.config.hook.pytest_deselected(items=empty)
        planned = [item for found in self.items.values() for item in found]
        order = {group: n for n, group in enumerate(dict.fromkeys(i.group for i in planned))}

        def place(item: pytest.Item) -> int:
            judged = _item_of(item)
            return -1 if judged is None else order[judged.group]

        if not self.config.pluginmanager.hasplugin("randomly"):
            items.sort(key=place)

    @pytest.fixture
    def cnb_finding(self, request: pytest.FixtureRequest, cnb_item: Item) -> Finding:
        """Judge the item; what the suite itself could not do is an error, not a failure."""
        node = request.node
        node.stash[_ITEM] = cnb_item
        try:
            judged = self.session.judge(cnb_item)
        except CANNOT_BEGIN as problem:
            result = error_result(cnb_item, str(problem), self.settings, self.ground)
            self._tell(node, result, None)
            raise pytest.fail.Exception(
                f"the suite could not judge this: {problem}", pytrace=False
            ) from None
        result = result_of(judged, self.settings, self.ground)
        self._tell(node, result, judged)
        final = excused(
            result,
            self.known,
            strict=self.settings.strict,
            today=datetime.date.today(),  # noqa: DTZ011 - a file's dates are the reader's own
        )
        self.reproducing.add(final, judged.observation)
        return Finding(cnb_item.requirement, final)

    def _tell(self, node: pytest.Item, result: Result, judged: Judged | None) -> None:
        node.user_properties += [
            ("requirement", result.requirement),
            ("level", result.level.value),
            ("phase", result.phase.value),
        ]
        told_too = None
        if judged is not None and judged.observation is not None:
            key = judged.item.group
            if key not in self._evident:
                self._evident.add(key)
                told_too = evidence_of(key, judged.observation)
        node.stash[_TOLD] = {
            "result": result_to_json(result),
            "evidence": None if told_too is None else asdict(told_too),
        }

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, Any]:
        """Let the result travel with pytest's own report of the item."""
        report = yield
        told_of = item.stash.get(_TOLD, None)
        judged = _item_of(item)
        if judged is not None and told_of is None and call.excinfo is not None:
            problem = f"{call.excinfo.typename}: {call.excinfo.value}"
            result = error_result(judged, problem, self.settings, self.ground)
            told_of = {"result": result_to_json(result), "evidence": None}
        if told_of is not None and (report.when == "call" or report.failed):
            report.cnb = told_of
        return report

    def pytest_runtest_logreport(self, report: Any) -> None:  # noqa: ANN401 - carries our own data
        """Gather results, in the process that reports them."""
        told_of = getattr(report, "cnb", None)
        if told_of is not None and not self.is_worker:
            self.collector.add(told_of)
            self.progress.step(_call_of(report.nodeid), self.collector.failed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Learn whether the run was stopped early; from a worker, send what it measured."""
        self.progress.end()
        stopped = session.shouldfail or session.shouldstop
        if stopped and self.collector.cut_short is None:
            self.collector.cut_short = str(stopped)
        calls = list(self.session.calls)
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["cnb_calls"] = json.dumps(calls)
        else:
            self.collector.add_calls(calls)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ANN401 - untyped
        """Take over what a worker measured, or that it crashed."""
        output = getattr(node, "workeroutput", None) or {}
        self.collector.add_calls(json.loads(output.get("cnb_calls", "[]")))
        if error:
            self.collector.cut_short = f"a worker ended unexpectedly: {error}"

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that not everything was judged, and whether it was the user who said so."""
        # what stops a run by itself, such as -x, raises exceptions derived from this one
        self.interrupted = type(excinfo.value) is KeyboardInterrupt
        self.collector.cut_short = "interrupted" if self.interrupted else str(excinfo.value)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401 - pytest's own
        """Print the table, the failures and the verdict."""
        if not (self.is_worker or self.report_later or self.config.option.collectonly):
            self.collector.show(terminalreporter)


def _call_of(nodeid: str) -> str:
    """Return the `phase-target-case` in `module::test[phase-target-case]`."""
    return nodeid.partition("[")[2].rstrip("]")


def _is_ours(item: pytest.Item) -> bool:
    return "cnb_item" in getattr(item, "fixturenames", ())


def _item_of(item: pytest.Item) -> Item | None:
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("cnb_item") if callspec is not None else None
    return found if isinstance(found, Item) else None

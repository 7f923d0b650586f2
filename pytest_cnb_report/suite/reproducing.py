"""Write reproductions at the end of a run, wherever its items were judged."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_cnb_report.report.write import WriteError
from pytest_cnb_report.suite.chosen import worker_name
from pytest_cnb_report.suite.reproduction import (
    FOLDER,
    Candidate,
    Failures,
    clear,
    put_in_place,
)

if TYPE_CHECKING:
    from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
    from pytest_cnb_report.observe.observation import Observation
    from pytest_cnb_report.report.results import Result
    from pytest_cnb_report.suite.collector import Collector

_SENT = "cnb_reproductions"


class Reproducing:
    """The hooks that write reproductions below `--output`; nothing without it."""

    def __init__(self, output: Path | None, lifecycle: Lifecycle, collector: Collector) -> None:
        self._output = output
        self._lifecycle = lifecycle
        self._collector = collector
        self._failures = Failures()
        self._candidates: list[Candidate] = []

    def add(self, result: Result, observation: Observation | None) -> None:
        """Remember a result that is not met, with what it was judged on."""
        if self._output is not None and observation is not None:
            self._failures.add(result, observation)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - pytest-xdist is untyped
        """Take over what a worker has written."""
        sent = json.loads((getattr(node, "workeroutput", None) or {}).get(_SENT, "{}"))
        self._candidates += [Candidate(**each) for each in sent.get("candidates", ())]
        if sent.get("problem"):
            self._collector.problem = sent["problem"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what was gathered; from a worker, send what was written."""
        if self._output is None:
            return
        own: list[Candidate] = []
        problem = None
        named = f"lifecycle {self._lifecycle.version or ''} ({self._lifecycle.given})"
        try:
            own = self._failures.write(self._output, worker_name(), " ".join(named.split()))
        except WriteError as error:
            problem = str(error)
        sent = getattr(session.config, "workeroutput", None)
        if sent is not None:
            told = {"candidates": [asdict(each) for each in own], "problem": problem}
            sent[_SENT] = json.dumps(told)
            return
        self._collector.problem = problem or self._collector.problem
        self._put_in_place(self._output, own)

    def _put_in_place(self, output: Path, own: list[Candidate]) -> None:
        try:
            places = put_in_place(output, [*own, *self._candidates])
        except WriteError as error:
            self._collector.problem = str(error)
        else:
            self._collector.reproduced = (output / FOLDER, len(places)) if places else None
        finally:
            clear(output)

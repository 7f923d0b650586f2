"""A pytest plugin that tells how long the lifecycle calls of a run took, without writing reports.

`cnb-conformance run … -- -p benchmarks.call_times` writes the sum of their seconds and how many
they were, as JSON, to the file that the variable `CALL_TIMES` names.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pytest_cnb_report.plugin import SUITE

VARIABLE = "CALL_TIMES"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the file once every call is made."""
    suite = session.config.pluginmanager.get_plugin(SUITE)
    if suite is None:
        return
    calls = [seconds for each in suite.collector.scenarios for seconds in each.calls]
    Path(os.environ[VARIABLE]).write_text(json.dumps([sum(calls), len(calls)]), encoding="utf-8")

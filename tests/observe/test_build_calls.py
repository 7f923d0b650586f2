"""What the phases of a build are called with, where that depends on the platform API."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_cnb_report.drive.cases import Build
from pytest_cnb_report.observe.build_calls import BuildCall, analyze
from pytest_cnb_report.platform_apis import PlatformApi


@pytest.mark.parametrize(("api", "told"), [("0.7", False), ("0.8", False), ("0.9", True)])
def test_the_analyzer_is_told_of_the_launch_cache_from_0_9(api: str, told: bool) -> None:
    called: list[str] = []

    def call(_: object, arguments: list[str], **__: object) -> object:
        called.extend(arguments)
        return SimpleNamespace(exit_code=0)

    bench: Any = SimpleNamespace(call=call, at_daemon=True, platform_api=PlatformApi.parse(api))
    build: Any = SimpleNamespace(layers=Path("/layers"), cache=Path("/cache"), run_file=("", ""))
    plan: Any = None
    ask = Build(launch_cache=True)
    analyze(bench, BuildCall(ask, build, Path("/"), plan, "run", "other", ("app",)))
    assert ("-launch-cache" in called) is told

"""`cnb-conformance run`: pytest on the suite, with a configuration of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_cnb_report.cli.exit import INTERRUPTED
from pytest_cnb_report.plugin import PACKAGE, SUITE, conformance_folder
from pytest_cnb_report.report.verdict import COULD_NOT_JUDGE

if TYPE_CHECKING:
    from pytest_cnb_report.pytest_plugin.suite import Suite

_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


class _Handle:
    """Gets hold of the suite of a pytest run, which pytest itself does not give out."""

    def __init__(self) -> None:
        self.suite: Suite | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        self.suite = config.pluginmanager.get_plugin(SUITE)
        if self.suite is not None:
            self.suite.report_later = True


def run(
    options: Sequence[str], pytest_arguments: Sequence[str], *, plugins: Sequence[object] = ()
) -> int:
    """Judge a lifecycle and return the exit code of the console script.

    `options` are in pytest's spelling (`--cnb-x=value`); `plugins` are given to pytest.
    """
    for name in _FOREIGN:
        os.environ.pop(name, None)
    cache = _cache_folder()
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache / "hypothesis"))
    handle = _Handle()
    arguments = [*_own_arguments(cache), *options, *pytest_arguments]
    code = pytest.main(arguments, plugins=[*plugins, handle])
    return _exit_code(code, handle.suite)


def _cache_folder() -> Path:
    """Return the user's cache folder of this suite (XDG Base Directory Specification)."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = Path("~").expanduser() if os.environ.get("HOME") else Path(tempfile.gettempdir())
    return (named if named.is_absolute() else home / ".cache") / "pytest-cnb-report"


def _own_arguments(cache: Path) -> list[str]:
    configuration = resources.files("pytest_cnb_report.cli").joinpath("pytest.ini")
    return [
        *("-c", str(configuration)),
        *("-o", f"cache_dir={cache / 'pytest'}"),
        *("--rootdir", str(conformance_folder().parent)),
        "--noconftest",
        "--assert=plain",  # this package is imported already, so that pytest cannot rewrite it
        *("-p", "no:tmpdir"),
        *("-p", "cnb-report"),
        "--no-header",
        "--tb=no",
        "-rN",
        *("--pyargs", PACKAGE),
    ]


def _exit_code(code: int, suite: Suite | None) -> int:
    """Show the report, and return what it comes to."""
    if suite is None and code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if suite is None:
        return COULD_NOT_JUDGE
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        return COULD_NOT_JUDGE
    if suite.config.option.collectonly:
        return int(code)
    shown = suite.show(suite.config.pluginmanager.get_plugin("terminalreporter"))
    return INTERRUPTED if suite.interrupted else shown

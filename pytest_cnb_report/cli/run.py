"""`cnb-conformance run`: pytest on the suite, with a configuration of its own."""

from __future__ import annotations

import _thread
import contextlib
import gc
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_cnb_report.cli.exit import refusing
from pytest_cnb_report.cli.start import INTERRUPTED
from pytest_cnb_report.planning.context import CannotJudgeError
from pytest_cnb_report.planning.limits import see_to_limits
from pytest_cnb_report.plugin import PACKAGE, SUITE, conformance_folder
from pytest_cnb_report.report.verdict import COULD_NOT_JUDGE

if TYPE_CHECKING:
    from pytest_cnb_report.pytest_plugin.suite import Suite

_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
_ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_NO_PLUGINS": "1"}
"""Keep plugins out that happen to be installed on the machine: any could change a verdict."""
_PLUGINS = ("pytest_cnb_report.plugin", "xdist.plugin")
"""By module, as workers of pytest-xdist do not look up names of entry points."""
_UNUSED = ("doctest", "tmpdir", "unittest", "unraisableexception")


class _Handle:
    """Gets hold of the suite of a pytest run, which pytest itself does not give out."""

    def __init__(self) -> None:
        self.suite: Suite | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        gc.freeze()
        gc.enable()
        self.suite = config.pluginmanager.get_plugin(SUITE)
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if self.suite is not None:
            self.suite.report_later = True
            if reporter is not None:
                _speak_of_scenarios(reporter)


def _speak_of_scenarios(reporter: Any) -> None:  # noqa: ANN401 - pytest keeps its class to itself
    """Leave out what pytest says of itself and its items: ours are requirements and scenarios."""
    separate = reporter.write_sep

    def write_sep(sep: str, title: str | None = None, **style: Any) -> None:  # noqa: ANN401
        # the verdict says how the run ended, too
        if title != "test session starts" and sep != "!":
            separate(sep, title, **style)

    def report_collect(final: bool = False) -> None:
        left_out = len(reporter.stats.get("deselected", ()))
        if final and reporter.isatty and reporter.verbosity >= 0:  # over its "collecting ..."
            reporter.rewrite("", erase=True)
            reporter.rewrite("")
        if final and left_out:
            every = reporter._numcollected
            noun = "scenario" if every == 1 else "scenarios"
            reporter.write_line(f"selected {every - left_out:,} of {every:,} {noun}")

    def locationline(nodeid: object, *_: object) -> str:
        return f"{str(nodeid).partition('[')[2].removesuffix(']') or nodeid} "

    if reporter.verbosity < 0:
        line = reporter._tw.line
        reporter._tw.line = lambda text="", **style: line(text, **style) if text else None
    reporter._locationline = locationline
    reporter._report_keyboardinterrupt = lambda: None
    reporter.write_sep = write_sep
    reporter.report_collect = report_collect
    reporter.summary_stats = lambda: None


def run(
    options: Sequence[str],
    pytest_arguments: Sequence[str],
    *,
    lifecycle: str = "",
    plugins: Sequence[object] = (),
) -> int:
    """Judge a lifecycle and return the exit code of the console script.

    `options` are in pytest's spelling (`--cnb-x=value`); `lifecycle` is a name to remember by what
    failed; `plugins` are given to pytest.
    """
    with refusing(CannotJudgeError):
        see_to_limits(jobs=1)  # pytest itself would end in a traceback
    cache = _cache_folder()
    handle = _Handle()
    arguments = [*_own_arguments(cache / "pytest" / _key(lifecycle)), *options, *pytest_arguments]
    with _own_variables(cache), no_interrupt_lost():
        try:
            code = pytest.main(arguments, plugins=[*plugins, handle])
        except KeyboardInterrupt:  # while pytest ends: what was judged until then is kept
            if handle.suite is None:
                raise
            handle.suite.interrupt()
            code = pytest.ExitCode.INTERRUPTED
        try:
            return _exit_code(code, handle.suite)
        finally:
            if handle.suite is not None:
                handle.suite.outputs.close()


@contextlib.contextmanager
def no_interrupt_lost() -> Iterator[None]:
    """Interrupt again what was interrupted in a callback of the garbage collector.

    Python shows an exception there, and goes on as if there had been none; Hypothesis has one.
    """
    usual = sys.unraisablehook

    def heed(lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            _thread.start_new_thread(_thread.interrupt_main, ())
        else:
            usual(lost)

    sys.unraisablehook = heed
    try:
        yield
    finally:
        sys.unraisablehook = usual


@contextlib.contextmanager
def _own_variables(cache: Path) -> Iterator[None]:
    """Change this process's environment, which workers get, for the length of a block."""
    before = dict(os.environ)
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(_ALONE)
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache / "hypothesis"))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _cache_folder() -> Path:
    """Return the user's cache folder of this suite (XDG Base Directory Specification)."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = Path("~").expanduser() if os.environ.get("HOME") else Path(tempfile.gettempdir())
    return (named if named.is_absolute() else home / ".cache") / "pytest-cnb-report"


def _key(lifecycle: str) -> str:
    """Name a folder for what pytest remembers of a lifecycle: scenarios are called the same."""
    return hashlib.sha256(lifecycle.encode(errors="surrogateescape")).hexdigest()[:16]


def _own_arguments(cache: Path) -> list[str]:
    configuration = resources.files("pytest_cnb_report.cli").joinpath("pytest.ini")
    return [
        *("-c", str(configuration)),
        *("-o", f"cache_dir={cache}"),
        *("--rootdir", str(conformance_folder().parent)),
        "--noconftest",
        "--assert=plain",  # this package is imported already, so that pytest cannot rewrite it
        # parts of pytest that the suite does not use, and that take a fifth of a second: unittest's
        # import, and five collections of garbage at the end
        *(word for name in _UNUSED for word in ("-p", f"no:{name}")),
        *(word for plugin in _PLUGINS for word in ("-p", plugin)),
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

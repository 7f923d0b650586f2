"""The pytest plugin: options and fixtures always, everything else only when the suite runs.

Installed but unused it adds options and a few fixtures and imports nothing but this module, the
option list and the fixtures, which import nothing in their turn.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.public_fixtures import (  # noqa: F401 - pytest finds them here
    _cnb_lab,
    cnb_check,
    cnb_create,
    cnb_daemon,
    cnb_export,
    cnb_lifecycle,
    cnb_observe,
    cnb_rebase,
    cnb_registry,
    cnb_run_image,
    make_cnb_lab,
    pytest_runtest_protocol,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "pytest_cnb_report.conformance"
SUITE = "cnb-report-suite"
"""The name of the plugin that is registered where the suite runs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare every option, for the command line and for the ini file."""
    group = parser.getgroup("cnb-report", "conformance of a Cloud Native Buildpacks lifecycle")
    for option in OPTIONS:
        if option.flag:
            group.addoption(
                f"--cnb-{option.name}",
                dest=option.attribute,
                action="store_true",
                help=option.help_for_pytest,
            )
        else:
            group.addoption(
                f"--cnb-{option.name}",
                dest=option.attribute,
                action="append" if option.many else "store",
                metavar=option.metavar,
                help=option.help_for_pytest,
            )
        parser.addini(option.attribute, option.help_for_pytest, default="")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Bring the suite in where its tests are asked for."""
    config.addinivalue_line("markers", "cnb_phase(name): run the scenarios of this phase")
    if is_asked_for(config.args, config.invocation_params.dir):
        from pytest_cnb_report.pytest_plugin.suite import register  # noqa: PLC0415

        register(config, SUITE)


def is_asked_for(arguments: Sequence[str], directory: Path) -> bool:
    """Whether any of the things to collect is the suite, by package name or by path."""
    for argument in arguments:
        place = str(argument).partition("::")[0].partition("[")[0]
        if place == PACKAGE or place.startswith(f"{PACKAGE}."):
            return True
        path = Path(directory, place)
        if path.exists() and any(map(_is_suite, (path.resolve(), *path.resolve().parents))):
            return True
    return False


def _is_suite(folder: Path) -> bool:
    """Whether a folder holds the suite's tests: inside the package, or beside it in a checkout."""
    if folder.name != "conformance":
        return False
    beside = folder.parent / "pytest_cnb_report"
    package = beside if beside.is_dir() else folder.parent
    return package.name == "pytest_cnb_report" and (package / "plugin.py").is_file()


def conformance_folder() -> Path:
    """Return the folder of this package's suite: beside the package in a checkout, else in it."""
    package = Path(__file__).resolve().parent
    checkout = package.parent / "conformance"
    return checkout if _is_suite(checkout) else package / "conformance"

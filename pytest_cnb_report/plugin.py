"""The pytest plugin: options and fixtures always, everything else only when the suite runs.

Installed but unused it adds options and a few fixtures and imports nothing but this module and the
option list.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_cnb_report.options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "pytest_cnb_report.conformance"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare every option, for the command line and for the ini file."""
    group = parser.getgroup("cnb-report", "conformance of a Cloud Native Buildpacks lifecycle")
    for option in OPTIONS:
        if option.flag:
            group.addoption(
                f"--cnb-{option.name}", dest=option.attribute, action="store_true", help=option.help
            )
        else:
            group.addoption(
                f"--cnb-{option.name}",
                dest=option.attribute,
                action="append" if option.many else "store",
                metavar=option.metavar,
                help=option.help,
            )
        parser.addini(option.attribute, option.help, default="")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Bring the suite in where its tests are asked for."""
    config.addinivalue_line("markers", "cnb_requirement(id): judge this requirement")
    if is_asked_for(config.args, config.invocation_params.dir):
        from pytest_cnb_report.suite.pytest_suite import register  # noqa: PLC0415

        register(config)


def is_asked_for(arguments: Sequence[str], directory: Path) -> bool:
    """Whether any of the things to collect is the suite, by package name or by path."""
    home = _home()
    for argument in arguments:
        place = str(argument).partition("::")[0].partition("[")[0]
        if place == PACKAGE or place.startswith(f"{PACKAGE}."):
            return True
        path = Path(directory, place)
        if path.exists() and path.resolve().is_relative_to(home):
            return True
    return False


def _home() -> Path:
    """Return the folder of the suite's tests: beside the package in a checkout, else inside it."""
    package = Path(__file__).resolve().parent
    checkout = package.parent / "conformance"
    return checkout if checkout.is_dir() else package / "conformance"

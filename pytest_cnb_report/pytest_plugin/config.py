"""The options of a run, from pytest's command line, the environment and the ini file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_cnb_report.options import OPTIONS, OptionError, check_variables, find
from pytest_cnb_report.planning.settings import Settings, read_settings


def settings_from(config: pytest.Config) -> Settings:
    """Read the options of a run from pytest's command line, the environment and the ini file.

    Raises OptionError for the first that cannot be.
    """
    check_variables(os.environ)
    values = {}
    for option in OPTIONS:
        given = config.getoption(option.attribute)
        values[option.name] = find(
            option,
            given=",".join(given) if isinstance(given, list) else given,
            environment=os.environ,
            ini=config.getini,
        )
    try:
        return read_settings(values)
    except OptionError as problem:
        raise OptionError(f"{problem}{_not_typed(config, str(problem))}") from None


def output_from(config: pytest.Config) -> Path | None:
    """Return the folder for the results, whatever is wrong with other options."""
    option = next(each for each in OPTIONS if each.name == "output")
    given = config.getoption(option.attribute) or None
    value = find(option, given=given, environment=os.environ, ini=config.getini)
    return Path(str(value)) if value else None


def _not_typed(config: pytest.Config, problem: str) -> str:
    """Say where a value comes from that nobody gave on the command line."""
    for option in OPTIONS:
        about = problem.startswith((f"--{option.name} ", f"--{option.name}:"))
        if about and config.getoption(option.attribute) in (None, False):
            if os.environ.get(option.variable):
                return f" (given by {option.variable})"
            if config.getini(option.attribute):
                return f" (given by {option.attribute} in {config.inipath})"
    return ""

"""Write observations to disk and read them back: a recorded run can be judged again.

Nothing but the observation is needed for that, neither the lifecycle nor a registry, so that other
rules can be tried on what was seen once. A record is a text file: a line of JSON that says what it
is, then one for each observation.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path

from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.preconf.json import JsonConverter, make_converter

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.version import VERSION

FORMAT = 1
"""Changes when records written before can no longer be read."""

_WHAT = "pytest-cnb-report observations"


class RecordError(ValueError):
    """A file is no record of observations; the message names it and says what is wrong."""


def write_record(path: Path, observations: Iterable[Observation]) -> None:
    """Write observations to a file, in the place of what was there; raises OSError."""
    heading = json.dumps({"what": _WHAT, "format": FORMAT, "version": VERSION})
    with path.open("w", encoding="utf-8") as file:
        file.write(heading + "\n")
        for observation in observations:
            file.write(dumps(observation) + "\n")


def read_record(path: Path) -> tuple[Observation, ...]:
    """Read what `write_record` wrote; raises RecordError, and OSError where there is no file."""
    with path.open(encoding="utf-8") as file:
        try:
            _check(file.readline())
            return tuple(loads(line) for line in file)
        except ValueError as problem:
            raise RecordError(f"{path}: {problem}") from problem


def _check(line: str) -> None:
    try:
        heading = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise RecordError(f"no record of observations: {problem}") from problem
    if not isinstance(heading, dict) or heading.get("what") != _WHAT:
        raise RecordError("no record of observations")
    if heading.get("format") != FORMAT:
        raise RecordError(
            f"a record of format {heading.get('format')}, written by version"
            f" {heading.get('version')}; this version reads format {FORMAT}"
        )


def dumps(observation: Observation) -> str:
    """Write an observation as one line of JSON."""
    return _converter().dumps(observation)


def loads(line: str) -> Observation:
    """Read what `dumps` wrote; raises RecordError where it is anything else."""
    try:
        return _converter().loads(line, Observation)
    except (BaseValidationError, ForbiddenExtraKeysError) as problem:
        raise RecordError(f"no observation: {_first(problem)}") from problem
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        raise RecordError(f"no observation: {problem}") from problem


def _first(problem: BaseException) -> str:
    """Return the innermost of the causes that cattrs gives, which says what it is about."""
    while isinstance(problem, BaseValidationError) and problem.exceptions:
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}"


@functools.cache
def _converter() -> JsonConverter:
    return make_converter(forbid_extra_keys=True)

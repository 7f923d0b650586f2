"""What the process that reports and those that try lifecycles say to each other, a line each."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TypeVar

from cattrs.preconf.json import JsonConverter, make_converter

from pytest_cnb_report.selftest.fault_runner import DaemonPlace
from pytest_cnb_report.selftest.trial import Trial

T = TypeVar("T")


@dataclass(frozen=True)
class Beginning:
    """The first thing that a worker is told."""

    daemon: DaemonPlace | None = None


@dataclass(frozen=True)
class Question:
    """The name of a fault to try."""

    fault: str


@dataclass(frozen=True)
class Answer:
    """How the faulty lifecycle fared, and the right one at the same place; or why nothing did."""

    faulty: Trial | None = None
    right: Trial | None = None
    problem: str = ""


@functools.cache
def _converter() -> JsonConverter:
    return make_converter()


def dumps(message: Beginning | Question | Answer) -> str:
    """Write a message as one line."""
    return _converter().dumps(message) + "\n"


def loads(line: str, kind: type[T]) -> T:
    """Read a line that `dumps` wrote."""
    return _converter().loads(line, kind)

"""A process that forks a child for each call of a legal variation, as the self-test's does."""

from __future__ import annotations

import functools
import importlib
import socket
import sys
from collections.abc import Mapping, Sequence
from unittest import mock

from pytest_cnb_report.reference import entry
from pytest_cnb_report.reference.lifecycle import Lifecycle
from pytest_cnb_report.reference.server import PRELOADED, serve

from .corpus import BY_NAME
from .evidence import EVIDENCE

VARIATION = "LEGAL_VARIATION"
"""The variable that names a variation; without it the call is one of the reference itself."""


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one phase, in a process that does nothing else."""
    own = {VARIATION, EVIDENCE}
    rest = {key: value for key, value in environment.items() if key not in own}
    if VARIATION not in environment:
        return entry.run(arguments, rest)
    variation = BY_NAME[environment[VARIATION]]
    lifecycle = functools.reduce(Lifecycle.with_part, variation.parts, Lifecycle())
    program = entry.run if variation.around is None else variation.around(entry.run)
    with mock.patch.object(entry, "lifecycle_for", return_value=lifecycle):
        return program(arguments, rest)


def main() -> None:
    """Serve on the socket whose descriptor is the last argument."""
    for module in PRELOADED:
        importlib.import_module(module)
    with socket.socket(fileno=int(sys.argv[-1])) as control:
        serve(control, run)

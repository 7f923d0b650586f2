"""Finding the Docker daemon that is there already."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.address import usual_addresses
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.options import without_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_cnb_report.daemon.client import Engine
    from pytest_cnb_report.daemon.errors import DaemonError

AUTO = "auto"
"""The value of `--daemon` that finds one."""


@contextlib.contextmanager
def found(*, timeout: float = 60, environment: Mapping[str, str] | None = None) -> Iterator[Engine]:
    """Connect to the first daemon that answers where daemons usually listen.

    The arguments are those of `connected`. Raises DaemonUnavailable, which says of each address why
    it will not do.
    """
    environment = os.environ if environment is None else environment
    addresses = usual_addresses(environment)
    refusals = []
    with contextlib.ExitStack() as stack:
        engine = None
        for address in addresses:
            connection = connected(address, timeout=timeout, environment=environment)
            try:
                engine = stack.enter_context(connection)
                break
            except DaemonUnavailable as error:
                refusals.append(error)
        if engine is None:
            raise _none(refusals)
        yield engine


def _none(refusals: list[DaemonUnavailable]) -> DaemonUnavailable:
    if len(refusals) == 1:
        return refusals[0]
    addresses: dict[str, list[str]] = {}
    for refusal in refusals:
        addresses.setdefault(refusal.answered, []).append(refusal.daemon)
    answers = "; ".join(f"{', '.join(them)}: {answer}" for answer, them in addresses.items())
    remedies = dict.fromkeys(refusal.remedy for refusal in refusals)
    return DaemonUnavailable(AUTO, "none answers", answers, ", or ".join(remedies))


def none_answers(problem: DaemonError) -> str:
    """Return a short message that no daemon answers, for a run that did not name one."""
    at = "" if problem.daemon == AUTO else f"{problem.daemon}: "
    tried = without_password(f"{at}{problem.answered}").replace("unix://", "")
    return f"no Docker daemon answers (tried {tried})"

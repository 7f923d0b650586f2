"""Finding the Docker daemon that is there already."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.address import usual_addresses
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.errors import DaemonUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_cnb_report.daemon.client import Engine


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
    answers = "; ".join(f"{refusal.daemon}: {refusal.answered}" for refusal in refusals)
    remedies = dict.fromkeys(refusal.remedy for refusal in refusals)
    return DaemonUnavailable("auto", "find one that answers", answers, ", or ".join(remedies))

"""Tell a registry or daemon that is at fault from a lifecycle that is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.protocol import Registry, RegistryError
from pytest_cnb_report.registry.try_out import try_out

TROUBLE_LASTS = 60.0
"""Seconds for which a registry that failed the suite's own request is held to be in trouble."""

_SLOW = 0.5
"""The part of a call's time limit that the control requests may take, which are about as many."""

_BEFORE, _AFTER = 260, 40
"""Characters of a line that are shown, from what shows that it is about a server."""

_TROUBLE = re.compile(
    r"""
      \b(?:429|50[0234])\b [^\n]{0,20} (?:too\ many|internal|bad\ gateway|unavailable|time-?out)
    | \bstatus\b [^\n]{0,30} \b(?:429|50[0234])\b
    | toomanyrequests | connection\ (?:was\ )?reset | broken\ pipe | unexpected\ eof | :\ eof\b
    | i/o\ timeout | tls\ handshake\ timeout | server\ closed\ idle\ connection
    | remote\ end\ closed | incompleteread
    | error\ verifying | checksum | \bhas\ digest\b | digest\b [^\n]{0,30} (?:mismatch | match)
    | cannot\ connect\ to\ the\ docker\ daemon
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""How clients tell of a server that fails: in Go's words, in Python's, or by an HTTP status."""


def complaint(call: Invocation) -> str | None:
    """Return the words in which a call tells of a server that fails; None where it does not."""
    found = ((line, _TROUBLE.search(line)) for line in call.lines)
    cut = (line[max(0, m.end() - _BEFORE) : m.end() + _AFTER].strip() for line, m in found if m)
    return next(cut, None)


def require_sound_registry(
    registry: Registry,
    call: Invocation,
    timeout: float,
    *,
    repository: str,
    pull: Callable[[], None],
) -> None:
    """Raise RegistryError where it may be the registry's fault that a call did not do as it had to.

    It is where a control request fails, or one of the suite's own has failed lately, even if a
    retry helped. It may be where the call tells of it, or ran into its time limit of `timeout`
    seconds at a registry that is slow. `repository` takes what the control requests push, and
    `pull` pulls what the call may have had to read.
    """
    began = time.monotonic()
    try:
        pull()
        try_out(registry, repository)
    except RegistryError as problem:
        raise _control_failed(problem, call) from problem
    took = time.monotonic() - began
    trouble = registry.last_trouble if isinstance(registry, RegistryClient) else None
    if trouble is not None and time.monotonic() - trouble.at < TROUBLE_LASTS:
        raise _control_failed(trouble.problem, call)
    if call.timed_out and took > timeout * _SLOW:
        raise RegistryError(
            registry.address,
            "the suite's own requests, after a call that timed out",
            f"took {took:.1f} s, for about as many requests as a rebase makes",
            "use a closer registry, or raise --timeout",
        )
    told = complaint(call)
    if told is not None:
        raise RegistryError(
            registry.address,
            "the lifecycle says of its requests",
            told,
            "the suite's own were answered: run it again, or with --registry embedded, to tell"
            " which of the two is at fault",
        )


def _control_failed(problem: RegistryError, call: Invocation) -> RegistryError:
    registry, asked, answered, remedy = problem.args
    asked = f"the suite's own {asked}, beside a call that {call.ending}"
    return RegistryError(registry, asked, answered, remedy)

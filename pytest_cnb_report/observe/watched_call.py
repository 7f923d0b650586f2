"""Call a phase with an eye on everything that stands at the target besides its own images."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from pytest_cnb_report.drive.cases import Build, Rebase
from pytest_cnb_report.drive.inventory import Watched
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.observation import Asked


def watched_call(
    bench: Bench,
    ask: Build | Rebase,
    asked: Asked,
    staged: Iterable[str],
    call: Callable[[], Invocation],
) -> Watched[Invocation]:
    """Make a call; meanwhile the registry refuses what the case has it refuse.

    `staged` are the names of the images that were put in place for it.
    """
    previous = () if asked.previous_image is None else (asked.previous_image,)
    names = tuple(dict.fromkeys((*staged, *asked.images, *previous)))
    refused = ask.refused_push
    with (
        contextlib.nullcontext()
        if refused is None
        else bench.host.refusing(asked.images[refused.image], refused.status)
    ):
        return bench.host.watched(names, call)

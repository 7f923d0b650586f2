"""Several workers find what one process finds, and a worker that dies takes nothing with it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from kill_worker import KILL_WORKER

from .caller import ONE_ITEM, REGISTRY, Caller

ASKED = (
    *("--requirement", "report.run-image.*,rebase.labels.*,rebase.tags.same-image"),
    *("--examples", "2", "--lifecycle", "reference:values-trimmed"),
)
SOME = ("--", "-k", "plain or twice or optional or labels or generated")


def told(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What each result says, in the order in which they stand."""
    keys = ("requirement", "level", "phase", "target", "case", "outcome", "message")
    return [tuple(result[key] for key in keys) for result in report["results"]]


def test_workers_find_what_one_process_finds(caller: Caller) -> None:
    alone = caller.inside(*REGISTRY, "--phase", "rebaser", *ASKED, "--output", "alone", *SOME)
    several = caller.conformance(
        *REGISTRY, "--phase", "rebaser", *ASKED, "--output", "several", "-n", "2", *SOME
    )
    assert (alone.code, several.code) == (1, 1)
    first, second = caller.report("alone"), caller.report("several")
    assert told(first) == told(second)
    assert len({outcome for *_, outcome, _ in told(first)}) > 2
    for key in ("summary", "complete", "conformant", "deselected", "seed", "targets", "lifecycle"):
        assert first[key] == second[key], key
    calls = [report["timing"]["invocations"] for report in (first, second)]
    assert min(calls) > 0


def test_a_worker_that_dies_leaves_no_verdict_of_conformance(caller: Caller) -> None:
    once = caller.folder / "once"
    script = caller.script(
        "deadly",
        f'if [ "$1" = rebaser ] && [ $# -gt 2 ] && mkdir {once} 2>/dev/null; then',
        f"  {KILL_WORKER}; sleep 100",
        "fi",
        f'exec {sys.executable} -m pytest_cnb_report.reference "$@"',
    )
    asked = ("--phase", "rebaser", "--requirement", "report.image.*", *REGISTRY, "--output", "out")
    few = ("--", "-k", "several-images or twice")
    ended = caller.conformance("--lifecycle", f"command:{script}", *asked, "-n", "2", *few)
    assert once.is_dir()
    assert ended.code == 2, ended.said
    report = caller.report()
    assert "a worker ended unexpectedly" in report["cut_short"]
    assert not report["conformant"]
    assert report["results"]
    assert "cut short" in ended.stdout


def test_the_next_run_ends_what_a_killed_one_left(caller: Caller) -> None:
    mark = caller.folder / "waiting"
    lines = (f"touch {mark}", "(sleep 3600 & wait)")
    script = caller.script("slow", 'if [ "$1" = rebaser ]; then', *lines, "fi")
    process = caller.start("cnb-conformance", "run", "--lifecycle", f"command:{script}", *REGISTRY)
    while not mark.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert caller.left_behind(within=0.5) != []
    assert caller.inside(*ONE_ITEM).code == 0
    assert caller.left_behind() == []

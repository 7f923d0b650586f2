"""A lifecycle that leaves something odd in the report's place is judged on it, and ends in time."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.values import Phase

from .judging import PROFILE, carried_out, failures

LEFT = {
    "a FIFO": ('rm "$report"; mkfifo "$report"', {"report.written"}),
    "a folder": ('rm "$report"; mkdir -p "$report/report.toml"', {"report.written"}),
    "a loop": ('rm "$report"; ln -s "$report" "$report"', {"report.written"}),
    "a device": ('rm "$report"; ln -s /dev/zero "$report"', {"report.written"}),
    "fifty megabytes": ('truncate -s 50M "$report"', {"report.valid-toml"}),
    "a FIFO that somebody holds": (
        'rm "$report"; mkfifo "$report"; sleep 60 >"$report" &',
        {"report.written"},
    ),
}


@pytest.mark.parametrize("what", LEFT)
def test_left_in_the_place_of_the_report(what: str, bench: Bench, tmp_path: Path) -> None:
    mangle, expected = LEFT[what]
    script = tmp_path / "lifecycle"
    script.write_text(
        "#!/bin/sh\nset -e\n"
        f'{sys.executable} -m pytest_cnb_report.reference "$@"\n'
        'while [ $# -gt 0 ]; do [ "$1" != -report ] || report=$2; shift; done\n'
        f'[ -z "$report" ] || {{ {mangle}\n}}\n'
    )
    script.chmod(0o755)
    lifecycle = resolve(f"command:{script}", phases=tuple(Phase), profile=PROFILE.value)
    began = time.monotonic()
    seen = carried_out(
        bench.handed_to(lifecycle, tmp_path, with_exported=False), "exporter", "plain"
    )
    assert time.monotonic() - began < 20
    assert seen.blocked is None
    assert set(failures(seen)) == expected

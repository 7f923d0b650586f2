"""A lifecycle that leaves something odd on its disk is judged on it, and ends in time."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.inputs import MOST_INPUTS
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.registry.limits import Limits
from pytest_cnb_report.values import Phase

from .judging import PROFILE, carried_out, failures

PUSHING = Path(__file__).with_name("pushing_too_much.py")
MEGABYTE = 1024 * 1024

LEFT = {
    "a FIFO": ('rm "$report"; mkfifo "$report"', {"report.written"}),
    "a folder": ('rm "$report"; mkdir -p "$report/report.toml"', {"report.written"}),
    "a loop": ('rm "$report"; ln -s "$report" "$report"', {"report.written"}),
    "a device": ('rm "$report"; ln -s /dev/zero "$report"', {"report.written"}),
    "a link to the kernel log": ('ln -sf /proc/kmsg "$report"', {"report.written"}),
    "fifty megabytes": ('truncate -s 50M "$report"', {"report.valid-toml"}),
    "a FIFO that somebody holds": (
        'rm "$report"; mkfifo "$report"; sleep 60 >"$report" &',
        {"report.written"},
    ),
}


@pytest.mark.parametrize("what", LEFT)
def test_left_in_the_place_of_the_report(what: str, bench: Bench, tmp_path: Path) -> None:
    mangle, expected = LEFT[what]
    seen = _exported(
        bench,
        tmp_path,
        'while [ $# -gt 0 ]; do [ "$1" != -report ] || report=$2; shift; done\n'
        f'[ -z "$report" ] || {{ {mangle}\n}}\n',
    )
    assert set(failures(seen)) == expected


def test_left_by_the_analyzer_for_the_exporter(bench: Bench, tmp_path: Path) -> None:
    """What an exporter has no use for is nobody's failure; it is named where it is not kept."""
    seen = _exported(
        bench,
        tmp_path,
        'case "$*" in *exporter*) exit;; esac\n'
        'while [ $# -gt 0 ]; do [ "$1" != -layers ] || cd "$2"; shift; done\n'
        "mkfifo fifo; ln -s /dev/zero zeros; ln -s nowhere dangling; ln -s .. loop\n"
        "truncate -s 1T sparse; mkdir many; cd many; seq 2000 | xargs touch\n",
    )
    assert failures(seen) == {}
    assert {
        each.path.removeprefix("layers/"): each.left_out for each in seen.inputs if each.left_out
    } == {
        "fifo": "a FIFO",
        "zeros": "a symbolic link",
        "dangling": "a symbolic link",
        "loop": "a symbolic link",
        "sparse": f"a file of {2**40} bytes",
    }
    assert len(seen.inputs) == MOST_INPUTS


def test_a_layer_that_inflates_without_end(bench: Bench, tmp_path: Path) -> None:
    """Of a gzip bomb a bounded part is read; the verdict is about its scenario alone."""
    pushing = _lifecycle(tmp_path, _pushing("bomb", 32 * MEGABYTE))
    small = replace(bench, inflated=MEGABYTE).handed_to(pushing, tmp_path, with_exported=False)
    seen = carried_out(small, "exporter", "plain")
    assert isinstance(seen.app, AppImage)
    assert seen.app.layers[-1].diff_id is None
    assert "export.layers" in failures(seen)
    assert failures(carried_out(bench, "exporter", "plain")) == {}


def test_a_blob_that_is_larger_than_the_registry_takes(bench: Bench, tmp_path: Path) -> None:
    pushing = _lifecycle(tmp_path, _pushing("blob", 2 * MEGABYTE))
    with embedded_registry(limits=Limits(blob=MEGABYTE)) as registry:
        host = RegistryHost(registry, "limited")
        limited = replace(bench.at(host), tidies=True)
        seen = carried_out(
            limited.handed_to(pushing, tmp_path, with_exported=False), "exporter", "plain"
        )
        assert seen.call is not None
        assert "this registry takes 1048576" in seen.call.stderr
        assert set(failures(seen)) == {"export.succeeds"}
        assert failures(carried_out(limited, "exporter", "plain")) == {}
        assert registry.tags("limited") == ()


def _pushing(kind: str, size: int) -> str:
    return f'exec {sys.executable} {PUSHING} {kind} {size} "$@"\n'


def _exported(bench: Bench, folder: Path, afterwards: str) -> Observation:
    """Have a lifecycle export that does something more in a shell at the end of each call."""
    lifecycle = _lifecycle(
        folder, f'{sys.executable} -m pytest_cnb_report.reference "$@"\n{afterwards}'
    )
    began = time.monotonic()
    seen = carried_out(bench.handed_to(lifecycle, folder, with_exported=False), "exporter", "plain")
    assert time.monotonic() - began < 20
    assert seen.blocked is None
    return seen


def _lifecycle(folder: Path, commands: str) -> Lifecycle:
    """Return a lifecycle that is a shell script."""
    script = folder / "lifecycle"
    script.write_text(f"#!/bin/sh\nset -e\n{commands}")
    script.chmod(0o755)
    return resolve(f"command:{script}", phases=tuple(Phase), profile=PROFILE.value)

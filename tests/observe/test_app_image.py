"""An exported image that is odd is rebased all the same, or told to be in the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.images.build import with_config
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.build_phase import export_app

from .judging import carried_out, failures
from .test_images import METADATA, ODD_CONFIGS

ODD = [what for what in ODD_CONFIGS if what != "half characters"]

SUCCEEDS = {"rebase.succeeds"}
FAILING: dict[str, tuple[set[str], set[str]]] = {
    "plain": (set(), SUCCEEDS),
    # a lifecycle that fails at the plain rebase too fails there alone
    "default-run-image-stack": (set(), set()),
    "twice": (set(), SUCCEEDS),
    "labels-other": (set(), SUCCEEDS),
    "rebasable-false": ({"rebase.rebasable-false.refused"}, set()),
}
"""What fails by case: where the lifecycle rebases such an image, and where it does not."""


@pytest.mark.parametrize("what", [*ODD, "half characters"])
def test_whatever_was_exported_is_met_with_a_verdict(
    what: str, bench: Bench, tmp_path: Path
) -> None:
    exported = export_app(bench, Shape())
    config: dict[str, Any] = json.loads(exported.image.config)
    ODD_CONFIGS[what](config)
    own = bench.handed_to(bench.lifecycle, tmp_path, with_exported=False)
    # not every encoder can write half a character, and so it is written out
    content = json.loads(json.dumps(config).encode("ascii"))
    own.exported[repr(Shape())] = replace(exported, image=with_config(exported.image, content))
    for case, (done, not_done) in FAILING.items():
        seen = carried_out(own, "rebaser", case)
        found = set(failures(seen))
        if seen.blocked is not None:
            assert seen.blocked.startswith("the exported app image")
            assert found == set()
        else:
            assert seen.call is not None
            assert found == (done if seen.call.exit_code == 0 else not_done)


METADATA_IN_THE_WAY: dict[str, Callable[[dict[str, str]], object]] = {
    "is missing": lambda labels: labels.pop(METADATA),
    "is no JSON": lambda labels: labels.update({METADATA: "{"}),
    "is a list": lambda labels: labels.update({METADATA: "[]"}),
    "is deep": lambda labels: labels.update({METADATA: "[" * 10_000}),
}


@pytest.mark.parametrize("what", METADATA_IN_THE_WAY)
def test_without_metadata_there_is_nothing_to_start_from(
    what: str, bench: Bench, tmp_path: Path
) -> None:
    exported = export_app(bench, Shape())
    config = json.loads(exported.image.config)
    METADATA_IN_THE_WAY[what](config["config"]["Labels"])
    own = bench.handed_to(bench.lifecycle, tmp_path, with_exported=False)
    own.exported[repr(Shape())] = replace(exported, image=with_config(exported.image, config))
    seen = carried_out(own, "rebaser", "plain")
    assert seen.blocked is not None
    assert METADATA in seen.blocked
    assert failures(seen) == {}

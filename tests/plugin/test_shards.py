"""Shards that were run and merged, against one run."""

from __future__ import annotations

from typing import Any

import pytest

from .caller import REGISTRY, Caller

FEW = (
    *("--lifecycle", "reference:epoch-in-local-time", *REGISTRY, "--strict"),
    *("--phase", "exporter", "--requirement", "export.created.epoch"),
)
"""Fails one requirement on five scenarios."""


def same_in_all_runs(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report without what no two runs have in common: times, names, and its command."""
    kept = {k: v for k, v in report.items() if k not in {"timing", "started", "command"}}
    keys = [each["key"] for each in report["evidence"]]
    return {**kept, "evidence": keys}


def test_merged_shards_are_one_run(caller: Caller) -> None:
    whole = caller.inside(*FEW, "--output", "whole")
    assert whole.code == 1, whole.said
    shards = [
        caller.inside(*FEW, "--shard", f"{number}/2", "--output", f"shards/{number}")
        for number in (1, 2)
    ]
    merged = caller.inside("shards", "--output", "merged", command="merge")
    assert (merged.code, merged.stdout[:17]) == (1, "merged: 2 shards\n"), merged.said
    assert same_in_all_runs(caller.report("merged")) == same_in_all_runs(caller.report("whole"))
    files = {path.name for path in (caller.folder / "whole").iterdir()}
    assert {path.name for path in (caller.folder / "merged").iterdir()} == files

    assert "shard 1/2: a partial run" in shards[0].stdout
    assert "not conformant (shard 1/2, registry only): " in shards[0].stdout
    report = caller.report("shards/1")
    assert (report["complete"], report["shard"]) == (False, "1/2")
    assert report["deselected_by"] == "--shard 1/2"

    lost = caller.inside("shards/2", "--output", "other", command="merge")
    assert (lost.code, "missing: shard 1/2;" in lost.stderr) == (2, True)
    assert not (caller.folder / "other").exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--shard", "5/4"), "--shard 5/4: give a number and how many there are"),
        (("--shard", "1/2", "--", "-k", "plain"), "leave out -k, --lf and names of tests"),
    ],
)
def test_what_cannot_be_divided(caller: Caller, words: tuple[str, ...], problem: str) -> None:
    ended = caller.inside(*FEW, *words)
    assert ended.code == 2
    assert problem in ended.said
    assert "Traceback" not in ended.said

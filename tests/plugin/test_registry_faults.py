"""`--registry-faults`: what a run makes of a lifecycle that recovers, and of one that does not."""

from __future__ import annotations

from .caller import ONE_ITEM, Caller

EXPORT = ("--target", "registry", "--quick", "--phase", "exporter")


def test_a_lifecycle_that_does_not_ask_again_is_seen_not_to(caller: Caller) -> None:
    words = (*EXPORT, "--requirement", "export.succeeds")
    ended = caller.inside("--registry-faults", "500-once", "--output", "out", *words)
    assert ended.code == 1
    report = caller.report()
    assert report["targets"]["registry"]["why"] == (
        "embedded registry that shows faults on request (500-once)"
    )
    (result,) = (each for each in report["results"] if each["requirement"] == "export.succeeds")
    assert result["outcome"] == "untestable"
    assert "analyzer exited" in result["message"]  # which is the first to meet the fault
    assert "--registry-faults 500-once" in result["reproduce"]


def test_slow_answers_change_no_verdict(caller: Caller) -> None:
    assert caller.inside("--registry-faults", "slow=0.001", *ONE_ITEM).code == 0


def test_only_the_embedded_registry_is_told_to(caller: Caller) -> None:
    words = ("--registry", "http://127.0.0.1:1", "--registry-faults", "slow")
    assert "only the embedded registry can" in " ".join(caller.inside(*words).said.split())
    said = " ".join(caller.inside("--registry-faults", "flood").said.split())
    assert "--registry-faults: 'flood': give any of 429-once, 500-once" in said

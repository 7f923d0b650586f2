"""What a rebased image is for: its platform and distribution, with force and without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.situation import DISTRO_LABELS, Evidence
from pytest_cnb_report.judge.applicability import (
    TARGET_FORCED,
    asks,
    success_requirement,
)
from pytest_cnb_report.judge.preconditions import (
    SuccessfulCall,
    refused,
    require_before,
    require_success,
    succeeded_in_particular,
)
from pytest_cnb_report.judge.refusal import too_old
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Answer,
    Json,
    Verdict,
    broken,
    met,
    shown,
)
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation


def _target_of(image: AppImage) -> dict[str, Json]:
    return {
        key: shown(image.document.get(key)) or None for key in ("os", "architecture", "variant")
    }


def target_unchanged(observation: Observation, text: Text) -> Verdict:
    """Judge that without force the image stays for the target that it was for."""
    old = too_old(observation, text)
    if old is not None:
        return old
    done = require_success(observation)
    lost = lost_distribution(done)
    before, after = _target_of(require_before(done)), _target_of(done.app)
    if lost and not text.accepts("distribution-lost", "a"):
        before.update(lost)
        after.update(dict.fromkeys(lost))
    differing = [key for key in before if before[key] != after[key]]
    if not differing:
        return met(
            "the distribution labels are gone, as the new run image has none" if lost else ""
        )
    return broken(
        f"{', '.join(differing)} changed without -force",
        expected={key: before[key] for key in differing},
        actual={key: after[key] for key in differing},
    )


def lost_distribution(done: SuccessfulCall) -> dict[str, str]:
    """Return the app's distribution labels that are gone, and that the new run image has not."""
    before, new = require_before(done).labels, done.asked.run_image.labels
    return {
        key: before[key]
        for key in DISTRO_LABELS
        if key in before and key not in new and key not in done.app.labels
    }


def _for_another_platform(observation: Observation) -> bool:
    """Whether more than the distribution differs between the images."""
    return bool(observation.situation.differing.difference(DISTRO_LABELS))


def target_forced(observation: Observation, text: Text) -> Verdict:
    """Judge that a forced rebase takes the new run image's target data."""
    old = too_old(observation, text)
    if old is not None:
        return old
    if success_requirement(observation.situation) != TARGET_FORCED:
        require_success(observation)
    elif observation.situation.differing.difference(DISTRO_LABELS) and text.accepts(
        "forced-checks", "b"
    ):
        refusal = refused(observation)
        if refusal.answer is not Answer.BROKEN or not text.accepts("forced-checks", "a"):
            return refusal
    verdict = succeeded_in_particular(observation)
    asked = observation.asked
    if verdict.answer is Answer.UNTESTABLE or asked is None:
        return verdict
    if verdict.answer is Answer.BROKEN or not isinstance(observation.app, AppImage):
        return broken(
            f"forced onto a run image for another target: {verdict.message}",
            expected=verdict.expected,
            actual=verdict.actual,
        )
    run_image = asked.run_image
    labels = {key: run_image.labels.get(key) for key in DISTRO_LABELS}
    expected: dict[str, Any] = {
        "os": run_image.os,
        "architecture": run_image.architecture,
        "variant": run_image.variant,
        **labels,
    }
    found = {
        **_target_of(observation.app),
        **{key: observation.app.labels.get(key) for key in DISTRO_LABELS},
    }
    judged = {key for key, value in expected.items() if value is not None}
    if not text.accepts("forced-target-absent", "a"):
        judged.add("variant")
    differing = [key for key in expected if key in judged and found[key] != expected[key]]
    if not differing:
        return met()
    return broken(
        f"{', '.join(differing)} is not the new run image's after a forced rebase",
        expected={key: expected[key] for key in differing},
        actual={key: found[key] for key in differing},
    )


RULES: Mapping[str, Rule] = {
    "rebase.target.unchanged": Rule(
        target_unchanged, asks.success & ~asks.force, needs(Evidence.APP_BEFORE, Evidence.FORCE)
    ),
    TARGET_FORCED: Rule(target_forced, asks.success & asks.force, needs(Evidence.FORCE)),
}

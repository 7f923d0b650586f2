"""What the examples of the rebased image share: names of cases, layers, references."""

from __future__ import annotations

from collections.abc import Callable

from pytest_cnb_report.observe.observation import Observation

from .examples import Example, untestable
from .observations import (
    METADATA,
    Edit,
    asked_of,
    before_of,
    diff_ids,
    failed,
    metadata_text,
    not_called,
)

REBASE = "draft/rebaser-plain"
SEVERAL = "draft/rebaser-several-images"
FORCED_UNLISTED = "draft/rebaser-forced-unlisted"
SAME = "draft/rebaser-same-run-image"
DAEMON = "daemon/rebaser-plain"
SUCCEEDS = "rebase.succeeds"
LAYERS = "rebase.layers"
CONFIG = "rebase.config.unchanged"
TOP_LAYER = "rebase.metadata.top-layer"
UNLISTED = "rebase.metadata.forced-unlisted"
OTHER = "registry.example/other/run:stable"


def new(seen: Observation) -> tuple[str, ...]:
    return asked_of(seen).run_image.diff_ids


def old(seen: Observation) -> tuple[str, ...]:
    facts = asked_of(seen).old_run_image
    assert facts is not None
    return facts.diff_ids


def own(seen: Observation) -> tuple[str, ...]:
    return before_of(seen).diff_ids[len(old(seen)) :]


def with_layers(make: Callable[[Observation], list[str]]) -> Edit:
    return lambda seen: diff_ids(lambda _: make(seen))(seen)


def in_general(requirement: str, where: str) -> tuple[Example, ...]:
    """What nearly every requirement says where there is no rebase to look at."""
    return (
        untestable(requirement, "failed", where, failed, words="exited 1", cause=SUCCEEDS),
        untestable(requirement, "not called", where, not_called, words="was not", cause=SUCCEEDS),
    )


def no_label(requirement: str) -> Example:
    return untestable(
        requirement,
        "no label",
        REBASE if requirement != UNLISTED else FORCED_UNLISTED,
        metadata_text(None),
        words=f"the app image has no {METADATA} label",
        cause=TOP_LAYER,
    )

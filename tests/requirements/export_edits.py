"""What the examples of the exported image share: names of cases, and what was asked."""

from __future__ import annotations

from pytest_cnb_report.observe.observation import Observation

from .examples import Example, untestable
from .observations import METADATA, asked_of, failed, metadata_text

EXPORT = "draft/exporter-plain"
SUCCEEDS = "export.succeeds"
TOP_LAYER = "export.metadata.top-layer"


def base(seen: Observation) -> tuple[str, ...]:
    return asked_of(seen).run_image.diff_ids


def no_label(requirement: str, where: str = EXPORT) -> tuple[Example, ...]:
    """Without a label that can be read, the requirement about its top layer says so."""
    return (
        untestable(
            requirement,
            "no label",
            where,
            metadata_text(None),
            words=f"the app image has no {METADATA} label",
            cause=TOP_LAYER,
        ),
        untestable(requirement, "failed", where, failed, words="exited 1", cause=SUCCEEDS),
    )

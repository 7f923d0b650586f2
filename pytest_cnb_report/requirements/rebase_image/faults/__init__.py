"""Mistakes in a rebased image, and in how a rebaser reads its inputs."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.rebase_image.faults import (
    config,
    inputs,
    layers,
    metadata,
    push,
    success,
)

FAULTS: tuple[Fault, ...] = (
    *layers.FAULTS,
    *config.FAULTS,
    *metadata.FAULTS,
    *inputs.FAULTS,
    *success.FAULTS,
    *push.FAULTS,
)

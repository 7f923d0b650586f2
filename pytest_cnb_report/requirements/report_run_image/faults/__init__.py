"""Mistakes in what the report says of the run image."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.report_run_image.faults import (
    image,
    layout,
    reference,
    top_layer,
)

FAULTS: tuple[Fault, ...] = (
    *image.FAULTS,
    *reference.FAULTS,
    *top_layer.FAULTS,
    *layout.FAULTS,
)

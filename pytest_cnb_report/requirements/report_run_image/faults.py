"""Mistakes in what the report says of the run image."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.report_run_image import (
    faults_image,
    faults_layout,
    faults_reference,
    faults_top_layer,
)

FAULTS: tuple[Fault, ...] = (
    *faults_image.FAULTS,
    *faults_reference.FAULTS,
    *faults_top_layer.FAULTS,
    *faults_layout.FAULTS,
)

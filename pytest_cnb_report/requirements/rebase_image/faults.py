"""Mistakes in a rebased image, and in how a rebaser reads its inputs."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.rebase_image import (
    faults_config,
    faults_inputs,
    faults_layers,
    faults_metadata,
    faults_success,
)

FAULTS: tuple[Fault, ...] = (
    *faults_layers.FAULTS,
    *faults_config.FAULTS,
    *faults_metadata.FAULTS,
    *faults_inputs.FAULTS,
    *faults_success.FAULTS,
)

"""Mistakes in the labels of a rebased image."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.rebase_labels import (
    faults_second_rebase,
    faults_transitions,
    faults_values,
)

FAULTS: tuple[Fault, ...] = (
    *faults_transitions.FAULTS,
    *faults_values.FAULTS,
    *faults_second_rebase.FAULTS,
)

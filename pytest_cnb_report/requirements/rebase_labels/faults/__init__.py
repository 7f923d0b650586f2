"""Mistakes in the labels of a rebased image."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.rebase_labels.faults import (
    prefixes,
    second_rebase,
    transitions,
    values,
)

FAULTS: tuple[Fault, ...] = (
    *transitions.FAULTS,
    *prefixes.FAULTS,
    *values.FAULTS,
    *second_rebase.FAULTS,
)

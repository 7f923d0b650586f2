"""The reference lifecycle with one mistake each.

A faulty lifecycle is the right one with one part replaced by a subclass that overrides one method.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_cnb_report.reference.faults import report_file
from pytest_cnb_report.reference.faults.fault import Fault

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {fault.name: fault for area in (report_file,) for fault in area.FAULTS}
)
"""Every fault by its name."""

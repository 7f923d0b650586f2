"""Every fault by its name, area by area: the reference lifecycle with one mistake each.

A faulty lifecycle is the right one with one part replaced by a subclass that overrides one method.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.effects import faults as effects
from pytest_cnb_report.requirements.export import faults as export
from pytest_cnb_report.requirements.rebase_image import faults as rebase_image
from pytest_cnb_report.requirements.rebase_labels import faults as rebase_labels
from pytest_cnb_report.requirements.rebase_refusals import faults as rebase_refusals
from pytest_cnb_report.requirements.report_file import faults as report_file
from pytest_cnb_report.requirements.report_image import faults as report_image
from pytest_cnb_report.requirements.report_run_image import faults as report_run_image
from pytest_cnb_report.requirements.stored_image import faults as stored_image

_AREAS = (
    report_file,
    report_image,
    report_run_image,
    export,
    rebase_labels,
    rebase_image,
    rebase_refusals,
    stored_image,
    effects,
)

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {fault.name: fault for area in _AREAS for fault in area.FAULTS}
)

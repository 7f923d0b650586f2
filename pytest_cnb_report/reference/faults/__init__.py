"""The reference lifecycle with one mistake each.

A faulty lifecycle is the right one with one part replaced by a subclass that overrides one method.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_cnb_report.reference.faults import (
    export,
    failures,
    image_table,
    label_values,
    labels,
    rebase_config,
    rebase_inputs,
    rebase_layers,
    rebase_metadata,
    refusals,
    report_file,
    run_image_image,
    run_image_layout,
    run_image_reference,
    run_image_top_layer,
    second_rebase,
)
from pytest_cnb_report.reference.faults.fault import Fault

_AREAS = (
    report_file,
    image_table,
    run_image_image,
    run_image_reference,
    run_image_top_layer,
    run_image_layout,
    export,
    labels,
    label_values,
    second_rebase,
    rebase_layers,
    rebase_config,
    rebase_metadata,
    rebase_inputs,
    refusals,
    failures,
)

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {fault.name: fault for area in _AREAS for fault in area.FAULTS}
)
"""Every fault by its name, area by area."""

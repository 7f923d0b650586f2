"""The mistakes of exporter and creator."""

from __future__ import annotations

from pytest_cnb_report.requirements.export.faults import config, image, inputs

FAULTS = (*image.FAULTS, *config.FAULTS, *inputs.FAULTS)

"""The rules of what the report says of the run image, by identifier."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.judge.rule import Rule
from pytest_cnb_report.requirements.report_run_image import agreement, fields, resolution

RULES: Mapping[str, Rule] = {
    **fields.RULES,
    **agreement.RULES,
    **resolution.RULES,
}

"""The rules of what the report says of the run image, by identifier."""

from __future__ import annotations

from pytest_cnb_report.judge.second_call import on_each_call
from pytest_cnb_report.requirements.report_run_image import agreement, fields, resolution

RULES = on_each_call({**fields.RULES, **agreement.RULES, **resolution.RULES})

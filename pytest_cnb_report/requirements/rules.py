"""The rule of each requirement, by its identifier."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.judge.rule import Rule
from pytest_cnb_report.requirements.effects import rules as effects
from pytest_cnb_report.requirements.export import rules as export
from pytest_cnb_report.requirements.rebase_image import rules as rebase_image
from pytest_cnb_report.requirements.rebase_labels import rules as rebase_labels
from pytest_cnb_report.requirements.rebase_refusals import rules as rebase_refusals
from pytest_cnb_report.requirements.report_file import rules as report_file
from pytest_cnb_report.requirements.report_image import rules as report_image
from pytest_cnb_report.requirements.report_run_image import rules as report_run_image
from pytest_cnb_report.requirements.stored_image import rules as stored_image

RULES: Mapping[str, Rule] = {
    **report_file.RULES,
    **report_image.RULES,
    **report_run_image.RULES,
    **export.RULES,
    **rebase_labels.RULES,
    **rebase_image.RULES,
    **rebase_refusals.RULES,
    **stored_image.RULES,
    **effects.RULES,
}

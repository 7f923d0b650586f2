"""The rules of the rebased image and its metadata, by identifier."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.judge.rule import Rule
from pytest_cnb_report.requirements.rebase_image import (
    created,
    identical,
    image,
    metadata,
    target,
)

RULES: Mapping[str, Rule] = {
    **image.RULES,
    **created.RULES,
    **metadata.RULES,
    **target.RULES,
    **identical.RULES,
}

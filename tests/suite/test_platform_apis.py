"""Versions of the platform API have one home."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pytest_cnb_report
from pytest_cnb_report import platform_apis, values
from pytest_cnb_report.platform_apis import PLATFORM_APIS, UPCOMING, PlatformApi

HOME = "platform_apis.py"


def test_no_module_has_a_version_of_its_own() -> None:
    package = Path(str(pytest_cnb_report.__file__)).parent
    found = [
        path.name
        for path in package.rglob("*.py")
        if re.search(r"PlatformApi\(\s*\d", path.read_text(encoding="utf-8"))
    ]
    assert found == [HOME]


def test_every_threshold_is_a_version_that_is_judged() -> None:
    named = {k: v for k, v in vars(platform_apis).items() if isinstance(v, PlatformApi)}
    assert len(named) > 5
    assert set(named.values()) <= {*PLATFORM_APIS, UPCOMING}


def test_the_vocabulary_has_the_same_versions() -> None:
    assert values.PlatformApi is PlatformApi
    assert values.PLATFORM_APIS is PLATFORM_APIS


def test_versions_are_ordered_by_number() -> None:
    assert PlatformApi.parse("0.9") < PlatformApi.parse("0.10")
    assert str(PlatformApi.parse("0.10")) == "0.10"
    for text in ("0", "0.", ".1", "0.1.2", "v0.1", "0.x", "\u0660.\u0661"):
        with pytest.raises(ValueError, match="is not a platform API version"):
            PlatformApi.parse(text)

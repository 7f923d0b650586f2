"""An unknown profile is an error, and never taken for another."""

from __future__ import annotations

from typing import cast

import pytest

from pytest_cnb_report.judge.catalogue import load_catalogue
from pytest_cnb_report.judge.judging import judge
from pytest_cnb_report.judge.run_image_fields import find_fields, wanted_path
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Profile

UNKNOWN = cast("Profile", "rfc-0128")
NOTHING = cast("Observation", None)


def test_nothing_is_judged_by_a_profile_that_there_is_not() -> None:
    for requirement in load_catalogue():
        with pytest.raises(ValueError, match="'rfc-0128' is not a valid Profile"):
            judge(requirement, NOTHING, UNKNOWN)


@pytest.mark.parametrize("profile", [UNKNOWN, Profile.PLATFORM_SPEC])
def test_fields_are_wanted_nowhere_by_a_profile_without_them(profile: Profile) -> None:
    with pytest.raises(KeyError):
        wanted_path(profile, "image")
    with pytest.raises(KeyError):
        find_fields({}, profile)


def test_the_fields_of_each_profile_have_a_table_of_their_own() -> None:
    assert wanted_path(Profile.RFC_0129_DRAFT, "top-layer") == "run-image.top-layer"
    assert wanted_path(Profile.RFC_0129, "top-layer") == "image.run-image.top-layer"
    for profile, report, blocked in (
        (Profile.RFC_0129_DRAFT, {"run-image": 1}, "`run-image` is not a table"),
        (Profile.RFC_0129_DRAFT, {"image": 1}, None),
        (Profile.RFC_0129, {"image": 1}, "`image` is not a table"),
        (Profile.RFC_0129, {"image": {"run-image": []}}, "`image.run-image` is not a table"),
        (Profile.RFC_0129, {"run-image": 1}, None),
    ):
        assert find_fields(report, profile).blocked == blocked

"""An unknown profile is an error, and never taken for another."""

from __future__ import annotations

from typing import cast

import pytest

from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile


@pytest.mark.parametrize("name", ["rfc-0128", "", "RFC-0129"])
def test_there_is_no_text_of_a_profile_that_there_is_not(name: str) -> None:
    with pytest.raises(KeyError):
        load_text(cast("Profile", name))


@pytest.mark.parametrize("profile", Profile)
def test_each_profile_is_judged_by_its_own_text(profile: Profile) -> None:
    assert load_text(profile).profile is profile

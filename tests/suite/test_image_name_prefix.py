from __future__ import annotations

import pytest

from pytest_cnb_report.daemon.image_reference import is_name
from pytest_cnb_report.image_name_prefix import draw_prefix, is_prefix, prefix_of, prefixes_in

ONE, TWO = "cedar-0123456789ab", "otter-ba9876543210"


def test_a_prefix_can_stand_in_front_of_an_image_name() -> None:
    prefix = draw_prefix()
    assert is_prefix(prefix)
    assert is_name(f"{prefix}/app:latest")


def test_two_runs_have_different_prefixes() -> None:
    assert draw_prefix() != draw_prefix()


@pytest.mark.parametrize("text", ["", "library", "cedar", "cedar-1", ONE.upper(), f"{ONE}/app"])
def test_what_is_no_prefix(text: str) -> None:
    assert not is_prefix(text)


def test_the_prefix_of_a_name() -> None:
    assert prefix_of(f"{ONE}/app:latest") == ONE
    assert prefix_of(f"{ONE}/a/b:latest") == ONE
    for name in (ONE, f"{ONE}:latest", f"{ONE}/", f"x/{ONE}/app", "ubuntu:latest", ""):
        assert prefix_of(name) is None


def test_prefixes_are_found_in_a_text() -> None:
    text = (
        f'{{"image": "{ONE}/run:1", "mirrors": ["index.docker.io/{TWO}/run"], "other": "{ONE}x/"}}'
    )
    assert prefixes_in(text) == {ONE, TWO}
    assert prefixes_in("nothing") == set()

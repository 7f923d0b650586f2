"""The pages about adapters name every flag and variable that a scenario calls with."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_cnb_report.cli.adapter_calls import GUIDE, MEANINGS, PROTOCOL, filled, uses
from pytest_cnb_report.platform_apis import FORCE
from pytest_cnb_report.values import Phase, Target

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", [PROTOCOL, GUIDE])
def test_they_are_current(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")
    assert page == filled(name, page), (
        "run: python -m pytest_cnb_report.cli.requirements --write docs"
    )


def test_each_name_has_a_meaning_and_no_other_does() -> None:
    assert set(uses()) == set(MEANINGS)


def test_they_say_where_a_flag_is_used() -> None:
    force = uses()["-force"]
    assert set(force) == {Phase.REBASER}
    assert min(force[Phase.REBASER].apis) == FORCE
    assert uses()["-daemon"][Phase.CREATOR].targets == {Target.DAEMON}


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks of what is generated are missing"):
        filled(GUIDE, "# Writing an adapter\n")

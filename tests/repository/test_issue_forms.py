"""GitHub accepts the issue forms, which it does not say before somebody opens one."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_cnb_report.requirements.catalogue import load_catalogue

from .files import CHECKOUT, document

FORMS = sorted(
    str(path.relative_to(CHECKOUT))
    for path in (CHECKOUT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    if path.name != "config.yml"
)
KEYS = {
    "checkboxes": {"label", "description", "options"},
    "dropdown": {"label", "description", "options"},
    "input": {"label", "description", "placeholder"},
    "markdown": {"value"},
    "textarea": {"label", "description", "placeholder", "render"},
}
"""The attributes that each kind of field may have."""


def body(form: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(form)["body"]
    return found


def test_there_is_one_for_each_kind_of_issue() -> None:
    assert len({document(form)["name"] for form in FORMS}) == len(FORMS) == 4


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_well_formed(form: str) -> None:
    assert set(document(form)) <= {"name", "description", "title", "labels", "body"}
    assert {"name", "description", "body"} <= set(document(form))
    fields = [field for field in body(form) if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    for field in body(form):
        assert set(field) <= {"type", "id", "attributes", "validations"}
        assert set(field["attributes"]) <= KEYS[field["type"]], field.get("id")
    assert any(field.get("validations", {}).get("required") for field in fields)


@pytest.mark.parametrize("form", FORMS)
def test_a_requirement_that_is_shown_is_in_the_catalogue(form: str) -> None:
    known = {requirement.id for requirement in load_catalogue()}
    shown = {
        field["attributes"]["placeholder"]
        for field in body(form)
        if field.get("id") == "requirement"
    }
    assert shown <= known

"""The texts that the suite can judge by: one data file for each profile."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import Any

from pytest_cnb_report.judge.text import ByReading, FieldPlaces, Text
from pytest_cnb_report.requirements import toml_loading
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.values import Profile

_KEYS = frozenset({"title", "resolved-name", "fields", "reading"})


@functools.cache
def load_text(profile: Profile) -> Text:
    """Read the text of a profile that ships with the package."""
    tables = {each: _read(each) for each in Profile}
    others = {
        each.value: _fields(table["fields"]) for each, table in tables.items() if "fields" in table
    }
    table = tables[profile]
    # a text without fields of the run image is never asked for them
    default = others[Profile.RFC_0129_DRAFT.value]
    return Text(
        profile=profile,
        title=table["title"],
        readings={
            **{reading.id: reading.judged_by.value for reading in load_register()},
            **table.get("reading", {}),
        },
        fields=others.get(profile.value, default),
        others=others,
        resolved_name=table.get("resolved-name", False),
    )


def _read(profile: Profile) -> Mapping[str, Any]:
    folder = resources.files("pytest_cnb_report.requirements").joinpath("profiles")
    table = toml_loading.read_toml(folder.joinpath(f"{profile.value}.toml").read_text("utf-8"))
    unknown = ", ".join(sorted(table.keys() - _KEYS))
    if unknown:
        raise ValueError(f"profile {profile.value}: unknown key {unknown}")
    return table


def _fields(row: object) -> FieldPlaces:
    converter = toml_loading.converter()
    converter.register_structure_hook(
        str | ByReading,
        lambda value, _: converter.structure(value, ByReading if isinstance(value, dict) else str),
    )
    return toml_loading.structure(converter, row, FieldPlaces, "fields")

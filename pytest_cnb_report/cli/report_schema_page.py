"""The generated page about `report.json`: each key with its type and meaning, from the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_cnb_report.report.record import schema

REPORT_SCHEMA = "report-schema.md"

_INTRODUCTION = """\
<!-- Generated from pytest_cnb_report/report/schema.json by \
`python -m pytest_cnb_report.cli.requirements --write docs`; do not edit. -->
# Schema of report.json

For programs that read `report.json`: every key, from the
[JSON Schema](../pytest_cnb_report/report/schema.json) that ships with the package.
[Reports](reports.md#reportjson) says how to read it, and [outcomes](outcomes.md) what an outcome
means. Keys may be added while `schema_version` stays the same: ignore those that you do not know. A
key marked with * may be missing, for example in a file of an older version.

`KEY[]` is each item of a list, `KEY.*` each value of an object whose keys are data.
"""
_HEADINGS = {"result": "A result: `results[]`", "evidence": "Evidence: `evidence[]`"}
"""Definitions with a section of their own."""

Schema = Mapping[str, Any]


def report_schema_page() -> str:
    """Return the page that `docs/report-schema.md` holds.

    Raises KeyError where the schema does not say what a key means.
    """
    whole = schema()
    lines = [_INTRODUCTION, "## The file", "", *_table(whole, whole)]
    for name, heading in _HEADINGS.items():
        lines += ["", f"## {heading}", "", *_table(whole["$defs"][name], whole)]
    return "\n".join(lines) + "\n"


def _table(described: Schema, whole: Schema) -> Iterator[str]:
    yield "| key | type | meaning |"
    yield "|---|---|---|"
    yield from _rows(described, whole, "")


def _rows(described: Schema, whole: Schema, prefix: str) -> Iterator[str]:
    required = described.get("required", ())
    for key, value in described["properties"].items():
        name = f"{prefix}{key}"
        optional = "" if key in required else " *"
        meaning = value["description"].replace("|", r"\|")
        yield f"| `{name}`{optional} | {_type(value, whole)} | {meaning} |"
        inner, step = _inner(value)
        if "properties" in inner:
            yield from _rows(inner, whole, f"{name}{step}.")


def _inner(value: Schema) -> tuple[Schema, str]:
    """Return what is in a value, and how the way there is written."""
    for choice in value.get("oneOf", ()):
        if choice.get("type") != "null":
            return _inner(choice)
    if value.get("type") == "array":
        return value["items"], "[]"
    if isinstance(value.get("additionalProperties"), dict):
        return value["additionalProperties"], ".*"
    return value, ""


def _type(value: Schema, whole: Schema) -> str:
    if "$ref" in value:
        return _type(whole["$defs"][value["$ref"].rpartition("/")[2]], whole)
    if "const" in value or "enum" in value:
        return ", ".join(f"`{each}`" for each in value.get("enum", [value.get("const")]))
    if "oneOf" in value:
        return " or ".join(_type(each, whole) for each in value["oneOf"])
    kind = value.get("type", "any value")
    if kind == "array":
        return f"list of {_plural(_type(value['items'], whole))}"
    if kind == "object" and isinstance(value.get("additionalProperties"), dict):
        return "object by name"
    return kind if isinstance(kind, str) else " or ".join(kind)


def _plural(kind: str) -> str:
    return f"{kind}s" if kind in {"string", "object"} else kind

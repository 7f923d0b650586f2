"""Which references a lifecycle wrote, so that it can be found out where each of them leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_cnb_report.observe.image import AppImage, ImageState
from pytest_cnb_report.observe.report_file import ReportFile

RUN_IMAGE_TABLES = ("run-image", "runImage")
"""Names of a table about the run image, in either spelling that RFC 0129 has."""

_BOUND = 64
_LONGEST = 1024


def references_in(report: ReportFile, app: ImageState) -> tuple[str, ...]:
    """Every text in the report, and in the metadata label's run image, that may lead somewhere.

    Of very many only the first are taken: those that are judged come first, whatever else a report
    may hold.
    """
    found: dict[str, None] = {}
    label = app.metadata if isinstance(app, AppImage) else {}
    run_image = label.get("runImage") if isinstance(label, Mapping) else None
    table = report.table or {}
    image = table.get("image")
    tables = [table_in(place, key) for place in (table, image) for key in RUN_IMAGE_TABLES]
    judged = [holder.get("reference") for holder in (*tables, table_in(label, "runImage"))]
    tags = table_in(table, "image").get("tags")
    for text in _texts([*judged, tags, *tables, run_image, image, table], 0):
        if len(found) < _BOUND and 0 < len(text) <= _LONGEST:
            found[text] = None
    return tuple(found)


def table_in(holder: object, key: str) -> Mapping[str, Any]:
    """Return a table of a document; an empty one where it has none of that name."""
    found = holder.get(key) if isinstance(holder, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _texts(value: object, depth: int) -> Iterator[str]:
    if depth > 5:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part, depth + 1)
    elif isinstance(value, list):
        for part in value[:_BOUND]:
            yield from _texts(part, depth + 1)

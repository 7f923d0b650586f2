"""Which references a lifecycle wrote, so that it can be found out where each of them leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_cnb_report.observe.image import AppImage, ImageState
from pytest_cnb_report.observe.report_file import ReportFile

_BOUND = 64
_LONGEST = 1024


def references_in(report: ReportFile, app: ImageState) -> tuple[str, ...]:
    """Every text in the report, and in the metadata label's run image, that may lead somewhere."""
    found: dict[str, None] = {}
    label = app.metadata if isinstance(app, AppImage) else {}
    run_image = label.get("runImage") if isinstance(label, Mapping) else None
    for text in (*_texts(report.table, 0), *_texts(run_image, 0)):
        if len(found) < _BOUND and 0 < len(text) <= _LONGEST:
            found[text] = None
    return tuple(found)


def _texts(value: object, depth: int) -> Iterator[str]:
    if depth > 4:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part, depth + 1)
    elif isinstance(value, list):
        for part in value[:_BOUND]:
            yield from _texts(part, depth + 1)

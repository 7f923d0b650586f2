"""Keep what a lifecycle wrote within bounds, and readable, before it enters a report.

A lifecycle may write anything: megabytes, terminal colours, bytes that are no text. What leaves
here is text without control characters and JSON of a bounded size.
"""

from __future__ import annotations

import enum
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pytest_cnb_report.report.results import Evidence, WireRequest
from pytest_cnb_report.visible_text import visible

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import JSON

TEXT_LIMIT = 64 * 1024
"""Characters of one file or output that are kept."""
STRING_LIMIT = 16 * 1024
"""Characters of one string inside `expected` or `actual` that are kept."""
VALUE_LIMIT = 128 * 1024
"""Characters of `expected` or `actual`, written as JSON, that are kept."""
ITEM_LIMIT = 2000
"""Members of one list or table inside `expected` or `actual`."""
DEPTH_LIMIT = 24
REQUEST_LIMIT = 500
"""Requests of one call of the lifecycle that are kept; a rebase makes about thirty."""

_TERMINAL_CODE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_HUGE_BITS = 4096


def evidence(
    key: str,
    *,
    command: Sequence[str],
    environment: Mapping[str, str],
    exit_code: int | None,
    duration_s: float,
    stdout: bytes | str = b"",
    stderr: bytes | str = b"",
    requests: Iterable[WireRequest] = (),
    files: Mapping[str, bytes | str] | None = None,
    unkilled: tuple[int, ...] = (),
) -> Evidence:
    """Make an `Evidence` whose texts are readable and bounded, whatever the lifecycle wrote."""
    seen = tuple(requests)
    kept = seen[:REQUEST_LIMIT]
    if len(seen) > REQUEST_LIMIT:
        kept += (WireRequest("…", f"{len(seen) - REQUEST_LIMIT:,} more requests left out", 0),)
    return Evidence(
        key=key,
        command=tuple(text(word, STRING_LIMIT) for word in command),
        environment={name: text(value, STRING_LIMIT) for name, value in environment.items()},
        exit_code=exit_code,
        duration_s=duration_s,
        stdout=text(stdout),
        stderr=text(stderr),
        requests=kept,
        files={name: text(content) for name, content in (files or {}).items()},
        unkilled=unkilled,
    )


def text(content: bytes | str, limit: int = TEXT_LIMIT) -> str:
    r"""Make `content` readable, at most about `limit` characters of it.

    Terminal colours are dropped, what else cannot be seen becomes an escape (`visible_text`), bytes
    that are no text are named by size and digest. Of what is too long, the beginning and the end
    are kept.
    """
    if isinstance(content, bytes):
        if b"\x00" in content[:8192]:
            digest = hashlib.sha256(content).hexdigest()
            start = content[:32].hex(" ")
            return f"(binary, {len(content):,} bytes, sha256:{digest}, starts {start})"
        content = content.decode("utf-8", "backslashreplace")
    content = content.replace("\r\n", "\n")
    return _shortened(visible(_TERMINAL_CODE.sub("", content)), limit)


def bounded(value: object) -> JSON:
    """Turn any plain value into JSON of a bounded size; what is no JSON becomes its text."""
    plain = _plain(value, DEPTH_LIMIT)
    written = json.dumps(plain, ensure_ascii=False, sort_keys=False)
    if len(written) > VALUE_LIMIT:
        return _shortened(written, STRING_LIMIT)
    return plain


def _plain(value: object, depth: int) -> JSON:
    if depth == 0:
        return "… nested too deeply"
    if isinstance(value, Mapping):
        pairs = list(value.items())
        table = {str(_scalar(k)): _plain(v, depth - 1) for k, v in pairs[:ITEM_LIMIT]}
        if len(pairs) > ITEM_LIMIT:
            table["…"] = f"{len(pairs) - ITEM_LIMIT:,} more left out"
        return table
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)
        row = [_plain(item, depth - 1) for item in items[:ITEM_LIMIT]]
        return [*row, f"… {len(items) - ITEM_LIMIT:,} more"] if len(items) > ITEM_LIMIT else row
    return _scalar(value)


def _scalar(value: object) -> bool | int | float | str | None:
    if isinstance(value, enum.Enum):
        return _scalar(value.value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= _HUGE_BITS else _shortened(hex(value), STRING_LIMIT)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray)):
        return text(bytes(value), STRING_LIMIT)
    return _shortened(_surrogates_escaped(str(value)), STRING_LIMIT)


def _shortened(content: str, limit: int) -> str:
    if len(content) <= limit:
        return content
    half = limit // 2
    left_out = len(content) - 2 * half
    return f"{content[:half]}\n… {left_out:,} characters left out …\n{content[-half:]}"


def _surrogates_escaped(content: str) -> str:
    """Write half characters out, which no UTF-8 file can hold."""
    return content.encode("utf-8", "backslashreplace").decode("utf-8")

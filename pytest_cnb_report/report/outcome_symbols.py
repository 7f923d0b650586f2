"""How an outcome is shown: a sign and a word that need no colour, and a colour."""

from __future__ import annotations

from typing import NamedTuple

from pytest_cnb_report.values import Outcome


class Sign(NamedTuple):
    """What stands for an outcome."""

    glyph: str
    ascii: str
    word: str
    markup: tuple[str, ...]
    """Attributes of pytest's TerminalWriter."""


SIGNS = {
    Outcome.PASS: Sign("✓", "ok", "pass", ("green",)),
    Outcome.FAIL: Sign("✗", "X", "fail", ("red", "bold")),
    Outcome.WARN: Sign("!", "!", "warn", ("yellow",)),
    Outcome.OBSERVED: Sign("○", "o", "observed", ("cyan",)),
    Outcome.NOT_APPLICABLE: Sign("–", "-", "n/a", ()),  # noqa: RUF001 - a dash, not a minus
    Outcome.UNTESTABLE: Sign("?", "?", "untestable", ("purple",)),
    Outcome.KNOWN_FAILURE: Sign("~", "~", "known failure", ("yellow",)),
    Outcome.ERROR: Sign("‼", "E", "error of the suite", ("red", "bold")),
}

"""Mistakes in the values of labels that a rebase copies."""

from __future__ import annotations

import json
import re
import unicodedata

from pytest_cnb_report.reference.fault import faults_of
from pytest_cnb_report.reference.rebased import BASE_LABELS, STACK_LABELS, RebasedLabels

STACK_COPIED = ("rebase.labels.stack.copied",)
BASE_COPIED = ("rebase.labels.base.copied",)
COPIED = STACK_COPIED + BASE_COPIED
NAMED = ("rebase.labels.stack.named",)


class _ValuesTrimmed(RebasedLabels):
    """White space around a copied value is lost."""

    trips = COPIED

    def value(self, key: str) -> str:
        return super().value(key).strip()


class _StackValuesTrimmed(RebasedLabels):
    """White space around the value of a stack label is lost."""

    trips = STACK_COPIED

    def value(self, key: str) -> str:
        value = super().value(key)
        return value.strip() if key.startswith(STACK_LABELS) else value


class _BaseValuesTrimmed(RebasedLabels):
    """White space around the value of a base label is lost."""

    trips = BASE_COPIED

    def value(self, key: str) -> str:
        value = super().value(key)
        return value.strip() if key.startswith(BASE_LABELS) else value


class _FirstLineOfValues(RebasedLabels):
    """Only the first line of a value is copied."""

    trips = COPIED
    scenarios = ("labels-base",)

    def value(self, key: str) -> str:
        return super().value(key).partition("\n")[0]


class _CarriageReturnsRemoved(RebasedLabels):
    """Line breaks in a copied value become Unix line breaks."""

    trips = COPIED
    scenarios = ("labels-base",)

    def value(self, key: str) -> str:
        return super().value(key).replace("\r\n", "\n")


class _ValuesComposed(RebasedLabels):
    """The Unicode of a copied value is normalised to composed characters."""

    trips = COPIED

    def value(self, key: str) -> str:
        return unicodedata.normalize("NFC", super().value(key))


class _ValuesEscapedForHtml(RebasedLabels):
    """`<`, `>` and `&` are escaped in a copied value, as Go's JSON encoder does by default."""

    trips = COPIED + NAMED

    def value(self, key: str) -> str:
        value = super().value(key)
        for character in "<>&":
            value = value.replace(character, f"\\u{ord(character):04x}")
        return value


class _ValuesUnescaped(RebasedLabels):
    """Backslashes in a copied value are treated as escapes."""

    trips = COPIED

    def value(self, key: str) -> str:
        return super().value(key).replace("\\n", "\n")


class _ValuesInLowerCase(RebasedLabels):
    """Copied values are converted to lower case."""

    trips = COPIED + NAMED
    also = ("rebase.labels.base.replaced", "rebase.labels.stack.replaced")

    def value(self, key: str) -> str:
        return super().value(key).lower()


class _JsonValuesRewritten(RebasedLabels):
    """A copied JSON value is parsed and re-encoded."""

    trips = COPIED + NAMED

    def value(self, key: str) -> str:
        value = super().value(key)
        try:
            return json.dumps(json.loads(value), separators=(",", ":"), sort_keys=True)
        except ValueError:
            return value


class _NumbersRewritten(RebasedLabels):
    """A copied number is parsed and re-encoded."""

    trips = COPIED + NAMED

    def value(self, key: str) -> str:
        value = super().value(key)
        try:
            return str(float(value))
        except ValueError:
            return value


class _NullForEmpty(RebasedLabels):
    """An empty value is copied as `null`."""

    trips = COPIED

    def value(self, key: str) -> str:
        return super().value(key) or "null"


class _LongValuesCutTo4096(RebasedLabels):
    """Only the first 4,096 characters of a value are copied."""

    trips = COPIED
    scenarios = ("labels-base",)

    def value(self, key: str) -> str:
        return super().value(key)[:4096]


class _VersionReadAsNumber(RebasedLabels):
    """The stack's version is parsed as a number and re-encoded."""

    trips = NAMED

    def value(self, key: str) -> str:
        value = super().value(key)
        is_number = key == f"{STACK_LABELS}version" and value.replace(".", "", 1).isdigit()
        return f"{float(value)}" if is_number else value


class _ValuesAsTemplates(RebasedLabels):
    """Text in double braces in a copied value is executed as a template, which prints nothing."""

    trips = COPIED

    def value(self, key: str) -> str:
        return re.sub(r"\{\{.*?\}\}", "", super().value(key), flags=re.DOTALL)


class _CommentsInValues(RebasedLabels):
    """Text after ` #` in a copied value is treated as a comment."""

    trips = COPIED

    def value(self, key: str) -> str:
        return super().value(key).partition(" #")[0]


class _ByteOrderMarksRemoved(RebasedLabels):
    """A byte order mark at the beginning of a copied value is lost."""

    trips = STACK_COPIED
    also = ("rebase.labels.base.copied",)

    def value(self, key: str) -> str:
        return super().value(key).removeprefix("\ufeff")


class _ReleaseDateReadAsTime(RebasedLabels):
    """The stack's release date loses its fractions of a second."""

    trips = NAMED

    def value(self, key: str) -> str:
        value = super().value(key)
        return value.partition(".")[0] if key == f"{STACK_LABELS}release_date" else value


FAULTS = faults_of(
    _ValuesTrimmed,
    _StackValuesTrimmed,
    _BaseValuesTrimmed,
    _FirstLineOfValues,
    _CarriageReturnsRemoved,
    _ValuesComposed,
    _ValuesEscapedForHtml,
    _ValuesUnescaped,
    _ValuesInLowerCase,
    _JsonValuesRewritten,
    _NumbersRewritten,
    _NullForEmpty,
    _LongValuesCutTo4096,
    _VersionReadAsNumber,
    _ReleaseDateReadAsTime,
    _ValuesAsTemplates,
    _CommentsInValues,
    _ByteOrderMarksRemoved,
)

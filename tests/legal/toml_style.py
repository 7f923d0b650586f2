"""One TOML document in many spellings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Document = Mapping[str, Any]


def basic(text: str) -> str:
    """Spell a string in quotation marks; nothing in a report has to be escaped."""
    return f'"{text}"'


def one_line(items: Sequence[str]) -> str:
    """Spell an array on one line."""
    return f"[{', '.join(items)}]"


@dataclass(frozen=True)
class Style:
    """How a document is spelled; the defaults are what most writers do."""

    key: Callable[[str], str] = str
    string: Callable[[str], str] = basic
    integer: Callable[[int], str] = str
    array: Callable[[Sequence[str]], str] = one_line
    inline: Callable[[Sequence[str]], str] = lambda pairs: f"{{ {', '.join(pairs)} }}"
    header: str = "[{}]"
    dot: str = "."
    equals: str = " = "
    indent: str = ""
    tables: Literal["headers", "inline", "dotted"] = "headers"

    def write(self, document: Document) -> str:
        """Spell a document."""
        return "\n".join(self._lines((), document)) + "\n"

    def _lines(self, path: tuple[str, ...], table: Document) -> Iterator[str]:
        below = {key: value for key, value in table.items() if isinstance(value, Mapping)}
        for key, value in table.items():
            if key not in below or self.tables == "inline":
                yield self.indent + self._pair((key,), value)
        for key, value in below.items() if self.tables != "inline" else ():
            if self.tables == "dotted":
                yield from self._dotted((key,), value)
            else:
                yield self.header.format(self._path((*path, key)))
                yield from self._lines((*path, key), value)

    def _dotted(self, path: tuple[str, ...], table: Document) -> Iterator[str]:
        for key, value in table.items():
            if isinstance(value, Mapping):
                yield from self._dotted((*path, key), value)
            else:
                yield self._pair((*path, key), value)

    def _pair(self, path: tuple[str, ...], value: object) -> str:
        return f"{self._path(path)}{self.equals}{self._value(value)}"

    def _path(self, path: tuple[str, ...]) -> str:
        return self.dot.join(map(self.key, path))

    def _value(self, value: object) -> str:
        if isinstance(value, Mapping):
            return self.inline([self._pair((key,), item) for key, item in value.items()])
        if isinstance(value, list):
            return self.array([self._value(item) for item in value])
        return self.string(value) if isinstance(value, str) else self.integer(int(str(value)))

"""A made-up specification with a table of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.trace.rows import COLUMNS, TracedDocument, parse_table
from pytest_cnb_report.trace.sentences import sentences

TEXT = """\
# Kettles

This document specifies Platform API version `0.15`.

## Lids

A kettle MUST have a lid. Lids are round.

The lid:

- MUST close
- **If** it is glass:
  - SHOULD be clear

## Spouts

| Spout | Default |
|-------|---------|
| wide  | yes     |
| thin  | no      |

- A spout MUST NOT drip
- A second spout MAY be there

## Colours

Kettles SHOULD be blue.

```toml
lid = "MUST not count"
```
"""

DECLARED = """\
[documents.P]
repository = "spec"
files = ["platform.md"]

[documents.P.left-out]
"Colours" = "taste"

[documents.D]
repository = "rfcs"
files = ["text/kettle.md"]
required = false
"""

_TESTED = "rebase.layers"


@dataclass(frozen=True)
class Checkout:
    """A folder with the specification in it."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "platform.md"

    def write(self, text: str) -> Path:
        self.file.write_text(text, encoding="utf-8")
        return self.folder

    def change(self, old: str, new: str) -> Path:
        text = self.file.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        return self.write(text.replace(old, new))


def rows_of(text: str, apis: str = "0.14-0.15", left_out: tuple[str, ...] = ("Colours",)) -> str:
    """Write a row for every normative sentence of a text, tested by `rebase.layers`."""
    lines = ["\t".join(COLUMNS)]
    for each in sentences(text):
        if each.normative and each.section not in left_out:
            about = f"about line {each.line}"
            cells = (each.fingerprint, apis, each.section, "lifecycle", each.level, "tested")
            lines.append("\t".join((*cells, _TESTED, "", about)))
    return "\n".join(lines) + "\n"


def table(text: str = TEXT) -> tuple[TracedDocument, ...]:
    """Make the table of a text."""
    empty = "\t".join(COLUMNS) + "\n"
    return parse_table(DECLARED, {"P": rows_of(text), "D": empty}, load_catalogue())

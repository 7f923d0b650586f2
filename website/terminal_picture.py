"""Draw the last lines that a terminal showed as an SVG, for a page.

`script -qec 'stty rows 24 cols 80; cnb-conformance run …' shown.txt` keeps what was shown;
`python -m website.terminal_picture shown.txt docs/pictures/end-of-a-run.svg` draws it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROWS, COLUMNS = 24, 80
WIDTH, HEIGHT, MARGIN = 8.4, 18, 14
BACKGROUND, TEXT = "#1e1e2e", "#e4e4ec"
COLOURS = {"31": "#ff8a8a", "32": "#8fd98f", "33": "#e8c66a", "35": "#e0a0f0", "36": "#7fd4e0"}

_STYLE = re.compile(r"\x1b\[([0-9;]*)m")


def picture(shown: str, *, title: str) -> str:
    """Return an SVG of the last rows of a terminal; `shown` is all that was written to it.

    `title` is what a reader who does not see the picture is told.
    """
    lines = [line.rpartition("\r")[2] for line in shown.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    width, height = COLUMNS * WIDTH + 2 * MARGIN, ROWS * HEIGHT + 2 * MARGIN
    body = [
        text
        for row, line in enumerate(lines[-ROWS:], start=1)
        for text in _texts(line, MARGIN + row * HEIGHT - 4)
    ]
    font = "14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"
    box = f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
            f"<style>text{{font:{font};white-space:pre;fill:{TEXT}}}</style>",
            f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{BACKGROUND}"/>',
            *body,
            "</svg>\n",
        )
    )


def _texts(line: str, y: float) -> Iterator[str]:
    """Draw the pieces of a line, each held to its cells whatever the reader's font is."""
    column, style = 0, ""
    pieces = _STYLE.split(line)
    for position, piece in enumerate(pieces):
        if position % 2:
            codes = [code for code in piece.split(";") if code]
            style = "" if "0" in codes or not codes else style
            style += "".join(f' style="fill:{COLOURS[c]}"' for c in codes if c in COLOURS)
            style += ' font-weight="bold"' if "1" in codes else ""
        elif piece:
            if piece.strip():
                yield (
                    f'<text x="{MARGIN + column * WIDTH:g}" y="{y:g}" '
                    f'textLength="{len(piece) * WIDTH:g}" xml:space="preserve"{style}>'
                    f"{escape(piece, quote=False)}</text>"
                )
            column += len(piece)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    target.write_text(picture(source.read_text("utf-8"), title="The end of a run"), "utf-8")

"""Hooks of MkDocs: links that leave the site lead to the repository on GitHub.

Pages link to files beside `docs` by relative paths, which work in a checkout and on GitHub. On the
site such a file has no page. A path that leads nowhere stays, so that the strict build refuses it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
REPOSITORY = "https://github.com/buildpacks/pytest-cnb-report"

_CODE = re.compile(
    r"^( *)(`{3,})[^\n]*\n.*?^\1\2 *$|(`+)(?!`).*?(?<!`)\3(?!`)", re.DOTALL | re.MULTILINE
)
_MATRIX = "results/matrix.html"
"""The page that is no Markdown and links to reports, which are not on the site."""
_REPORT = re.compile(r'href="(?![a-z]+:|#)([^"]+)"')
_LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")


def on_page_markdown(markdown: str, page: Any, files: Any, **_: object) -> str:  # noqa: ANN401
    """Rewrite the links of one page; MkDocs calls this, and has types of its own."""
    pages = {file.src_uri for file in files if not file.inclusion.is_excluded()}
    return outward(markdown, page.file.src_uri, pages)


def on_post_build(config: Any, **_: object) -> None:  # noqa: ANN401 - a type of MkDocs
    """Rewrite the links of the matrix once it has been copied to the site."""
    page = Path(config["site_dir"]) / _MATRIX
    page.write_text(reports_outward(page.read_text(encoding="utf-8")), encoding="utf-8")


def reports_outward(matrix: str) -> str:
    """Return the matrix with each link to a report as an address at GitHub."""
    place = f"{REPOSITORY}/blob/main/docs/{posixpath.dirname(_MATRIX)}"
    return _REPORT.sub(lambda found: f'href="{place}/{found[1]}"', matrix)


def outward(markdown: str, page: str, pages: Collection[str]) -> str:
    """Return a page with each link to a file that is not on the site as an address at GitHub.

    `page` and `pages` are paths below `docs`. Code is left as it is.
    """

    def link(found: re.Match[str]) -> str:
        opening, target, anchor, closing = found[1], found[2], found[3] or "", found[4]
        if re.match(r"[a-z]+:", target):
            return found[0]
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        place = posixpath.normpath(posixpath.join("docs", inside))
        if inside in pages or not (CHECKOUT / place).exists():
            return found[0]
        kind = "tree" if (CHECKOUT / place).is_dir() else "blob"
        return f"{opening}{REPOSITORY}/{kind}/main/{place}{anchor}{closing}"

    return _outside_of_code(markdown, lambda text: _LINK.sub(link, text))


def _outside_of_code(markdown: str, change: Callable[[str], str]) -> str:
    parts, end = [], 0
    for code in _CODE.finditer(markdown):
        parts += [change(markdown[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, change(markdown[end:])])

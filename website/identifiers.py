"""A hook of MkDocs: where the site may break an identifier, an option or a path across lines.

Browsers break words at hyphens, which makes two words of `rfc-0129-draft`. A short identifier is
never broken; a long one or a path breaks between its parts. This is decided when the site is built,
and not by a script, because a later change of the layout would move the place that a link leads to.
"""

from __future__ import annotations

import re

LONGEST_IDENTIFIER = 40
LONGEST_PATH = 24
"""In characters; what is longer takes too much of a narrow window."""

_CODE = re.compile(r"<code>([^\s<]+)</code>")
_PART = re.compile(r"::|[/_]")


def on_page_content(html: str, **_: object) -> str:
    """Mark the identifiers of one page; MkDocs calls this."""
    return marked(html)


def marked(html: str) -> str:
    """Return a page with the class `whole` on each short identifier, and `<wbr>` in long ones."""
    return _CODE.sub(lambda found: _marked(found[1]), html)


def _marked(identifier: str) -> str:
    longest = LONGEST_PATH if "/" in identifier else LONGEST_IDENTIFIER
    if len(identifier) <= longest:
        return f'<code class="whole">{identifier}</code>'
    parts = _PART.sub(r"\g<0><wbr>", identifier)
    return f"<code>{parts}</code>"

"""A hook of MkDocs: a short identifier, option or file name is never broken across lines.

Browsers break words at hyphens, which makes two words of `rfc-0129-draft`. The class is set when
the site is built, and not by a script, because a later change of the layout would move the place
that a link leads to.
"""

from __future__ import annotations

import re

LONGEST = 40
"""What is longer may be broken, because it does not fit a narrow window."""

_IDENTIFIER = re.compile(rf"<code>([^\s<]{{1,{LONGEST}}})</code>")


def on_page_content(html: str, **_: object) -> str:
    """Mark the identifiers of one page; MkDocs calls this."""
    return marked(html)


def marked(html: str) -> str:
    """Return a page with the class `whole` on each inline code without white space."""
    return _IDENTIFIER.sub(r'<code class="whole">\1</code>', html)

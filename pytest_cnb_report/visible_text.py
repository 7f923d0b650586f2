r"""Text of others as people are shown it: each character visible, and no order to a CI system.

A lifecycle, a registry or a path may hold anything. Characters that move the cursor, turn the
direction of text or take no room become escapes as Python writes them (`\x1b`, `\u202e`). CI
systems obey lines of a log: GitHub those that begin with `::`, Azure Pipelines and TeamCity those
with `##NAME[`, so one character of these marks becomes an escape as well.
"""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Iterable

_SUSPECT = re.compile(r"[^\n\t -~]")
"""All but ASCII that is seen, and white space that stays."""
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing (Default_Ignorable_Code_Point), and the Braille blank."""
_ORDER = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\w*\[)", re.MULTILINE)


def is_visible(text: str) -> bool:
    """Tell whether each character of `text` shows as itself, and changes nothing around it."""
    return text.isprintable() and (text.isascii() or not _BLANK.search(text))


def visible(text: str) -> str:
    """Write out each character that cannot be seen; line feeds and tabs stay.

    What this returned stays as it is when it is given again.
    """
    return _SUSPECT.sub(lambda found: _seen(found[0]), text)


def visible_line(text: str) -> str:
    """Write out line feeds and tabs as well."""
    return visible(text).replace("\n", "\\x0a").replace("\t", "\\x09")


def inert(text: str) -> str:
    """Break up what a CI system would take for an order, in each line of `text`.

    Lines that are wrapped or put together afterwards have to be given again.
    """
    return _ORDER.sub(lambda mark: f"{mark[1]}\\x3a" if mark[0].endswith(":") else "\\x23", text)


def for_log(text: str) -> str:
    """Write text such that it can be printed in any terminal and any CI log."""
    return inert(visible(text))


def shell_word(word: str) -> str:
    """Quote a word for a shell; for bash, by bytes, where some of it is not seen or is an order."""
    if is_visible(word) and inert(word) == word:
        return shlex.quote(word)
    return f"$'{''.join(_in_bash(c) for c in word)}'"


def shell_line(words: Iterable[str]) -> str:
    """Write words as one line for a shell."""
    return " ".join(map(shell_word, words))


@functools.lru_cache(maxsize=4096)
def _seen(character: str) -> str:
    if is_visible(character):
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _in_bash(character: str) -> str:
    """Write a character for `$'…'` (bash(1), QUOTING): its bytes do not depend on the locale."""
    if is_visible(character) and character not in "'\\#":
        return character
    undecoded = "\udc80" <= character <= "\udcff"  # a byte of a path that is no UTF-8
    encoded = character.encode("utf-8", "surrogateescape" if undecoded else "surrogatepass")
    return "".join(f"\\x{byte:02x}" for byte in encoded)

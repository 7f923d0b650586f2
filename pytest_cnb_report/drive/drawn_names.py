"""Names that tell a lifecycle nothing: drawn at random, the same ones again from the same seed.

Whatever a lifecycle gets to see of the suite's own making has such a name: repositories, tags,
folders, buildpacks, and what tells the content of one run image from that of another.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable

from pytest_cnb_report.plausible_words import WORDS


class NameSource:
    """Draws names, each of them once. To be used from one thread at a time."""

    def __init__(self, seed: str | None = None) -> None:
        self._random = random.Random(seed or secrets.token_hex(8))  # noqa: S311 - nothing is secret
        self._drawn: set[str] = set()
        self._editions: dict[str, str] = {}

    def repository(self, parts: int = 2) -> str:
        """Draw a repository, such as `cedar/harbor-quill`, of so many parts."""

        def draw() -> str:
            folders = (f"{self._word()}/" for _ in range(parts - 1))
            return f"{''.join(folders)}{self._word()}-{self._word()}"

        return self._new(draw)

    def tag(self, prefix: str = "") -> str:
        """Draw a tag, such as `4.17.203b`, that begins with a prefix."""

        def draw() -> str:
            numbers = ".".join(str(self._random.randrange(n)) for n in (10, 40, 900))
            return f"{prefix}{numbers}{self._random.choice('abcdef')}"

        return self._new(draw)

    def folder(self) -> str:
        """Draw the name of a folder, such as `walnut-3f81`."""
        return self._new(self._word_and_digits)

    def buildpack(self) -> str:
        """Draw the ID of a buildpack, such as `marble/lark`."""
        return self._new(lambda: f"{self._word()}/{self._word()}")

    def mark(self) -> str:
        """Draw 16 hex digits, for what a file says to be told from any other."""
        return self._new(lambda: f"{self._random.getrandbits(64):016x}")

    def edition(self, of: str) -> str:
        """Return what tells the content of some run images from that of others.

        `of` is what they are to the caller; the same for the same.
        """
        if of not in self._editions:
            self._editions[of] = self._new(self._word_and_digits)
        return self._editions[of]

    def _word_and_digits(self) -> str:
        return f"{self._word()}-{self._random.randrange(16**6):06x}"

    def _word(self) -> str:
        return self._random.choice(WORDS)

    def _new(self, draw: Callable[[], str]) -> str:
        while (name := draw()) in self._drawn:
            pass
        self._drawn.add(name)
        return name


def distinct_word(seed: str, number: int) -> str:
    """Return a word by a seed, another one for each number."""
    words = list(WORDS)
    random.Random(seed).shuffle(words)  # noqa: S311 - nothing is secret
    turn, place = divmod(number, len(words))
    return f"{words[place]}-{turn}" if turn else words[place]

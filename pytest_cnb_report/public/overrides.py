"""A fixture that a project overrides counts for the others too, or the test says why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import pytest

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show

Given = TypeVar("Given")

ADVICE = {
    "cnb_lifecycle": "make_cnb_lab(lifecycle=…).lifecycle",
    "cnb_registry": "make_cnb_lab(registry=…).registry",
    "cnb_daemon": "make_cnb_lab(daemon=…).daemon",
    "cnb_run_image": "a function that returns what the fixture cnb_run_image of the plugin returns",
    "cnb_export": "a function that returns what the fixture cnb_export of the plugin returns",
}
"""What may stand in for each fixture that others depend on."""


Find: TypeAlias = Callable[[str, Callable[[], object]], object]
"""Gets a fixture's name and what makes the plugin's own; returns what the running test sees."""


def plugins_own(name: str, own: Callable[[], object]) -> object:
    """Make the plugin's own fixture: nobody has overridden any."""
    del name
    return own()


@dataclass(frozen=True, eq=False)
class SeenFixtures:
    """The fixtures as the test that runs sees them.

    They are looked up with each call, because a folder, a module or a class may override what
    others do not.
    """

    find: Find = plugins_own

    def get(self, name: str, kind: type[Given], own: Callable[[], Given]) -> Given:
        """Return the value of a fixture; `own` makes that of the plugin.

        Fails the test where an override gives something that is not of this kind.
        """
        return require(name, self.find(name, own), kind)

    def call(self, name: str, own: Callable[..., object]) -> Callable[..., object]:
        """Return a fixture that is called; fails the test where an override cannot be."""
        found = self.find(name, lambda: own)
        if not callable(found):
            raise wrong(name, found, "a function")
        return found


def require(name: str, found: object, kind: type[Given]) -> Given:
    """Return what a fixture gave; fails the test where that is not of this kind."""
    if isinstance(found, kind):
        return found
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    raise wrong(name, found, f"{article} {kind.__name__}")


def wrong(name: str, found: object, expected: str) -> BaseException:
    """Make the failure of a test whose project overrides a fixture by something else."""
    return pytest.fail.Exception(
        f"the fixture {name} is overridden in this project: expected {expected}, found"
        f" {found!r}. Let the override return {ADVICE[name]}, or give it another name",
        pytrace=False,
    )

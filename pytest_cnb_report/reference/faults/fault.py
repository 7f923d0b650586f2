"""A fault: a lifecycle that is right but for one mistake."""

from __future__ import annotations

import re
from typing import NamedTuple


class Fault(NamedTuple):
    """One mistake: its name, what is wrong in one sentence, and the part that makes it.

    `trips` are the requirements that it breaks, or whose observation it changes where they are MAY:
    these and no other.
    """

    name: str
    mistake: str
    trips: frozenset[str]
    part: type


def faults_of(*parts: type) -> tuple[Fault, ...]:
    """Describe faulty parts: a class's name in kebab-case, its docstring, and its `trips`."""
    return tuple(
        Fault(_kebab(part.__name__), " ".join((part.__doc__ or "").split()), _trips(part), part)
        for part in parts
    )


def _kebab(name: str) -> str:
    return re.sub(r"(?<=.)(?=[A-Z])", "-", name.lstrip("_")).lower()


def _trips(part: type) -> frozenset[str]:
    return frozenset(part.__dict__["trips"])

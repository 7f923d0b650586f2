"""How the layers of an image differ from what they have to be, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

Whose = Literal["run image", "new run image", "app", "old run image", "unknown"]


def how_layers_differ(
    expected: Sequence[str], actual: Sequence[str], whose: Callable[[str], Whose]
) -> str:
    """Count and name what is missing, then what is too much; `whose` says whose a diff ID is."""
    wanted, found = Counter(expected), Counter(actual)
    missing = _counted(expected, wanted - found, whose)
    too_much = _counted(actual, found - wanted, whose)
    parts = [
        *(f"{_layers(count, of)} missing" for of, count in missing),
        *(f"{_layers(count, of)} {_REMAINS.get(of, 'too many')}" for of, count in too_much),
    ]
    return ", ".join(parts) or "the order differs"


_REMAINS: dict[Whose, str] = {"old run image": "left over", "unknown": "added"}


def _counted(
    layers: Sequence[str], counts: Counter[str], whose: Callable[[str], Whose]
) -> Iterator[tuple[Whose, int]]:
    """Yield whose they are and how many, the owner of the lowest layer first."""
    by_owner: Counter[Whose] = Counter()
    for layer in dict.fromkeys(layers):
        if counts[layer]:
            by_owner[whose(layer)] += counts[layer]
    yield from by_owner.items()


def _layers(count: int, whose: Whose) -> str:
    return f"{count} {whose} layer{'' if count == 1 else 's'}"

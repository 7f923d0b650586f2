"""Divide the scenarios of a run into shards that are expected to take the same time.

What is in a shard follows from the scenarios and the number of examples alone, so that every
machine that runs a shard divides them alike, and so does the command that merges them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.drive.cases import Case, Expect, Rebase
from pytest_cnb_report.drive.generated_cases import PARTS
from pytest_cnb_report.options import OptionError
from pytest_cnb_report.planning.calls_ahead import grouped
from pytest_cnb_report.planning.plan import Scenario
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.record.model import RecordedShard
from pytest_cnb_report.values import Phase, Shard

Group = tuple[Scenario, ...]

_EXPORT = 2
"""Invocations that export an app image: analyzer and exporter."""
_POOL = 5
"""App images that a generated scenario exports for its rebases, about."""
_REFUSED_PUSH = 10
"""Invocations that take as long as those in which a lifecycle tries a refused push again."""


def shard_of(scenarios: Sequence[Scenario], shard: Shard, *, examples: int) -> Group:
    """Return the scenarios of a shard, in the order given; raises OptionError as `divided` does."""
    return divided(scenarios, shard.of, examples=examples)[shard.number - 1]


def divided(scenarios: Sequence[Scenario], parts: int, *, examples: int) -> tuple[Group, ...]:
    """Divide scenarios into so many parts, each in the order given.

    Rebases of the same app image stay together, so that it is exported once. `examples` is how many
    are generated for each property. Raises OptionError where a part would be empty.
    """
    groups = groups_of(scenarios)
    if not groups:
        raise OptionError(f"--shard I/{parts}: no scenario is selected, so there is none to divide")
    if len(groups) < parts:
        raise OptionError(
            f"--shard I/{parts}: expected at most {len(groups)} shards, because as many groups of"
            f" scenarios are selected, and a group is not divided; give --shard I/{len(groups)}"
        )
    load = [0] * parts
    part_of: dict[str, int] = {}
    # the longest first, each to the part with the least to do: what is left evens out the rest
    weighed = [(expected_calls(group, examples), group) for group in groups]
    for calls, group in sorted(weighed, key=lambda each: each[0], reverse=True):
        part = load.index(min(load))
        load[part] += calls
        part_of.update((each.id, part) for each in group)
    return tuple(
        tuple(each for each in scenarios if part_of[each.id] == part) for part in range(parts)
    )


def groups_of(scenarios: Sequence[Scenario]) -> list[Group]:
    """Return what is not divided: what shares an app image, and any other scenario alone."""
    groups: list[Group] = []
    for group in grouped(scenarios):
        generated = group[0].case.generated is not None
        groups += [(each,) for each in group] if generated else [group]
    return groups


def expected_calls(group: Group, examples: int) -> int:
    """Return about how many invocations of the lifecycle a group takes."""
    shared = _EXPORT if isinstance(group[0].case.ask, Rebase) else 0
    return shared + sum(_own_calls(each.case, examples) for each in group)


def _own_calls(case: Case, examples: int) -> int:
    ask = case.ask
    if case.generated is not None:
        return examples // len(PARTS) + _EXPORT * _POOL
    if isinstance(ask, Rebase):
        own = 1 + ask.again + ask.repeat_from_start
    else:
        own = _EXPORT if case.phase is Phase.EXPORTER else 1
        own += _EXPORT if ask.previous == "same" else 0
        own *= 2 if case.expect is Expect.FAILURE else 1  # what has to fail has a control
    return own + (_REFUSED_PUSH if ask.refused_push is not None else 0)


def recorded_shard(settings: Settings) -> RecordedShard | None:
    """Return what a record says of a run in part; None of a whole one. Raises OSError."""
    if settings.shard is None:
        return None
    return RecordedShard(
        settings.shard,
        requirements=settings.requirements,
        strict=settings.strict,
        amend=digest_of(settings.amend),
        known_failures=digest_of(settings.known_failures),
    )


def digest_of(path: Path | None) -> str:
    """Return the SHA-256 digest of a file, empty where there is none; raises OSError."""
    return "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()

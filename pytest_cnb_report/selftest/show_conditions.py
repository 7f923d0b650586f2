"""Show under which conditions effects are caught: a table, every gap, and the sum in a sentence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pytest_cnb_report.report.layout import wrapped
from pytest_cnb_report.selftest.condition_proof import ConditionProof, Proven
from pytest_cnb_report.selftest.conditions import Condition, Coverage, in_words
from pytest_cnb_report.selftest.effects import Effect

_SHOWN = 20
"""Gaps of one effect that a person is shown; programs are told all of them."""


def proof_text(proof: ConditionProof, *, width: int) -> str:
    """Write the proof for a terminal."""
    head = ("EFFECT", "PHASE", "API", "VALUES", "PAIRS", "CANNOT SHOW")
    rows = [head, *map(_row, proof.proven)]
    columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(map(str.ljust, row, columns)).rstrip() for row in (rows if proof.proven else ())
    ]
    for proven in proof.proven:
        for what in _wrong(proven):
            lines += wrapped(f"WRONG: {_name(proven)} {what}", width)
    for problem in proof.problems:
        lines += wrapped(f"ERROR: {problem}", width)
    return "\n".join([*lines, "", *wrapped(summary(proof), width), ""])


def effects_text(effects: Sequence[Effect], *, width: int) -> str:
    """List effects for a terminal: name, mistake, the faults that make it."""
    lines: list[str] = []
    for effect in effects:
        phases = ", ".join(phase.value for phase in effect.phases)
        by = f"by {', '.join(effect.faults)}; {phases}; where a call ends in {effect.ends.value}"
        lines.append(effect.name)
        lines += [f"  {line}" for line in wrapped(effect.mistake, width - 2)]
        lines += [f"  {line}" for line in wrapped(by, width - 2)]
    return "\n".join([*lines, ""])


def _row(proven: Proven) -> tuple[str, ...]:
    covered = proven.coverage
    return (
        proven.effect.name,
        _phases(proven),
        str(proven.region.place.platform_api),
        *(_of(*covered.counts(size)) for size in (1, 2)),
        f"{len(covered.hidden):,}",
    )


def _of(caught: int, gaps: int) -> str:
    return f"{caught:,}" if not gaps else f"{caught:,} of {caught + gaps:,}"


def _name(proven: Proven) -> str:
    return f"{proven.effect.name} ({_phases(proven)}, {proven.region.place.platform_api})"


def _phases(proven: Proven) -> str:
    return "/".join(phase.value for phase in proven.region.phases)


def _wrong(proven: Proven) -> Iterator[str]:
    gaps = list(_together(least(proven.coverage.gaps)))
    yield from (f"is not caught where {gap}" for gap in gaps[:_SHOWN])
    if len(gaps) > _SHOWN:
        yield f"is not caught in {len(gaps) - _SHOWN:,} ways more (--format json has them)"
    said = proven.coverage.contradicted
    yield from (f"is caught at {where}" for where in said[:_SHOWN])
    if len(said) > _SHOWN:
        yield f"is caught {len(said) - _SHOWN:,} times more (--format json has them)"


def _together(gaps: Sequence[Condition]) -> Iterator[str]:
    """Write gaps, those that share a value on one line."""
    left = [gap for gap in gaps if len(gap) == 2]
    yield from (in_words(gap) for gap in gaps if len(gap) == 1)
    while left:
        counted = Counter(value for gap in left for value in sorted(gap))
        shared, _ = max(counted.items(), key=lambda item: (item[1], item[0]))
        others = sorted(value for gap in left if shared in gap for value in gap - {shared})
        yield f"{in_words([shared])} and {_either(others)}"
        left = [gap for gap in left if shared not in gap]


def _either(values: Iterable[tuple[str, str]]) -> str:
    by_dimension: dict[str, list[str]] = {}
    for dimension, value in values:
        by_dimension.setdefault(dimension, []).append(value)
    return "; ".join(f"{name} = {' or '.join(names)}" for name, names in by_dimension.items())


def least(gaps: Iterable[Condition]) -> list[Condition]:
    """Leave out pairs of which a value is a gap itself: values first, all in order."""
    values = {gap for gap in gaps if len(gap) == 1}
    alone = {gap for gap in gaps if len(gap) == 2 and not any(value < gap for value in values)}
    return sorted(values | alone, key=lambda gap: (len(gap), sorted(gap)))


def summary(proof: ConditionProof) -> str:
    """Say in a sentence what the proof comes to."""
    if not proof.proven:
        return "Nothing is proven."
    values, pairs = (_sum(proof, size) for size in (1, 2))
    caught, every = values[0] + pairs[0], values[1] + pairs[1]
    effects = len({each.effect.name for each in proof.proven})
    places = len({each.region.place for each in proof.proven})
    hidden = sum(len(each.coverage.hidden) for each in proof.proven)
    text = (
        f"effects: {effects}, places: {places}; under {values[1]:,} values and {pairs[1]:,} pairs"
        f" of values {_percent(caught, every)} caught; {hidden:,} cannot show"
    )
    return text + (f"; {every - caught:,} gaps." if every != caught else ".")


def _sum(proof: ConditionProof, size: int) -> tuple[int, int]:
    counts = [each.coverage.counts(size) for each in proof.proven]
    return sum(c for c, _ in counts), sum(c + gaps for c, gaps in counts)


def _percent(part: int, whole: int) -> str:
    """Write a share so that only all of it is 100 %."""
    return "100 %" if part == whole else f"{min(99.9, 100 * part / whole):.1f} %"


def proof_json(proof: ConditionProof) -> str:
    """Write everything that is known, for programs."""
    document = {
        "exit_code": proof.exit_code,
        "summary": summary(proof),
        "problems": list(proof.problems),
        "effects": [_effect_json(each) for each in proof.proven],
    }
    return json.dumps(document, indent=2)


def _effect_json(proven: Proven) -> dict[str, object]:
    covered, place = proven.coverage, proven.region.place
    return {
        "effect": proven.effect.name,
        "mistake": proven.effect.mistake,
        "faults": list(proven.effect.faults),
        "phases": [phase.value for phase in proven.region.phases],
        "platform_api": str(place.platform_api),
        "profile": place.profile.value,
        "target": place.target.value,
        "scenarios": len(proven.region.points),
        **_counts_json(covered),
        "gaps": [dict(sorted(gap)) for gap in least(covered.gaps)],
        "cannot_show": dict(sorted(Counter(covered.hidden.values()).items())),
        "contradicted": list(covered.contradicted),
    }


def _counts_json(covered: Coverage) -> dict[str, object]:
    counted = {}
    for name, size in (("values", 1), ("pairs", 2)):
        caught, gaps = covered.counts(size)
        counted[name] = {"caught": caught, "of": caught + gaps}
    return dict(counted)

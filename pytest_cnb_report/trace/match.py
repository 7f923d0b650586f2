"""Rows and the sentences of a text side by side: what stands where, what is gone, what is new."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

from pytest_cnb_report.trace.rows import Row
from pytest_cnb_report.trace.sentences import Sentence


@dataclass(frozen=True)
class Match:
    """Each row with its sentence; the rows that have none, and the sentences that no row knows."""

    pairs: tuple[tuple[Row, Sentence], ...]
    rows: tuple[Row, ...]
    sentences: tuple[Sentence, ...]


def matched(
    rows: Sequence[Row], sentences: Sequence[Sentence], left_out: Collection[str] = ()
) -> Match:
    """Match rows and sentences by fingerprint, first within a section, then across sections.

    The same words may stand several times, and each place has its row: in a section, what stands
    around them tells which is which. A sentence that was moved to another section is matched only
    where its words are missing from the one that it stood in, and only in a section that is not
    among those `left_out`.
    """
    aligned = _aligned(rows, sentences)
    left, found = _without(aligned, rows, sentences)
    here = _paired(left, found, lambda each: (each.section, each.fingerprint))
    left, found = _without(here, left, found)
    moved = _paired(
        left,
        [each for each in found if each.section not in left_out],
        lambda each: each.fingerprint,
    )
    left, found = _without(moved, left, found)
    return Match((*aligned, *here, *moved), tuple(left), tuple(found))


def _aligned(rows: Sequence[Row], sentences: Sequence[Sentence]) -> list[tuple[Row, Sentence]]:
    """Pair what stands in the same order, in each section that repeats words."""
    pairs: list[tuple[Row, Sentence]] = []
    for section in dict.fromkeys(row.section for row in rows):
        ours = [row for row in rows if row.section == section]
        theirs = [sentence for sentence in sentences if sentence.section == section]
        if not (_repeats(ours) or _repeats(theirs)):
            continue  # words that stand once need nothing around them
        blocks = difflib.SequenceMatcher(
            a=[row.fingerprint for row in ours],
            b=[sentence.fingerprint for sentence in theirs],
            autojunk=False,
        ).get_matching_blocks()
        for block in blocks:
            pairs += zip(
                ours[block.a : block.a + block.size],
                theirs[block.b : block.b + block.size],
                strict=True,
            )
    return pairs


def _repeats(known: Sequence[Row] | Sequence[Sentence]) -> bool:
    return len({each.fingerprint for each in known}) < len(known)


def _paired(
    rows: Sequence[Row],
    sentences: Sequence[Sentence],
    key: Callable[[Row | Sentence], Hashable],
) -> list[tuple[Row, Sentence]]:
    """Pair each row with the next sentence of its key, in the order of the text."""
    waiting: dict[Hashable, list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        waiting[key(sentence)].append(sentence)
    return [(row, waiting[key(row)].pop(0)) for row in rows if waiting[key(row)]]


def _without(
    pairs: Sequence[tuple[Row, Sentence]], rows: Sequence[Row], sentences: Sequence[Sentence]
) -> tuple[list[Row], list[Sentence]]:
    taken = {id(each) for pair in pairs for each in pair}
    return (
        [row for row in rows if id(row) not in taken],
        [sentence for sentence in sentences if id(sentence) not in taken],
    )

"""A process that tries one faulty lifecycle after another, as it is told.

It reads messages from standard input, a line each: first a `Beginning`, then a `Question` for each
`Answer` that it writes to standard output. It ends with its input, and with the process that has
started it, whose ID is its only argument.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO

from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.selftest.fault_runner import Prover, place_of, prover
from pytest_cnb_report.selftest.messages import Answer, Beginning, Question, dumps, loads
from pytest_cnb_report.selftest.parent_death import end_with_parent


def work(questions: IO[str], answers: IO[str]) -> None:
    """Answer questions until there are no more; raises BrokenPipeError where nobody listens."""
    first = questions.readline()
    if not first:
        return
    beginning = loads(first, Beginning)
    with prover(beginning.daemon) as proving:
        for line in questions:
            answers.write(dumps(_answer(proving, loads(line, Question))))
            answers.flush()


def _answer(proving: Prover, question: Question) -> Answer:
    try:
        fault = FAULTS[question.fault]
        return Answer(faulty=proving.faulty(fault), right=proving.right(place_of(fault)))
    except Exception as problem:  # noqa: BLE001 - told to whoever asked
        return Answer(problem=f"{type(problem).__name__}: {problem}")


def main() -> None:
    """Run as a process of its own; nothing but answers reaches what was standard output."""
    end_with_parent(int(sys.argv[1]))
    with (
        # who asked may be gone for a moment before the kernel says so, and then wants no answer
        contextlib.suppress(BrokenPipeError),
        os.fdopen(os.dup(1), "w", encoding="utf-8") as answers,
    ):
        os.dup2(2, 1)
        work(sys.stdin, answers)


if __name__ == "__main__":
    main()

"""The columns of a matrix: what tells one run from another, and what it comes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import WORST_FIRST, by_requirement, worst_outcomes
from pytest_cnb_report.report.html import lifecycle_name, verdict_word
from pytest_cnb_report.report.verdict import CONFORMANT, NOT_CONFORMANT, verdict
from pytest_cnb_report.report.visible_run import visible_run
from pytest_cnb_report.report.whatif_places import api_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_cnb_report.report.results import Result, Run
    from pytest_cnb_report.values import Outcome, PlatformApi

_SHOWN_DIGEST = 12


@dataclass(frozen=True)
class Compared:
    """A run for the page, and where the reader finds its own report."""

    run: Run
    link: str = ""
    """A path from the page to the report; empty where there is none."""


@dataclass(frozen=True, eq=False)
class Column:
    """One run."""

    number: int
    name: str
    run: Run
    exit_code: int
    link: str = ""

    @property
    def given(self) -> str:
        """What the lifecycle was given as, and the beginning of its digest where it is known."""
        digest = self.run.lifecycle.sha256
        short = f", sha256 {digest[:_SHOWN_DIGEST]}…" if digest else ""
        return f"{self.run.lifecycle.given}{short}"

    @property
    def day(self) -> str:
        """The date of the run, in UTC."""
        return self.run.started.partition("T")[0]

    @property
    def destinations(self) -> str:
        """Where it was run: `registry`, `daemon` or both."""
        return " and ".join(t.value for t, each in self.run.targets.items() if each.judged)

    @property
    def place(self) -> str:
        """All that has to be the same for two runs to be compared, in words."""
        run = self.run
        amended = f" amended by {run.amendment.file}" if run.amendment else ""
        text = f"platform API {run.platform_api}, {run.profile.value}{amended}"
        return f"{text}, {self.destinations or 'no destination'}"

    @cached_property
    def results(self) -> Mapping[str, Sequence[Result]]:
        """The results of each requirement."""
        return by_requirement(self.run)

    @cached_property
    def totals(self) -> Mapping[Outcome, int]:
        """How many requirements there are of each outcome, each by its worst one anywhere."""
        counted = Counter(worst_outcomes(self.results).values())
        return {each: counted[each] for each in WORST_FIRST if counted[each]}

    @property
    def state(self) -> str:
        """The outcome whose colour the verdict has."""
        return {CONFORMANT: "pass", NOT_CONFORMANT: "fail"}.get(self.exit_code, "error")

    @property
    def word(self) -> str:
        """The verdict in a word or two, and what it leaves out."""
        return verdict_word(self.exit_code) + self.run.reservation


def columns_in_words(columns: Iterable[Column]) -> str:
    """Name runs together: each lifecycle once for a destination, with its platform APIs."""
    together: dict[tuple[str, str, str], list[PlatformApi]] = {}
    for each in columns:
        run = each.run
        key = (each.name, run.profile.value, each.destinations)
        together.setdefault(key, []).append(run.platform_api)
    several = len({profile for _, profile, _ in together}) > 1
    return "; ".join(
        ", ".join(filter(None, (name, f"API {api_words(apis)}", profile if several else "", where)))
        for (name, profile, where), apis in together.items()
    )


def column_of(number: int, compared: Compared) -> Column:
    """Make the column of a run, which is the `number`th from the left, counted from 0."""
    run = visible_run(compared.run)
    name = lifecycle_name(run)
    return Column(number, name, run, verdict(run).exit_code, compared.link)

"""What one run found out, as plain values: the only thing that every report is made from.

A `Run` is the whole of it. Its summary, whether it is conformant and its exit code are not stored
in it but follow from it (`report.verdict`), so that no report can contradict its own results.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Union

from pytest_cnb_report.values import Profile

if TYPE_CHECKING:
    from pytest_cnb_report.judge.text import Amended
    from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Target

SCHEMA_VERSION = 1
"""The version of the layout of `report.json` that this package writes."""

SKIPPED = "skipped"
"""How the reason begins where a destination was left out by an option."""

FINISHED_BUILD = "own build"
"""The kind of lifecycle that stands for a build that was made elsewhere."""

NOT_RECORDED = "the record"
"""Says of a recorded run that it was judged again, and what is left out is not in the record."""

_MOST_PROCESSES = 5
"""IDs of processes that are named."""

JSON: TypeAlias = Union[bool, int, float, str, "Sequence[JSON]", "Mapping[str, JSON]", None]
"""A value that JSON can hold."""


def unreleased(profile: Profile) -> str:
    """Say of the profile of an RFC, in brackets, that nobody has to follow it yet."""
    if profile is Profile.PLATFORM_SPEC:
        return ""
    return f" (unreleased text; --profile {Profile.PLATFORM_SPEC.value} leaves it out)"


@dataclass(frozen=True)
class RequirementFacts:
    """What a reader needs to know of one requirement, once for all of its results."""

    statement: str
    """The requirement in one sentence."""
    source: str
    """Where it stands, for people: document and section."""
    url: str | None = None
    """Where it stands, as a link."""
    readings: tuple[str, ...] = ()
    """What its sources leave open: keys of `Run.readings`."""
    title: str = ""
    """The statement in a few words, for a table; empty where there is none."""
    hint: str = ""
    """What somebody whose lifecycle fails it may look at."""
    derived: bool = False
    """Whether the source says it without one of the RFC 2119 keywords."""
    area: str = ""
    """The heading that it stands under; empty for the one that its identifier implies."""
    released: bool = True
    """Whether a published specification says so; False for what an RFC alone says."""


SMALLEST = "smallest failing scenario: "
"""What introduces, at the end of a message, the scenario that Hypothesis has found and shrunk."""


@dataclass(frozen=True)
class Result:
    """The verdict on one requirement for one phase, target and case."""

    requirement: str
    level: Level
    phase: Phase
    target: Target
    case: str
    outcome: Outcome
    message: str
    """What was found, in a sentence; results that differ only by case share it word for word."""
    expected: JSON = None
    actual: JSON = None
    """For a generated property: its smallest failing example."""
    reproduce: str | None = None
    """A command line for a shell that repeats this verdict."""
    cause: str | None = None
    """Of an untestable result: the requirement that had to be met first, where it is one."""
    reason: str | None = None
    """Of a known failure: the reason that its file gives."""
    readings: tuple[str, ...] = ()
    """Readings that the outcome depends on: keys of `Run.readings`. Of one that passes, none."""
    evidence: str | None = None
    """The key of the `Evidence` that it was judged on."""
    missing: str | None = None
    """What was not given, of one that is not applicable for want of it, to stand after "no"."""
    declined: bool = False
    """Whether it is not applicable because an adapter declined the call."""

    @property
    def scenario(self) -> str:
        """The scenario that it is of, as `-k` takes it: `PHASE-TARGET-CASE`."""
        return f"{self.phase.value}-{self.target.value}-{self.case}"

    @property
    def smallest(self) -> str:
        """The scenario that Hypothesis has found and shrunk, in words; empty without one."""
        return self.message.partition(SMALLEST)[2]

    @property
    def said(self) -> str:
        """The message without that scenario."""
        return self.message.partition(SMALLEST)[0].rstrip(":; ")


@dataclass(frozen=True)
class WireRequest:
    """One request that the registry or the daemon saw."""

    method: str
    path: str
    status: int
    note: str = ""
    """What the path does not say, such as the digest that was answered."""
    at: float | None = None
    """Seconds since the first request of the call; None where it is not known."""


@dataclass(frozen=True)
class Evidence:
    """What one call of the lifecycle did and left behind; shared by all that was judged on it.

    Make it with `report.bounds.evidence`, which keeps each text to a bound.
    """

    key: str
    """Names it in the run, such as `rebaser/registry/several-tags`."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    exit_code: int | None
    """None where the call timed out."""
    duration_s: float
    stdout: str = ""
    stderr: str = ""
    requests: tuple[WireRequest, ...] = ()
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Readable text by name, in reading order, such as report.toml and the manifest."""
    unkilled: tuple[int, ...] = ()
    """IDs of processes that the call left, or the calls before it, and that could not be killed."""


@dataclass(frozen=True)
class LifecycleFacts:
    """Which lifecycle was judged."""

    given: str
    """What the caller asked for, such as a path or `reference:FAULT`."""
    kind: str
    """`directory`, `binary`, `archive`, `image`, `container`, `command` or `reference`."""
    version: str | None = None
    sha256: str | None = None
    """64 hex digits: of the executable, the archive, or the manifest of the image."""


@dataclass(frozen=True)
class TargetFacts:
    """Whether a target was judged, and where it was not, why."""

    judged: bool
    why: str = ""

    @property
    def told(self) -> str:
        """Both in words."""
        if self.judged:
            return "tested"
        return self.why if self.why.startswith(SKIPPED) else f"not tested: {self.why}"


@dataclass(frozen=True)
class Timing:
    """Where the time went, in seconds."""

    wall_s: float
    lifecycle_s: float
    """The sum over all calls of the lifecycle; more than `wall_s` where workers share the run."""
    invocations: int

    @property
    def told(self) -> str:
        """Both in words."""
        return (
            f"{self.wall_s:.1f} s; {self.invocations:,} lifecycle invocations,"
            f" {self.lifecycle_s:.1f} s in total"
        )


@dataclass(frozen=True)
class SuiteFacts:
    """Which suite judged."""

    name: str
    version: str


@dataclass(frozen=True)
class KnownFailureFacts:
    """What became of the known failures file that the run was given."""

    file: str
    entries: int
    problems: tuple[str, ...] = ()
    """Entries that are stale or expired, one message each that names the file and the line."""
    idle: tuple[str, ...] = ()
    """Likewise those that would be stale if the target that was not judged had been."""


@dataclass(frozen=True)
class ScenarioFacts:
    """What a scenario is: why it is there, and where it is in the space of scenarios.

    `point` has a value for each dimension; it is empty outside of the space.
    """

    why: str
    point: Mapping[str, str] = dataclasses.field(default_factory=dict)
    differences: int = 0
    """In how many ways it differs from a plain scenario: the plainest failure is shown first."""


@dataclass(frozen=True)
class Run:
    """One run of the suite against one lifecycle."""

    suite: SuiteFacts
    lifecycle: LifecycleFacts
    platform_api: PlatformApi
    profile: Profile
    targets: Mapping[Target, TargetFacts]
    timing: Timing
    started: str
    """When, in UTC: `2025-11-21T10:04:00Z`."""
    seed: int
    """Of the generated examples; 0 is the fixed set."""
    strict: bool
    results: tuple[Result, ...]
    requirements: Mapping[str, RequirementFacts] = dataclasses.field(default_factory=dict)
    """By requirement, at least those in `results`."""
    readings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What the sources leave open and how the suite reads it, in a sentence, by its identifier."""
    scenarios: Mapping[str, ScenarioFacts] = dataclasses.field(default_factory=dict)
    """By phase and case: `rebaser/plain`."""
    evidence: tuple[Evidence, ...] = ()
    deselected: int = 0
    """How many results the caller's selection left out."""
    deselected_by: str = ""
    """What did, where it is an option whose purpose is a run in part (`--quick`), or a lifecycle
    without some of the phases."""
    shard: str = ""
    """Which part of the scenarios was run, such as `2/4`; empty where they were not divided."""
    cut_short: str | None = None
    """Why the run ended before all was judged, such as `interrupted`."""
    known_failures: KnownFailureFacts | None = None
    command: str = ""
    """The command line that repeats the run."""
    amendment: Amended | None = None
    """How the text that was judged by differs from the profile."""
    app_images: str = ""
    """Who made the app images that were rebased, where it was not the lifecycle: `reference`."""

    @property
    def judged_by(self) -> str:
        """The text that was judged by, in words: its profile, and how it was amended."""
        return self._judged_by("")

    @property
    def judged_by_in_full(self) -> str:
        """The same, and that the text of an RFC is not released."""
        return self._judged_by(unreleased(self.profile))

    def _judged_by(self, note: str) -> str:
        change = f", amended: {self.amendment.text}" if self.amendment is not None else ""
        return f"profile {self.profile.value}{note}{change}"

    @property
    def reservation(self) -> str:
        """What has to stand behind every word of a verdict: an amended text, and a run in part."""
        change = " by an amended text" if self.amendment is not None else ""
        return f"{change} ({self.part})" if self.part else change

    @property
    def part(self) -> str:
        """What was not run or not judged, in a few words; empty where nothing was left out.

        A build that was made elsewhere has one destination, and so all of it.
        """
        selected = self.deselected or self.deselected_by
        some = f"shard {self.shard}" if self.shard else "in part" if selected else ""
        judged = [target.value for target, each in self.targets.items() if each.judged]
        whole = len(judged) in {0, len(self.targets)} or self.lifecycle.kind == FINISHED_BUILD
        only = "" if whole else f"{' and '.join(judged)} only"
        return ", ".join(filter(None, (self.ending, some, only, self.declination)))

    @property
    def ending(self) -> str:
        """How the run ended where it was cut short, in a word or two; else empty."""
        if self.cut_short is None:
            return ""
        return "interrupted" if self.cut_short.startswith("interrupted") else "stopped early"

    @property
    def declined(self) -> tuple[Result, ...]:
        """The results that are not applicable because an adapter declined the call."""
        return tuple(result for result in self.results if result.declined)

    @property
    def declined_scenarios(self) -> int:
        """In how many scenarios an adapter declined a call."""
        return len({(each.phase, each.target, each.case) for each in self.declined})

    @property
    def declination(self) -> str:
        """How many scenarios an adapter declined, in words; empty where it is none."""
        number = self.declined_scenarios
        return f"{number} scenario{'s' * (number > 1)} declined" if number else ""

    @property
    def unkilled(self) -> str:
        """Which processes of the lifecycle could not be killed, in words; empty where none."""
        left = sorted({process for each in self.evidence for process in each.unkilled})
        if not left:
            return ""
        named = ", ".join(map(str, left[:_MOST_PROCESSES]))
        more = f" and {len(left) - _MOST_PROCESSES} more" if len(left) > _MOST_PROCESSES else ""
        which = "a process" if len(left) == 1 else f"{len(left)} processes"
        return f"the lifecycle left {which} that could not be killed: {named}{more}"

    def rests_on(self, result: Result) -> tuple[str, ...]:
        """Give the readings that `result` depends on, in words; one not known as its identifier."""
        return tuple(self.readings.get(key, key) for key in result.readings)

    @property
    def not_its_own(self) -> str:
        """That the lifecycle was judged on app images of somebody else, as a sentence, or empty."""
        if not self.app_images:
            return ""
        return f"The app images were made by the suite's {self.app_images}, not by this lifecycle."

    @property
    def deselection(self) -> str:
        """What the caller's selection left out, in words; empty where it is nothing."""
        if not self.deselected:
            return ""
        if self.deselected_by == NOT_RECORDED:
            return f"{_results(self.deselected)} not in the record"
        by = f" by {self.deselected_by}" if self.deselected_by else ""
        return f"{_results(self.deselected)} deselected{by}"

    @property
    def complete(self) -> bool:
        """Whether nothing was deselected and nothing cut short."""
        return self.deselected == 0 and self.cut_short is None


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count:,} results"

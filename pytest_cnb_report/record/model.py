"""A recorded run as plain values: what was run, where, and everything that was observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.generated_cases import DrawnScenario
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Extent, Phase, PlatformApi, Profile, Shard, Target
from pytest_cnb_report.visible_text import shell_line


@dataclass(frozen=True)
class RecordedLifecycle:
    """Which lifecycle was run: what the caller named, of which kind, its version and digest."""

    given: str
    kind: str
    version: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class RecordedTarget:
    """Whether images went to a target, and where it was or why not."""

    judged: bool
    why: str = ""


@dataclass(frozen=True)
class RepeatCommand:
    """The command that judges one requirement again.

    `words` are its words by target, `generated` those that a generated case needs as well. Where it
    `selects`, it can be told to run a single scenario. The profile among the words is that of the
    run; a record may be judged by another one.
    """

    words: Mapping[Target, tuple[str, ...]]
    generated: tuple[str, ...] = ()
    selects: bool = True

    def line(
        self,
        requirement: str,
        target: Target,
        scenario: str,
        *,
        profile: Profile,
        amendment: str | None = None,
        generated: bool,
    ) -> str:
        """Return the command line by a profile and the file of an amendment, for a shell."""
        words = list(self.words[target])
        words[words.index("--profile") + 1] = profile.value
        words += ["--amend", amendment] if amendment is not None else []
        words += ["--requirement", requirement, *(self.generated if generated else ())]
        return shell_line([*words, "--", "-k", f"[{scenario}]"] if self.selects else words)


@dataclass(frozen=True)
class RecordedShard:
    """Which part of a run was run, and what else the run was asked for that all parts must share.

    `requirements` are globs; `amend` and `known_failures` are the SHA-256 digests of the files that
    were given, empty where none was.
    """

    shard: Shard
    requirements: tuple[str, ...] = ()
    strict: bool = False
    amend: str = ""
    known_failures: str = ""


@dataclass(frozen=True)
class RecordedRun:
    """What a run was, apart from its scenarios.

    `started` is in UTC (`2026-11-25T10:04:00Z`) and `wall_s` in seconds. `cut_short` says why not
    every scenario that was asked for was run. `part` is set where only a shard of them was.
    `platform_api_by` is who says the platform API, of a build that was made elsewhere. `app_images`
    says who made the app images that cases start from, where it was not the lifecycle itself, and
    `missing` which phases were left out because the lifecycle does not have them.
    """

    suite: str
    lifecycle: RecordedLifecycle
    platform_api: PlatformApi
    profile: Profile
    targets: Mapping[Target, RecordedTarget]
    phases: tuple[Phase, ...]
    seed: int
    examples: int
    started: str
    wall_s: float
    repeat: RepeatCommand
    cut_short: str | None = None
    command: str = ""
    platform_api_by: str = ""
    extent: Extent = Extent.USUAL
    part: RecordedShard | None = None
    app_images: str = ""
    missing: tuple[Phase, ...] = ()


@dataclass(frozen=True)
class RecordedScenario:
    """One scenario as it was carried out.

    A case that is not generated has one observation. A generated one has one of each of the
    `scenarios` that were tried, the first `drawn` of them as they were drawn; a record of a version
    that drew label sets only does not list them; `left_out` were drawn as well, and failed nothing
    that none of the observations fails. `error` says why the suite itself could not carry
    it out. `calls` are the seconds of each lifecycle invocation that it took.
    """

    case: Case
    target: Target
    observations: tuple[Observation, ...]
    drawn: int = 1
    error: str | None = None
    calls: tuple[float, ...] = ()
    scenarios: tuple[DrawnScenario, ...] = ()
    left_out: int = 0

    @property
    def id(self) -> str:
        """Phase, target and case."""
        return f"{self.case.phase.value}-{self.target.value}-{self.case.name}"


def label_weight(observation: Observation) -> tuple[int, int]:
    """Return how large the labels of a rebase are: how many, and how many characters in all."""
    app = observation.app_before.labels if isinstance(observation.app_before, AppImage) else {}
    run_image = observation.asked.run_image.labels if observation.asked is not None else {}
    labels = (*app.items(), *run_image.items())
    return len({key for key, _ in labels}), sum(len(key) + len(value) for key, value in labels)

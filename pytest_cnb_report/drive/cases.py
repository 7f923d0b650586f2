"""What a case is: one thing that a phase is asked to do, as a value that can be carried out."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.values import Phase, PlatformApi, Target

EVERY_TARGET = (Target.REGISTRY, Target.DAEMON)

How = Literal["flag", "environment"]
"""How an input reaches the lifecycle: as an argument, or as the variable that stands for it."""


class Expect(str, enum.Enum):
    """How a case has to end."""

    SUCCESS = "success"
    REFUSAL = "refusal"
    """The specification forbids what is asked: a rebase-specific exit code, and nothing changed."""
    FAILURE = "failure"
    """It cannot be done; any exit code but 0 will do."""
    EITHER = "either"
    """The texts leave open whether it is done; what is done has to be done right."""


@dataclass(frozen=True)
class ReportFlow:
    """Where the report is to go, and what stands there before."""

    how: Literal["flag", "environment", "flag-over-environment", "default"] = "flag"
    longer_before: bool = False
    """A report longer than any that will be written is there already."""
    path: str | None = None
    """Where, relative to the folder of the call; None for a place of its own in there."""


@dataclass(frozen=True)
class RefusedPush:
    """The registry does not take the manifest of one image, once its blobs have gone through.

    `image` says which of the images that are asked for, from 0, and `status` how it is answered.
    """

    image: int
    status: int


@dataclass(frozen=True)
class Build:
    """What an exporter or a creator is asked."""

    run_image: Shape = field(default_factory=Shape)
    given: Literal["flag", "environment", "flag-over-environment", "run-file"] = "flag"
    run_name: Literal[
        "listed",
        "mirror",
        "second-mirror",
        "second",
        "mirror-of-second",
        "tag-and-digest",
        "unlisted",
    ] = "listed"
    """By which name the platform gives the run image; `second` is another entry of `run.toml`."""
    mirrors: int = 2
    """How many mirrors each entry of `run.toml` has."""
    tags: int = 1
    repositories: int = 1
    """Over how many repositories the names of the app image are spread."""
    previous: Literal["none", "same", "other"] = "none"
    """What is under the app image's name before: an app image on layers that are the same as this
    run image's, or on others."""
    launch_cache: bool = False
    process_type: str | None = None
    epoch: int | None = None
    """`SOURCE_DATE_EPOCH`, in seconds."""
    inputs: Literal["flags", "environment", "both"] = "flags"
    """How folders and files are given; with `both` the variables name others, which lose."""
    daemon: How = "flag"
    report: ReportFlow = field(default_factory=ReportFlow)
    refused_push: RefusedPush | None = None

    @property
    def inputs_in_question(self) -> bool:
        """Whether something is given by a variable."""
        return (
            self.given in {"environment", "flag-over-environment"}
            or self.inputs != "flags"
            or self.daemon == "environment"
        )


@dataclass(frozen=True)
class AppEdits:
    """How the app image differs from what the lifecycle exported, before it is rebased.

    A label of None is removed; `metadata` replaces top-level keys of the lifecycle metadata label
    (None removes one), `config` keys of the image's `config` object, and `document` keys beside it
    (None removes one).
    """

    labels: Mapping[str, str | None] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)
    document: Mapping[str, object] = field(default_factory=dict)
    env: tuple[str, ...] = ()
    """Entries that are added to the config's `Env`."""


@dataclass(frozen=True)
class Rebase:
    """What a rebaser is asked."""

    old: Shape = field(default_factory=Shape)
    new: Shape = field(default_factory=Shape)
    same_run_image: bool = False
    app: AppEdits = field(default_factory=AppEdits)
    given: Literal["flag", "environment", "deprecated-flag", "flag-over-environment", "default"] = (
        "flag"
    )
    run_name: Literal[
        "listed",
        "mirror",
        "second-mirror",
        "tag-and-digest",
        "unlisted",
        "unlisted-longer",
        "unlisted-digest",
    ] = "listed"
    """`unlisted-longer` begins with the listed name; `unlisted-digest` names a digest in another
    repository."""
    default_from: Literal["image", "mirror", "stack"] = "image"
    """Without a run image given: which part of the metadata label leads to it."""
    force: How | None = None
    force_denied: bool = False
    """CNB_FORCE_REBASE says false."""
    daemon: How = "flag"
    images: int = 1
    repositories: int = 1
    """Over how many repositories the names of the rebased image are spread."""
    previous_image: bool = False
    previous_by_digest: bool = False
    rebased_before: bool = False
    """The app image was rebased once already, onto an image like the old one."""
    again: bool = False
    """The same call is made twice."""
    repeat_from_start: bool = False
    """The whole rebase is done a second time, from an untouched copy of the app image."""
    report: ReportFlow = field(default_factory=ReportFlow)
    refused_push: RefusedPush | None = None


@dataclass(frozen=True)
class Generated:
    """A case whose scenarios are drawn: with which labels, and which part of the draws it has."""

    strategy: Literal["wide", "small"]
    part: int


@dataclass(frozen=True)
class Case:
    """One case: its name, why it is there, and what is asked.

    `since` and `until` (both inclusive) bound the platform APIs at which it means something.
    `generated` is set where it stands for many scenarios that are drawn.
    """

    name: str
    why: str
    phase: Phase
    ask: Build | Rebase
    expect: Expect = Expect.SUCCESS
    since: PlatformApi | None = None
    until: PlatformApi | None = None
    targets: tuple[Target, ...] = EVERY_TARGET
    generated: Generated | None = None
    point: Mapping[str, str] = field(default_factory=dict)
    """Where it is in the space of scenarios: a value for each dimension; empty outside of it."""
    covered: bool = False
    """Made by hand, and a point of the space: it tells nothing that the tables do not tell too. It
    is there for who asks for it by name, and to see one difference alone."""

    def outside(self, names: Collection[str]) -> Case:
        """Return it as one that the tables cover, unless it is one of these."""
        return self if self.name in names else replace(self, covered=True)

    def exists_at(self, target: Target, api: PlatformApi) -> bool:
        """Whether the case means something at this target and platform API."""
        return (
            target in self.targets
            and (self.since is None or self.since <= api)
            and (self.until is None or api <= self.until)
        )

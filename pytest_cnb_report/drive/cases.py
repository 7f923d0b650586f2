"""What a case is: one thing that a phase is asked to do, as a value that can be carried out."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    run_name: Literal["listed", "mirror", "second", "tag-and-digest", "unlisted"] = "listed"
    """By which name the platform gives the run image; `second` is another entry of `run.toml`."""
    mirrors: bool = True
    tags: int = 1
    report: ReportFlow = field(default_factory=ReportFlow)
    process_type: str | None = None
    refused_push: RefusedPush | None = None


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
    run_name: Literal["listed", "mirror", "tag-and-digest", "unlisted"] = "listed"
    default_from: Literal["image", "mirror", "stack"] = "image"
    """Without a run image given: which part of the metadata label leads to it."""
    force: How | None = None
    daemon: How = "flag"
    images: int = 1
    previous_image: bool = False
    again: bool = False
    """The same call is made twice."""
    repeat_from_start: bool = False
    """The whole rebase is done a second time, from an untouched copy of the app image."""
    report: ReportFlow = field(default_factory=ReportFlow)
    refused_push: RefusedPush | None = None


@dataclass(frozen=True)
class Generated:
    """A case whose label sets are drawn: how, and which part of the draws it has."""

    strategy: Literal["wide", "small"]
    part: int


@dataclass(frozen=True)
class Case:
    """One case: its name, why it is there, and what is asked.

    `since` and `until` (both inclusive) bound the platform APIs at which it means something.
    `generated` is set where it stands for many label sets that are drawn.
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

    def exists_at(self, target: Target, api: PlatformApi) -> bool:
        """Whether the case means something at this target and platform API."""
        return (
            target in self.targets
            and (self.since is None or self.since <= api)
            and (self.until is None or api <= self.until)
        )

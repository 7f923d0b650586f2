"""What a case is: one thing that a phase is asked to do, as a value that can be carried out."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.values import Phase, PlatformApi, Target

EVERY_TARGET = (Target.REGISTRY, Target.DAEMON)

Naming = Literal["usual", "deep", "single", "upper-case", "beside-run-image"]
"""What names of app images look like: `owner/name:1.2.3`, a repository of five parts or of one, a
tag with upper-case letters, a tag in the run image's repository."""

Alike = Literal["no", "same-tag", "longer-tag"]
"""How the names for one image are alike: not at all, the same tag in each repository, or a tag that
begins with that of the first name."""

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
    relative: bool = False
    """The path is given relative to the folder of the call, which is its working directory."""
    earlier_before: bool = False
    """The report of an earlier run, of the same form as the one that will be written, is there."""


@dataclass(frozen=True)
class RefusedPush:
    """The registry does not take the manifest of one image, once its blobs have gone through.

    `image` says which of the `images` that are asked for, from 0, and `status` how it is answered.
    """

    image: int
    status: int
    images: int = 2


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
    alike: Alike = "no"
    naming: Naming = "usual"
    previous: Literal["none", "same", "other", "foreign"] = "none"
    """What is under the app image's name before: an app image on layers that are the same as this
    run image's, or on others, or an image that no lifecycle made."""
    previous_elsewhere: bool = False
    """The previous image is under a name of its own, which `-previous-image` gives."""
    taken: bool = False
    """Whether images that no lifecycle made are under the further names before."""
    moved: bool = False
    """Whether the names of the run image lead to another one once it has been analyzed."""
    launch_cache: bool = False
    build_cache: bool = False
    """Whether `-cache-dir` names a folder for layers that the next build may want again."""
    contents: Literal["one-layer", "layers", "no-layer", "slices", "labels"] = "one-layer"
    """What the app consists of, and what its buildpack makes of it."""
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
    layers: Literal["exported", "many", "alike", "of-run-image"] = "exported"
    """Whether layers were put on top of what the lifecycle exported: a dozen, two that are the
    same, or one that is the same as the lowest of a run image whose layers are shared."""


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
        "third-mirror",
        "tag-and-digest",
        "unlisted",
        "unlisted-longer",
        "unlisted-digest",
        "unlisted-shorter",
        "unlisted-case",
        "unlisted-same-image",
    ] = "listed"
    """`unlisted-longer` begins with the listed name, and `unlisted-shorter` is its beginning;
    `unlisted-digest` names a digest in another repository; `unlisted-case` differs from the listed
    name in the case of its tag; at `unlisted-same-image` the listed names lead to the same image.
    """
    mirrors: int = 2
    """How many mirrors the app image lists."""
    default_from: Literal["image", "mirror", "nearest", "stack"] = "image"
    """Without a run image given: which part of the metadata label leads to it. With `nearest` the
    image can be read as well, at another registry, and the mirror has to be taken."""
    force: How | None = None
    force_denied: bool = False
    """CNB_FORCE_REBASE says false; beside the flag, that counts for nothing."""
    daemon: How = "flag"
    images: int = 1
    repositories: int = 1
    """Over how many repositories the names of the rebased image are spread."""
    alike: Alike = "no"
    naming: Naming = "usual"
    taken: bool = False
    """Whether images that no lifecycle made are before under the names that are written."""
    previous_image: bool = False
    previous_by_digest: bool = False
    previous_elsewhere: bool = False
    """The image that is rebased is in a repository of its own."""
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

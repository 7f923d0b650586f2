"""What one call asks of a phase, in the terms that requirements are about.

A `Situation` is worked out from the values that a call is made with, never from a name. The plan
works it out before anything runs, the fixtures and `check-report` from the images that are there;
all of them ask the same predicates of it (`judge.applicability`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pytest_cnb_report.drive.cases import AppEdits, Build, Case, Expect, How, Rebase
from pytest_cnb_report.drive.shapes import RunImage, Shape
from pytest_cnb_report.values import Phase, PlatformApi, Target

STACK_PREFIX = "io.buildpacks.stack."
REBASABLE = "io.buildpacks.rebasable"
"""The label that says whether a rebase is allowed (platform specification, Labels)."""
DISTRO_LABELS = ("io.buildpacks.base.distro.name", "io.buildpacks.base.distro.version")
"""Labels that belong to the target data of an image (platform specification, Target Data)."""
NAMED_LABELS: Mapping[str, str] = {
    "maintainer": "Acme Maintainers",
    "homepage": "https://stacks.acme.example/harbor?a=b&c=d#e",
    "distro.name": "acmelinux",
    "distro.version": "18.04",
    "version": "25",
    "release_date": "2020-05-12T05:17:02.390472",
    "description": "a stack, described",
    "metadata": '{"any": ["thing", 1, null]}',
}
"""The eight labels that RFC 0050 names, without their prefix, each with a fitting value."""
NAMED_KEYS = frozenset(STACK_PREFIX + name for name in NAMED_LABELS)
RELEASE_DATE = STACK_PREFIX + "release_date"
RELEASED = STACK_PREFIX + "released"
"""What the platform specification up to API 0.11 calls the release date."""


class Evidence(str, enum.Enum):
    """Something that a rule may need to know beyond the report and the images.

    A call that the suite makes comes with all of it; a build that was made elsewhere does not.
    """

    CALL = "call"
    CONTROLLED_RUN_IMAGE = "controlled-run-image"
    RUN_FILE = "run-file"
    REPORT_PATH = "report-path"
    REPORT_BEFORE = "report-before"
    APP_BEFORE = "app-before"
    OLD_RUN_IMAGE = "old-run-image"
    FORCE = "force"
    BUILDPACK_LABELS = "buildpack-labels"
    BUILD_OR_REBASE = "build-or-rebase"
    LAYER_CONTENT = "layer-content"


EVIDENCE_IN_WORDS: Mapping[Evidence, str] = {
    Evidence.CALL: "how the lifecycle was called and how it ended",
    Evidence.CONTROLLED_RUN_IMAGE: "a run image that the suite made",
    Evidence.RUN_FILE: "the run.toml of the build",
    Evidence.REPORT_PATH: "which path the build was given for its report",
    Evidence.REPORT_BEFORE: "what was at the report's path before the build",
    Evidence.APP_BEFORE: "the app image from before the rebase",
    Evidence.OLD_RUN_IMAGE: "the run image from before the rebase",
    Evidence.FORCE: "whether the rebase was forced",
    Evidence.BUILDPACK_LABELS: "which labels the buildpacks of the build set",
    Evidence.BUILD_OR_REBASE: "whether it was a build or a rebase",
    Evidence.LAYER_CONTENT: "what is in the layers",
}
_RUN = "run of the lifecycle"
GIVEN_BY: Mapping[Evidence, str] = {
    Evidence.CALL: _RUN,
    Evidence.CONTROLLED_RUN_IMAGE: _RUN,
    Evidence.RUN_FILE: "--run",
    Evidence.REPORT_PATH: _RUN,
    Evidence.REPORT_BEFORE: _RUN,
    Evidence.APP_BEFORE: "--before",
    Evidence.OLD_RUN_IMAGE: "old run image",
    Evidence.FORCE: "information on -force",
    Evidence.BUILDPACK_LABELS: "list of the labels that buildpacks set",
    Evidence.BUILD_OR_REBASE: "--phase or --before",
    Evidence.LAYER_CONTENT: _RUN,
}
"""What a caller of `check-report` did not give where evidence is missing, to stand after "no"."""
ALL_EVIDENCE = frozenset(Evidence)


def platform_api_in(env: Iterable[object]) -> PlatformApi | None:
    """Return the platform API of the variable that a build leaves; None where there is none."""
    for entry in env:
        name, _, value = str(entry).partition("=")
        if name == "CNB_PLATFORM_API":
            try:
                return PlatformApi.parse(value)
            except ValueError:
                break
    return None


@dataclass(frozen=True)
class ImageTraits:
    """What decides whether a rebase is permitted: an image's target, labels and environment."""

    os: str | None
    architecture: str | None
    variant: str | None
    labels: Mapping[str, str]
    env: tuple[str, ...] = ()

    @classmethod
    def of_config(cls, document: Mapping[str, Any]) -> ImageTraits:
        """Read them from an image config."""
        settings = document.get("config")
        settings = settings if isinstance(settings, Mapping) else {}
        labels, env = settings.get("Labels"), settings.get("Env")
        return cls(
            os=document.get("os"),
            architecture=document.get("architecture"),
            variant=document.get("variant"),
            labels=labels if isinstance(labels, Mapping) else {},
            env=tuple(map(str, env)) if isinstance(env, list) else (),
        )

    @classmethod
    def of_run_image(cls, run_image: RunImage) -> ImageTraits:
        """Read them from a run image that the suite made."""
        return cls.of_config(run_image.image.document)

    @classmethod
    def of_shape(cls, shape: Shape) -> ImageTraits:
        """Say what a run image of a shape will have; none is built for it."""
        return cls(shape.os, shape.architecture, shape.variant, shape.all_labels)

    def edited(self, edits: AppEdits) -> ImageTraits:
        """Return the traits of an app image on this run image, with a case's edits."""
        document = {"os": self.os, "architecture": self.architecture, "variant": self.variant}
        document.update({k: v for k, v in edits.document.items() if k in document})  # type: ignore[misc]
        labels = {k: v for k, v in {**self.labels, **edits.labels}.items() if v is not None}
        return ImageTraits(**document, labels=labels, env=(*self.env, *edits.env))

    @property
    def built_at(self) -> PlatformApi | None:
        """The platform API that a build says it was made at; None where the image says none."""
        return platform_api_in(self.env)

    def differs_from(self, other: ImageTraits) -> frozenset[str]:
        """Name the target data that both images have and that differ."""
        pairs = self._pairs(other).items()
        return frozenset(key for key, (one, two) in pairs if one and two and one != two)

    def half_given(self, other: ImageTraits) -> frozenset[str]:
        """Name the target data that one of the images has and the other has not."""
        pairs = self._pairs(other).items()
        return frozenset(key for key, (one, two) in pairs if bool(one) != bool(two))

    def _pairs(self, other: ImageTraits) -> dict[str, tuple[str | None, str | None]]:
        return {
            "os": (self.os, other.os),
            "architecture": (self.architecture, other.architecture),
            "variant": (self.variant, other.variant),
            **{key: (self.labels.get(key), other.labels.get(key)) for key in DISTRO_LABELS},
        }


@dataclass(frozen=True)
class Situation:
    """What a phase was asked, and what was known of the images that it was asked it of.

    `differing` names the target data that the app image and the new run image both have and that
    differ, and `half_given` what one of them alone has; `lost_named_labels` are labels of RFC 0050
    that the app image has and the new run image has not. `known` is the evidence at hand.
    """

    phase: Phase
    target: Target
    platform_api: PlatformApi
    expect: Expect = Expect.SUCCESS
    report_by: Literal["flag", "environment", "flag-over-environment", "default"] = "flag"
    report_before: bool = False
    images: int = 1
    run_image_by: Literal[
        "flag", "environment", "deprecated-flag", "flag-over-environment", "default"
    ] = "flag"
    default_from: Literal["image", "mirror", "nearest", "stack"] = "image"
    unlisted: bool = False
    force: How | None = None
    daemon_by: How = "flag"
    previous_image: bool = False
    same_run_image: bool = False
    again: bool = False
    repeated: bool = False
    rebasable_false: bool = False
    differing: frozenset[str] = frozenset()
    half_given: frozenset[str] = frozenset()
    app_built_at: PlatformApi | None = None
    """The platform API that the app image says it was built at; None where it is the call's own."""
    named_labels: bool = False
    lost_named_labels: bool = False
    inputs_by_variables: bool = False
    """Whether a build gets something by a variable."""
    unknown_process: bool = False
    epoch: bool = False
    """Whether `SOURCE_DATE_EPOCH` is set."""
    refused_push: bool = False
    known: frozenset[Evidence] = ALL_EVIDENCE

    @property
    def input_in_question(self) -> bool:
        """Whether the case is about how an input is given: a variable, or a deprecated flag."""
        return (
            self.run_image_by in {"environment", "deprecated-flag", "flag-over-environment"}
            or self.force == "environment"
            or self.daemon_by == "environment"
        )


def planned(case: Case, target: Target, platform_api: PlatformApi) -> Situation:
    """Return the situation of a case before anything of it was carried out."""
    if isinstance(case.ask, Build):
        return of_build(case, case.ask, target, platform_api)
    old = ImageTraits.of_shape(case.ask.old)
    new = ImageTraits.of_shape(case.ask.new)
    return of_rebase(
        case,
        case.ask,
        target,
        platform_api,
        app=old.edited(case.ask.app),
        new=old if case.ask.same_run_image else new,
    )


def of_build(case: Case, ask: Build, target: Target, platform_api: PlatformApi) -> Situation:
    """Return the situation of a call of the exporter or the creator."""
    return Situation(
        phase=case.phase,
        target=target,
        platform_api=platform_api,
        expect=case.expect,
        report_by=ask.report.how,
        report_before=ask.report.longer_before,
        images=ask.tags,
        unlisted=ask.run_name == "unlisted",
        inputs_by_variables=ask.inputs_in_question,
        unknown_process=ask.process_type is not None and case.expect is Expect.FAILURE,
        epoch=ask.epoch is not None,
        refused_push=ask.refused_push is not None,
    )


def of_rebase(  # noqa: PLR0917 - one call, spelled out
    case: Case,
    ask: Rebase,
    target: Target,
    platform_api: PlatformApi,
    app: ImageTraits,
    new: ImageTraits,
) -> Situation:
    """Return the situation of a call of the rebaser on this app image and run image."""
    given = ask.given
    return Situation(
        phase=case.phase,
        target=target,
        platform_api=platform_api,
        expect=case.expect,
        report_by=ask.report.how,
        report_before=ask.report.longer_before,
        images=ask.images,
        run_image_by=given,
        default_from=ask.default_from,
        unlisted=given != "default" and ask.run_name.startswith("unlisted"),
        force=ask.force,
        daemon_by=ask.daemon,
        previous_image=ask.previous_image,
        same_run_image=ask.same_run_image,
        again=ask.again,
        repeated=ask.repeat_from_start and not ask.again,
        rebasable_false=app.labels.get(REBASABLE) == "false",
        differing=app.differs_from(new),
        half_given=app.half_given(new),
        app_built_at=None if app.built_at == platform_api else app.built_at,
        named_labels=not NAMED_KEYS.isdisjoint(new.labels),
        lost_named_labels=not NAMED_KEYS.intersection(app.labels) <= new.labels.keys(),
        refused_push=ask.refused_push is not None,
    )

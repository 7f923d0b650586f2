"""The cases of rebaser."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.app_contents import (
    APP_CONFIG,
    APP_DOCUMENT,
    APP_ENV,
    UNKNOWN_METADATA,
)
from pytest_cnb_report.drive.build_cases import REFUSED_PUSHES, REGISTRY_SHAPES, RUN_IMAGE_SHAPES
from pytest_cnb_report.drive.cases import (
    EVERY_TARGET,
    AppEdits,
    Case,
    Expect,
    Rebase,
)
from pytest_cnb_report.drive.input_cases import FURTHER_INPUT_CASES, INPUT_CASES
from pytest_cnb_report.drive.label_cases import LABEL_CASES
from pytest_cnb_report.drive.layer_cases import LAYER_CASES
from pytest_cnb_report.drive.shapes import OTHER_ARCHITECTURE, Shape
from pytest_cnb_report.drive.situation import (
    DISTRO_LABELS,
    NAMED_LABELS,
    REBASABLE,
    RELEASE_DATE,
    RELEASED,
    STACK_PREFIX,
)
from pytest_cnb_report.platform_apis import (
    FORCE,
    PREVIOUS_IMAGE,
    REBASE_REFUSALS,
    STACK_COMPARED_UNTIL,
    PlatformApi,
)
from pytest_cnb_report.values import Phase, Target

REGISTRY_ONLY = (Target.REGISTRY,)

LABEL_SAMPLE: Mapping[str, str] = {
    f"{STACK_PREFIX}plain": "value",
    f"{STACK_PREFIX}empty": "",
    f"{STACK_PREFIX}json": '{"b": [1, 2], "a": null}',
    f"{STACK_PREFIX}unicode": "Bj\u00f6rn \u2192 \U0001f4e6",
    "io.buildpacks.base.plain": "value",
    "org.example.run-image": "another value",
}
"""A few labels of each kind, for cases that are not about labels."""


def _case(
    name: str,
    why: str,
    ask: Rebase,
    *,
    expect: Expect = Expect.SUCCESS,
    since: PlatformApi | None = None,
    until: PlatformApi | None = None,
    targets: tuple[Target, ...] = EVERY_TARGET,
) -> Case:
    return Case(name, why, Phase.REBASER, ask, expect, since, until, targets)


def _shapes() -> tuple[Case, ...]:
    """Rebase from and onto each shape of run image."""
    return tuple(
        _case(
            name,
            f"from and onto {why}",
            Rebase(old=shape, new=shape),
            targets=REGISTRY_ONLY if name in REGISTRY_SHAPES else EVERY_TARGET,
        )
        for name, why, shape in RUN_IMAGE_SHAPES
    )


_FLOWS = (
    _case(
        "plain",
        "onto a newer run image under the name that the app image lists",
        Rebase(
            app=AppEdits(
                config=APP_CONFIG,
                env=APP_ENV,
                metadata=UNKNOWN_METADATA,
                document=APP_DOCUMENT,
            )
        ),
    ),
    _case(
        "app-without-history",
        "the app image has no history",
        Rebase(app=AppEdits(document={"history": None})),
    ),
    _case(
        "fewer-layers",
        "the new run image has fewer layers, and shares the lowest with the old one",
        Rebase(old=Shape(layers=4, shared=1), new=Shape(shared=1)),
    ),
    _case("more-layers", "the new run image has more layers", Rebase(new=Shape(layers=5))),
    _case(
        "same-run-image",
        "onto the run image that the app image already has",
        Rebase(
            same_run_image=True,
            app=AppEdits(labels={"io.buildpacks.stack.left-over": "a value"}),
        ),
    ),
    _case(
        "twice",
        "the same rebase twice in a row",
        Rebase(
            new=Shape(labels=LABEL_SAMPLE),
            app=AppEdits(labels={f"{STACK_PREFIX}left-over": "a value", "mine": "a value"}),
            again=True,
        ),
    ),
    _case(
        "repeated",
        "the same rebase of an untouched copy of the app image",
        Rebase(repeat_from_start=True),
    ),
    _case("several-images", "three names for the rebased image", Rebase(images=3)),
    _case(
        "new-name",
        "the app image is given by -previous-image and written to another name",
        Rebase(previous_image=True),
        since=PREVIOUS_IMAGE,
    ),
    _case("forced", "with -force where it is not needed", Rebase(force="flag"), since=FORCE),
    _case("mirror", "the new run image given by a mirror", Rebase(run_name="mirror")),
    _case(
        "tag-and-digest",
        "the new run image given as repo:tag@sha256:…",
        Rebase(run_name="tag-and-digest"),
        targets=REGISTRY_ONLY,
    ),
    _case(
        "forced-unlisted",
        "forced onto a run image that the app image does not list",
        Rebase(run_name="unlisted", force="flag"),
        since=FORCE,
    ),
)

_MISMATCHES: tuple[tuple[str, str, Shape], ...] = (
    ("os", "operating system", Shape(os="windows")),
    ("architecture", "architecture", Shape(architecture=OTHER_ARCHITECTURE)),
    ("variant", "architecture variant", Shape(variant="v2")),
    ("distro-name", "distribution", Shape(labels={"io.buildpacks.base.distro.name": "quillos"})),
    (
        "distro-version",
        "version of the distribution",
        Shape(labels={"io.buildpacks.base.distro.version": "2.0"}),
    ),
)


def _targets_differ() -> tuple[Case, ...]:
    """Refused where the new run image is for another target, and done where it is forced."""
    cases = []
    for name, what, shape in _MISMATCHES:
        old = Shape(variant="v1") if name == "variant" else Shape()
        # a Linux daemon takes no image of another operating system
        targets = REGISTRY_ONLY if name == "os" else EVERY_TARGET
        cases.append(
            _case(
                f"other-{name}",
                f"the new run image has another {what}",
                Rebase(old=old, new=shape),
                expect=Expect.REFUSAL,
                since=REBASE_REFUSALS,
                targets=targets,
            )
        )
        cases.append(
            _case(
                f"forced-other-{name}",
                f"forced onto a run image with another {what}",
                Rebase(old=old, new=shape, force="flag"),
                since=FORCE,
                targets=targets,
            )
        )
    cases.append(
        _case(
            "forced-without-variant",
            "forced onto a run image with another architecture and no variant",
            Rebase(
                old=Shape(variant="v1"), new=Shape(architecture=OTHER_ARCHITECTURE), force="flag"
            ),
            since=REBASE_REFUSALS,
        )
    )
    return tuple(cases)


_TWO_REASONS = (
    (
        "two-reasons-label",
        "a run image that is not listed, and an app image that cannot be rebased",
        Rebase(run_name="unlisted", app=AppEdits(labels={REBASABLE: "false"})),
    ),
    (
        "two-reasons-target",
        "a run image for another architecture, and of another distribution",
        Rebase(new=Shape(architecture=OTHER_ARCHITECTURE, labels={DISTRO_LABELS[0]: "quillos"})),
    ),
)

_REFUSALS = (
    _case(
        "unlisted",
        "the new run image is neither listed nor a mirror",
        Rebase(run_name="unlisted"),
        expect=Expect.REFUSAL,
        since=REBASE_REFUSALS,
    ),
    _case(
        "unlisted-permitted",
        "the new run image is neither listed nor a mirror: permitted before platform API 0.12",
        Rebase(run_name="unlisted"),
        until=STACK_COMPARED_UNTIL,
    ),
    _case(
        "rebasable-false",
        "the app image says that it cannot be rebased",
        Rebase(app=AppEdits(labels={REBASABLE: "false"})),
        expect=Expect.REFUSAL,
        since=REBASE_REFUSALS,
    ),
    *(
        _case(
            name,
            f"{why}: two reasons to refuse at once",
            ask,
            expect=Expect.REFUSAL,
            since=REBASE_REFUSALS,
        )
        for name, why, ask in _TWO_REASONS
    ),
    _case(
        "other-stack",
        "the new run image is of another stack",
        Rebase(new=Shape(labels={"io.buildpacks.stack.id": "io.acme.stacks.quill"})),
        expect=Expect.FAILURE,
        until=STACK_COMPARED_UNTIL,
    ),
    _case(
        "forced-rebasable-false",
        "forced although the app image says that it cannot be rebased",
        Rebase(
            app=AppEdits(labels={REBASABLE: "false"}),
            force="flag",
        ),
        since=FORCE,
    ),
)

_OPTIONAL: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("none", "none of the eight named labels", ()),
    ("all", "all of the eight named labels", tuple(NAMED_LABELS)),
    ("some", "some of the eight named labels", ("maintainer", "distro.name", "metadata")),
    (
        "others",
        "three of the eight named labels that optional-some lacks",
        ("homepage", "distro.version", "version"),
    ),
)


def _named() -> tuple[Case, ...]:
    """Rebase onto a run image whose labels are only those that RFC 0050 names."""
    cases = []
    for name, value in NAMED_LABELS.items():
        key = STACK_PREFIX + name
        # the release date has two names
        both = [RELEASE_DATE, RELEASED] if key == RELEASE_DATE else [key]
        old = Shape(labels=dict.fromkeys(both, f"{value} 1"))
        cases.append(
            _case(
                f"named-{name.replace('_', '-')}",
                f"the label {key} changes",
                Rebase(old=old, new=Shape(labels=dict.fromkeys(both, value))),
            )
        )
    for name, what, keys in _OPTIONAL:
        labels = {STACK_PREFIX + key: NAMED_LABELS[key] for key in keys}
        every = {STACK_PREFIX + key: f"{value} 1" for key, value in NAMED_LABELS.items()}
        cases.append(
            _case(
                f"optional-{name}",
                f"from a run image with all of the eight named labels onto one with {what}",
                Rebase(old=Shape(labels=every), new=Shape(labels=labels)),
            )
        )
    return tuple(cases)


_REFUSED_PUSHES = tuple(
    _case(
        name,
        why,
        Rebase(images=refused.images, refused_push=refused),
        expect=Expect.FAILURE,
        targets=REGISTRY_ONLY,
    )
    for name, why, refused in REFUSED_PUSHES
)

_OUTSIDE = frozenset(
    {
        "plain",
        "same-run-image",
        "twice",
        "repeated",
        "other-stack",
        "forced-without-variant",
        *(each.name for each in (*LAYER_CASES, *FURTHER_INPUT_CASES)),
        *(f"optional-{name}" for name, _, _ in _OPTIONAL),
        *(name for name, _, _ in _TWO_REASONS),
        *(name for name, _, _ in REFUSED_PUSHES),
    }
)
"""Cases that ask for something that is not in the space of rebases, and the plain one."""

REBASER_CASES: tuple[Case, ...] = tuple(
    each.outside(_OUTSIDE)
    for each in (
        *_FLOWS,
        *_shapes(),
        *LAYER_CASES,
        *LABEL_CASES,
        *_named(),
        *INPUT_CASES,
        *FURTHER_INPUT_CASES,
        *_REFUSALS,
        *_targets_differ(),
        *_REFUSED_PUSHES,
    )
)

"""The cases of exporter and creator."""

from __future__ import annotations

from pytest_cnb_report.drive.cases import Build, Case, Expect, RefusedPush, ReportFlow
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.platform_apis import RUN_FILE
from pytest_cnb_report.values import Phase, Target

RUN_IMAGE_SHAPES: tuple[tuple[str, str, Shape], ...] = (
    ("one-layer", "a run image of a single layer: its top is also its bottom", Shape(layers=1)),
    (
        "repeated-top-layer",
        "a run image whose top layer's diff ID also occurs further down",
        Shape(layers=2, repeated_top=True),
    ),
    ("no-history", "a run image without history, as some builders make it", Shape(history="none")),
    (
        "empty-history",
        "a run image whose history has entries without a layer",
        Shape(layers=3, history="with-empty"),
    ),
    (
        "uncompressed",
        "a run image with uncompressed layers",
        Shape(compression="none", flavour="oci"),
    ),
    (
        "zstd",
        "a run image with layers compressed with zstd",
        Shape(compression="zstd", flavour="oci"),
    ),
    ("oci", "a run image with OCI media types", Shape(flavour="oci")),
    ("docker", "a run image with Docker media types", Shape(layers=3, flavour="docker")),
    ("index", "a run image in an index of two platforms", Shape(index=True, flavour="oci")),
    ("variant", "a run image with an architecture variant", Shape(variant="v1")),
    (
        "many-labels",
        "a run image extended with many labels",
        Shape(
            labels={
                **{f"io.buildpacks.stack.extra-{n}": f"value {n}" for n in range(60)},
                **{f"io.buildpacks.base.extra-{n}": f"value {n}" for n in range(60)},
                **{f"org.example.extra-{n}": f"value {n}" for n in range(60)},
            }
        ),
    ),
)
"""Name, why, shape: every shape of run image that a requirement is judged on."""

REGISTRY_SHAPES = frozenset({"uncompressed", "zstd", "index", "oci", "docker"})
"""Shapes that differ only in how a registry stores the image; a daemon cannot tell them."""

EPOCH = 2_240_524_847
"""2040-12-31T00:00:47Z, in seconds: more than 32 bits with a sign can hold."""

REFUSED_PUSHES: tuple[tuple[str, str, RefusedPush], ...] = (
    (
        "first-push-refused",
        "the registry answers 403 to the manifest of the first of two app images",
        RefusedPush(image=0, status=403),
    ),
    (
        "later-push-refused",
        "the registry answers 500 to the manifest of the second of two app images",
        RefusedPush(image=1, status=500),
    ),
    (
        "third-push-refused",
        "the registry answers 429 to the manifest of the third of three app images",
        RefusedPush(image=2, status=429, images=3),
    ),
)
"""Name, why, refused push: what has to fail in each phase."""

UNKNOWN_PROCESSES: tuple[tuple[str, str, Build], ...] = (
    (
        "unknown-process",
        "given by the flag; its name is the beginning of an existing one",
        Build(process_type="we"),
    ),
    (
        "unknown-longer-process",
        "given by the variable; its name is an existing one with a suffix",
        Build(process_type="web-2", inputs="environment"),
    ),
)
"""Name, why, what is asked: process types that an app does not have."""

INPUTS: tuple[tuple[str, str, Build], ...] = (
    (
        "run-image-by-environment",
        "the run image is given by CNB_RUN_IMAGE, as a mirror; no other name refers to it",
        Build(given="environment", run_name="mirror"),
    ),
    (
        "run-image-flag-over-environment",
        "the run image comes from -run-image, and CNB_RUN_IMAGE names another",
        Build(given="flag-over-environment"),
    ),
    (
        "inputs-by-environment",
        "folders, files and the process type come from variables",
        Build(inputs="environment", process_type="web"),
    ),
    (
        "inputs-flag-over-environment",
        "folders, files and the process type come from flags, and variables name others",
        Build(inputs="both", process_type="web"),
    ),
    (
        "daemon-by-environment",
        "CNB_USE_DAEMON says that images are in a daemon",
        Build(daemon="environment"),
    ),
)
"""Name, why, what is asked: every way to give an input by a variable, one at a time."""


def _cases(phase: Phase) -> tuple[Case, ...]:
    plain = Case("plain", "one app image, everything given by flags", phase, Build())
    shapes = tuple(
        Case(
            name,
            why,
            phase,
            Build(run_image=shape),
            targets=(Target.REGISTRY,) if name in REGISTRY_SHAPES else plain.targets,
        )
        for name, why, shape in RUN_IMAGE_SHAPES
    )
    return (
        plain,
        *shapes,
        Case("several-tags", "the app image under three tags", phase, Build(tags=3)),
        Case("mirror", "the run image given by a mirror", phase, Build(run_name="mirror")),
        Case(
            "second-entry",
            "the run image given is the second one that the run file lists",
            phase,
            Build(run_name="second"),
            since=RUN_FILE,
        ),
        Case(
            "no-mirrors",
            "the run file lists no mirrors",
            phase,
            Build(mirrors=0),
        ),
        Case(
            "tag-and-digest",
            "the run image given as repo:tag@sha256:…",
            phase,
            Build(run_name="tag-and-digest"),
            targets=(Target.REGISTRY,),
        ),
        Case(
            "unlisted",
            "the run image given is not in the run file",
            phase,
            Build(run_name="unlisted"),
            since=RUN_FILE,
        ),
        Case(
            "given-time",
            "SOURCE_DATE_EPOCH says when the app image was created",
            phase,
            Build(epoch=EPOCH),
        ),
        Case(
            "report-by-environment",
            "the report's path comes from CNB_REPORT_PATH",
            phase,
            Build(report=ReportFlow(how="environment")),
        ),
        Case(
            "report-flag-over-environment",
            "the report's path comes from -report, and CNB_REPORT_PATH names another",
            phase,
            Build(report=ReportFlow(how="flag-over-environment")),
        ),
        Case(
            "report-by-default",
            "nothing says where the report goes",
            phase,
            Build(report=ReportFlow(how="default")),
        ),
        Case(
            "longer-report-before",
            "a longer report is already at the path",
            phase,
            Build(report=ReportFlow(longer_before=True)),
        ),
        Case(
            "earlier-report",
            "the report of an earlier build is at the path already",
            phase,
            Build(report=ReportFlow(earlier_before=True)),
        ),
        Case(
            "replaced-elsewhere",
            "-previous-image names an app image in another repository",
            phase,
            Build(previous="same", previous_elsewhere=True),
        ),
        Case(
            "build-cache",
            "-cache-dir names an empty cache for the layers of the next build",
            phase,
            Build(contents="layers", build_cache=True),
        ),
        *(
            Case(
                name,
                why,
                phase,
                ask,
                targets=plain.targets if ask.daemon == "flag" else (Target.DAEMON,),
            )
            for name, why, ask in INPUTS
        ),
        *(
            Case(
                name,
                f"a process type that no buildpack provides, {why}: the build must fail",
                phase,
                ask,
                expect=Expect.FAILURE,
            )
            for name, why, ask in UNKNOWN_PROCESSES
        ),
        *(
            Case(
                name,
                why,
                phase,
                Build(tags=refused.images, refused_push=refused),
                expect=Expect.FAILURE,
                targets=(Target.REGISTRY,),
            )
            for name, why, refused in REFUSED_PUSHES
        ),
    )


_OUTSIDE = frozenset(
    {
        "plain",
        "earlier-report",
        "replaced-elsewhere",
        "build-cache",
        *(name for name, _, _ in UNKNOWN_PROCESSES),
        *(name for name, _, _ in REFUSED_PUSHES),
    }
)
"""Cases that ask for something that is not in the space of builds, and the plain one."""

EXPORTER_CASES = tuple(each.outside(_OUTSIDE) for each in _cases(Phase.EXPORTER))
CREATOR_CASES = tuple(each.outside(_OUTSIDE) for each in _cases(Phase.CREATOR))

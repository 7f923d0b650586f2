"""The space of builds, for exporter and creator."""

from __future__ import annotations

from pytest_cnb_report.platform_apis import RUN_FILE
from pytest_cnb_report.scenarios.run_image_dimensions import (
    DAEMON_BY,
    DISTRIBUTION,
    NAMES,
    NAMING,
    REGISTRY,
    REPORT_BEFORE,
    REPORT_BY,
    REPORT_NAME,
    TAKEN,
    VARIANT,
    image_dimensions,
    image_nevers,
)
from pytest_cnb_report.scenarios.space import Dimension, Never, Space, Value, seldom, where
from pytest_cnb_report.values import Phase, Target

_IMAGE = (
    *image_dimensions("run"),
    Dimension("run-variant", "architecture variant of the run image", VARIANT),
    Dimension("run-distribution", "distribution of the run image", DISTRIBUTION),
    Dimension(
        "run-rebasable",
        "io.buildpacks.rebasable on the run image",
        (
            Value("true", "the label says true"),
            Value("absent", "no such label"),
            Value("false", "the label says false", since=RUN_FILE),
        ),
    ),
    Dimension(
        "labels",
        "labels of the run image",
        (
            Value("every-kind", "values and keys of every kind"),
            Value(
                "none",
                "no stack or base labels, except those that decide whether a rebase is allowed",
                dear=True,
            ),
            Value("hundreds", "more than 256 of them"),
            Value("thousands", "more than 1,024 of them, some longer than 128 KiB", rare=True),
        ),
    ),
)

_CALL = (
    Dimension(
        "phase",
        "which phase builds",
        (
            Value(Phase.EXPORTER.value, "the exporter, after the analyzer", dear=True),
            Value(Phase.CREATOR.value, "the creator"),
        ),
    ),
    Dimension(
        "given",
        "how the run image is given",
        (
            Value("flag", "-run-image"),
            Value("environment", "CNB_RUN_IMAGE"),
            Value("flag-over-environment", "-run-image, and CNB_RUN_IMAGE names another"),
            Value("run-file", "by run.toml or stack.toml"),
        ),
    ),
    Dimension(
        "named",
        "by which name the run image is given",
        (
            Value("listed", "the first entry's image"),
            Value("mirror", "the first entry's first mirror"),
            Value("second-mirror", "the first entry's second mirror"),
            Value("tag-and-digest", "the listed name with a digest", targets=REGISTRY),
            Value("second", "the second entry's image", since=RUN_FILE),
            Value("mirror-of-second", "a mirror of the second entry", since=RUN_FILE),
            Value("unlisted", "an unlisted name", since=RUN_FILE),
        ),
    ),
    Dimension(
        "mirrors",
        "mirrors of each entry",
        (
            Value("2", "two mirrors"),
            Value("1", "one mirror"),
            Value("3", "three mirrors"),
            Value("none", "no mirrors"),
            Value("4", "four mirrors", rare=True),
        ),
    ),
    Dimension(
        "tags",
        "names for the app image",
        NAMES,
    ),
    Dimension(
        "rebuild",
        "what the app image's name refers to before",
        (
            Value("first", "nothing"),
            Value("same", "an app image on a run image with the same layers", dear=True),
            Value("other", "an app image on another run image"),
            Value("foreign", "an image not built by a lifecycle", rare=True),
        ),
    ),
    Dimension(
        "launch-cache",
        "launch cache",
        (
            Value("no", "none"),
            Value("yes", "a folder", targets=(Target.DAEMON,)),
        ),
    ),
    Dimension(
        "process",
        "default process",
        (
            Value("default", "not given"),
            Value("given", "a process type that the build has"),
        ),
    ),
    Dimension(
        "epoch",
        "SOURCE_DATE_EPOCH",
        (
            Value("no", "not set"),
            Value("yes", "set"),
            Value("zero", "set to 0", rare=True),
        ),
    ),
    Dimension(
        "inputs",
        "how the folders and files of the build are given",
        (
            Value("flags", "by flags"),
            Value("environment", "by variables"),
            Value("both", "by flags, and by variables that name others"),
        ),
    ),
    Dimension(
        "report-by",
        "how the report's path is given",
        (
            *REPORT_BY,
            Value("default", "not at all"),
        ),
    ),
    REPORT_BEFORE,
    DAEMON_BY,
    seldom(
        "moved",
        "what the run image's names refer to after the analysis",
        Value("no", "the run image"),
        Value("yes", "another one", targets=REGISTRY),
    ),
    seldom(
        "contents",
        "what the buildpack contributes",
        Value("one-layer", "one launch layer"),
        Value("layers", "two buildpacks, four launch layers, one build layer"),
        Value("no-layer", "no layer"),
        Value("slices", "one launch layer, and slices of the app directory"),
        Value("labels", "one launch layer, and labels for the app image"),
    ),
    TAKEN,
    NAMING,
    REPORT_NAME,
)

BUILDS = Space(
    "build",
    (*_IMAGE, *_CALL),
    (
        *image_nevers("run"),
        Never(
            where(
                given="run-file",
                named=("second-mirror", "tag-and-digest", "second", "mirror-of-second", "unlisted"),
            ),
            "the lifecycle takes the first entry, or a mirror of it",
        ),
        Never(
            where(mirrors="none", named=("mirror", "second-mirror", "mirror-of-second")),
            "there is no such mirror",
        ),
        Never(where(mirrors="1", named="second-mirror"), "there is no such mirror"),
        Never(
            where(moved="yes", phase=Phase.CREATOR.value),
            "a creator analyzes and exports in one call",
        ),
        Never(
            where(report_name="unusual", report_by="default"),
            "a report without a given path has its usual name",
        ),
    ),
)
"""Every way to build."""

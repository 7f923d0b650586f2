"""What can vary about a rebase, beside its run images: targets, the app image and the call."""

from __future__ import annotations

from pytest_cnb_report.platform_apis import FORCE, PREVIOUS_IMAGE, REBASE_REFUSALS
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
)
from pytest_cnb_report.scenarios.space import Dimension, Value, seldom

_V3 = Value("v3", "architecture variant v3", since=REBASE_REFUSALS, rare=True)

TARGETS = (
    Dimension(
        "old-variant",
        "architecture variant of the old run image",
        (*VARIANT, _V3),
    ),
    Dimension(
        "new-variant",
        "architecture variant of the new run image",
        (*VARIANT, Value("v2", "architecture variant v2", since=REBASE_REFUSALS), _V3),
    ),
    Dimension("old-distribution", "distribution of the old run image", DISTRIBUTION),
    Dimension(
        "new-distribution",
        "distribution of the new run image",
        (
            *DISTRIBUTION,
            Value("other-name", "another distribution", since=REBASE_REFUSALS),
            Value("other-version", "another version of it", since=REBASE_REFUSALS),
            Value(
                "minor-version",
                "a later minor version of it",
                since=REBASE_REFUSALS,
                rare=True,
            ),
            Value(
                "longer-version",
                "the same version with a suffix",
                since=REBASE_REFUSALS,
                rare=True,
            ),
            Value(
                "older-version",
                "an older version of it",
                since=REBASE_REFUSALS,
                rare=True,
            ),
        ),
    ),
    Dimension(
        "new-os",
        "operating system of the new run image",
        (
            Value("same", "the app image's operating system"),
            Value("other", "another one", since=REBASE_REFUSALS, targets=REGISTRY),
        ),
    ),
    Dimension(
        "new-architecture",
        "architecture of the new run image",
        (
            Value("same", "the app image's architecture"),
            Value("other", "another one", since=REBASE_REFUSALS),
        ),
    ),
    Dimension(
        "new-rebasable",
        "io.buildpacks.rebasable on the new run image",
        (
            Value("true", "the label says true"),
            Value("absent", "no such label"),
            Value("false", "the label says false", since=REBASE_REFUSALS, rare=True),
        ),
    ),
)

APP = (
    Dimension(
        "labels",
        "labels, on the app image and on the new run image",
        (
            Value("every-kind", "added, changed, removed and kept ones of each prefix"),
            Value(
                "none",
                "no stack or base labels, except those that decide whether a rebase is allowed",
                dear=True,
            ),
            Value("hundreds", "more than 256 of them on the new run image"),
            Value(
                "thousands",
                "more than 1,024 of them on the new run image, some longer than 128 KiB",
                rare=True,
            ),
            Value("many-removed", "more than 100 of them only on the app image"),
        ),
    ),
    Dimension(
        "app-history",
        "history of the app image",
        (Value("full", "as it was exported"), Value("none", "no history")),
    ),
    Dimension(
        "app-config",
        "config of the app image",
        (
            Value("exported", "as it was exported"),
            Value("every-field", "every field that a rebase must not change"),
            Value("unusual", "such fields with unusual values", rare=True),
            Value("older-build", "its environment says platform API 0.6", rare=True),
        ),
    ),
    Dimension(
        "app-metadata",
        "lifecycle metadata label of the app image",
        (
            Value("exported", "as it was exported"),
            Value("rich", "with everything that a build may write, and unknown keys"),
        ),
    ),
    Dimension(
        "app-age",
        "how the app image was made",
        (
            Value("fresh", "exported"),
            Value("rebased", "exported, then rebased once", dear=True),
        ),
    ),
    Dimension(
        "app-rebasable",
        "io.buildpacks.rebasable on the app image",
        (
            Value("true", "the label says true"),
            Value("absent", "no such label", since=REBASE_REFUSALS),
            Value("false", "the label says false", since=REBASE_REFUSALS),
        ),
    ),
)

SELDOM = (
    seldom(
        "app-created",
        "created time of the app image",
        Value("exported", "as it was exported"),
        Value("lately", "a recent date"),
        Value("absent", "none"),
    ),
    seldom(
        "app-layers",
        "layers of the app image",
        Value("exported", "as it was exported"),
        Value("many", "twelve additional layers"),
        Value("alike", "three additional layers, two of them identical"),
    ),
    seldom(
        "app-mirrors",
        "mirrors that the app image lists",
        Value("2", "two mirrors"),
        Value("none", "no mirrors"),
        Value("1", "one mirror"),
        Value("3", "three mirrors"),
    ),
    seldom(
        "new-stack-id",
        "stack ID and mixins of the new run image",
        Value("same", "those of the old run image"),
        Value("other", "another ID and other mixins", since=REBASE_REFUSALS),
    ),
    TAKEN,
    NAMING,
    REPORT_NAME,
)

CALL = (
    Dimension(
        "given",
        "how the new run image is given",
        (
            Value("flag", "-run-image"),
            Value("environment", "CNB_RUN_IMAGE"),
            Value("deprecated-flag", "-image"),
            Value("flag-over-environment", "-run-image, and CNB_RUN_IMAGE names the old one"),
            Value("label-image", "by the image in the metadata label"),
            Value("label-mirror", "by the mirror at the app image's registry"),
            Value("label-stack", "by stack.runImage in the metadata label"),
            Value(
                "label-nearest",
                "by the mirror at the app image's registry, although the image can also be read",
                targets=REGISTRY,
                rare=True,
            ),
        ),
    ),
    Dimension(
        "named",
        "by which name the new run image is given",
        (
            Value("listed", "the name that the app image lists"),
            Value("mirror", "its first mirror"),
            Value("second-mirror", "its second mirror"),
            Value("tag-and-digest", "the listed name with a digest", targets=REGISTRY),
            Value("unlisted", "an unlisted name"),
            Value("unlisted-longer", "a name that begins with the listed one"),
            Value("unlisted-digest", "a digest in an unlisted repository", targets=REGISTRY),
            Value("third-mirror", "its third mirror", rare=True),
            Value("unlisted-shorter", "a name that the listed one begins with", rare=True),
            Value("unlisted-case", "the listed name with the case of its tag swapped", rare=True),
            Value(
                "unlisted-same-image",
                "an unlisted name of the same image as the listed one",
                rare=True,
            ),
        ),
    ),
    Dimension(
        "force",
        "whether the rebase is forced",
        (
            Value("none", "not forced"),
            Value("flag", "-force", since=FORCE),
            Value("environment", "CNB_FORCE_REBASE=true", since=FORCE),
            Value("environment-false", "CNB_FORCE_REBASE=false", since=FORCE),
            Value(
                "flag-over-environment",
                "-force, and CNB_FORCE_REBASE=false",
                since=FORCE,
                rare=True,
            ),
        ),
    ),
    Dimension(
        "previous",
        "which image is rebased",
        (
            Value("no", "the one under the first name given"),
            Value("yes", "the one that -previous-image names", since=PREVIOUS_IMAGE),
            Value(
                "by-digest",
                "the one that -previous-image names by digest",
                since=PREVIOUS_IMAGE,
                targets=REGISTRY,
            ),
            Value(
                "elsewhere",
                "the one that -previous-image names, in a repository of its own",
                since=PREVIOUS_IMAGE,
                rare=True,
            ),
        ),
    ),
    Dimension(
        "images",
        "names for the rebased image",
        NAMES,
    ),
    Dimension(
        "report-by",
        "how the report's path is given",
        REPORT_BY,
    ),
    REPORT_BEFORE,
    DAEMON_BY,
)

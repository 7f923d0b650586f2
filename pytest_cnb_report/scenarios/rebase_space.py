"""The space of rebases."""

from __future__ import annotations

import itertools

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.platform_apis import (
    FORCE,
    PREVIOUS_IMAGE,
    REBASE_REFUSALS,
)
from pytest_cnb_report.scenarios.run_image_dimensions import (
    DAEMON_BY,
    DISTRIBUTION,
    REGISTRY,
    REPORT_BEFORE,
    VARIANT,
    image_dimensions,
    image_nevers,
)
from pytest_cnb_report.scenarios.space import (
    Cause,
    Combination,
    Dimension,
    Never,
    Space,
    Value,
    where,
)

UNLISTED = ("unlisted", "unlisted-longer", "unlisted-digest")
FROM_LABEL = ("label-image", "label-mirror", "label-stack")
_FORCED = where(force=("flag", "environment"))
_UNFORCED = where(force=("none", "environment-false"))

_TARGETS = (
    Dimension("old-variant", "architecture variant of the old run image", VARIANT),
    Dimension(
        "new-variant",
        "architecture variant of the new run image",
        (*VARIANT, Value("v2", "architecture variant v2", since=REBASE_REFUSALS)),
    ),
    Dimension("old-distribution", "distribution of the old run image", DISTRIBUTION),
    Dimension(
        "new-distribution",
        "distribution of the new run image",
        (
            *DISTRIBUTION,
            Value("other-name", "another distribution", since=REBASE_REFUSALS),
            Value("other-version", "another version of it", since=REBASE_REFUSALS),
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
        (Value("true", "the label says true"), Value("absent", "no such label")),
    ),
)

_APP = (
    Dimension(
        "labels",
        "labels, on the app image and on the new run image",
        (
            Value("every-kind", "added, changed, removed and kept ones of each prefix"),
            Value(
                "none",
                "none of the two prefixes, beyond those that a rebase is decided by",
                dear=True,
            ),
            Value("hundreds", "more than 256 of them on the new run image"),
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
            Value("every-field", "every field that a rebase has to leave alone"),
        ),
    ),
    Dimension(
        "app-metadata",
        "lifecycle metadata label of the app image",
        (
            Value("exported", "as it was exported"),
            Value("rich", "with keys that no specification defines, and nested data"),
        ),
    ),
    Dimension(
        "app-age",
        "what was done with the app image before",
        (
            Value("fresh", "exported"),
            Value("rebased", "exported, and rebased once already", dear=True),
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

_CALL = (
    Dimension(
        "given",
        "how the new run image is given",
        (
            Value("flag", "-run-image"),
            Value("environment", "CNB_RUN_IMAGE"),
            Value("deprecated-flag", "-image"),
            Value("flag-over-environment", "-run-image, and CNB_RUN_IMAGE names the old one"),
            Value("label-image", "left to the image in the metadata label"),
            Value("label-mirror", "left to the mirror at the app image's registry"),
            Value("label-stack", "left to stack.runImage in the metadata label"),
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
            Value("unlisted", "a name that is not listed"),
            Value("unlisted-longer", "a name that begins with the listed one"),
            Value("unlisted-digest", "a digest in a repository not listed", targets=REGISTRY),
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
        ),
    ),
    Dimension(
        "images",
        "names for the rebased image",
        (
            Value("1", "one name", dear=True),
            Value("2", "two tags"),
            Value("3", "three tags"),
            Value("2-repositories", "names in two repositories"),
        ),
    ),
    Dimension(
        "report-by",
        "how the report's path is given",
        (
            Value("flag", "-report"),
            Value("environment", "CNB_REPORT_PATH"),
            Value("both", "-report, and CNB_REPORT_PATH names another"),
        ),
    ),
    REPORT_BEFORE,
    DAEMON_BY,
)

_VARIANTS_HALF_GIVEN = (("v1", ("none",)), ("none", ("v1", "v2")))
_DISTRIBUTIONS_HALF_GIVEN = (
    ("both", ("name", "none")),
    ("name", ("both", "none", "other-version")),
    ("none", ("both", "name", "other-name", "other-version")),
)


def _cause(name: str, expect: Expect, combination: Combination) -> Cause:
    return Cause(name, combination, expect, lifted=_FORCED, since=REBASE_REFUSALS)


_CAUSES = (
    _cause("unlisted", Expect.REFUSAL, where(named=UNLISTED)),
    _cause("rebasable-false", Expect.REFUSAL, where(app_rebasable="false")),
    _cause("other-os", Expect.REFUSAL, where(new_os="other")),
    _cause("other-architecture", Expect.REFUSAL, where(new_architecture="other")),
    _cause("other-variant", Expect.REFUSAL, where(old_variant="v1", new_variant="v2")),
    _cause(
        "other-distribution",
        Expect.REFUSAL,
        where(old_distribution=("both", "name"), new_distribution="other-name"),
    ),
    _cause(
        "other-distribution-version",
        Expect.REFUSAL,
        where(old_distribution="both", new_distribution="other-version"),
    ),
    _cause("rebasable-unset", Expect.EITHER, where(app_rebasable="absent")),
    *(
        _cause("variant-half-given", Expect.EITHER, where(old_variant=old, new_variant=new))
        for old, new in _VARIANTS_HALF_GIVEN
    ),
    *(
        _cause(
            "distribution-half-given",
            Expect.EITHER,
            where(old_distribution=old, new_distribution=new),
        )
        for old, new in _DISTRIBUTIONS_HALF_GIVEN
    ),
)

_ONE_CAUSE = "what overlooks one reason not to rebase would be saved by the other"


def _compatible(one: Combination, other: Combination) -> bool:
    both = one & other
    return all(both.values.values())


_NEVERS = (
    *image_nevers("old"),
    *image_nevers("new"),
    Never(
        where(new_index="index", new_architecture="other"),
        "in an index the lifecycle looks for the app image's own platform",
    ),
    Never(
        where(new_index="index", new_os="other"),
        "in an index the lifecycle looks for the app image's own platform",
    ),
    Never(
        where(given=FROM_LABEL, named=("mirror", "second-mirror", "tag-and-digest", *UNLISTED)),
        "a run image that is left to the label is not named",
    ),
    *(
        Never(
            one.combination & other.combination & _UNFORCED,
            _ONE_CAUSE,
            automatic=True,
            since=REBASE_REFUSALS,
        )
        for one, other in itertools.combinations(_CAUSES, 2)
        if _compatible(one.combination, other.combination)
    ),
)

OLD_IMAGE = image_dimensions("old")
OLD_DIMENSIONS = (*(each.name for each in OLD_IMAGE), "old-variant", "old-distribution")

REBASES = Space(
    "rebase",
    (*OLD_IMAGE, *image_dimensions("new"), *_TARGETS, *_APP, *_CALL),
    _NEVERS,
    tuple(_CAUSES),
)
"""Every way to rebase; below the API of the refusals an unlisted run image is permitted."""

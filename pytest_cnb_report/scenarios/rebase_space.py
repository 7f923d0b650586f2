"""The space of rebases."""

from __future__ import annotations

import itertools

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.platform_apis import REBASE_REFUSALS
from pytest_cnb_report.scenarios.rebase_dimensions import APP, CALL, SELDOM, TARGETS
from pytest_cnb_report.scenarios.run_image_dimensions import (
    INDEXES,
    SEVERAL,
    image_dimensions,
    image_nevers,
)
from pytest_cnb_report.scenarios.space import (
    Cause,
    Combination,
    Never,
    Space,
    where,
)

UNLISTED = (
    "unlisted",
    "unlisted-longer",
    "unlisted-digest",
    "unlisted-shorter",
    "unlisted-case",
    "unlisted-same-image",
)
FROM_LABEL = ("label-image", "label-mirror", "label-stack", "label-nearest")
_MIRRORS = ("mirror", "second-mirror", "third-mirror")
_FORCED = where(force=("flag", "environment", "flag-over-environment"))
_UNFORCED = where(force=("none", "environment-false"))

_VARIANTS_HALF_GIVEN = ((("v1", "v3"), ("none",)), ("none", ("v1", "v2", "v3")))
_OTHER_VERSIONS = ("other-version", "minor-version", "longer-version", "older-version")
_DISTRIBUTIONS_HALF_GIVEN = (
    ("both", ("name", "none")),
    ("name", ("both", "none", *_OTHER_VERSIONS)),
    ("none", ("both", "name", "other-name", *_OTHER_VERSIONS)),
)


def _cause(name: str, expect: Expect, combination: Combination) -> Cause:
    return Cause(name, combination, expect, lifted=_FORCED, since=REBASE_REFUSALS)


_CAUSES = (
    _cause("unlisted", Expect.REFUSAL, where(named=UNLISTED)),
    _cause("rebasable-false", Expect.REFUSAL, where(app_rebasable="false")),
    _cause("other-os", Expect.REFUSAL, where(new_os="other")),
    _cause("other-architecture", Expect.REFUSAL, where(new_architecture="other")),
    *(
        _cause("other-variant", Expect.REFUSAL, where(old_variant=old, new_variant=new))
        for old, new in (("v1", ("v2", "v3")), ("v3", ("v1", "v2")))
    ),
    _cause("new-rebasable-false", Expect.EITHER, where(new_rebasable="false")),
    _cause(
        "other-distribution",
        Expect.REFUSAL,
        where(old_distribution=("both", "name"), new_distribution="other-name"),
    ),
    _cause(
        "other-distribution-version",
        Expect.REFUSAL,
        where(old_distribution="both", new_distribution=_OTHER_VERSIONS),
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

_OLDER_BUILD = where(app_config="older-build")
_NO_TARGETS = "a rebase of an older build compares stacks, not target data"
_SLOW = "a library that rewrites the image for each label takes minutes with so many layers"
_NO_MIRROR = "there is no such mirror"
_ONE_CAUSE = "a lifecycle that overlooks one reason to refuse would still refuse for the other"


def _compatible(one: Combination, other: Combination) -> bool:
    both = one & other
    return all(both.values.values())


_NEVERS = (
    *image_nevers("old"),
    *image_nevers("new"),
    Never(
        where(new_index=INDEXES, new_architecture="other"),
        "in an index, the lifecycle looks for the app image's platform",
    ),
    Never(
        where(new_index=INDEXES, new_os="other"),
        "in an index, the lifecycle looks for the app image's platform",
    ),
    Never(
        where(
            given=FROM_LABEL,
            named=(*_MIRRORS, "tag-and-digest", *UNLISTED),
        ),
        "a run image from the label is not named",
    ),
    *(
        Never(where(app_mirrors=listed, named=_MIRRORS[number:]), _NO_MIRROR)
        for number, listed in enumerate(("none", "1", "2"))
    ),
    Never(where(app_mirrors="none", given=("label-mirror", "label-nearest")), _NO_MIRROR),
    *(
        Never(where(labels=labels, **{f"{which}_layers": layers}), _SLOW)
        for which in ("old", "new")
        for labels, layers in (
            (("hundreds", "many-removed"), ("40", "most")),
            ("thousands", ("5", "40", "most")),
        )
    ),
    *(
        Never(where(**{f"{which}_layers": "most"}, images=SEVERAL), _SLOW)
        for which in ("old", "new")
    ),
    Never(where(old_layers="most", new_layers="most"), _SLOW),
    *(
        Never(_OLDER_BUILD & where(**stack), "an older build stays on the stack that it has")
        for stack in ({"old_stack": "absent"}, {"new_stack": "absent"}, {"new_stack_id": "other"})
    ),
    *(
        Never(_OLDER_BUILD & cause.combination & _UNFORCED, _NO_TARGETS, since=REBASE_REFUSALS)
        for cause in _CAUSES
        if cause.expect is Expect.REFUSAL
    ),
    Never(
        where(new_stack_id="other", new_stack="absent"),
        "an image without a stack ID cannot have another one",
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
    (*OLD_IMAGE, *image_dimensions("new"), *TARGETS, *APP, *CALL, *SELDOM),
    _NEVERS,
    tuple(_CAUSES),
)
"""Every way to rebase; below the API of the refusals an unlisted run image is permitted."""

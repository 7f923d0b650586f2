"""Every key that a rebase got wrong is in exactly one list."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cnb_report.drive.situation import NAMED_KEYS
from pytest_cnb_report.requirements.rebase_labels.label_changes import (
    BASE,
    METADATA,
    STACK,
    LabelChange,
    LabelChanges,
    is_near_miss,
    label_changes,
)

from .examples import DRAFT
from .label_edits import MAINTAINER, NEAR

KEYS = st.sampled_from(
    [
        f"{STACK}a",
        f"{STACK}b",
        f"{BASE}a",
        f"{BASE}distro.name",
        MAINTAINER,
        METADATA,
        "org.example.a",
        "org.example.b",
        "io.buildpacks.stack",
        "Io.Buildpacks.Base.a",
        "io.buildpacks.project.metadata",
    ]
)


LABELS = st.dictionaries(KEYS, st.sampled_from(["", "a", "b"]), max_size=8)


def every_list(changes: LabelChanges) -> list[tuple[LabelChange, ...]]:
    return [
        part
        for family in changes.families.values()
        for part in (family.added, family.replaced, family.copied, family.removed)
    ] + [changes.preserved, changes.not_copied, changes.boundary, changes.elsewhere]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(app=LABELS, run_image=LABELS, after=LABELS, both=st.booleans())
def test_every_key_that_is_wrong_is_in_one_list(
    app: Mapping[str, str], run_image: Mapping[str, str], after: Mapping[str, str], both: bool
) -> None:
    prefixes = (STACK, BASE) if both else (STACK,)
    changes = label_changes(
        app=app,
        run_image=run_image,
        after=after,
        prefixes=prefixes,
        text=DRAFT,
        elsewhere=NAMED_KEYS,
    )
    listed = [change.key for part in every_list(changes) for change in part]
    wrong_keys = {
        key
        for key in {*app, *run_image, *after} - {METADATA}
        if after.get(key) != (run_image if key.startswith(prefixes) else app).get(key)
    }
    assert len(listed) == len(set(listed))
    # a made-up key beside a missing one is taken for its misspelling, and is not reported twice
    invented = {k for k in wrong_keys if k.startswith(prefixes) and k not in {*app, *run_image}}
    assert wrong_keys - invented <= set(listed) <= wrong_keys
    assert changes.any == bool(listed)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(app=LABELS, run_image=LABELS)
def test_the_labels_as_they_have_to_be_are_not_wrong(
    app: Mapping[str, str], run_image: Mapping[str, str]
) -> None:
    own = {k: v for k, v in app.items() if not k.startswith((STACK, BASE))}
    theirs = {k: v for k, v in run_image.items() if k.startswith((STACK, BASE))}
    changes = label_changes(
        app=app, run_image=run_image, after={**own, **theirs}, prefixes=(STACK, BASE), text=DRAFT
    )
    assert not changes.any


def test_a_made_up_key_beside_a_missing_one_is_its_misspelling() -> None:
    changes = label_changes(
        app={},
        run_image={f"{STACK}colour": "red"},
        after={f"{STACK}color": "red"},
        prefixes=(STACK,),
        text=DRAFT,
    )
    family = changes.families[STACK]
    assert [change.key for change in family.added] == [f"{STACK}colour"]
    assert family.copied == ()


@pytest.mark.parametrize("key", NEAR)
def test_a_near_miss_looks_like_a_prefix(key: str) -> None:
    assert is_near_miss(key, (STACK, BASE))


@pytest.mark.parametrize(
    "key", [f"{STACK}a", f"{BASE}a", "io.buildpacks.other", "org.io.buildpacks.stack.a"]
)
def test_a_hit_and_a_far_miss_are_no_near_miss(key: str) -> None:
    assert not is_near_miss(key, (STACK,))


def test_the_named_labels_are_judged_elsewhere_only_where_the_run_image_has_them() -> None:
    changes = label_changes(
        app={MAINTAINER: "old"},
        run_image={},
        after={MAINTAINER: "old"},
        prefixes=(STACK,),
        text=DRAFT,
        elsewhere=NAMED_KEYS,
    )
    assert changes.elsewhere == ()
    assert [change.key for change in changes.families[STACK].removed] == [MAINTAINER]

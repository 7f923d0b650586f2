"""Labels at rebase: every key is judged by one requirement, and by no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cnb_report.drive.situation import NAMED_KEYS
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rebase_labels.label_changes import (
    BASE,
    METADATA,
    STACK,
    LabelChange,
    LabelChanges,
    is_near_miss,
    label_changes,
)
from pytest_cnb_report.requirements.rebase_labels.rules import from_run_image

from .examples import DRAFT, Example, right, untestable, wrong
from .observations import (
    Edit,
    again,
    api,
    asked_of,
    blocked,
    call,
    chain,
    failed,
    label,
    label_before,
    no_app,
    run_image_label,
    situation,
)

REBASE = "draft/rebaser-plain"
TWICE = "draft/rebaser-twice"
NAMED_CASE = "draft/rebaser-named-maintainer"
OPTIONAL_CASE = "draft/rebaser-optional-none"
PRESERVED = "rebase.labels.other.preserved"
NOT_COPIED = "rebase.labels.other.not-copied"
BOUNDARY = "rebase.labels.boundary"
NAMED = "rebase.labels.stack.named"
OPTIONAL = "rebase.labels.stack.optional"
IDEMPOTENT = "rebase.labels.idempotent"
PREFIXES = {"stack": STACK, "base": BASE}
MAINTAINER = "io.buildpacks.stack.maintainer"
DISTRO = "io.buildpacks.base.distro.name"


def labels(key: str, before: str | None, run_image: str | None, after: str | None) -> Edit:
    """Have one label on the app image, on the new run image and after the rebase."""
    return chain(label_before(key, before), run_image_label(key, run_image), label(key, after))


def _without_again(seen: Observation) -> Observation:
    return replace(seen, again=None)


def _without_call(seen: Observation) -> Observation:
    return replace(seen, call=None)


def _without_before(seen: Observation) -> Observation:
    return replace(seen, before={})


def _family(family: str, prefix: str) -> tuple[Example, ...]:
    key = f"{prefix}key"
    added, replaced, copied, removed = (
        f"rebase.labels.{family}.{part}" for part in ("added", "replaced", "copied", "removed")
    )
    every = (added, replaced, copied, removed)
    return (
        *(right(each, "of a rebase", REBASE) for each in every),
        *(right(each, "of drawn labels", "draft/rebaser-generated-wide-1") for each in every),
        *(
            right(each, "right in every way", REBASE, labels(key, "old", "new", "new"))
            for each in every
        ),
        *(right(each, "kept", REBASE, labels(key, "one", "one", "one")) for each in every),
        *(right(each, "gone", REBASE, labels(key, "old", None, None)) for each in every),
        wrong(
            added,
            "missing",
            REBASE,
            labels(key, None, "new", None),
            words=f"an {prefix}* label of the new run image is missing",
            expected={key: "new"},
            actual={key: None},
        ),
        wrong(
            added,
            "an empty one is missing",
            REBASE,
            labels(key, "old", "", None),
            words="label of the new run image is missing",
            expected={key: ""},
        ),
        wrong(
            added,
            "many",
            REBASE,
            *(labels(f"{prefix}{n}", None, str(n), None) for n in range(9, 1, -1)),
            words="is missing",
            expected={f"{prefix}{n}": str(n) for n in range(2, 7)},
            actual={f"{prefix}{n}": None for n in range(2, 7)},
        ),
        wrong(
            replaced,
            "old",
            REBASE,
            labels(key, "old", "new", "old"),
            words=f"an {prefix}* label still has the app image's old value",
            expected={key: "new"},
            actual={key: "old"},
        ),
        wrong(
            copied,
            "trimmed",
            REBASE,
            labels(key, "old", " new ", "new"),
            words=f"an {prefix}* label has a value that is not the new run image's, byte for byte",
            expected={key: " new "},
            actual={key: "new"},
        ),
        wrong(
            copied,
            "made up",
            REBASE,
            labels(key, None, None, "new"),
            words="a value that is not the new run image's",
            expected={key: None},
            actual={key: "new"},
        ),
        wrong(
            removed,
            "left over",
            REBASE,
            labels(key, "old", None, "old"),
            words=f"an {prefix}* label that only the app image had is still there",
            expected={key: None},
            actual={key: "old"},
        ),
        wrong(
            removed,
            "emptied",
            REBASE,
            labels(key, "old", None, ""),
            words="that only the app image had is still there",
            actual={key: ""},
        ),
        *(
            untestable(each, "failed", REBASE, failed, words="exited 1", cause="rebase.succeeds")
            for each in every
        ),
        *(
            untestable(
                each,
                "no app image before",
                REBASE,
                _without_before,
                words="there was no app image: not looked at",
            )
            for each in every
        ),
    )


def _own(requirement: str, key: str, words: str) -> tuple[Example, ...]:
    """Labels that no run image has a say in."""
    return (
        right(requirement, f"{key} kept", REBASE, labels(key, "own", "other", "own")),
        wrong(
            requirement,
            f"{key} replaced",
            REBASE,
            labels(key, "own", "other", "other"),
            words=words,
            expected={key: "own"},
            actual={key: "other"},
        ),
        wrong(
            requirement,
            f"{key} lost",
            REBASE,
            labels(key, "own", None, None),
            words=words,
            expected={key: "own"},
            actual={key: None},
        ),
    )


IS_NOT_WHAT_IT_WAS = (
    "a label of the app image is not what it was, though it is none of the run image's"
)
ONLY_LOOKS = "a label that only looks as if it had the prefix was treated as if it had"

NEAR = (
    "io.buildpacks.stack",
    "io.buildpacks.stacks.a",
    "IO.Buildpacks.Stack.a",
    " io.buildpacks.base.a",
    "io.buildpacks.baseline",
)

OTHERS = (
    *_own(PRESERVED, "org.example.own", IS_NOT_WHAT_IT_WAS),
    *_own(PRESERVED, "io.buildpacks.build.metadata", IS_NOT_WHAT_IT_WAS),
    right(PRESERVED, "of a rebase", REBASE),
    right(PRESERVED, "base labels below platform API 0.12", "api-0.11/rebaser-plain"),
    wrong(
        PRESERVED,
        "a base label below platform API 0.12",
        "api-0.11/rebaser-plain",
        labels(f"{BASE}own", "own", "other", "other"),
        words=IS_NOT_WHAT_IT_WAS,
        expected={f"{BASE}own": "own"},
    ),
    right(NOT_COPIED, "of a rebase", REBASE),
    right(NOT_COPIED, "left behind", REBASE, labels("org.example.run", None, "theirs", None)),
    wrong(
        NOT_COPIED,
        "copied",
        REBASE,
        labels("org.example.run", None, "theirs", "theirs"),
        words="a label of the run image was copied that is none of those to copy",
        expected={"org.example.run": None},
        actual={"org.example.run": "theirs"},
    ),
    wrong(
        NOT_COPIED,
        "made up",
        REBASE,
        labels("org.example.run", None, None, "mine"),
        words="a label was added that neither the app image nor the run image had",
        expected={"org.example.run": None},
        actual={"org.example.run": "mine"},
    ),
    wrong(
        NOT_COPIED,
        "copied and made up",
        REBASE,
        labels("a", None, None, "mine"),
        labels("b", None, "theirs", "theirs"),
        words="was copied that is none of those to copy",
    ),
    *(example for key in NEAR for example in _own(BOUNDARY, key, ONLY_LOOKS)),
    right(BOUNDARY, "of a rebase", REBASE),
    wrong(
        BOUNDARY,
        "one that the run image alone has",
        REBASE,
        labels("io.buildpacks.stack", None, "theirs", "theirs"),
        words=ONLY_LOOKS,
        expected={"io.buildpacks.stack": None},
    ),
    *(
        untestable(each, "failed", REBASE, failed, words="exited 1", cause="rebase.succeeds")
        for each in (PRESERVED, NOT_COPIED, BOUNDARY)
    ),
)

FORCED_OTHER = "draft/rebaser-forced-other-distro-name"

SPECIAL = (
    right(NAMED, "copied", NAMED_CASE),
    wrong(
        NAMED,
        "old",
        NAMED_CASE,
        label(MAINTAINER, "old"),
        words="one of the labels that RFC 0050 names did not take the new run image's value",
        expected=lambda seen: {MAINTAINER: asked_of(seen).run_image.labels[MAINTAINER]},
        actual={MAINTAINER: "old"},
    ),
    wrong(
        NAMED,
        "missing",
        NAMED_CASE,
        label(MAINTAINER, None),
        words="RFC 0050",
        actual={MAINTAINER: None},
    ),
    untestable(NAMED, "failed", NAMED_CASE, failed, words="exited 1", cause="rebase.succeeds"),
    right(
        "rebase.labels.stack.replaced", "a named one is old", NAMED_CASE, label(MAINTAINER, "old")
    ),
    right(
        "rebase.labels.stack.added", "a named one is missing", NAMED_CASE, label(MAINTAINER, None)
    ),
    wrong(
        "rebase.labels.stack.removed",
        "a named one is left",
        REBASE,
        labels(MAINTAINER, "old", None, "old"),
        words="is still there",
    ),
    right(
        "rebase.labels.base.replaced",
        "target data of a forced rebase is old",
        FORCED_OTHER,
        label(DISTRO, "conformos"),
    ),
    wrong(
        "rebase.labels.base.copied",
        "target data of a rebase that is not forced",
        REBASE,
        label(DISTRO, "third"),
        words="a value that is not the new run image's",
        actual={DISTRO: "third"},
    ),
    wrong(
        "rebase.labels.base.replaced",
        "target data that differs where nothing is forced",
        REBASE,
        situation(differing=frozenset({DISTRO})),
        labels(DISTRO, "old", "new", "old"),
        words="still has the app image's old value",
    ),
    wrong(
        "rebase.labels.base.added",
        "missing at platform API 0.12",
        REBASE,
        api(12),
        labels(f"{BASE}key", None, "new", None),
        words="is missing",
    ),
    right(OPTIONAL, "done", OPTIONAL_CASE),
    wrong(
        OPTIONAL,
        "refused",
        OPTIONAL_CASE,
        call(exit_code=72, stdout="", stderr="ERROR: no maintainer\n"),
        words="a rebase fails where not all of the labels that RFC 0050 names exist: the rebaser"
        " exited 72",
        expected="exit code 0",
        actual="ERROR: no maintainer",
    ),
    untestable(
        OPTIONAL, "not reached", OPTIONAL_CASE, blocked(), words="the rebaser was not reached"
    ),
    untestable(
        "rebase.labels.stack.added",
        "refused without named labels",
        OPTIONAL_CASE,
        failed,
        words="exited 1",
        cause=OPTIONAL,
    ),
)

IDEMPOTENTS = (
    right(IDEMPOTENT, "the same labels", TWICE),
    right(IDEMPOTENT, "below platform API 0.12", "api-0.11/rebaser-twice"),
    wrong(
        IDEMPOTENT,
        "counted",
        "fault-rebases-counted/rebaser-twice",
        words="a second rebase onto the same run image changed labels",
    ),
    wrong(
        IDEMPOTENT,
        "one more",
        TWICE,
        again(label("a", "b")),
        words="a second rebase onto the same run image changed labels",
        expected={"a": None},
        actual={"a": "b"},
    ),
    wrong(
        IDEMPOTENT,
        "many fewer",
        TWICE,
        *(labels(f"own.{n}", str(n), None, str(n)) for n in range(7)),
        again(chain(*(label(f"own.{n}", None) for n in range(7)))),
        words="changed labels",
        expected={f"own.{n}": str(n) for n in range(5)},
        actual={f"own.{n}": None for n in range(5)},
    ),
    wrong(
        IDEMPOTENT,
        "refused",
        "fault-second-rebase-refused/rebaser-twice",
        words="the second of two equal rebases exited ",
        expected="exit code 0",
    ),
    wrong(
        IDEMPOTENT,
        "timed out",
        TWICE,
        again(call(exit_code=None, duration=30.0)),
        words="the second of two equal rebases did not end within 30 s",
        actual="did not end within 30 s",
    ),
    wrong(
        IDEMPOTENT,
        "no image",
        TWICE,
        again(no_app("gone")),
        words="the second of two equal rebases left no image",
        actual="gone",
    ),
    wrong(
        IDEMPOTENT,
        "not done",
        TWICE,
        _without_again,
        words="the second of two equal rebases not done",
        actual="not done",
    ),
    wrong(
        IDEMPOTENT,
        "not called",
        TWICE,
        again(_without_call),
        words="the second of two equal rebases not done",
    ),
    untestable(
        IDEMPOTENT,
        "wrong already",
        TWICE,
        label("a", "b"),
        words="the first rebase left labels wrong already",
    ),
    *(
        untestable(
            IDEMPOTENT,
            f"wrong already by {key}",
            TWICE,
            labels(key, *values),
            words="the first rebase left labels wrong already",
        )
        for key, values in {
            "org.example": ("own", None, None),
            "io.buildpacks.stacks": ("own", None, None),
            f"{STACK}added": (None, "new", None),
            f"{STACK}replaced": ("old", "new", "old"),
            f"{STACK}copied": (None, "new", "third"),
            f"{BASE}removed": ("old", None, "old"),
            MAINTAINER: ("old", "new", "old"),
        }.items()
    ),
    untestable(IDEMPOTENT, "failed", TWICE, failed, words="exited 1", cause="rebase.succeeds"),
)


RULES_MADE = {
    f"rebase.labels.{family}.{part}": (prefix, part)
    for family, prefix in PREFIXES.items()
    for part in ("added", "replaced", "copied", "removed")
}

EXAMPLES: tuple[Example, ...] = (
    *(example for family, prefix in PREFIXES.items() for example in _family(family, prefix)),
    *OTHERS,
    *SPECIAL,
    *IDEMPOTENTS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_labels_of_a_rebase(example: Example) -> None:
    example.check()


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each.requirement in RULES_MADE], ids=str
)
def test_a_rule_about_labels_is_made_for_a_prefix_and_a_change(example: Example) -> None:
    example.check_rule(from_run_image(*RULES_MADE[example.requirement]))


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

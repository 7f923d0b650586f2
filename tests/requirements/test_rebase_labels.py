"""Labels at rebase: each key is judged by exactly one requirement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rebase_labels.label_changes import BASE, STACK
from pytest_cnb_report.requirements.rebase_labels.rules import from_run_image

from .examples import Example, right, untestable, wrong
from .label_edits import MAINTAINER, NEAR, labels
from .observations import api, asked_of, blocked, call, failed, label, situation

REBASE = "draft/rebaser-plain"
NAMED_CASE = "draft/rebaser-named-maintainer"
OPTIONAL_CASE = "draft/rebaser-optional-none"
PRESERVED = "rebase.labels.other.preserved"
NOT_COPIED = "rebase.labels.other.not-copied"
BOUNDARY = "rebase.labels.boundary"
NAMED = "rebase.labels.stack.named"
OPTIONAL = "rebase.labels.stack.optional"
PREFIXES = {"stack": STACK, "base": BASE}
DISTRO = "io.buildpacks.base.distro.name"


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


IS_NOT_WHAT_IT_WAS = "a label of the app image changed that a rebase must not change"


ONLY_LOOKS = "a label whose key only resembles the prefix was treated as if it had the prefix"


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
        words="a label of the run image was copied that must not be copied",
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
        words="was copied that must not be copied",
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
        words="a rebase fails if not all of the labels that RFC 0050 names exist: the rebaser"
        " exited 72",
        expected="exit code 0",
        actual="ERROR: no maintainer",
    ),
    untestable(OPTIONAL, "not reached", OPTIONAL_CASE, blocked(), words="the rebaser was not run"),
    untestable(
        "rebase.labels.stack.added",
        "refused without named labels",
        OPTIONAL_CASE,
        failed,
        words="exited 1",
        cause=OPTIONAL,
    ),
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
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_labels_of_a_rebase(example: Example) -> None:
    example.check()


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each.requirement in RULES_MADE], ids=str
)
def test_a_rule_about_labels_is_made_for_a_prefix_and_a_change(example: Example) -> None:
    example.check_rule(from_run_image(*RULES_MADE[example.requirement]))

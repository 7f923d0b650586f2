"""Side effects: what else stood at the target is as it was, and nothing else was added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_cnb_report.drive.inventory import Inventory
from pytest_cnb_report.observe.observation import Observation

from .examples import Example, nothing_to_judge, right, untestable, wrong
from .observations import (
    NO_DIGEST,
    Edit,
    asked_of,
    blocked,
    failed,
    no_app,
    not_called,
)

EXPORT = "draft/exporter-plain"
REBASE = "draft/rebaser-plain"
NEW_NAME = "draft/rebaser-new-name"
REFUSAL = "draft/rebaser-unlisted"
FAILURE = "draft/rebaser-first-push-refused"
LATER = "draft/exporter-later-push-refused"
DAEMON = "daemon/rebaser-plain"
EVERYWHERE = (EXPORT, REBASE, NEW_NAME, REFUSAL, FAILURE, LATER)
CHANGED = "effects.nothing-else-changed"
WRITTEN = "effects.nothing-else-written"


def around(seen: Observation) -> tuple[Inventory, Inventory]:
    assert seen.existing_before is not None
    assert seen.existing_after is not None
    return seen.existing_before, seen.existing_after


def now(name: Callable[[Observation], str], digest: str | None) -> Edit:
    """Have a name lead elsewhere after the call; None takes it away."""

    def edit(seen: Observation) -> Observation:
        _, after = around(seen)
        others = {k: v for k, v in after.tags.items() if k != name(seen)}
        mine = {} if digest is None else {name(seen): digest}
        return replace(seen, existing_after=replace(after, tags={**others, **mine}))

    return edit


def was(name: Callable[[Observation], str], digest: str) -> Edit:
    """Have a name lead somewhere before the call."""

    def edit(seen: Observation) -> Observation:
        before, _ = around(seen)
        tags = {**before.tags, name(seen): digest}
        return replace(seen, existing_before=replace(before, tags=tags))

    return edit


def manifest_gone(seen: Observation) -> Observation:
    before, _ = around(seen)
    gone = f"{repository(seen)}@{NO_DIGEST}"
    return replace(seen, existing_before=replace(before, manifests=(*before.manifests, gone)))


def blob_gone(seen: Observation) -> Observation:
    before, _ = around(seen)
    gone = f"{repository(seen)}@{NO_DIGEST}"
    return replace(seen, existing_before=replace(before, blobs=(gone,)))


def manifest_added(where: Callable[[Observation], str], digest: str = NO_DIGEST) -> Edit:
    def edit(seen: Observation) -> Observation:
        _, after = around(seen)
        added = f"{where(seen)}@{digest}"
        return replace(seen, existing_after=replace(after, manifests=(*after.manifests, added)))

    return edit


def run_image(seen: Observation) -> str:
    return asked_of(seen).run_image.names[0]


def app(seen: Observation) -> str:
    return asked_of(seen).images[0]


def previous(seen: Observation) -> str:
    return asked_of(seen).previous_image or ""


def beside(seen: Observation) -> str:
    return f"{app(seen)}-cache"


def repository(seen: Observation) -> str:
    return app(seen).rpartition(":")[0]


def elsewhere(seen: Observation) -> str:
    return run_image(seen).rpartition(":")[0]


def not_looked_at(seen: Observation) -> Observation:
    return replace(seen, existing_before=None, existing_after=None)


def moved(what: str, where: str, edit: Edit, words: str) -> Example:
    """The name of a run image leads to something else than before."""
    return wrong(
        CHANGED,
        what,
        where,
        edit,
        words=words,
        expected=lambda seen: {run_image(seen): around(seen)[0].tags[run_image(seen)]},
        actual=lambda seen: {run_image(seen): around(seen)[1].tags.get(run_image(seen), "is gone")},
    )


CHANGES = (
    *(
        right(CHANGED, where, where)
        for where in (EXPORT, REBASE, NEW_NAME, REFUSAL, FAILURE, LATER)
    ),
    right(CHANGED, "at a daemon", DAEMON),
    right(CHANGED, "the app image", REBASE, now(app, NO_DIGEST)),
    right(CHANGED, "something new", REBASE, now(beside, NO_DIGEST)),
    right(CHANGED, "the previous image, judged elsewhere", NEW_NAME, now(previous, NO_DIGEST)),
    moved("a run image", EXPORT, now(run_image, NO_DIGEST), "a run image was changed"),
    moved("a run image is gone", REBASE, now(run_image, None), "a run image was"),
    moved("at a refusal", REFUSAL, now(run_image, NO_DIGEST), "a run image was"),
    moved("at a failure", FAILURE, now(run_image, NO_DIGEST), "a run image was"),
    moved("in a daemon", DAEMON, now(run_image, NO_DIGEST), "a run image was"),
    wrong(
        CHANGED,
        "the previous image at a failure",
        NEW_NAME,
        failed,
        now(previous, NO_DIGEST),
        words="the previous image was changed",
    ),
    wrong(
        CHANGED,
        "another image",
        REBASE,
        was(beside, "sha256:ab"),
        now(beside, NO_DIGEST),
        words="another existing image was changed",
    ),
    wrong(
        CHANGED,
        "several",
        REBASE,
        was(beside, "sha256:ab"),
        now(run_image, NO_DIGEST),
        manifest_gone,
        words="a run image and another existing image were changed, and an existing manifest",
    ),
    wrong(
        CHANGED,
        "a manifest is gone",
        REBASE,
        manifest_gone,
        words="an existing manifest is gone",
        expected=lambda seen: {f"{repository(seen)}@{NO_DIGEST}": "is there"},
        actual=lambda seen: {f"{repository(seen)}@{NO_DIGEST}": "is gone"},
    ),
)

BLOBS = (
    wrong(
        CHANGED,
        "a blob is gone",
        REBASE,
        blob_gone,
        words="a blob is gone that an existing image needs",
        expected=lambda seen: {f"{repository(seen)}@{NO_DIGEST}": "is there"},
        actual=lambda seen: {f"{repository(seen)}@{NO_DIGEST}": "is gone"},
    ),
    wrong(
        CHANGED,
        "a blob is gone at a refusal",
        REFUSAL,
        now(run_image, NO_DIGEST),
        blob_gone,
        words="a run image was changed, and a blob is gone",
    ),
)

ADDITIONS = (
    *(
        right(WRITTEN, where, where)
        for where in (EXPORT, REBASE, NEW_NAME, REFUSAL, FAILURE, LATER)
    ),
    right(WRITTEN, "at a daemon", DAEMON),
    right(
        WRITTEN,
        "what a changed name leads to",
        EXPORT,
        now(run_image, NO_DIGEST),
        manifest_added(elsewhere),
    ),
    right(WRITTEN, "beside an image that was refused", FAILURE, manifest_added(repository)),
    wrong(
        WRITTEN,
        "a tag",
        REBASE,
        now(beside, NO_DIGEST),
        manifest_added(repository),
        words="written without being asked for: a tag",
        expected="only what was asked for",
        actual=lambda seen: {beside(seen): NO_DIGEST},
    ),
    wrong(
        WRITTEN,
        "a tag in a daemon",
        DAEMON,
        now(beside, NO_DIGEST),
        words="without being asked for: a tag",
    ),
    wrong(
        WRITTEN,
        "a manifest",
        EXPORT,
        manifest_added(repository),
        words="written without being asked for: a manifest",
        actual=lambda seen: {f"{repository(seen)}@{NO_DIGEST}": "is there"},
    ),
    wrong(
        WRITTEN,
        "a tag and a manifest elsewhere at a failure",
        FAILURE,
        now(beside, NO_DIGEST),
        manifest_added(elsewhere),
        words="for: a tag and a manifest",
    ),
    wrong(
        WRITTEN,
        "at a refusal",
        REFUSAL,
        now(beside, NO_DIGEST),
        words="without being asked for: a tag",
    ),
    untestable(
        WRITTEN,
        "no app image",
        EXPORT,
        no_app(),
        words="did not leave an app image",
        cause="export.succeeds",
    ),
)


def with_failed_control(seen: Observation) -> Observation:
    assert seen.control is not None
    return replace(seen, control=failed(seen.control))


GENERAL = tuple(
    example
    for requirement in (CHANGED, WRITTEN)
    for example in (
        untestable(requirement, "blocked", EXPORT, blocked(), words="the scenario was not run"),
        untestable(requirement, "not called", REBASE, not_called, words="the scenario was not run"),
        untestable(
            requirement, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"
        ),
        untestable(
            requirement,
            "nothing was done",
            REBASE,
            no_app(),
            words="did not leave an app image",
            cause="rebase.succeeds",
        ),
        untestable(
            requirement,
            "never succeeds",
            FAILURE,
            with_failed_control,
            words="where it has to succeed: the rebaser exited 1",
            cause="rebase.succeeds",
        ),
        nothing_to_judge(
            requirement, "not looked at", EXPORT, not_looked_at, words="was not recorded"
        ),
    )
)

EXAMPLES: tuple[Example, ...] = (*CHANGES, *BLOBS, *ADDITIONS, *GENERAL)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_a_call_leaves_alone(example: Example) -> None:
    example.check()

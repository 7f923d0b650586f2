"""What a phase leaves alone: everything at the target that it was not asked to write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.inventory import Inventory
from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.not_reached import not_reached
from pytest_cnb_report.judge.preconditions import cause_of_failure, succeeded
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    broken,
    met,
    not_applicable,
    untestable,
)
from pytest_cnb_report.observe.observation import Asked, Observation


@dataclass(frozen=True)
class _Around:
    """A call, and what stood at the target around it."""

    asked: Asked
    succeeded: bool
    before: Inventory
    after: Inventory


def _around(observation: Observation) -> _Around | Verdict:
    """Return what stood around the call, or the verdict where that is not known."""
    asked, call = observation.asked, observation.call
    if observation.blocked is not None or asked is None or call is None:
        return not_reached(observation, "scenario")
    if observation.existing_before is None or observation.existing_after is None:
        return not_applicable("the rest of the destination was not recorded")
    return _Around(
        asked, call.exit_code == 0, observation.existing_before, observation.existing_after
    )


def _undone(observation: Observation) -> Verdict | None:
    """Return the verdict where the call did not do what it had to; None where it did.

    A lifecycle that does nothing changes nothing else either, and does not meet anything by that.
    A call that has to fail comes with a control, which has to succeed.
    """
    tried, where = observation, ""
    if observation.situation.expect is not Expect.SUCCESS:
        if observation.control is None:
            return None
        tried, where = observation.control, "where it has to succeed: "
    done = succeeded(tried)
    if done.answer is Answer.MET:
        return None
    return untestable(f"{where}{done.message}", cause=cause_of_failure(tried))


def nothing_else_changed(observation: Observation, _: Text) -> Verdict:
    """Judge that whatever was there and was not to be written is as it was."""
    around = _around(observation)
    if isinstance(around, Verdict):
        return around
    asked, before, after = around.asked, around.before, around.after
    own = {*asked.images}
    rebased = observation.situation.previous_image
    if around.succeeded and rebased and asked.previous_image is not None:
        # `rebase.previous-image.untouched` says so of it
        own.add(asked.previous_image)
    changed = {
        name: digest
        for name, digest in before.tags.items()
        if name not in own and (name not in after.tags or after.tags[name] != digest)
    }
    gone = tuple(each for each in before.manifests if each not in after.manifests)
    blobs = tuple(each for each in before.blobs if each not in after.blobs)
    if not changed and not gone and not blobs:
        return _undone(observation) or met()
    return broken(
        _what_changed(asked, changed, gone, blobs),
        expected={**changed, **dict.fromkeys((*gone, *blobs), "is there")},
        actual={
            **{name: after.tags.get(name, "is gone") for name in changed},
            **dict.fromkeys((*gone, *blobs), "is gone"),
        },
    )


def _what_changed(
    asked: Asked, changed: Collection[str], gone: Collection[str], blobs: Collection[str]
) -> str:
    """Name whose the images are that were changed."""
    old = asked.old_run_image.names if asked.old_run_image is not None else ()
    listed = (name for entry in asked.listed for name in entry.names)
    run_images = {*asked.run_image.names, *old, *listed}
    kinds = {
        "a run image": not run_images.isdisjoint(changed),
        "the previous image": asked.previous_image in changed,
        "another existing image": not run_images.union({asked.previous_image}).issuperset(changed),
    }
    touched = [kind for kind, is_so in kinds.items() if is_so]
    verb = "was changed" if len(touched) == 1 else "were changed"
    said = [f"{' and '.join(touched)} {verb}"] if touched else []
    if gone:
        said.append("an existing manifest is gone")
    if blobs:
        said.append("a blob is gone that an existing image needs")
    return ", and ".join(said)


def nothing_else_written(observation: Observation, _: Text) -> Verdict:
    """Judge that no tag and no manifest was added besides what was asked for."""
    around = _around(observation)
    if isinstance(around, Verdict):
        return around
    undone = _undone(observation)
    if around.succeeded and undone is not None:
        return undone  # what was written may be the image in another form
    asked, before, after = around.asked, around.before, around.after
    tags = {
        name: digest
        for name, digest in after.tags.items()
        if name not in before.tags and name not in asked.images
    }
    told = _manifests_of(after.tags, {*asked.images, *tags, *before.tags})
    unfinished = () if around.succeeded else tuple(map(_repository, asked.images))
    manifests = tuple(
        each
        for each in after.manifests
        if each not in before.manifests and each not in told and _repository(each) not in unfinished
    )
    if not tags and not manifests:
        return undone or met()
    what = "a tag" if not manifests else "a manifest" if not tags else "a tag and a manifest"
    return broken(
        f"written without being asked for: {what}",
        expected="only what was asked for",
        actual={**tags, **dict.fromkeys(manifests, "is there")},
    )


def _manifests_of(tags: Mapping[str, str | None], names: Iterable[str]) -> set[str]:
    """Return the digest references of what names lead to."""
    return {f"{_repository(name)}@{tags[name]}" for name in names if tags.get(name)}


def _repository(reference: str) -> str:
    """Cut the tag or the digest off a reference that has one."""
    repository, at, _ = reference.partition("@")
    return repository if at else repository.rpartition(":")[0]


_CALL = needs(Evidence.CALL)

RULES: Mapping[str, Rule] = {
    "effects.nothing-else-changed": Rule(nothing_else_changed, asks.success | asks.failure, _CALL),
    "effects.nothing-else-written": Rule(nothing_else_written, asks.success | asks.failure, _CALL),
}

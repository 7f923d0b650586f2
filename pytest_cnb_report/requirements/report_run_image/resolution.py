"""report.toml, the run image: `image` and `mirrors` as the approved RFC has them resolved."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.metadata_label import run_images_of
from pytest_cnb_report.judge.preconditions import (
    SuccessfulCall,
    require_metadata,
    require_success,
    run_image_of,
)
from pytest_cnb_report.judge.resolution import (
    check_image,
    check_mirrors,
    given_by_digest,
    is_unlisted,
    names_in,
    resolved_entries,
)
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    any_met,
    met,
    not_applicable,
    untestable,
)
from pytest_cnb_report.observe.observation import Observation, RunEntry
from pytest_cnb_report.platform_apis import RUN_IMAGE_NAMES_IN_LABEL
from pytest_cnb_report.requirements.report_run_image.fields import (
    fields_of,
    image,
    placed,
)
from pytest_cnb_report.values import Phase

_RESOLVED = asks.success & ~(asks.force & asks.unlisted) & ~asks.default_from_stack
"""A forced, unlisted run image has a requirement of its own; where only the deprecated `stack` key
names a run image, `runImage` has no name that the report could agree with."""


def _expected_entries(done: SuccessfulCall, text: Text) -> tuple[RunEntry, ...] | Verdict:
    """Return what `image` and `mirrors` may be resolved to: one for each accepted reading."""
    if given_by_digest(done.asked):
        return not_applicable("the run image was given by digest; tested with tag names only")
    if done.observation.phase is not Phase.REBASER:
        return resolved_entries(done.asked, text)
    if text.accepts("resolution-at-rebase", "b"):
        return not_applicable("a rebase has no run.toml to resolve from")
    metadata = require_metadata(done.app, cause="rebase.metadata.rest-unchanged")
    labels = run_images_of(done.observation, metadata, text)
    if done.observation.platform_api < RUN_IMAGE_NAMES_IN_LABEL:
        # only the deprecated key names the run image there
        stack = metadata.get("stack")
        labels = (run_image_of(stack) if isinstance(stack, Mapping) else {},)
    entries = tuple(entry for label in labels if (entry := names_in(label)) is not None)
    if not entries:
        return untestable(
            "the rebased image's metadata label names no run image",
            cause="rebase.metadata.rest-unchanged",
        )
    return entries


def image_resolved(observation: Observation, text: Text) -> Verdict:
    """Judge that `image` is the name that the given run image resolves to."""
    done = require_success(observation)
    entries = _expected_entries(done, text)
    if isinstance(entries, Verdict):
        return entries
    own = image(observation, text)
    if own.answer is not Answer.MET:
        return untestable(own.message, cause=own.cause or "report.run-image.image")
    found = placed(fields_of(done, text), "image")
    value = found.value if found is not None else None
    path = text.layout.path("image")
    return any_met(check_image(value, entry.image, path) for entry in entries)


def mirrors(observation: Observation, text: Text) -> Verdict:
    """Judge that `mirrors` are those of the entry that the run image resolves to."""
    done = require_success(observation)
    entries = _expected_entries(done, text)
    if isinstance(entries, Verdict):
        return entries
    fields = fields_of(done, text)
    if not fields.any and not entries[0].mirrors:
        # that none are named is right only where anything is said of the run image at all
        return untestable("the report has no run image field", cause="report.run-image.image")
    found = placed(fields, "mirrors")
    value = found.value if found is not None else None
    path = text.layout.path("mirrors")
    return any_met(check_mirrors(value, entry.mirrors, path, text) for entry in entries)


def forced_unlisted(observation: Observation, text: Text) -> Verdict:
    """Judge that a forced, unlisted run image is named as given and has no mirrors."""
    done = require_success(observation)
    if done.asked.given is None or not is_unlisted(done.asked, text):
        return not_applicable("the run image is listed")
    fields = fields_of(done, text)
    own = image(observation, text)
    if own.answer is not Answer.MET:
        return untestable(own.message, cause=own.cause or "report.run-image.image")
    found, spare = placed(fields, "image"), placed(fields, "mirrors")
    value = found.value if found is not None else None
    path = text.layout.path("image")
    return (
        check_image(value, done.asked.given, path)
        or check_mirrors(
            spare.value if spare is not None else None, (), text.layout.path("mirrors"), text
        )
        or met()
    )


RULES: Mapping[str, Rule] = {
    "report.run-image.image.resolved": Rule(image_resolved, _RESOLVED, needs(Evidence.RUN_FILE)),
    "report.run-image.mirrors": Rule(mirrors, _RESOLVED, needs(Evidence.RUN_FILE)),
    "report.run-image.forced-unlisted": Rule(
        forced_unlisted, asks.success & asks.force & asks.unlisted, needs(Evidence.FORCE)
    ),
}

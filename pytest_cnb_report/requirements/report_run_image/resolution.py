"""report.toml, the run image: `image` and `mirrors` as the approved RFC has them resolved."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.preconditions import (
    Done,
    require_metadata,
    require_success,
    run_image_of,
)
from pytest_cnb_report.judge.resolution import (
    check_image,
    check_mirrors,
    given_by_digest,
    names_in,
    resolved_entry,
)
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    met,
    not_applicable,
    untestable,
)
from pytest_cnb_report.observe.observation import Observation, RunEntry
from pytest_cnb_report.requirements.report_run_image.fields import fields_of, image, placed
from pytest_cnb_report.values import Phase

_RESOLVED = asks.success & ~(asks.force & asks.unlisted) & ~asks.default_from_stack
"""A forced, unlisted run image has a requirement of its own; where only the deprecated `stack` key
names a run image, `runImage` has no name that the report could agree with."""


def _expected_entry(done: Done) -> RunEntry | Verdict:
    """Return what `image` and `mirrors` have to be resolved to."""
    if given_by_digest(done.asked):
        return not_applicable("the run image was given by digest; judged on tag names only")
    if done.observation.phase is not Phase.REBASER:
        return resolved_entry(done.asked)
    metadata = require_metadata(done.app, cause="rebase.metadata.rest-unchanged")
    entry = names_in(run_image_of(metadata))
    if entry is None:
        return untestable(
            "the rebased image's metadata label names no run image",
            cause="rebase.metadata.rest-unchanged",
        )
    return entry


def image_resolved(observation: Observation, text: Text) -> Verdict:
    """Judge that `image` is the name that the given run image resolves to."""
    done = require_success(observation)
    entry = _expected_entry(done)
    if isinstance(entry, Verdict):
        return entry
    own = image(observation, text)
    if own.answer is not Answer.MET:
        return untestable(own.message, cause=own.cause or "report.run-image.image")
    found = placed(fields_of(done, text), "image")
    value = found.value if found is not None else None
    return check_image(value, entry.image, text.layout.path("image")) or met()


def mirrors(observation: Observation, text: Text) -> Verdict:
    """Judge that `mirrors` are those of the entry that the run image resolves to."""
    done = require_success(observation)
    entry = _expected_entry(done)
    if isinstance(entry, Verdict):
        return entry
    fields = fields_of(done, text)
    if not fields.any and not entry.mirrors:
        # that none are named is right only where anything is said of the run image at all
        return untestable(
            "there is no field of the run image in the report", cause="report.run-image.image"
        )
    found = placed(fields, "mirrors")
    value = found.value if found is not None else None
    return check_mirrors(value, entry.mirrors, text.layout.path("mirrors")) or met()


def forced_unlisted(observation: Observation, text: Text) -> Verdict:
    """Judge that a forced, unlisted run image is named as given and has no mirrors."""
    done = require_success(observation)
    if done.asked.given is None or not done.asked.unlisted:
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
            spare.value if spare is not None else None, (), text.layout.path("mirrors")
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

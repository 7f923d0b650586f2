"""Which requirements a call is judged by that is none of the suite's own cases.

A rule says by the names of the suite's cases where it is judged. A call that somebody else makes is
an instance of some of them, and that follows from what was asked and of which images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pytest_cnb_report.drive.cases import Build, Case, Expect, Rebase
from pytest_cnb_report.drive.rebase_cases import NAMED_LABELS, STACK_PREFIX
from pytest_cnb_report.judge.catalogue import Requirement
from pytest_cnb_report.judge.judging import judged_on
from pytest_cnb_report.judge.rules.rebase_image import DISTRO_LABELS
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Profile

OWN = "own"
"""The name of a case that is not the suite's."""

REBASABLE = "io.buildpacks.rebasable"


def applicable(
    requirements: Iterable[Requirement], case: Case, observation: Observation, profile: Profile
) -> tuple[Requirement, ...]:
    """Return those of the requirements that the call has to meet.

    Left out is `rebase.labels.stack.optional`, which of a single call says no more than
    `rebase.succeeds` does.
    """
    place = (observation.phase, observation.target, observation.platform_api, profile)
    general = replace(case, name=_general_name(case, observation))
    special = [replace(case, name=name) for name in _special_names(case, observation)]
    return tuple(
        requirement
        for requirement in requirements
        if requirement.why_not_applicable(*place) is None
        and (
            judged_on(requirement, general)
            or (
                not judged_on(requirement, replace(case, name=OWN))
                and any(judged_on(requirement, instance) for instance in special)
            )
        )
    )


def _general_name(case: Case, observation: Observation) -> str:
    """Name the case whose general requirements hold; some leave out what another one is about."""
    ask = case.ask
    if isinstance(ask, Build):
        return "report-by-default" if ask.report.how == "default" else OWN
    if ask.run_name == "unlisted" and ask.force is not None:
        return "forced-unlisted"
    if ask.given == "default" and ask.default_from != "image":
        # the app image lists a run image that is not there, so that little else holds
        return f"default-run-image-{ask.default_from}"
    same = observation.asked is not None and observation.asked.old_run_image is None
    return "same-run-image" if same else OWN


def _special_names(case: Case, observation: Observation) -> Iterator[str]:
    """Name the cases that single requirements are about, for as far as the call is one of them."""
    if case.ask.report.longer_before:
        yield "longer-report-before"
    if case.expect is Expect.SUCCESS:
        yield "plain"
    if case.expect is Expect.FAILURE and not case.ask.report.longer_before:
        yield "unknown-process" if isinstance(case.ask, Build) else "other-stack"
    if isinstance(case.ask, Rebase):
        yield from _of_rebase(case, case.ask)
        yield from _of_run_image(case, case.ask, observation)


def _of_rebase(case: Case, ask: Rebase) -> Iterator[str]:
    instances = {
        "several-images": ask.images > 1,
        "new-name": ask.previous_image,
        "twice": ask.again,
        "repeated": ask.repeat_from_start and not ask.again,
        "default-run-image": ask.given == "default",
        "run-image-by-environment": ask.given == "environment",
        "run-image-by-deprecated-flag": ask.given == "deprecated-flag",
        "force-by-environment": ask.force == "environment",
        "daemon-by-environment": ask.daemon == "environment",
    }
    if case.expect is Expect.SUCCESS:
        yield from (name for name, is_one in instances.items() if is_one)


def _of_run_image(case: Case, ask: Rebase, observation: Observation) -> Iterator[str]:
    asked, before = observation.asked, observation.app_before
    if asked is None or not isinstance(before, AppImage):
        return
    if any(STACK_PREFIX + name in asked.run_image.labels for name in NAMED_LABELS):
        yield "named-own"
    if ask.force is not None:
        yield "forced-other-own"
    if case.expect is not Expect.REFUSAL:
        return
    if asked.unlisted:
        yield "unlisted"
    if before.labels.get(REBASABLE) == "false":
        yield "rebasable-false"
    pairs = [
        (before.document.get("os"), asked.run_image.os),
        (before.document.get("architecture"), asked.run_image.architecture),
        (before.document.get("variant"), asked.run_image.variant),
        *((before.labels.get(label), asked.run_image.labels.get(label)) for label in DISTRO_LABELS),
    ]
    if any(one and other and one != other for one, other in pairs):
        yield "other-own"

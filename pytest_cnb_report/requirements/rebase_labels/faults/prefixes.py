"""Mistakes in how a rebase tells the labels of a run image by their prefixes."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import faults_of
from pytest_cnb_report.reference.rebased import RebasedLabels
from pytest_cnb_report.requirements.rebase_labels.faults.transitions import (
    BOUNDARY,
    NOT_COPIED,
    PRESERVED,
)


class _PrefixWithoutItsDot(RebasedLabels):
    """Every label that begins with `io.buildpacks.stack` counts as a stack label."""

    trips = BOUNDARY

    def prefixes(self) -> tuple[str, ...]:
        return tuple(prefix.rstrip(".") for prefix in super().prefixes())


class _PrefixInAnyCase(RebasedLabels):
    """The prefix is compared without regard to case."""

    trips = BOUNDARY

    def is_about_run_image(self, key: str) -> bool:
        return super().is_about_run_image(key.lower())


class _PrefixAfterSpaces(RebasedLabels):
    """Spaces before the prefix are ignored."""

    trips = BOUNDARY

    def is_about_run_image(self, key: str) -> bool:
        return super().is_about_run_image(key.strip())


class _PrefixAnywhere(RebasedLabels):
    """The prefix matches anywhere in a name."""

    trips = (*PRESERVED, *NOT_COPIED, *BOUNDARY)

    def is_about_run_image(self, key: str) -> bool:
        return any(prefix in key for prefix in self.prefixes())


class _EverySimilarLabelCopied(RebasedLabels):
    """A label that only resembles a stack label is copied like one, and not removed."""

    trips = BOUNDARY

    def is_copied(self, key: str) -> bool:
        return super().is_copied(key) or key.lower().startswith("io.buildpacks.stack")


FAULTS = faults_of(
    _PrefixWithoutItsDot,
    _PrefixInAnyCase,
    _PrefixAfterSpaces,
    _PrefixAnywhere,
    _EverySimilarLabelCopied,
)

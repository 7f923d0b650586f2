"""Mistakes in what a rebaser refuses, and in how it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pytest_cnb_report.reference.errors import PhaseError
from pytest_cnb_report.reference.fault import BELOW_0_12, faults_of
from pytest_cnb_report.reference.image import Image, Saved
from pytest_cnb_report.reference.inputs import RUN_TOML
from pytest_cnb_report.reference.permission import Permission
from pytest_cnb_report.reference.rebased import lifecycle_metadata
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.resolution import Entry
from pytest_cnb_report.reference.target import DISTRO_VERSION

UNLISTED = ("rebase.unlisted.refused",)
PERMITTED = ("rebase.unlisted.permitted",)
REBASABLE = ("rebase.rebasable-false.refused",)
MISMATCH = ("rebase.target.mismatch-refused",)
EXIT_CODE = ("rebase.refusal.exit-code",)
UNTOUCHED = ("rebase.refusal.untouched",)
ABSENT_ON_FAILURE = ("report.absent-on-failure",)


# What is not refused.


class _UnlistedAccepted(Permission):
    """A run image that the app image does not list is accepted."""

    trips = UNLISTED

    def is_listed(self) -> bool:
        return True


class _RebasableNotRead(Permission):
    """The label io.buildpacks.rebasable is ignored."""

    trips = REBASABLE

    def is_rebasable(self) -> bool:
        return True


class _RebasableOfTheRunImage(Permission):
    """The label io.buildpacks.rebasable is read from the run image instead of the app image."""

    trips = REBASABLE

    def is_rebasable(self) -> bool:
        return self.run_image.labels.get("io.buildpacks.rebasable") != "false"


class _TargetNotCompared(Permission):
    """The targets of the two images are not compared."""

    trips = MISMATCH

    def mismatches(self) -> list[str]:
        return []


class _OsNotCompared(Permission):
    """Another operating system is accepted."""

    trips = MISMATCH

    def mismatches(self) -> list[str]:
        return [key for key in super().mismatches() if key != "os"]


class _ArchitectureNotCompared(Permission):
    """Another architecture is accepted."""

    trips = MISMATCH

    def mismatches(self) -> list[str]:
        return [key for key in super().mismatches() if key != "architecture"]


class _VariantNotCompared(Permission):
    """Another variant is accepted."""

    trips = MISMATCH

    def mismatches(self) -> list[str]:
        return [key for key in super().mismatches() if key != "variant"]


class _DistroNameNotCompared(Permission):
    """Another distribution is accepted."""

    trips = MISMATCH

    def mismatches(self) -> list[str]:
        return [key for key in super().mismatches() if key != "distro name"]


class _DistroVersionNotCompared(Permission):
    """Another version of the distribution is accepted."""

    trips = MISMATCH

    def mismatches(self) -> list[str]:
        return [key for key in super().mismatches() if key != "distro version"]


class _DistroVersionsComparedByNumber(Permission):
    """Distribution versions that differ only by a trailing zero count as equal."""

    trips = MISMATCH

    def mismatches(self) -> list[str]:
        old, new = (image.labels.get(DISTRO_VERSION, "") for image in (self.app, self.run_image))
        equal = re.sub(r"(\.0)+$", "", old) == re.sub(r"(\.0)+$", "", new)
        return [key for key in super().mismatches() if key != "distro version" or not equal]


# What is refused although nothing forbids it yet.


class _UnlistedRefusedTooEarly(Permission):
    """A run image that the app image does not list is refused at every platform API."""

    trips = PERMITTED
    shows_at = BELOW_0_12

    def objections(self) -> Iterator[str]:
        yield from super().objections()
        if self.api < RUN_TOML and not self.listed:
            yield f"run image '{self.run_image.name}' is not among those that the app image names"


class _UnlistedReplacedByListed(Rebaser):
    """Instead of an unlisted run image, the listed one is used."""

    trips = PERMITTED
    also = ("report.run-image.after-rebase",)
    shows_at = BELOW_0_12

    def run_image_name(self, app: Image, entry: Entry | None) -> str:
        given = super().run_image_name(app, entry)
        listed = entry is None or self.resolution.lists(entry, given.partition("@")[0])
        return given if listed or self.api >= RUN_TOML or entry is None else entry.image


class _UnlistedReportedAsListed(Rebaser):
    """After a rebase onto an unlisted run image, the report names the listed one."""

    trips = ("report.run-image.after-rebase",)
    shows_at = BELOW_0_12

    def report(
        self, saved: Saved, app: Image, run_image: Image, entry: Entry, before: Image
    ) -> None:
        named = self.entry(lifecycle_metadata(before)) if self.api < RUN_TOML else None
        super().report(saved, app, run_image, named or entry, before)


# How it is refused.


class _RefusedWithAnotherCode(Rebaser):
    """A refusal has another exit code than a rebase-specific one."""

    code = 0
    words = "{}"

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        try:
            super().check(app, run_image, listed=listed)
        except PhaseError as error:
            raise PhaseError(self.code, self.words.format(error)) from error


class _RefusedWithGenericCode(_RefusedWithAnotherCode):
    """A refusal has the exit code of a generic error."""

    trips = EXIT_CODE
    code = 1


class _RefusedWithACodeOfUsage(_RefusedWithAnotherCode):
    """A refusal has the exit code that many programs use for an unknown flag."""

    trips = EXIT_CODE
    code = 2


class _RefusedWithALauncherCode(_RefusedWithAnotherCode):
    """A refusal has the first exit code after the rebaser's range."""

    trips = EXIT_CODE
    code = 80


class _RefusalIsACrash(_RefusedWithAnotherCode):
    """Instead of a refusal, the rebaser ends like a Go program that panics."""

    trips = (*UNLISTED, *REBASABLE, *MISMATCH)
    code = 2
    words = "rebasing\npanic: {}\n\ngoroutine 1 [running]:"


class _RefusalEndsWell(_RefusedWithAnotherCode):
    """A refused rebase writes nothing, but exits 0."""

    trips = (*UNLISTED, *REBASABLE, *MISMATCH)
    code = 0


class _RefusedAfterSaving(Rebaser):
    """The image is written before the checks that refuse the rebase."""

    trips = UNTOUCHED

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        try:
            super().check(app, run_image, listed=listed)
        except PhaseError:
            config = {**app.config, "comment": "rebased"}
            self.store.save(app._replace(config=config), self.inputs.output_images())
            raise


def _report_first(rebaser: Rebaser, app: Image, run_image: Image) -> None:
    saved = Saved(tuple(rebaser.inputs.output_images()), digest=app.reference.partition("@")[2])
    rebaser.report(saved, app, run_image, Entry(run_image.name), app)


class _ReportDespiteRefusal(Rebaser):
    """The report is written before the rebase is refused."""

    trips = ABSENT_ON_FAILURE

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        _report_first(self, app, run_image)
        super().check(app, run_image, listed=listed)


class _OldReportUpdatedDespiteRefusal(Rebaser):
    """An existing report is replaced before the rebase is refused."""

    trips = ABSENT_ON_FAILURE

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        if Path(self.inputs.report()).exists():
            _report_first(self, app, run_image)
        super().check(app, run_image, listed=listed)


FAULTS = faults_of(
    _UnlistedAccepted,
    _RebasableNotRead,
    _RebasableOfTheRunImage,
    _TargetNotCompared,
    _OsNotCompared,
    _ArchitectureNotCompared,
    _VariantNotCompared,
    _DistroNameNotCompared,
    _DistroVersionNotCompared,
    _DistroVersionsComparedByNumber,
    _UnlistedRefusedTooEarly,
    _UnlistedReplacedByListed,
    _UnlistedReportedAsListed,
    _RefusedWithGenericCode,
    _RefusedWithACodeOfUsage,
    _RefusedWithALauncherCode,
    _RefusalIsACrash,
    _RefusalEndsWell,
    _RefusedAfterSaving,
    _ReportDespiteRefusal,
    _OldReportUpdatedDespiteRefusal,
)

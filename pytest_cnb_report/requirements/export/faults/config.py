"""Mistakes in the exported image's config: what it runs on, what it starts, when it was made.

The target is wrong only where creator makes the image: a rebase is refused over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from pytest_cnb_report.reference.exported import ExportedConfig, Made
from pytest_cnb_report.reference.fault import faults_of
from pytest_cnb_report.reference.image import Json, Layer
from pytest_cnb_report.reference.inputs import CREATOR
from pytest_cnb_report.reference.layertar import LAUNCHER, PROCESSES
from pytest_cnb_report.reference.rebased import CREATED

TARGET = ("export.target",)
ENTRYPOINT = ("export.entrypoint",)
EPOCH = ("export.created.epoch",)
CONSTANT = ("export.created.constant",)


# What it runs on.


class _CreatedWithoutVariant(ExportedConfig):
    """A creator's app image has no variant, whatever the run image has."""

    trips = TARGET

    def config(self, layers: Sequence[Layer], made: Sequence[Made], metadata: str) -> Json:
        config = super().config(layers, made, metadata)
        if self.inputs.phase == CREATOR:
            config.pop("variant", None)
        return config


class _CreatedWithAVariant(ExportedConfig):
    """A creator's app image has the variant of the machine where the run image has none."""

    trips = TARGET

    def config(self, layers: Sequence[Layer], made: Sequence[Made], metadata: str) -> Json:
        config = super().config(layers, made, metadata)
        return {"variant": "v3", **config} if self.inputs.phase == CREATOR else config


# What it starts.


class _AlwaysTheLauncher(ExportedConfig):
    """The launcher is started, whichever process type is given."""

    trips = ENTRYPOINT

    def entrypoint(self) -> str:
        super().entrypoint()
        return LAUNCHER


class _ProcessAsArgument(ExportedConfig):
    """The process type is an argument of the launcher."""

    trips = ENTRYPOINT

    def config(self, layers: Sequence[Layer], made: Sequence[Made], metadata: str) -> Json:
        config = super().config(layers, made, metadata)
        (started,) = config["config"]["Entrypoint"]
        if started != LAUNCHER:
            config["config"]["Entrypoint"] = [LAUNCHER, started.removeprefix(f"{PROCESSES}/")]
        return config


class _FirstProcessByDefault(ExportedConfig):
    """Without a default process, the first one is started."""

    trips = ENTRYPOINT

    def entrypoint(self) -> str:
        started = super().entrypoint()
        if started != LAUNCHER or not self.build.processes:
            return started
        return f"{PROCESSES}/{self.build.processes[0]['type']}"


# When it was made.


class _EpochIgnored(ExportedConfig):
    """SOURCE_DATE_EPOCH is ignored."""

    trips = EPOCH

    def created(self) -> str:
        return CREATED


class _EpochOf32Bits(ExportedConfig):
    """SOURCE_DATE_EPOCH is ignored if it does not fit into a signed 32-bit integer."""

    trips = EPOCH

    def created(self) -> str:
        given = self.inputs.env.get("SOURCE_DATE_EPOCH") or "0"
        return super().created() if int(given) < 2**31 else CREATED


class _EpochInLocalTime(ExportedConfig):
    """SOURCE_DATE_EPOCH is written in a different time zone than the one stated."""

    trips = EPOCH

    def created(self) -> str:
        created = super().created()
        if created == CREATED:
            return created
        when = datetime.fromisoformat(created.replace("Z", "+00:00")) + timedelta(hours=1)
        return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class _ExportedNow(ExportedConfig):
    """Without SOURCE_DATE_EPOCH, `created` is the time of the export."""

    trips = CONSTANT

    def created(self) -> str:
        created = super().created()
        now = datetime.now(timezone.utc)
        return now.strftime("%Y-%m-%dT%H:%M:%SZ") if created == CREATED else created


FAULTS = faults_of(
    _CreatedWithoutVariant,
    _CreatedWithAVariant,
    _AlwaysTheLauncher,
    _ProcessAsArgument,
    _FirstProcessByDefault,
    _EpochIgnored,
    _EpochOf32Bits,
    _EpochInLocalTime,
    _ExportedNow,
)

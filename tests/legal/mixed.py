"""What only scenarios of several things at once can show: rows of the tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.export import Export
from pytest_cnb_report.reference.exported import ExportedConfig
from pytest_cnb_report.reference.image import Image, Json, Saved
from pytest_cnb_report.reference.names import Name, registry_of
from pytest_cnb_report.reference.permission import Permission
from pytest_cnb_report.reference.rebased import RebasedConfig, RebasedLabels
from pytest_cnb_report.reference.registry import Registry
from pytest_cnb_report.reference.resolution import Entry, Resolution
from pytest_cnb_report.reference.target import target_of

from .input_ways import INPUTS
from .pushing import NeverMounted
from .seen import config, exit_code, files, requests
from .table_rows import LAUNCH_CACHE, builds, key_of, rows
from .variation import Variation


class _TriesEveryName(Resolution):
    def run_image_for(
        self, entry: Entry, app_image: str, can_read: Callable[[str], bool]
    ) -> str | None:
        there = {name for name in reversed(entry.names) if can_read(name)}
        return super().run_image_for(entry, app_image, there.__contains__)


class _PrefersMirrors(Resolution):
    def candidates(self, entry: Entry, app_image: str) -> list[str]:
        names = [*entry.mirrors, entry.image]
        return sorted(names, key=lambda name: registry_of(name) != registry_of(app_image))


RUN_FILE = (
    Variation(
        "every-name-tried",
        "Every name of the run image is looked for before one is chosen.",
        "Platform specification, Run Image Resolution: says which is chosen, not what is read.",
        (_TriesEveryName,),
        cases=(
            *rows("creator", given="run-file", named="listed", count=2),
            *rows("creator", given="run-file", named="mirror"),
            *rows("rebaser", given=("label-image", "label-mirror"), count=2),
        ),
        shows=requests,
    ),
    Variation(
        "mirror-preferred",
        "Of the names at the app image's registry a mirror is taken, and not the first name.",
        "Platform specification, Run Image Resolution: any name at that registry.",
        (_PrefersMirrors,),
        cases=(
            *builds(given="run-file", mirrors=("1", "2", "3"), count=2),
            *rows("rebaser", given="label-image", count=2),
        ),
        shows=requests,
    ),
)


class _PreciseEpoch(ExportedConfig):
    def created(self) -> str:
        return super().created().replace("Z", ".000000000+00:00")


_EPOCH = (*builds(epoch="yes", count=2), *builds(epoch="no", rebuild="same"))
_REPRODUCIBLE = "Platform specification, Build Reproducibility: {}."

TIMES = (
    Variation(
        "epoch-precise",
        "The time that SOURCE_DATE_EPOCH gives is spelled to the nanosecond, with an offset.",
        _REPRODUCIBLE.format("the time counts; RFC 3339 has several spellings of it"),
        (_PreciseEpoch,),
        cases=_EPOCH,
        shows=config,
    ),
)


def _told_layers(document: Json, count: int) -> Json:
    entries = document["history"]
    return {**document, "history": [] if count == 0 else entries[-count:]}


class _OwnHistoryAlone(ExportedConfig):
    """Tells the history of the app's own layers, where the run image has none."""

    def config(self, layers: Sequence, made: Sequence, metadata: str) -> Json:  # type: ignore[type-arg]
        document = super().config(layers, made, metadata)
        return document if self.base.history else _told_layers(document, len(made))


def _without_history(part: RebasedConfig, document: Json) -> Json:
    if part.app.history:
        return document
    return {key: value for key, value in document.items() if key != "history"}


class _HistoryStaysAway(RebasedConfig):
    def config(self, layers: tuple, history: list[Json], labels: dict[str, str]) -> Json:  # type: ignore[type-arg]
        return _without_history(self, super().config(layers, history, labels))


_HISTORY = "OCI image specification, Image configuration: history is optional."

HISTORY = (
    Variation(
        "history-of-the-app-alone",
        "Where the run image has no history, the app image tells that of its own layers alone.",
        _HISTORY,
        (_OwnHistoryAlone,),
        cases=(*builds(run_history="none", count=2), *rows("rebaser", old_history="none", count=2)),
        shows=config,
    ),
    Variation(
        "no-history-from-none",
        "An app image without history has none after a rebase either.",
        _HISTORY,
        (_HistoryStaysAway,),
        cases=(
            *rows("rebaser", app_history="none", count=2),
            *rows("rebaser", app_history="none", new_history="empty-layers"),
        ),
        shows=config,
    ),
)


class _SaysWhatItReplaces(ExportedConfig):
    def labels(self, metadata: str) -> dict[str, str]:
        labels = super().labels(metadata)
        analyzed = tomltext.read(self.inputs.layers() / "analyzed.toml")
        replaced = (analyzed.get("image") or {}).get("reference")
        return {**labels, "com.example.replaces": replaced} if replaced else labels


class _ReadsWhatItReplaces(Export):
    def save(self, app: Image) -> Saved:
        for text in self.inputs.output_images():
            before = self.store.find(text)
            for layer in before.layers if before else ():
                assert isinstance(self.store, Registry)
                digest = (layer.descriptor or {})["digest"]
                self.store._ask(Name.parse(text), "GET", f"blobs/{digest}")
        return super().save(app)


_REBUILDS = tuple(row for kind in ("same", "other") for row in builds(rebuild=kind, count=2))

REBUILDS = (
    Variation(
        "rebuild-says-what-it-replaces",
        "A rebuild has a label with the image that it replaces.",
        "Platform specification, exporter: other labels are not forbidden.",
        (_SaysWhatItReplaces,),
        cases=_REBUILDS,
        shows=config,
    ),
    Variation(
        "rebuild-reads-what-it-replaces",
        "A rebuild reads every layer of the image that it replaces.",
        "OCI distribution specification, Pull: anything may be read.",
        (_ReadsWhatItReplaces,),
        cases=_REBUILDS,
        shows=requests,
    ),
)


class _FillsLaunchCache(Export):
    def save(self, app: Image) -> Saved:
        saved = super().save(app)
        folder = self.inputs.text("launch-cache")
        for layer in app.layers:
            if folder and layer.tar is not None:
                name = layer.diff_id.replace(":", "-")
                (Path(folder) / f"{name}.tar").write_bytes(layer.tar)
        return saved


CACHE = (
    Variation(
        "launch-cache-filled",
        "Layers are left in the launch cache, which the reference ignores.",
        "Platform specification, exporter: what a launch cache holds is the lifecycle's own.",
        (_FillsLaunchCache,),
        cases=tuple(map(key_of, LAUNCH_CACHE)),
        shows=files,
    ),
)


class _RefusesHalves(Permission):
    """Takes target data that one image alone gives for data that differ."""

    def mismatches(self) -> list[str]:
        old, new = target_of(self.app), target_of(self.run_image)
        halves = [key for key in old if bool(old[key]) != bool(new[key])]
        return [*super().mismatches(), *halves]


_HALVES = "Question target-data-missing, read either way."

EITHER = (
    Variation(
        "half-given-refused",
        "A rebase is refused where one of the images alone has a distribution or a variant.",
        _HALVES,
        (_RefusesHalves,),
        cases=rows("rebaser", expect="either", count=6),
        shows=exit_code,
    ),
)


def _backwards(labels: dict[str, str]) -> dict[str, str]:
    return dict(reversed(labels.items()))


class _ExportedLabelsBackwards(ExportedConfig):
    def labels(self, metadata: str) -> dict[str, str]:
        return _backwards(super().labels(metadata))


class _RebasedLabelsBackwards(RebasedLabels):
    def labels(self) -> dict[str, str]:
        return _backwards(super().labels())


class _SettingsSorted(RebasedConfig):
    def execution(self) -> Json:
        return dict(sorted(super().execution().items()))


_JSON = "RFC 8259: the members of an object are in no order."

ORDERS = (
    Variation(
        "hundreds-of-labels-backwards",
        "Labels, hundreds of them, are in the order opposite to the usual one.",
        _JSON,
        (_ExportedLabelsBackwards, _RebasedLabelsBackwards),
        cases=(
            *builds(labels="hundreds"),
            *rows("rebaser", labels="hundreds"),
            *rows("rebaser", labels="many-removed"),
        ),
        shows=config,
    ),
    Variation(
        "settings-sorted",
        "Every field that says how the app runs is kept, in another order.",
        _JSON,
        (_SettingsSorted,),
        cases=(
            *rows("rebaser", app_config="every-field", app_age="rebased"),
            *rows("rebaser", app_config="every-field", app_metadata="rich"),
        ),
        shows=config,
    ),
)

PUSHES = (
    Variation(
        "repositories-from-nothing",
        "Every repository gets each blob anew.",
        "OCI distribution specification, Mounting a blob: may be tried.",
        (NeverMounted,),
        cases=(
            *builds(tags="2-repositories"),
            *rows("rebaser", images="2-repositories", count=2),
            *rows("rebaser", previous="by-digest"),
        ),
        shows=requests,
    ),
)

MIXED = (
    *INPUTS,
    *RUN_FILE,
    *TIMES,
    *HISTORY,
    *REBUILDS,
    *CACHE,
    *EITHER,
    *ORDERS,
    *PUSHES,
)

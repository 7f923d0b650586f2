"""What a phase is asked at a point of the space: the point's values as a `Build` or a `Rebase`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.build_cases import EPOCH
from pytest_cnb_report.drive.cases import AppEdits, Build, Rebase, ReportFlow
from pytest_cnb_report.drive.rebase_cases import APP_CONFIG, APP_CREATED, APP_ENV, UNKNOWN_METADATA
from pytest_cnb_report.drive.shapes import OTHER_ARCHITECTURE, Shape
from pytest_cnb_report.drive.situation import DISTRO_LABELS, REBASABLE
from pytest_cnb_report.scenarios import labels
from pytest_cnb_report.scenarios.space import Point

MOST_LAYERS = 127
"""What Docker could store of an image, but for the app's own layers."""

_NAME, _VERSION = DISTRO_LABELS
_DISTRIBUTIONS: Mapping[str, Mapping[str, str | None]] = {
    "both": {},
    "name": {_VERSION: None},
    "none": {_NAME: None, _VERSION: None},
    "other-name": {_NAME: "otheros"},
    "other-version": {_VERSION: "2.0"},
}
_NO_STACK: Mapping[str, None] = {
    "io.buildpacks.stack.id": None,
    "io.buildpacks.stack.mixins": None,
}
_HISTORY = {"full": "full", "none": "none", "empty-layers": "with-empty"}
_RICH_METADATA = {
    **UNKNOWN_METADATA,
    "org.example.nested": {"list": [1, {"deep": ["\u00e9", None, 0.5]}], "empty": {}},
}


def build_of(point: Point) -> Build:
    """Return what an exporter or a creator is asked at a point of the space of builds."""
    own = {
        "every-kind": labels.on_old(),
        "none": {},
        "hundreds": {**labels.on_old(), **labels.hundreds()},
    }[point["labels"]]
    names, repositories = _names(point["tags"])
    return Build(
        run_image=_shape(
            point,
            "run",
            {**own, **_rebasable(point["run-rebasable"]), **_distribution(point, "run")},
        ),
        given=_literal(point["given"]),
        run_name=_literal(point["named"]),
        mirrors=0 if point["mirrors"] == "none" else int(point["mirrors"]),
        tags=names,
        repositories=repositories,
        previous={"first": "none", "same": "same", "other": "other"}[point["rebuild"]],  # type: ignore[arg-type]
        launch_cache=point["launch-cache"] == "yes",
        process_type="web" if point["process"] == "given" else None,
        epoch=EPOCH if point["epoch"] == "yes" else None,
        inputs=_literal(point["inputs"]),
        daemon=_literal(point["daemon-by"]),
        report=_report(point),
    )


def rebase_of(point: Point) -> Rebase:
    """Return what a rebaser is asked at a point of the space of rebases."""
    given = point["given"]
    from_label = given.startswith("label-")
    names, repositories = _names(point["images"])
    return Rebase(
        old=old_shape(point),
        new=_new_shape(point),
        app=_app(point),
        given="default" if from_label else _literal(given),
        default_from=_literal(given.removeprefix("label-")) if from_label else "image",
        run_name=_literal(point["named"]),
        force=None if point["force"] in {"none", "environment-false"} else _literal(point["force"]),
        force_denied=point["force"] == "environment-false",
        daemon=_literal(point["daemon-by"]),
        images=names,
        repositories=repositories,
        previous_image=point["previous"] != "no",
        previous_by_digest=point["previous"] == "by-digest",
        rebased_before=point["app-age"] == "rebased",
        report=_report(point),
    )


def old_shape(point: Point) -> Shape:
    """Return the run image that the app image of a rebase was exported on."""
    return _shape(point, "old", {**labels.on_old(), **_distribution(point, "old")})


def _new_shape(point: Point) -> Shape:
    own = {
        "every-kind": labels.on_new(),
        "none": {},
        "hundreds": {**labels.on_new(), **labels.hundreds()},
        "many-removed": labels.on_new(),
    }[point["labels"]]
    more = {**own, **_rebasable(point["new-rebasable"]), **_distribution(point, "new")}
    return _shape(point, "new", more)


def _app(point: Point) -> AppEdits:
    edits: dict[str, str | None] = _rebasable(point["app-rebasable"])
    edits["com.example.build"] = "17"
    if point["labels"] == "none":
        edits.update(dict.fromkeys(labels.of_prefixes(labels.on_old())))
    elif point["labels"] == "hundreds":
        edits.update(dict.fromkeys(list(labels.hundreds())[::3], "value"))
    elif point["labels"] == "many-removed":
        edits.update(labels.left_over())
    every = point["app-config"] == "every-field"
    document: dict[str, object] = {"created": APP_CREATED} if every else {}
    if point["app-history"] == "none":
        document["history"] = None
    return AppEdits(
        labels=edits,
        config=APP_CONFIG if every else {},
        env=APP_ENV if every else (),
        metadata=_RICH_METADATA if point["app-metadata"] == "rich" else {},
        document=document,
    )


def _shape(point: Point, which: str, own: Mapping[str, str | None]) -> Shape:
    def value(name: str) -> str:
        return point[f"{which}-{name}"]

    variant = value("variant")
    other_os = point.get(f"{which}-os") == "other"
    other_architecture = point.get(f"{which}-architecture") == "other"
    layers = value("layers")
    return Shape(
        layers=MOST_LAYERS if layers == "most" else int(layers),
        compression=_literal(value("compression")),
        flavour=_literal(value("types")),
        history=_literal(_HISTORY[value("history")]),
        repeated_top=value("top") == "repeated",
        index=value("index") == "index",
        variant=None if variant == "none" else variant,
        labels={**own, **(_NO_STACK if value("stack") == "absent" else {})},
        own_config=value("config") == "own",
        **({"os": "windows"} if other_os else {}),
        **({"architecture": OTHER_ARCHITECTURE} if other_architecture else {}),
    )


def _distribution(point: Point, which: str) -> Mapping[str, str | None]:
    return _DISTRIBUTIONS[point[f"{which}-distribution"]]


def _rebasable(value: str) -> dict[str, str | None]:
    return {REBASABLE: None if value == "absent" else value}


def _names(value: str) -> tuple[int, int]:
    """How many names an image gets, in how many repositories."""
    return (2, 2) if value == "2-repositories" else (int(value), 1)


def _report(point: Point) -> ReportFlow:
    by = point["report-by"]
    how = "flag-over-environment" if by == "both" else by
    return ReportFlow(how=_literal(how), longer_before=point["report-before"] == "longer")


def _literal(value: str) -> Any:  # noqa: ANN401 - a value of the space, checked by a test
    return value

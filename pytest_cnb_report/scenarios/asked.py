"""What a phase is asked at a point of the space: the point's values as a `Build` or a `Rebase`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.app_contents import (
    APP_CONFIG,
    APP_CREATED,
    APP_CREATED_LATELY,
    APP_ENV,
    BUILD_METADATA,
    LONG_ENV,
    OLDER_BUILD_ENV,
    RICH_METADATA,
    UNUSUAL_CONFIG,
)
from pytest_cnb_report.drive.build_cases import EPOCH
from pytest_cnb_report.drive.cases import Alike, AppEdits, Build, Rebase, ReportFlow
from pytest_cnb_report.drive.shapes import OTHER_ARCHITECTURE, Shape
from pytest_cnb_report.drive.situation import DISTRO_LABELS, REBASABLE
from pytest_cnb_report.scenarios import labels
from pytest_cnb_report.scenarios.space import Point

MOST_LAYERS = 127
"""What Docker could store of an image, but for the app's own layers."""

_SHARED_LAYERS = 2
"""Of a run image with more layers than these, those that such a run image has in each version."""

_NAME, _VERSION = DISTRO_LABELS
_DISTRIBUTIONS: Mapping[str, Mapping[str, str | None]] = {
    "both": {},
    "name": {_VERSION: None},
    "none": {_NAME: None, _VERSION: None},
    "other-name": {_NAME: "otheros"},
    "other-version": {_VERSION: "2.0"},
    "minor-version": {_VERSION: "1.1"},
    "longer-version": {_VERSION: "1.0.0"},
    "older-version": {_VERSION: "0.9"},
}
_NO_STACK: Mapping[str, None] = {
    "io.buildpacks.stack.id": None,
    "io.buildpacks.stack.mixins": None,
}
_FORCE = {"flag": "flag", "environment": "environment", "flag-over-environment": "flag"}
_HISTORY = {"full": "full", "none": "none", "empty-layers": "with-empty"}
_CONFIGS: Mapping[str, tuple[Mapping[str, object], tuple[str, ...]]] = {
    "exported": ({}, ()),
    "every-field": (APP_CONFIG, APP_ENV),
    "unusual": (UNUSUAL_CONFIG, LONG_ENV),
    "older-build": ({}, OLDER_BUILD_ENV),
}
_CREATED: Mapping[str, Mapping[str, object]] = {
    "exported": {},
    "lately": {"created": APP_CREATED_LATELY},
    "absent": {"created": None},
}
_OTHER_STACK: Mapping[str, str] = {
    "io.buildpacks.stack.id": "io.acme.stacks.quill",
    "io.buildpacks.stack.mixins": '["mixin-b"]',
}
_SHARED_NAMES: Mapping[str, tuple[int, int, Alike]] = {
    "2-repositories": (2, 2, "no"),
    "2-same-tag": (2, 2, "same-tag"),
    "2-longer-tag": (2, 1, "longer-tag"),
}
_UNUSUAL_REPORT = "r\u00e9sum\u00e9 of a run.toml"


def build_of(point: Point) -> Build:
    """Return what an exporter or a creator is asked at a point of the space of builds."""
    own = {} if point["labels"] == "none" else {**labels.on_old(), **_more_labels(point)}
    names, repositories, alike = _names(point["tags"])
    return Build(
        run_image=_shape(
            point,
            "run",
            {**own, **_rebasable(point["run-rebasable"]), **_distribution(point, "run")},
        ),
        given=_literal(point["given"]),
        run_name=_literal(point["named"]),
        mirrors=_mirrors(point["mirrors"]),
        tags=names,
        repositories=repositories,
        alike=alike,
        naming=_literal(point["naming"]),
        previous="none" if point["rebuild"] == "first" else _literal(point["rebuild"]),
        taken=point["taken"] == "yes",
        moved=point["moved"] == "yes",
        launch_cache=point["launch-cache"] == "yes",
        contents=_literal(point["contents"]),
        process_type="web" if point["process"] == "given" else None,
        epoch={"no": None, "yes": EPOCH, "zero": 0}[point["epoch"]],
        inputs=_literal(point["inputs"]),
        daemon=_literal(point["daemon-by"]),
        report=_report(point),
    )


def rebase_of(point: Point) -> Rebase:
    """Return what a rebaser is asked at a point of the space of rebases."""
    given = point["given"]
    from_label = given.startswith("label-")
    names, repositories, alike = _names(point["images"])
    return Rebase(
        old=old_shape(point),
        new=_new_shape(point),
        app=_app(point),
        given="default" if from_label else _literal(given),
        default_from=_literal(given.removeprefix("label-")) if from_label else "image",
        run_name=_literal(point["named"]),
        mirrors=_mirrors(point["app-mirrors"]),
        force=_literal(_FORCE.get(point["force"])),
        force_denied=point["force"] in {"environment-false", "flag-over-environment"},
        daemon=_literal(point["daemon-by"]),
        images=names,
        repositories=repositories,
        alike=alike,
        naming=_literal(point["naming"]),
        taken=point["taken"] == "yes",
        previous_image=point["previous"] != "no",
        previous_by_digest=point["previous"] == "by-digest",
        previous_elsewhere=point["previous"] == "elsewhere",
        rebased_before=point["app-age"] == "rebased",
        report=_report(point),
    )


def old_shape(point: Point) -> Shape:
    """Return the run image that the app image of a rebase was exported on."""
    return _shape(point, "old", {**labels.on_old(), **_distribution(point, "old")})


def _new_shape(point: Point) -> Shape:
    own = {} if point["labels"] == "none" else {**labels.on_new(), **_more_labels(point)}
    more = {
        **own,
        **_rebasable(point["new-rebasable"]),
        **_distribution(point, "new"),
        **(_OTHER_STACK if point["new-stack-id"] == "other" else {}),
    }
    return _shape(point, "new", more)


def _more_labels(point: Point) -> Mapping[str, str]:
    """Return the labels that a run image with very many of them has besides."""
    more = {"hundreds": labels.hundreds, "thousands": labels.thousands}.get(point["labels"])
    return {} if more is None else more()


def _app(point: Point) -> AppEdits:
    edits: dict[str, str | None] = _rebasable(point["app-rebasable"])
    edits["com.example.build"] = "17"
    if point["app-metadata"] == "rich":
        edits["io.buildpacks.build.metadata"] = BUILD_METADATA
        edits["com.example.notes"] = "a note " * 800
    if point["labels"] == "none":
        edits.update(dict.fromkeys(labels.of_prefixes(labels.on_old())))
    edits.update(dict.fromkeys(list(_more_labels(point))[::3], "value"))
    if point["labels"] == "many-removed":
        edits.update(labels.left_over())
    config, env = _CONFIGS[point["app-config"]]
    document: dict[str, object] = {"created": APP_CREATED} if config else {}
    document.update(_CREATED[point["app-created"]])
    if point["app-history"] == "none":
        document["history"] = None
    return AppEdits(
        labels=edits,
        config=config,
        env=env,
        metadata=RICH_METADATA if point["app-metadata"] == "rich" else {},
        document=document,
        layers=_literal(point["app-layers"]),
    )


def _shape(point: Point, which: str, own: Mapping[str, str | None]) -> Shape:
    def value(name: str) -> str:
        return point[f"{which}-{name}"]

    variant = value("variant")
    other_os = point.get(f"{which}-os") == "other"
    other_architecture = point.get(f"{which}-architecture") == "other"
    layers = MOST_LAYERS if value("layers") == "most" else int(value("layers"))
    return Shape(
        layers=layers,
        shared=_SHARED_LAYERS if layers > _SHARED_LAYERS else 0,
        compression=_literal(value("compression")),
        flavour=_literal(value("types")),
        history=_literal(_HISTORY[value("history")]),
        repeated_top=value("top") == "repeated",
        index=value("index") != "single",
        in_index=_literal("second" if value("index") in {"single", "index"} else value("index")),
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


def _mirrors(value: str) -> int:
    return 0 if value == "none" else int(value)


def _names(value: str) -> tuple[int, int, Alike]:
    """How many names an image gets, in how many repositories, and how they are alike."""
    return _SHARED_NAMES[value] if value in _SHARED_NAMES else (int(value), 1, "no")


def _report(point: Point) -> ReportFlow:
    by = point["report-by"]
    how = "flag-over-environment" if by == "both" else by
    return ReportFlow(
        how=_literal(how),
        longer_before=point["report-before"] == "longer",
        path=_UNUSUAL_REPORT if point["report-name"] == "unusual" else None,
    )


def _literal(value: str | None) -> Any:  # noqa: ANN401 - a value of the space, checked by a test
    return value

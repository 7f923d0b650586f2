"""The rest of the metadata label, which a rebase leaves alone."""

from __future__ import annotations

import pytest

from pytest_cnb_report.observe.observation import Observation, RunEntry

from .examples import Example, right, untestable, wrong
from .observations import (
    METADATA,
    api,
    app_of,
    asked,
    asked_of,
    before_of,
    config_before,
    metadata_before,
    metadata_key,
    metadata_of,
)
from .rebase_edits import FORCED_UNLISTED, OTHER, REBASE, TOP_LAYER, in_general, no_label

REST = "rebase.metadata.rest-unchanged"


def _without_false(seen: Observation) -> object:
    buildpacks = metadata_of(app_of(seen))["buildpacks"]
    for buildpack in buildpacks:
        buildpack["extra"] = None
        for layer in buildpack["layers"].values():
            for key in [k for k, v in layer.items() if v is False or v is None]:
                del layer[key]
    return buildpacks


def _edited_layers(seen: Observation, **changes: object) -> object:
    buildpacks = metadata_of(app_of(seen))["buildpacks"]
    for buildpack in buildpacks:
        for layer in buildpack["layers"].values():
            layer.update(changes)
    return buildpacks


REST_EXAMPLES = (
    right(REST, "of a rebase", REBASE),
    right(REST, "forced onto an unlisted one", FORCED_UNLISTED),
    right(REST, "below platform API 0.12", "api-0.11/rebaser-plain"),
    right(REST, "a key that nobody defines", REBASE, metadata_key("org.example.unknown", None)),
    right(
        REST, "the moving parts of the stack", REBASE, metadata_key("stack.runImage.topLayer", "x")
    ),
    right(REST, "an empty name for none", REBASE, metadata_key("runImage.note", "")),
    right(REST, "null for none", REBASE, metadata_key("sbom", None)),
    right(REST, "exec-env below platform API 0.15", REBASE, api(14), metadata_key("exec-env", "x")),
    right(
        REST,
        "false for none",
        REBASE,
        lambda seen: metadata_key("buildpacks", _without_false(seen))(seen),
    ),
    right(
        REST,
        "empty mirrors for none",
        "draft/rebaser-plain",
        metadata_before(lambda m: m["runImage"].update(mirrors=[])),
        metadata_key("runImage.mirrors", None),
    ),
    wrong(
        REST,
        "exec-env",
        REBASE,
        metadata_key("exec-env", "x"),
        words="exec-env changed in the metadata label",
        expected={"exec-env": None},
        actual={"exec-env": "x"},
    ),
    *(
        wrong(
            REST,
            f"{key} lost",
            REBASE,
            metadata_key(key, None),
            words=f"{key} changed in the metadata label",
            actual={key: None},
        )
        for key in ("app", "config", "launcher", "buildpacks", "runImage", "stack")
    ),
    wrong(
        REST,
        "two changed and one more",
        REBASE,
        metadata_key("app", []),
        metadata_key("stack", "none"),
        metadata_key("sbom", {"sha": "a"}),
        words="app, stack, sbom changed in the metadata label",
        actual={"app": [], "stack": "none", "sbom": {"sha": "a"}},
    ),
    wrong(
        REST,
        "the name",
        REBASE,
        metadata_key("runImage.image", OTHER),
        words="runImage changed",
        expected=lambda seen: {
            "runImage": {
                k: v
                for k, v in metadata_of(before_of(seen))["runImage"].items()
                if k in {"image", "mirrors"}
            }
        },
    ),
    wrong(
        REST, "the mirrors", REBASE, metadata_key("runImage.mirrors", []), words="runImage changed"
    ),
    wrong(
        REST,
        "the stack's name",
        REBASE,
        metadata_key("stack.runImage.image", OTHER),
        words="stack changed",
    ),
    wrong(
        REST, "a stack in a list", REBASE, metadata_key("stack.runImage", []), words="stack changed"
    ),
    wrong(
        REST,
        "a run image in a list",
        REBASE,
        metadata_key("runImage", []),
        words="runImage changed",
    ),
    wrong(
        REST,
        "a layer that launches no longer",
        REBASE,
        lambda seen: metadata_key("buildpacks", _edited_layers(seen, launch=False))(seen),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "a layer that is cached",
        REBASE,
        lambda seen: metadata_key("buildpacks", _edited_layers(seen, cache=True))(seen),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "a layer with data",
        REBASE,
        lambda seen: metadata_key("buildpacks", _edited_layers(seen, data={"a": 1}))(seen),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "layers in a list",
        REBASE,
        metadata_key("buildpacks", [{"layers": []}, 5]),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "a layer that is text",
        REBASE,
        metadata_key("buildpacks", [{"layers": {"a": "b"}}]),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "buildpacks in a table",
        REBASE,
        metadata_key("buildpacks", {"a": 1}),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "the app where it is forced",
        FORCED_UNLISTED,
        metadata_key("app", []),
        words="app changed",
    ),
    wrong(
        REST,
        "a lost stack key where it is forced",
        FORCED_UNLISTED,
        metadata_key("stack", None),
        words="stack changed",
    ),
    right(
        REST,
        "the names where it is forced",
        FORCED_UNLISTED,
        metadata_key("runImage.image", OTHER),
        metadata_key("runImage.mirrors", [OTHER]),
    ),
    wrong(
        REST,
        "the names where it is forced and listed",
        FORCED_UNLISTED,
        lambda seen: asked(listed=(RunEntry(asked_of(seen).given or ""),))(seen),
        metadata_key("runImage.image", OTHER),
        words="runImage, stack changed",
    ),
    no_label(REST),
    untestable(
        REST,
        "no label before",
        REBASE,
        config_before(lambda document: document["config"]["Labels"].pop(METADATA)),
        words=f"the app image has no {METADATA} label",
        cause=TOP_LAYER,
    ),
    *in_general(REST, REBASE),
)

EXAMPLES: tuple[Example, ...] = (*REST_EXAMPLES,)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_rest_of_the_metadata_label(example: Example) -> None:
    example.check()

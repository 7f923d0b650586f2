"""The rebased image's layers, and the config that it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.image import LayerFacts
from pytest_cnb_report.observe.observation import Observation

from .examples import Example, right, untestable, wrong
from .observations import NO_DIGEST, app_of, before_of, config_before, config_key, stored
from .rebase_edits import (
    CONFIG,
    DAEMON,
    LAYERS,
    REBASE,
    SAME,
    in_general,
    new,
    old,
    own,
    with_layers,
)


def named(whose: str, layers: tuple[str, ...]) -> list[str]:
    return [f"{whose} {n}/{len(layers)}: {each[:19]}" for n, each in enumerate(layers, 1)]


def right_names(seen: Observation) -> list[str]:
    return [*named("new run image", new(seen)), *named("app", own(seen))]


def without_before(seen: Observation) -> Observation:
    return replace(seen, before={})


def first_end(seen: Observation) -> int:
    """Return how many layers the app image has up to the first one like the old top layer."""
    return before_of(seen).diff_ids.index(old(seen)[-1]) + 1


LAYER_EXAMPLES = (
    right(LAYERS, "of a rebase", REBASE),
    right(LAYERS, "at a daemon", DAEMON),
    right(LAYERS, "the same run image", SAME),
    right(LAYERS, "a layer twice in a run image", "draft/rebaser-repeated-top-layer"),
    right(
        LAYERS,
        "split at the first of two",
        "draft/rebaser-repeated-top-layer",
        with_layers(lambda seen: [*new(seen), *before_of(seen).diff_ids[first_end(seen) :]]),
        words="split at the first layer with the old top layer's diff ID, so that 2 layers of the"
        " old run image stayed",
    ),
    wrong(
        LAYERS,
        "split between the two",
        "draft/rebaser-repeated-top-layer",
        with_layers(lambda seen: [*new(seen), *before_of(seen).diff_ids[first_end(seen) + 1 :]]),
        words="wrong layers: ",
    ),
    wrong(
        LAYERS,
        "of the old run image",
        REBASE,
        with_layers(lambda seen: [*old(seen), *own(seen)]),
        words="wrong layers: 2 new run image layers missing, 2 old run image layers left over"
        " (expected the new run image's, then the app's own)",
        expected=right_names,
        actual=lambda seen: [*named("old run image", old(seen)), *named("app", own(seen))],
    ),
    wrong(
        LAYERS,
        "one of the app's is missing",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen)[:-1]]),
        words="wrong layers: 1 app layer missing",
        actual=lambda seen: right_names(seen)[:-1],
    ),
    wrong(
        LAYERS,
        "all of the new run image's are missing",
        REBASE,
        with_layers(lambda seen: list(own(seen))),
        words="wrong layers: 2 new run image layers missing",
    ),
    wrong(
        LAYERS,
        "one twice",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen), own(seen)[-1]]),
        words="wrong layers: 1 app layer too many",
    ),
    wrong(
        LAYERS,
        "another one",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen), NO_DIGEST]),
        words="wrong layers: 1 unknown layer added",
        actual=lambda seen: [*right_names(seen), f"unknown: {NO_DIGEST[:19]}"],
    ),
    wrong(
        LAYERS,
        "in another order",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen)[::-1]]),
        words="wrong layers: the order differs",
    ),
    wrong(
        LAYERS,
        "none but the old run image's",
        REBASE,
        with_layers(lambda seen: [*new(seen)[:-1], *old(seen)]),
        words="wrong layers: 1 new run image layer missing, 4 app layers missing, 2 old run image"
        " layers left over",
    ),
    wrong(
        LAYERS,
        "one of two equal ones",
        "draft/rebaser-repeated-top-layer",
        with_layers(lambda seen: [*new(seen)[:1], *new(seen)[2:], *own(seen)]),
        words="wrong layers: 1 new run image layer missing",
    ),
    wrong(
        LAYERS,
        "an old layer in another order without old run image",
        SAME,
        with_layers(lambda seen: [*reversed(app_of(seen).diff_ids)]),
        words="the order differs",
    ),
    wrong(
        LAYERS,
        "contents swapped",
        "fault-blobs-swapped/rebaser-plain",
        words="the content of a layer does not have the diff ID that the config gives it",
    ),
    wrong(
        LAYERS,
        "one more stored, and damaged",
        REBASE,
        stored(lambda layers: (*layers, LayerFacts(None, None, None))),
        words="the image does not store as many layers as its config names",
        expected=right_names,
        actual=lambda seen: [*right_names(seen), "unknown: missing or damaged"],
    ),
    untestable(
        LAYERS,
        "on another run image before",
        REBASE,
        config_before(lambda document: document["rootfs"]["diff_ids"].pop(0)),
        words="the app image was not built on the old run image's layers",
        cause="export.layers",
    ),
    untestable(
        LAYERS,
        "no image before",
        REBASE,
        without_before,
        words="there was no app image: not looked at",
    ),
    *in_general(LAYERS, REBASE),
)


FIELDS: dict[str, object] = {
    "Env": ["PATH=/usr/bin"],
    "Entrypoint": ["/cnb/lifecycle/launcher"],
    "Cmd": [],
    "User": "0",
    "WorkingDir": "/",
    "ExposedPorts": {"8080/udp": {}},
    "Volumes": {"/elsewhere": {}},
    "StopSignal": "SIGTERM",
    "Healthcheck": None,
    "Shell": ["/bin/bash", "-c"],
    "OnBuild": ["ENV CONFORMANCE=other"],
}


CONFIGS = (
    right(CONFIG, "of a rebase", REBASE),
    right(CONFIG, "at a daemon", DAEMON),
    right(CONFIG, "empty for absent", "draft/rebaser-several-images", config_key("config.Cmd", [])),
    right(CONFIG, "any other field", REBASE, config_key("config.Domainname", "example")),
    *(
        wrong(
            CONFIG,
            f"{name} {how}",
            REBASE,
            config_key(f"config.{name}", value),
            words=f"{name} changed",
            expected=lambda seen, name=name: {name: before_of(seen).settings[name]},
            actual={name: value},
        )
        for name, changed in FIELDS.items()
        for how, value in {"changed": changed, "lost": None}.items()
    ),
    wrong(
        CONFIG,
        "two fields",
        REBASE,
        config_key("config.Env", []),
        config_key("config.Cmd", None),
        words="Env, Cmd changed",
        actual={"Env": [], "Cmd": None},
    ),
    wrong(
        CONFIG,
        "no settings at all",
        REBASE,
        config_key("config", []),
        words="Env, Entrypoint, Cmd",
    ),
    *in_general(CONFIG, REBASE),
)

EXAMPLES: tuple[Example, ...] = (
    *LAYER_EXAMPLES,
    *CONFIGS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_layers_and_the_config_of_a_rebase(example: Example) -> None:
    example.check()

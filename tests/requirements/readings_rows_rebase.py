"""Open questions on the rebased image and its metadata."""

from __future__ import annotations

from dataclasses import replace

from pytest_cnb_report.drive.app_contents import APP_CREATED
from pytest_cnb_report.observe.observation import Observation

from .editing import (
    Json,
    app_of,
    asked_of,
    before_of,
    with_app,
    with_before,
    with_metadata,
)
from .readings_row import (
    APPROVED,
    FAIL,
    OBSERVED,
    PASS,
    UNTESTABLE,
    WARN,
    Row,
    untouched,
)


def split_at_the_first(seen: Observation) -> Observation:
    """Take all layers above the first occurrence of the old top layer for the app's."""
    asked, before, app = asked_of(seen), before_of(seen), app_of(seen)
    assert asked.old_run_image is not None
    first = before.diff_ids.index(asked.old_run_image.top_layer) + 1
    base = len(asked.run_image.diff_ids)
    diff_ids = [*asked.run_image.diff_ids, *before.diff_ids[first:]]
    layers = (*app.layers[:base], *before.layers[first:])
    seen = with_app(seen, lambda config: config["rootfs"].update(diff_ids=diff_ids))
    return replace(
        seen, after={**seen.after, asked.images[0]: replace(app_of(seen), layers=layers)}
    )


def as_docker(seen: Observation) -> Observation:
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    app = replace(app_of(seen), media_type=media_type)
    return replace(seen, after={**seen.after, asked_of(seen).images[0]: app})


def layer_of(label: Json) -> Json:
    found: Json = label["buildpacks"][0]["layers"]["runtime"]
    return found


def in_kebab_case(seen: Observation) -> Observation:
    """Have the label's new values stand under `run-image`, and the old ones stay."""
    old = before_of(seen).metadata
    assert not isinstance(old, str)

    def change(label: Json) -> None:
        new = label["runImage"]
        label["run-image"] = {"top-layer": new["topLayer"], "reference": new["reference"]}
        label["runImage"] = old["runImage"]

    return with_metadata(seen, change)


def stack_stays(seen: Observation) -> Observation:
    old = before_of(seen).metadata
    assert not isinstance(old, str)
    return with_metadata(seen, lambda label: label.update(stack=old["stack"]))


LAYERS, CONFIG = "rebase.layers", "rebase.config.unchanged"
REST, FORCED = "rebase.metadata.rest-unchanged", "rebase.metadata.forced-unlisted"
REFERENCE, TOP_LAYER = "rebase.metadata.reference", "rebase.metadata.top-layer"
UNKNOWN, MATCHES = "rebase.metadata.unknown-kept", "report.run-image.matches-label"

ROWS = (
    Row(
        "repeated-top-layer",
        "split at the last",
        "rebaser repeated-top-layer",
        untouched,
        {LAYERS: (PASS, FAIL, PASS)},
    ),
    Row(
        "repeated-top-layer",
        "split at the first",
        "rebaser repeated-top-layer",
        split_at_the_first,
        {LAYERS: (FAIL, PASS, PASS)},
    ),
    Row(
        "repeated-top-layer",
        "not repeated",
        "rebaser plain",
        untouched,
        {LAYERS: (PASS, PASS, PASS)},
    ),
    Row("identical-scope", "all kept", "rebaser oci", untouched, {CONFIG: (PASS, PASS, PASS)}),
    Row("identical-scope", "media type", "rebaser oci", as_docker, {CONFIG: (FAIL, PASS, PASS)}),
    Row(
        "identical-scope",
        "a field that is not specified",
        "rebaser oci",
        lambda seen: with_before(seen, lambda config: config.update(author="me")),
        {CONFIG: (FAIL, PASS, PASS)},
    ),
    Row(
        "identical-scope",
        "history of the app",
        "rebaser oci",
        lambda seen: with_app(seen, lambda config: config["history"][-1].update(comment="x")),
        {CONFIG: (FAIL, PASS, PASS)},
    ),
    Row(
        "identical-scope",
        "a field that is specified",
        "rebaser oci",
        lambda seen: with_app(seen, lambda config: config["config"].update(Cmd=["x"])),
        {CONFIG: (FAIL, FAIL, FAIL)},
    ),
    Row(
        "unknown-metadata-keys",
        "kept",
        "rebaser plain",
        untouched,
        {UNKNOWN: (PASS, OBSERVED, OBSERVED)},
    ),
    Row(
        "unknown-metadata-keys",
        "dropped",
        "rebaser plain",
        lambda seen: with_metadata(seen, lambda label: label.pop("org.example.unknown")),
        {UNKNOWN: (FAIL, OBSERVED, OBSERVED)},
    ),
    Row(
        "absent-boolean",
        "false left out",
        "rebaser plain",
        lambda seen: with_metadata(seen, lambda label: layer_of(label).pop("cache")),
        {REST: (PASS, FAIL, PASS)},
    ),
    Row(
        "absent-boolean",
        "true in place of false",
        "rebaser plain",
        lambda seen: with_metadata(seen, lambda label: layer_of(label).update(cache=True)),
        {REST: (FAIL, FAIL, FAIL)},
    ),
    Row(
        "metadata-key-spelling",
        "runImage",
        "rebaser plain",
        untouched,
        {REFERENCE: (PASS, FAIL, PASS), TOP_LAYER: (PASS, FAIL, PASS), MATCHES: (PASS, FAIL, PASS)},
    ),
    Row(
        "metadata-key-spelling",
        "run-image",
        "rebaser plain",
        in_kebab_case,
        {
            REFERENCE: (FAIL, PASS, PASS),
            TOP_LAYER: (FAIL, PASS, PASS),
            MATCHES: (FAIL, PASS, PASS),
            REST: (PASS, PASS, PASS),
        },
    ),
    Row(
        "metadata-key-spelling",
        "runImage names it",
        "rebaser plain",
        untouched,
        {
            "report.run-image.image.resolved": (PASS, UNTESTABLE, PASS),
            "report.run-image.mirrors": (PASS, UNTESTABLE, PASS),
        },
        APPROVED,
    ),
    Row(
        "metadata-key-spelling",
        "forced",
        "rebaser forced-unlisted",
        untouched,
        {FORCED: (PASS, FAIL, PASS)},
    ),
    Row(
        "forced-unlisted-stack-key",
        "it follows",
        "rebaser forced-unlisted",
        untouched,
        {FORCED: (PASS, PASS, PASS), REST: (PASS, FAIL, PASS)},
    ),
    Row(
        "forced-unlisted-stack-key",
        "it stays",
        "rebaser forced-unlisted",
        stack_stays,
        {FORCED: (FAIL, PASS, PASS), REST: (PASS, PASS, PASS)},
    ),
    Row(
        "forced-unlisted-stack-key",
        "it is lost",
        "rebaser forced-unlisted",
        lambda seen: with_metadata(seen, lambda label: label.pop("stack")),
        {FORCED: (PASS, PASS, PASS), REST: (FAIL, FAIL, FAIL)},
    ),
    Row(
        "forced-unlisted-stack-key",
        "it names a third image",
        "rebaser forced-unlisted",
        lambda seen: with_metadata(
            seen, lambda label: label["stack"]["runImage"].update(image="example.com/third:x")
        ),
        {FORCED: (FAIL, PASS, FAIL), REST: (PASS, FAIL, PASS)},
    ),
    Row(
        "forced-target-absent",
        "the variant is kept",
        "rebaser forced-without-variant",
        untouched,
        {"rebase.target.forced": (PASS, FAIL, PASS)},
    ),
    Row(
        "forced-target-absent",
        "the variant is gone",
        "rebaser forced-without-variant",
        lambda seen: with_app(seen, lambda config: config.pop("variant")),
        {"rebase.target.forced": (PASS, PASS, PASS)},
    ),
    Row(
        "created-constant",
        "a constant",
        "rebaser plain",
        untouched,
        {"rebase.created.constant": (PASS, PASS, PASS)},
    ),
    Row(
        "created-constant",
        "what the app image had",
        "rebaser plain",
        lambda seen: with_app(seen, lambda config: config.update(created=APP_CREATED)),
        {"rebase.created.constant": (PASS, WARN, PASS)},
    ),
)

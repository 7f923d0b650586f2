"""Whatever stands at the registry under the app image's name: judged, or told to be no image."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import zstandard

from pytest_cnb_report.drive.hosts import StoredImage
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.image import AppImage, NoImage, decompress, read_image
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.registry.protocol import Manifest

from .judging import failures, judgements

MEGABYTE = 1024 * 1024
METADATA = "io.buildpacks.lifecycle.metadata"
Json = dict[str, Any]


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def left_by(bench: Bench, observation: Observation) -> StoredImage:
    """What the lifecycle left under the name that it was asked to write."""
    assert observation.asked is not None
    stored = bench.host.fetch(observation.asked.images[0])
    assert stored is not None
    return stored


def with_after(observation: Observation, stored: StoredImage | None) -> Observation:
    assert observation.asked is not None
    name = observation.asked.images[0]
    return replace(observation, after={**observation.after, name: read_image(stored)})


def with_manifest(stored: StoredImage, content: bytes) -> StoredImage:
    assert stored.manifest is not None
    return replace(stored, manifest=Manifest(content, stored.manifest.media_type))


def manifest_of(stored: StoredImage) -> Json:
    assert stored.manifest is not None
    return json.loads(stored.manifest.content)  # type: ignore[no-any-return]


def with_config(stored: StoredImage, config: bytes) -> StoredImage:
    """The same image with another config, every digest right."""
    manifest = manifest_of(stored)
    old = manifest["config"]["digest"]
    manifest["config"] |= {"digest": digest_of(config), "size": len(config)}
    blobs = tuple((digest, blob) for digest, blob in stored.blobs if digest != old)
    changed = replace(stored, blobs=((digest_of(config), config), *blobs))
    return with_manifest(changed, json.dumps(manifest).encode())


def config_of(stored: StoredImage) -> Json:
    blobs = dict(stored.blobs)
    return json.loads(blobs[manifest_of(stored)["config"]["digest"]] or b"")  # type: ignore[no-any-return]


def _changed(**keys: object) -> Callable[[bytes], bytes]:
    return lambda right: json.dumps({**json.loads(right), **keys}).encode()


NO_IMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda _: b"", "its manifest is not JSON"),
    "no JSON": (lambda _: b"<html>not found</html>", "its manifest is not JSON"),
    "half of it": (lambda right: right[: len(right) // 2], "its manifest is not JSON"),
    "two of them": (lambda right: right * 2, "its manifest is not JSON"),
    "UTF-16": (lambda right: right.decode().encode("utf-16"), "its manifest is not UTF-8"),
    "a mark first": (lambda right: b"\xef\xbb\xbf" + right, "its manifest is not JSON"),
    "a list": (lambda right: b"[" + right + b"]", "its manifest is not a JSON object"),
    "a text": (lambda _: b'"manifest"', "its manifest is not a JSON object"),
    "no number": (_changed(schemaVersion=float("nan")), "its manifest is not JSON"),
    "ten thousand lists": (lambda _: b"[" * 10_000, "its manifest is nested too deeply"),
    "a deep annotation": (
        lambda right: right[:-1] + b', "x": ' + b"[" * 101 + b"]" * 101 + b"}",
        "its manifest is nested too deeply",
    ),
    "an index": (_changed(manifests=[]), "it is an index"),
    "no layers": (_changed(layers=None), "no list of layers"),
    "layers in a table": (_changed(layers={"0": {}}), "no list of layers"),
    "a layer that is a text": (_changed(layers=["sha256:0"]), "no digest for its layer 0"),
    "a layer without digest": (_changed(layers=[{"size": 1}]), "no digest for its layer 0"),
    "a digest that is a list": (_changed(layers=[{"digest": []}]), "no digest for its layer 0"),
    "no config": (_changed(config=None), "no digest for its config"),
    "a config elsewhere": (_changed(config={"digest": "sha256:0"}), "is not in the registry"),
}


@pytest.mark.parametrize("what", NO_IMAGE)
def test_a_manifest_that_is_none_fails_that_the_export_succeeds(
    what: str, export: Observation, bench: Bench
) -> None:
    change, problem = NO_IMAGE[what]
    stored = left_by(bench, export)
    assert stored.manifest is not None
    seen = with_after(export, with_manifest(stored, change(stored.manifest.content)))
    assert isinstance(seen.app, NoImage)
    assert problem in seen.app.why
    assert set(failures(seen)) == {"export.succeeds"}


NO_CONFIG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "its config is not JSON"),
    "half of one": (b'{"config": {"Labels": {"a": "b', "its config is not JSON"),
    "a list": (b"[]", "its config is not a JSON object"),
    "null": (b"null", "its config is not a JSON object"),
    "ten thousand tables": (b'{"a":' * 10_000, "its config is nested too deeply"),
    "Latin-1": (b'{"author": "Bj\xf6rn"}', "its config is not UTF-8"),
    "a number of a million digits": (b'{"a": ' + b"9" * 10**6 + b"}", "its config is not JSON"),
}


@pytest.mark.parametrize("what", NO_CONFIG)
def test_a_config_that_is_none_fails_that_the_export_succeeds(
    what: str, export: Observation, bench: Bench
) -> None:
    content, problem = NO_CONFIG[what]
    seen = with_after(export, with_config(left_by(bench, export), content))
    assert isinstance(seen.app, NoImage)
    assert problem in seen.app.why
    assert set(failures(seen)) == {"export.succeeds"}


def test_content_that_contradicts_its_digest_is_no_image(export: Observation, bench: Bench) -> None:
    stored = left_by(bench, export)
    config = manifest_of(stored)["config"]["digest"]
    for content in (b"{}", b"", dict(stored.blobs)[config] or b"" + b" "):
        blobs = tuple((d, content + b" " if d == config else blob) for d, blob in stored.blobs)
        seen = with_after(export, replace(stored, blobs=blobs))
        assert isinstance(seen.app, NoImage)
        assert "its config has the digest" in seen.app.why
        assert set(failures(seen)) == {"export.succeeds"}


ODD_CONFIGS: dict[str, Callable[[Json], object]] = {
    "no settings": lambda config: config.update(config=None),
    "settings in a list": lambda config: config.update(config=[]),
    "labels in a list": lambda config: config["config"].update(Labels=["a=b"]),
    "labels of any kind": lambda config: config["config"].update(
        Labels={"a": None, "b": 1.5, "c": [True, {}], METADATA: 5}
    ),
    "metadata that is no JSON": lambda config: config["config"]["Labels"].update(
        {METADATA: "{'a': 1}"}
    ),
    "metadata in a list": lambda config: config["config"]["Labels"].update({METADATA: "[]"}),
    "metadata of ten thousand lists": lambda config: config["config"]["Labels"].update(
        {METADATA: "[" * 10_000}
    ),
    "metadata of the wrong kinds": lambda config: config["config"]["Labels"].update(
        {METADATA: '{"runImage": ["a"], "stack": 1, "buildpacks": {"a": 1}, "app": null}'}
    ),
    "a run image of the wrong kinds": lambda config: config["config"]["Labels"].update(
        {METADATA: '{"runImage": {"topLayer": [], "reference": {}, "image": 1, "mirrors": "a"}}'}
    ),
    "half characters": lambda config: config["config"]["Labels"].update(
        {METADATA: '{"runImage": {"topLayer": "\\ud800", "reference": "\ud800"}}'}
    ),
    "no diff IDs": lambda config: config.update(rootfs=None),
    "diff IDs of any kind": lambda config: config.update(rootfs={"diff_ids": [None, 1, {"a": []}]}),
    "a created time in a list": lambda config: config.update(created=["now"]),
    "a created time long ago": lambda config: config.update(created="0000-00-00T99:99:99Z"),
    "an os in a table": lambda config: config.update(os={"name": "linux"}, architecture=3),
    "an environment in a table": lambda config: config["config"].update(Env={"A": "b"}),
}


@pytest.mark.parametrize("what", ODD_CONFIGS)
@pytest.mark.parametrize("phase", ["exporter", "rebaser"])
def test_a_config_with_anything_in_it_is_judged(
    phase: str, what: str, export: Observation, rebase: Observation, bench: Bench
) -> None:
    right = export if phase == "exporter" else rebase
    stored = left_by(bench, right)
    config = config_of(stored)
    ODD_CONFIGS[what](config)
    seen = with_after(right, with_config(stored, json.dumps(config).encode()))
    assert isinstance(seen.app, AppImage)
    assert failures(seen)  # the digest in the report, if nothing else


LAYERS: dict[str, Callable[[bytes], bytes | None]] = {
    "is missing": lambda _: None,
    "is empty": lambda _: b"",
    "is cut short": lambda blob: blob[:-20],
    "has another content": lambda _: gzip.compress(b"another"),
    "is not what it looks like": lambda _: b"\x1f\x8b" + bytes(100),
    "is not what it looks like either": lambda _: b"\x28\xb5\x2f\xfd" + bytes(100),
}


@pytest.mark.parametrize("what", LAYERS)
def test_a_layer_that_is_damaged_fails_the_layers(
    what: str, rebase: Observation, bench: Bench
) -> None:
    stored = left_by(bench, rebase)
    top = manifest_of(stored)["layers"][-1]["digest"]
    blobs = tuple(
        (digest, LAYERS[what](blob or b"") if digest == top else blob)
        for digest, blob in stored.blobs
    )
    seen = with_after(rebase, replace(stored, blobs=blobs))
    assert set(failures(seen)) == {"rebase.layers"}


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_layer_that_grows_is_never_held_whole(compress: Callable[[bytes], bytes]) -> None:
    blob = compress(bytes(200 * MEGABYTE))
    config = json.dumps({"rootfs": {"diff_ids": []}}).encode()
    manifest = {
        "config": {"digest": digest_of(config)},
        "layers": [{"digest": digest_of(blob)}] * 1000,
    }
    stored = StoredImage(
        "app",
        Manifest(json.dumps(manifest).encode(), "application/json"),
        None,
        ((digest_of(config), config), (digest_of(blob), blob)),
    )
    tracemalloc.start()
    began = time.process_time()
    image = read_image(stored)
    took = time.process_time() - began
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(image, AppImage)
    assert {layer.diff_id for layer in image.layers} == {digest_of(bytes(200 * MEGABYTE))}
    assert most < 20 * MEGABYTE
    assert took < 20


def test_a_layer_is_taken_over_whole_or_not_at_all() -> None:
    blob = gzip.compress(b"a tar")
    assert decompress(blob) == b"a tar"
    assert decompress(blob + blob) == b"a tara tar"
    assert decompress(blob[:-4]) is None
    assert decompress(blob + b"more") is None
    assert decompress(zstandard.ZstdCompressor().compress(b"a tar")) == b"a tar"
    assert decompress(b"neither") == b"neither"


def test_it_is_seen_how_each_layer_is_stored() -> None:
    tar, config = b"a tar", json.dumps({"rootfs": {"diff_ids": []}}).encode()
    blobs = (tar, gzip.compress(tar), zstandard.ZstdCompressor().compress(tar))
    manifest = {
        "config": {"digest": digest_of(config)},
        "layers": [{"digest": digest_of(blob)} for blob in (*blobs, b"not there")],
    }
    found = tuple((digest_of(blob), blob) for blob in (config, *blobs))
    content = json.dumps(manifest).encode()
    image = read_image(StoredImage("app", Manifest(content, "application/json"), None, found))
    assert isinstance(image, AppImage)
    assert [(layer.form, layer.size) for layer in image.layers] == [
        ("tar", 5),
        ("gzip", len(blobs[1])),
        ("zstd", len(blobs[2])),
        (None, None),
    ]


def test_a_daemon_without_a_config_has_no_image(export: Observation) -> None:
    seen = with_after(export, StoredImage("app", None, None, ()))
    assert set(failures(seen)) == {"export.succeeds"}
    assert "no config" in judgements(seen)["export.succeeds"].verdict.message + str(
        judgements(seen)["export.succeeds"].verdict.actual
    )

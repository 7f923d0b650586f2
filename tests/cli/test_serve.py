"""`serve`: the embedded registry in the foreground, with images from OCI layouts."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_cnb_report.drive.shapes import RunImage, Shape, build_run_image
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.oci_layout import (
    REF_NAME,
    LayoutError,
    LayoutImage,
    read_layout,
    write_layout,
)
from pytest_cnb_report.registry.protocol import Manifest

from .console import PROGRAM, Console

ONE = build_run_image(Shape(), edition="one")
INDEX = build_run_image(Shape(index=True, flavour="oci"), edition="index")


def image_of(made: RunImage) -> LayoutImage:
    """Turn a made run image into what a layout holds."""
    index = made.index
    images = [made.image] if index is None else list(index.images)
    parts = [
        LayoutImage(
            Manifest(image.manifest, image.media_type),
            {
                image.image_id: image.config,
                **{layer.digest: layer.blob for layer in image.layers},
            },
        )
        for image in images
    ]
    if index is None:
        return parts[0]
    return LayoutImage(Manifest(index.manifest, index.media_type), {}, tuple(parts))


@dataclass
class Serving:
    process: subprocess.Popen[str]
    loaded: list[str]
    address: str


@contextlib.contextmanager
def serving(*words: str) -> Iterator[Serving]:
    """Start the registry as a shell does, and wait for the line that says that it is ready."""
    process = subprocess.Popen(
        [PROGRAM, "serve", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        loaded: list[str] = []
        for line in process.stdout:
            if match := re.fullmatch(
                r"Press Ctrl-C to stop the registry at (127\.0\.0\.1:\d+)\n", line
            ):
                yield Serving(process, loaded, match[1])
                break
            loaded.append(line.removeprefix("loaded ").strip())
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def client(address: str) -> Iterator[RegistryClient]:
    with contextlib.closing(RegistryClient(f"http://{address}", timeout=10)) as made:
        yield made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(number: signal.Signals) -> None:
    with serving() as registry:
        with client(registry.address) as user:
            user.check()
            assert user.tags("anything") == ()
        registry.process.send_signal(number)
        _, said = registry.process.communicate(timeout=30)
        assert (registry.process.returncode, said) == (0, "")


def test_the_port_can_be_chosen_and_is_free_again_at_once() -> None:
    with serving() as first:
        port = first.address.rpartition(":")[2]
    with serving("--port", port) as second:
        assert second.address == first.address


def test_images_come_from_layouts_with_every_digest_kept(tmp_path: Path) -> None:
    write_layout(
        tmp_path / "images", {"run/one:stable": image_of(ONE), "run/many:1": image_of(INDEX)}
    )
    with serving("--load", str(tmp_path / "images")) as registry, client(registry.address) as user:
        assert registry.loaded == [
            f"{registry.address}/run/one:stable",
            f"{registry.address}/run/many:1",
        ]
        assert INDEX.index is not None
        for repository, tag, expected in (
            ("run/one", "stable", ONE.image.digest),
            ("run/many", "1", INDEX.index.digest),
            ("run/many", INDEX.image.digest, INDEX.image.digest),
        ):
            manifest = user.get_manifest(repository, tag)
            assert manifest is not None
            assert manifest.digest == expected
        assert user.get_blob("run/one", ONE.image.image_id) == ONE.image.config


@pytest.mark.parametrize(
    ("name", "option", "served"),
    [
        ("stable", "{}", "my-images:stable"),
        ("stable", "team/app={}", "team/app:stable"),
        ("team/app", "{}", "team/app:latest"),
        ("registry.example.com:5000/team/app:1", "{}", "team/app:1"),
        ("localhost/app:1", "other={}", "app:1"),
        (None, "{}", f"my-images@{ONE.image.digest}"),
    ],
)
def test_names_of_other_tools_are_understood(
    tmp_path: Path, name: str | None, option: str, served: str
) -> None:
    folder = tmp_path / "My images"
    write_layout(folder, {name or "x": image_of(ONE)})
    if name is None:
        index = json.loads((folder / "index.json").read_text())
        del index["manifests"][0]["annotations"]
        (folder / "index.json").write_text(json.dumps(index))
    with serving("--load", option.format(folder)) as registry:
        assert registry.loaded == [f"{registry.address}/{served}"]


def test_a_layout_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = {"a:1": image_of(ONE), "b:1": image_of(INDEX)}
    write_layout(tmp_path, made)
    assert dict(read_layout(tmp_path)) == made
    index = json.loads((tmp_path / "index.json").read_text())
    assert [each["annotations"][REF_NAME] for each in index["manifests"]] == ["a:1", "b:1"]
    assert json.loads((tmp_path / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}


def _damages(folder: Path) -> None:
    config = folder / "blobs" / "sha256" / ONE.image.image_id.removeprefix("sha256:")
    config.write_bytes(config.read_bytes() + b" ")


def test_a_damaged_layout_is_said(tmp_path: Path, console: Console) -> None:
    write_layout(tmp_path / "images", {"a:1": image_of(ONE)})
    _damages(tmp_path / "images")
    problem = console("serve", "--load", tmp_path / "images").problem
    assert "has another content" in problem
    shutil.rmtree(tmp_path / "images" / "blobs")
    problem = console("serve", "--load", tmp_path / "images").problem
    assert "No such file or directory" in problem


@pytest.mark.parametrize(
    "index",
    [
        "[]",
        "{}",
        '{"manifests": [{}]}',
        '{"manifests": [{"digest": "sha256:../../../etc/passwd", "mediaType": "x"}]}',
        '{"manifests": "x"}',
        "not JSON",
    ],
)
def test_what_is_no_layout_is_said(tmp_path: Path, index: str) -> None:
    with pytest.raises(LayoutError, match="oci-layout is missing"):
        list(read_layout(tmp_path))
    (tmp_path / "oci-layout").write_text("{}")
    (tmp_path / "index.json").write_text(index)
    with pytest.raises(LayoutError, match="not as an OCI image layout has to be"):
        list(read_layout(tmp_path))


def test_a_port_that_is_taken_is_said(console: Console) -> None:
    with serving() as registry:
        port = registry.address.rpartition(":")[2]
        problem = console("serve", "--port", port).problem
        assert "another program uses it; choose another port" in problem
    assert "choose another port" in console("serve", "--port", "99999").problem

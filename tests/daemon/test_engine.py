from __future__ import annotations

import json

import pytest

from pytest_cnb_report.daemon.client import Engine
from pytest_cnb_report.daemon.engine import Daemon, connect
from pytest_cnb_report.daemon.errors import DaemonError
from pytest_cnb_report.daemon.image_reference import Ambiguous, Identified, Unknown
from pytest_cnb_report.images.build import build_image, build_layer
from pytest_cnb_report.images.model import Image

from .made import image, load

pytestmark = pytest.mark.daemon


def test_an_image_comes_back_byte_for_byte(daemon: Daemon) -> None:
    text = "a\n\t\u00e4\U0001f600<&>'\""
    made = image(1, layers=3, labels={"empty": "", "text": text, "long": "x" * 5000})
    image_id = load(daemon, made, "whole")
    read = daemon.read(daemon.name("whole"), contents=True)
    assert read is not None
    assert read.image_id == image_id == made.image_id
    assert read.config == made.config
    assert read.diff_ids == made.diff_ids
    assert [layer.content for layer in read.layers] == [layer.tar for layer in made.layers]
    assert [layer.digest for layer in read.layers] == list(made.diff_ids)
    assert [layer.size for layer in read.layers] == [len(layer.tar) for layer in made.layers]
    assert read.names == (daemon.name("whole"),)


def test_layers_are_measured_without_being_kept(daemon: Daemon) -> None:
    made = image(2)
    load(daemon, made, "measured")
    read = daemon.read(daemon.name("measured"))
    assert read is not None
    assert [(layer.digest, layer.content) for layer in read.layers] == [(made.top_layer, None)]


def test_a_layer_that_stands_twice_in_an_image_is_read_twice(daemon: Daemon) -> None:
    layer = build_layer({"file": b"repeated"})
    made = build_image([layer, build_layer({"between": b""}), layer])
    load(daemon, made, "repeated")
    read = daemon.read(daemon.name("repeated"))
    assert read is not None
    assert tuple(layer.digest for layer in read.layers) == read.diff_ids == made.diff_ids


def test_a_large_layer_passes_through(daemon: Daemon) -> None:
    made = build_image([build_layer({"large": bytes(5 << 20)}, compression="none")])
    load(daemon, made, "large")
    read = daemon.read(daemon.name("large"))
    assert read is not None
    assert read.layers[0].digest == made.top_layer


def test_labels_are_told_without_reading_the_image(daemon: Daemon) -> None:
    load(daemon, image(3, labels={"empty": "", "text": "\u00e4 \n"}), "labelled")
    assert daemon.labels(daemon.name("labelled")) == {
        "number": "3",
        "empty": "",
        "text": "\u00e4 \n",
    }


def test_an_image_without_labels_has_none(daemon: Daemon) -> None:
    layer = build_layer({})
    rootfs = {"type": "layers", "diff_ids": [layer.diff_id]}
    config = {"os": "linux", "architecture": "amd64", "rootfs": rootfs}
    daemon.load(json.dumps(config).encode(), [layer.tar], [daemon.name("bare")])
    assert daemon.labels(daemon.name("bare")) == {}


def test_an_image_without_layers_is_inspected_and_not_given_out(daemon: Daemon) -> None:
    load(daemon, build_image([]), "empty")
    summary = daemon.inspect(daemon.name("empty"))
    assert summary is not None
    assert summary.diff_ids == ()
    with pytest.raises(DaemonError, match=r"save .*empty export"):
        daemon.read(daemon.name("empty"))


def test_what_is_not_there_is_none(daemon: Daemon) -> None:
    nowhere = daemon.name("nowhere")
    assert daemon.read(nowhere) is None
    assert daemon.inspect(nowhere) is None
    assert daemon.labels(nowhere) is None
    assert daemon.read("sha256:" + "0" * 64) is None
    assert daemon.inspect("not a reference") is None


def test_the_daemon_says_why_it_does_not_take_a_config(daemon: Daemon) -> None:
    layer = build_layer({"file": b""})
    config = build_image([build_layer({"other": b""})]).config
    with pytest.raises(DaemonError, match=r"load .*wrong:latest: .*invalid diffID"):
        daemon.load(config, [layer.tar], [daemon.name("wrong")])


def test_the_daemon_does_not_take_another_operating_system(daemon: Daemon) -> None:
    with pytest.raises(DaemonError, match="cannot load windows image on linux"):
        load(daemon, build_image([build_layer({"file": b""})], os="windows"), "windows")


def test_a_second_name_is_the_same_image(daemon: Daemon) -> None:
    image_id = load(daemon, image(4), "first")
    daemon.tag(daemon.name("first"), daemon.name("second", "v2"))
    summary = daemon.inspect(daemon.name("second", "v2"))
    assert summary is not None
    assert summary.image_id == image_id
    assert summary.names == (daemon.name("first"), daemon.name("second", "v2"))


def test_a_tag_moves(daemon: Daemon) -> None:
    old, new = load(daemon, image(5), "moved"), load(daemon, image(6), "mover")
    daemon.tag(new, daemon.name("moved"))
    assert daemon.identify(daemon.name("moved")) == Identified(new, "name")
    assert daemon.identify(old) == Identified(old, "id")


def test_a_tag_needs_an_image(daemon: Daemon) -> None:
    with pytest.raises(DaemonError, match="there is no such image"):
        daemon.tag(daemon.name("nowhere"), daemon.name("somewhere"))


def test_an_image_goes_with_its_last_name(daemon: Daemon) -> None:
    image_id = load(daemon, image(7), "going", "staying")
    daemon.remove(daemon.name("going"))
    assert daemon.identify(image_id) == Identified(image_id, "id")
    daemon.remove(daemon.name("staying"), daemon.name("never-there"))
    assert isinstance(daemon.identify(image_id), Unknown)


def test_images_that_bore_a_name_before_go_with_it(daemon: Daemon) -> None:
    """Else every rebase would leave an image until the end, and a full daemon is a slow one."""
    kept = load(daemon, image(20), "changing", "other")
    gone = [load(daemon, image(number), "changing") for number in (21, 22)]
    daemon.tag(daemon.name("other"), daemon.name("changing"))
    gone.append(load(daemon, image(23), "changing"))
    for image_id in gone:
        assert daemon.identify(image_id) == Identified(image_id, "id")
    daemon.remove(daemon.name("changing"))
    assert all(isinstance(daemon.identify(image_id), Unknown) for image_id in gone)
    assert daemon.identify(kept) == Identified(kept, "id")
    daemon.remove(daemon.name("other"))
    assert isinstance(daemon.identify(kept), Unknown)


def test_names_are_those_of_the_run(daemon: Daemon) -> None:
    load(daemon, image(8), "listed/below", "listed")
    names = daemon.names()
    assert {daemon.name("listed/below"), daemon.name("listed")} <= set(names)
    assert all(name.startswith(f"{daemon.prefix}/") for name in names)
    assert not any("/held:" in name for name in names)


@pytest.mark.parametrize(
    "name", ["ubuntu", "ubuntu:latest", "{}", "{}x/app:1", "{}/App:1", "{}/app@sha256:" + "0" * 64]
)
def test_nothing_is_written_outside_the_prefix(daemon: Daemon, name: str) -> None:
    outside = name.format(daemon.prefix)
    made = image(9)
    load(daemon, made, "inside")
    for write in (
        lambda: daemon.remove(outside),
        lambda: daemon.tag(daemon.name("inside"), outside),
        lambda: daemon.load(made.config, [layer.tar for layer in made.layers], [outside]),
    ):
        with pytest.raises(ValueError, match="not a tagged name below"):
            write()


@pytest.fixture(scope="module")
def twins(daemon: Daemon) -> tuple[str, str, str]:
    """Two images, and the first three digits that their IDs have in common."""
    seen: dict[str, Image] = {}
    number = 1000
    while True:
        made = image(number)
        digits = made.image_id.removeprefix("sha256:")[:3]
        if digits in seen:
            break
        seen[digits] = made
        number += 1
    return load(daemon, seen[digits], "twin-1"), load(daemon, made, "twin-2"), digits


@pytest.mark.parametrize("scheme", ["", "sha256:"])
def test_an_abbreviation_that_fits_two_images_is_ambiguous(
    daemon: Daemon, twins: tuple[str, str, str], scheme: str
) -> None:
    assert daemon.identify(f"{scheme}{twins[2]}") == Ambiguous(2)


@pytest.mark.parametrize("scheme", ["", "sha256:"])
def test_a_longer_abbreviation_tells_them_apart(
    daemon: Daemon, twins: tuple[str, str, str], scheme: str
) -> None:
    for image_id in twins[:2]:
        short = image_id.removeprefix("sha256:")[:12]
        assert daemon.identify(f"{scheme}{short}") == Identified(image_id, "short-id")


@pytest.mark.parametrize("scheme", ["", "sha256:"])
def test_a_whole_image_id_is_one(daemon: Daemon, twins: tuple[str, str, str], scheme: str) -> None:
    digits = twins[0].removeprefix("sha256:")
    assert daemon.identify(f"{scheme}{digits}") == Identified(twins[0], "id")


def test_a_name_takes_precedence_over_an_abbreviation(
    daemon: Daemon, twins: tuple[str, str, str], neighbour: Engine
) -> None:
    """As everywhere in Docker: `abc` is the image of that name, where there is one."""
    short, named = twins[1].removeprefix("sha256:")[:10], load(daemon, image(11), "named")
    neighbour.tag(named, f"{short}:latest")
    try:
        assert daemon.identify(short) == Identified(named, "name")
        assert daemon.identify(f"sha256:{short}") == Identified(twins[1], "short-id")
    finally:
        neighbour.remove(f"{short}:latest")


@pytest.mark.parametrize(
    "reference",
    [
        "",
        " ",
        "sha256:",
        "sha256:xyz",
        "f" * 64,
        "f" * 65,
        "sha256:" + "F" * 64,
        "0123456789abcdef0123",
        "../containers/json",
        "a b",
        "name@sha256:" + "0" * 64,
        "nonesuch",
        "nonesuch:tag",
        "UPPER",
        "a\x00b",
        "ä",
        "?all=1",
    ],
)
def test_a_reference_to_nothing_is_unknown(daemon: Daemon, reference: str) -> None:
    assert isinstance(daemon.identify(reference), Unknown)


def test_a_worker_reaches_the_same_images(daemon: Daemon) -> None:
    image_id = load(daemon, image(10), "shared")
    with connect(daemon.address, daemon.prefix) as worker:
        assert worker.identify(daemon.name("shared")) == Identified(image_id, "name")
        assert (worker.version, worker.api_version) == (daemon.version, daemon.api_version)
        assert worker.environment == {"DOCKER_HOST": daemon.address}


def test_a_prefix_that_is_none_is_refused(daemon: Daemon) -> None:
    with connect(daemon.address, daemon.prefix) as _, pytest.raises(ValueError, match="prefix"):
        connect(daemon.address, "library").__enter__()

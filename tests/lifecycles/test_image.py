"""The lifecycle in an image at a registry: layers laid over each other, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from plugin.caller import ONE_ITEM, Caller
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.shapes import HOST_ARCHITECTURE, OTHER_ARCHITECTURE
from pytest_cnb_report.images.build import build_image, build_index, compress_layer
from pytest_cnb_report.images.model import Image, Layer
from pytest_cnb_report.lifecycles import image as module
from pytest_cnb_report.lifecycles.image import IMAGE
from pytest_cnb_report.lifecycles.kinds import open_lifecycle
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError
from pytest_cnb_report.lifecycles.tar_entries import Limits
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.values import Phase

from .made import REFERENCE, Entry, device, folder, hard_link, link, tar_of

PROGRAM = b"#!/bin/sh\necho first\n"
OTHER = b"#!/bin/sh\necho other\n"
BASE = [
    folder("cnb"),
    folder("cnb/lifecycle"),
    Entry("cnb/lifecycle/lifecycle", PROGRAM),
    *(link(f"cnb/lifecycle/{phase.value}", "lifecycle") for phase in Phase),
]


def layer(*entries: Entry) -> Layer:
    return compress_layer(tar_of(entries), compression="gzip", flavour="oci")


def image_of(*layers: Sequence[Entry], architecture: str = HOST_ARCHITECTURE, **how: str) -> Image:
    made = [layer(*entries) for entries in layers]
    variant = how.get("variant")
    return build_image(
        made, architecture=architecture, os=how.get("os", "linux"), variant=variant, flavour="oci"
    )


@pytest.fixture
def host() -> Iterator[RegistryHost]:
    with embedded_registry() as registry:
        yield RegistryHost(registry, "images")


def opened(name: str, then: Callable[[Lifecycle], None] = lambda _: None) -> None:
    given = f"image:{name}"
    with open_lifecycle(given, phases=tuple(Phase), profile="rfc-0129-draft") as lifecycle:
        then(lifecycle)


def contents(host: RegistryHost, image: Image) -> dict[str, bytes]:
    """What each phase consists of, in the lifecycle out of an image."""
    found: dict[str, bytes] = {}

    def look(lifecycle: Lifecycle) -> None:
        for phase, command in lifecycle.commands.items():
            found[phase.value] = Path(command.executable).read_bytes()

    name = host.name("lifecycle", "1")
    host.put(image, name)
    opened(name, look)
    return found


EVERY = {phase.value: PROGRAM for phase in Phase}


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ([], EVERY),
        ([Entry("/cnb/lifecycle/rebaser", OTHER)], {**EVERY, "rebaser": OTHER}),
        ([Entry("./cnb/lifecycle/lifecycle", OTHER)], dict.fromkeys(EVERY, OTHER)),
        ([link("cnb/lifecycle/rebaser", "/cnb/lifecycle/lifecycle")], EVERY),
        ([Entry("cnb/lifecycle/.wh.creator")], {k: PROGRAM for k in EVERY if k != "creator"}),
        (
            [Entry("cnb/lifecycle/.wh..wh..opq"), Entry("cnb/lifecycle/rebaser", OTHER)],
            {"rebaser": OTHER},
        ),
        (
            [Entry("cnb/lifecycle/rebaser", OTHER), Entry("cnb/.wh.lifecycle")],
            {"rebaser": OTHER},
        ),
        ([Entry(".wh.cnb"), Entry("cnb/lifecycle/rebaser", OTHER)], {"rebaser": OTHER}),
        ([Entry(".wh..wh..opq"), Entry("cnb/lifecycle/rebaser", OTHER)], {"rebaser": OTHER}),
        ([device("dev/null"), link("etc/passwd", "../../../etc/passwd")], EVERY),
        ([hard_link("cnb/lifecycle/other", "/cnb/lifecycle/lifecycle")], EVERY),
    ],
)
def test_layers_lie_over_each_other(
    host: RegistryHost, above: list[Entry], expected: dict[str, bytes]
) -> None:
    assert contents(host, image_of(BASE, above)) == expected


def test_a_layer_compressed_with_zstd(host: RegistryHost) -> None:
    made = compress_layer(tar_of(BASE), compression="zstd", flavour="oci")
    image = build_image([made], architecture=HOST_ARCHITECTURE, flavour="oci")
    assert contents(host, image) == EVERY


def test_of_an_index_the_image_for_this_machine(host: RegistryHost) -> None:
    other = image_of([Entry("cnb/lifecycle/rebaser", OTHER)], architecture=OTHER_ARCHITECTURE)
    newer = image_of([Entry("cnb/lifecycle/rebaser", OTHER)], variant="v9")
    own, name = image_of(BASE), host.name("lifecycle", "1")
    host.put(build_index([other, newer, own]), name)

    def look(lifecycle: Lifecycle) -> None:
        assert lifecycle.kind is IMAGE
        assert f"sha256:{lifecycle.sha256}" == own.digest
        assert Path(lifecycle.commands[Phase.REBASER].executable).read_bytes() == PROGRAM

    opened(name, look)
    host.put(build_index([other]), name)
    why = f"no image for linux/{HOST_ARCHITECTURE} in that index; it has linux/{OTHER_ARCHITECTURE}"
    with pytest.raises(LifecycleError, match=why):
        opened(name)


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (image_of([Entry("bin/sh", b"x")]), "no phase executable in /cnb/lifecycle of that image"),
        (image_of(BASE, [Entry(".wh.cnb")]), "no phase executable in /cnb/lifecycle"),
        (image_of([folder("cnb/lifecycle")]), "no phase executable in /cnb/lifecycle"),
        (image_of(BASE, os="windows"), "the image is for windows; name one for linux/"),
        (image_of([link("cnb/lifecycle", "/opt")]), "/cnb/lifecycle is a link to /opt, which"),
        (image_of([link("cnb", "/opt")], BASE[2:]), "leads through cnb, which is not a folder"),
        (
            image_of(BASE, [link("cnb/lifecycle/creator", "/bin/sh")]),
            "/bin/sh, which leads outside",
        ),
        (image_of(BASE, [link("cnb/lifecycle/creator", "../../bin/sh")]), "which leads outside"),
        (
            image_of(BASE, [hard_link("cnb/lifecycle/creator", "bin/sh")]),
            "is a hard link to bin/sh",
        ),
        (image_of(BASE, [device("cnb/lifecycle/creator")]), "is a device or a pipe"),
        (image_of(BASE, [Entry("x/../cnb/lifecycle/creator")]), r"has \.\. in its name"),
        (image_of(BASE, [Entry("large", bytes(100_001))]), "large has 0 MB; files of more"),
        (image_of(BASE, *[[Entry("large", bytes(90_000))]] * 2), "more than 0 MB when decompr"),
        (build_image([Layer(b"?" * 99, b"?" * 99, "tar")], flavour="oci"), "not a tar archive"),
        (build_image([], flavour="oci"), "its manifest names no layers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_unpacked(
    host: RegistryHost, image: Image, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LIMITS", Limits(entries=100, file=100_000, total=150_000))
    name = host.name("lifecycle", "1")
    host.put(image, name)
    with pytest.raises(LifecycleError, match=why) as refusal:
        opened(name)
    assert str(refusal.value).startswith(f"--lifecycle image:{name}: ")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("UPPER CASE", "not an image name; give image:REGISTRY/REPOSITORY:TAG"),
        ("127.0.0.1:1/lifecycle", "registry 127.0.0.1:1: .*: cannot connect"),
        ("HOST/nothing:here", "is not in the registry; push it, or name another image"),
    ],
)
def test_a_name_that_leads_nowhere(host: RegistryHost, name: str, why: str) -> None:
    with pytest.raises(LifecycleError, match=why):
        opened(name.replace("HOST", host.registry.address))


def test_a_layer_that_the_registry_has_lost(host: RegistryHost) -> None:
    image, name = image_of(BASE), host.name("lifecycle", "1")
    # a registry need not hold such a layer
    lost = b'{"digest":"sha256:%s","mediaType":"a.foreign.b","size":1},' % (b"0" * 64)
    gone = replace(image, manifest=image.manifest.replace(b'"layers":[', b'"layers":[' + lost))
    host.put(gone, name)
    with pytest.raises(LifecycleError, match=f"sha256:{'0' * 64} is missing in the registry"):
        opened(name)


def test_a_run_of_an_image_says_what_was_judged(host: RegistryHost, caller: Caller) -> None:
    entries = [Entry("cnb/lifecycle/lifecycle", REFERENCE), *BASE[3:]]
    image, name = image_of(entries), host.name("lifecycle", "1")
    host.put(image, name)
    given = f"image:{name}"
    ended = caller.inside(*ONE_ITEM, "--lifecycle", given, "--output", "out")
    assert ended.code == 0, ended.said
    judged = caller.report()["lifecycle"]
    assert (judged["given"], judged["kind"]) == (given, "image")
    assert f"sha256:{judged['sha256']}" == image.digest
    refused = caller.inside(*ONE_ITEM, "--lifecycle", f"image:{host.name('other', '1')}")
    assert refused.code == 2
    assert "is not in the registry" in refused.said

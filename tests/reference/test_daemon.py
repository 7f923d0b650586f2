"""The same phases at a Docker daemon."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from machine import cannot_run
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.private import private_daemon
from pytest_cnb_report.drive.shapes import Shape, build_run_image
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.reference.daemon import Daemon, daemon_url
from pytest_cnb_report.reference.image import Image as AppImage
from pytest_cnb_report.reference.inputs import Inputs
from pytest_cnb_report.reference.rebased import lifecycle_metadata
from pytest_cnb_report.reference.wire import Wire, WireError
from pytest_cnb_report.registry.embedded import EmbeddedRegistry

from .lab import Lab

HOST = "registry.invalid"


@pytest.fixture(scope="module")
def docker_host() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="reference-dockerd-"))
        try:
            address = stack.enter_context(private_daemon(Path(folder)))
        except DaemonUnavailable as error:
            cannot_run("DAEMON", str(error))
        yield address


@dataclass
class DaemonLab(Lab):
    """A lab whose images are at a daemon."""

    wire: Wire = field(default_factory=Wire)

    @property
    def host(self) -> str:
        return HOST

    @property
    def store(self) -> Daemon:
        return Daemon(Inputs("rebaser", (0, 14), [], self.env), self.wire)

    def load(self, short: str, image: Image) -> str:
        config = json.loads(image.config)
        files = {"config.json": image.config}
        files.update({layer.diff_id[7:]: layer.tar for layer in image.layers})
        entry = {
            "Config": "config.json",
            "RepoTags": [self.name(short)],
            "Layers": [diff_id[7:] for diff_id in config["rootfs"]["diff_ids"]],
        }
        files["manifest.json"] = json.dumps([entry]).encode()
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for path, content in files.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        url = f"{daemon_url(self.env)}/images/load"
        assert self.wire.request("POST", url, {}, archive.getvalue()).status == 200
        return self.at(short).reference

    def at(self, short: str) -> AppImage:
        found = self.store.find(self.name(short))
        assert found is not None, f"{short} is not there"
        return found


@pytest.fixture
def lab(registry: EmbeddedRegistry, tmp_path: Path, docker_host: str) -> Iterator[DaemonLab]:
    env = {"DOCKER_HOST": docker_host, "CNB_USE_DAEMON": "true"}
    lab = DaemonLab(registry, tmp_path, env=env)
    yield lab
    lab.wire.close()


def built(edition: str, shape: Shape | None = None) -> Image:
    return build_run_image(shape or Shape(), edition=edition).image


def export(lab: DaemonLab, app: str, run_image: str, *mirrors: str) -> AppImage:
    lab.build()
    assert lab.analyze(run_image, app) == 0
    assert lab.export(*lab.lists((run_image, *mirrors)), lab.name(app)) == 0
    return lab.at(app)


@pytest.mark.parametrize("api", ["0.9", "0.14"])
def test_an_export(lab: DaemonLab, api: str) -> None:
    lab.api = api
    run_image = built("one")
    image_id = lab.load("run/one:1", run_image)
    app = export(lab, "app/one:1", "run/one:1")
    assert app.diff_ids[:2] == [layer.diff_id for layer in run_image.layers]
    assert lab.report() == {
        "image": {"tags": [lab.name("app/one:1")], "image-id": app.reference},
        "run-image": {
            "image": lab.name("run/one:1"),
            "reference": image_id,
            "top-layer": run_image.layers[-1].diff_id,
        },
    }
    assert lifecycle_metadata(app)["runImage"]["reference"] == image_id


@pytest.mark.parametrize(
    "shape",
    [Shape(), Shape(history="none"), Shape(layers=2, repeated_top=True), Shape(variant="v1")],
    ids=["plain", "no history", "repeated top", "variant"],
)
def test_a_rebase(lab: DaemonLab, shape: Shape) -> None:
    lab.load("run/old:1", built("old", shape))
    new = built("new", shape)
    image_id = lab.load("run/new:1", new)
    before = export(lab, "app/two:1", "run/old:1", "run/new:1")
    own = before.diff_ids[len(new.layers) :]
    flags = ["-previous-image", lab.name("app/two:1")]
    assert lab.rebase("app/two:2", "app/three:1", onto="run/new:1", flags=flags) == 0
    after = lab.at("app/two:2")
    assert after.diff_ids == [*(layer.diff_id for layer in new.layers), *own]
    assert lab.at("app/three:1").reference == after.reference
    assert lab.at("app/two:1").reference == before.reference
    assert lab.report()["image"] == {
        "tags": [lab.name("app/two:2"), lab.name("app/three:1")],
        "image-id": after.reference,
    }
    assert lab.report()["run-image"]["reference"] == image_id
    assert after.config.get("variant") == json.loads(new.config).get("variant")
    assert lab.rebase("app/two:2", onto="run/new:1") == 0
    assert lab.at("app/two:2").reference == after.reference


def test_the_default_run_image_and_an_image_id(lab: DaemonLab) -> None:
    image_id = lab.load("run/old:1", built("old"))
    before = export(lab, "app/default:1", "run/old:1")
    assert lab.rebase("app/default:1") == 0
    assert lab.at("app/default:1").diff_ids == before.diff_ids
    new_id = lab.load("run/new:1", built("new"))
    assert lab.rebase("app/default:1", flags=["-force", "-run-image", new_id]) == 0
    assert lab.report()["run-image"]["reference"] == new_id != image_id


def test_what_is_not_there(lab: DaemonLab) -> None:
    lab.load("run/old:1", built("old"))
    export(lab, "app/there:1", "run/old:1")
    lab.report_path.unlink()
    assert lab.rebase("app/missing:1") == 72
    assert lab.rebase("app/there:1", onto="run/missing:1") == 72
    assert lab.analyze("run/missing:1", "app/there:1") == 32
    assert not lab.report_path.exists()


def test_a_flag_chooses_the_daemon_too(lab: DaemonLab) -> None:
    lab.load("run/old:1", built("old"))
    export(lab, "app/flag:1", "run/old:1")
    del lab.env["CNB_USE_DAEMON"]
    assert lab.rebase("app/flag:1", flags=["-daemon"]) == 0


def test_a_daemon_that_is_not_there(lab: DaemonLab) -> None:
    lab.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    assert lab.rebase("app/one:1", onto="run/one:1") == 72
    lab.env["DOCKER_HOST"] = "ssh://somewhere"
    assert lab.rebase("app/one:1", onto="run/one:1") == 72


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, "unix://%2Fvar%2Frun%2Fdocker.sock"),
        ({"DOCKER_HOST": "unix:///tmp/a b"}, "unix://%2Ftmp%2Fa%20b"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:2375"}, "http://127.0.0.1:2375"),
    ],
)
def test_where_the_daemon_is(env: dict[str, str], url: str) -> None:
    assert daemon_url(env) == url


def test_tls_is_out_of_reach() -> None:
    with pytest.raises(WireError, match="without TLS"):
        daemon_url({"DOCKER_HOST": "tcp://127.0.0.1:2376", "DOCKER_TLS_VERIFY": "1"})

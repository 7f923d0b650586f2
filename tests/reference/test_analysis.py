"""What analyzer finds out, and how it resolves a run image that nobody named."""

from __future__ import annotations

import pytest
import tomli

from .lab import Json, Lab


def analyzed(lab: Lab) -> Json:
    return tomli.loads((lab.layers / "analyzed.toml").read_text())


def test_it_describes_the_run_image(lab: Lab) -> None:
    digest = lab.run_image("run/analyzed:1").image.digest
    assert lab.analyze("run/analyzed:1", "app/analyzed:1") == 0
    described = analyzed(lab)
    assert set(described) == {"run-image"}
    assert described["run-image"]["reference"] == lab.name(f"run/analyzed@{digest}")
    assert described["run-image"]["image"] == lab.name("run/analyzed:1")
    assert described["run-image"]["target"]["os"] == "linux"
    assert described["run-image"]["target"]["distro"]["name"] == "acmelinux"


def test_below_0_12_it_gives_the_reference_alone(lab: Lab) -> None:
    lab.api = "0.11"
    lab.run_image("run/analyzed:1")
    assert lab.analyze("run/analyzed:1", "app/analyzed:2") == 0
    assert set(analyzed(lab)["run-image"]) == {"reference"}


def test_it_describes_the_image_that_is_replaced(lab: Lab) -> None:
    lab.run_image("run/analyzed:1")
    app = lab.exported("app/replaced:1", "run/analyzed:1")
    assert lab.analyze("run/analyzed:1", "app/replaced:1") == 0
    described = analyzed(lab)
    assert described["image"]["reference"] == lab.name(f"app/replaced@{app.digest}")
    assert described["metadata"]["runImage"] == app.metadata["runImage"]


@pytest.mark.parametrize("api", ["0.9", "0.14"])
def test_it_resolves_the_run_image_from_what_is_listed(lab: Lab, api: str) -> None:
    lab.api = api
    digest = lab.run_image("run/mirror:1").image.digest
    flags = lab.lists(("run/missing:1", "run/mirror:1"))
    layers = ["-layers", str(lab.layers)]
    assert lab.call("analyzer", *layers, *flags, lab.name("app/resolved:1")) == 0
    assert analyzed(lab)["run-image"]["reference"] == lab.name(f"run/mirror@{digest}")


def test_nothing_listed_and_nothing_given(lab: Lab) -> None:
    layers = ["-layers", str(lab.layers)]
    assert lab.call("analyzer", *layers, *lab.lists(), lab.name("app/nothing:1")) == 3


def test_a_missing_run_image(lab: Lab) -> None:
    assert lab.analyze("run/nowhere:1", "app/nowhere:1") == 32
    assert not (lab.layers / "analyzed.toml").exists()

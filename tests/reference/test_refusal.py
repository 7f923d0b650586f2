"""Rebases that are unsafe: refused, unless they are forced."""

from __future__ import annotations

import pytest

from pytest_cnb_report.drive.shapes import Shape

from .lab import Lab

FORCE = ["-force"]
Edits = tuple[dict[str, str], ...]

UNSAFE: dict[str, tuple[str, Shape | None, Edits]] = {
    "unlisted": ("run/unlisted:1", None, ()),
    "os": ("run/new:1", Shape(os="windows"), ()),
    "architecture": ("run/new:1", Shape(architecture="s390x"), ()),
    "variant": ("run/new:1", Shape(variant="v9"), ({}, {"variant": "v8"})),
    "distro name": (
        "run/new:1",
        Shape(labels={"io.buildpacks.base.distro.name": "other"}),
        (),
    ),
    "distro version": (
        "run/new:1",
        Shape(labels={"io.buildpacks.base.distro.version": "2"}),
        (),
    ),
    "rebasable": ("run/new:1", None, ({"io.buildpacks.rebasable": "false"},)),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_it_is_refused_and_nothing_changes(lab: Lab, case: str) -> None:
    onto, shape, edits = UNSAFE[case]
    lab.run_image("run/old:1")
    lab.run_image(onto, shape)
    lab.exported("app/unsafe:1", "run/old:1", "run/new:1")
    lab.edit("app/unsafe:1", *edits)
    lab.report_path.unlink()
    before = lab.image("app/unsafe:1")
    assert lab.rebase("app/unsafe:1", onto=onto) == 72
    assert lab.image("app/unsafe:1").digest == before.digest
    assert not lab.report_path.exists()
    assert lab.rebase("app/unsafe:1", onto=onto, flags=FORCE) == 0
    assert lab.image("app/unsafe:1").digest != before.digest


@pytest.mark.parametrize("case", UNSAFE)
def test_nothing_is_unsafe_below_0_12(lab: Lab, case: str) -> None:
    lab.api = "0.11"
    onto, shape, edits = UNSAFE[case]
    lab.run_image("run/old:1")
    lab.run_image(onto, shape)
    lab.exported("app/old-api:1", "run/old:1", "run/new:1")
    lab.edit("app/old-api:1", *edits)
    before = lab.image("app/old-api:1").config
    assert lab.rebase("app/old-api:1", onto=onto, env={"CNB_FORCE_REBASE": "true"}) == 0
    after = lab.image("app/old-api:1").config
    for key in ("os", "architecture", "variant"):
        assert after.get(key) == before.get(key)


def test_an_app_image_from_before_0_12_knows_no_targets(lab: Lab) -> None:
    lab.run_image("run/old:1")
    lab.run_image("run/new:1", Shape(variant="v9"))
    lab.api = "0.11"
    lab.exported("app/mixed:1", "run/old:1", "run/new:1")
    lab.edit("app/mixed:1", {"io.buildpacks.rebasable": "false"}, {"variant": "v8"})
    lab.api = "0.14"
    assert lab.rebase("app/mixed:1", onto="run/new:1") == 0
    assert lab.image("app/mixed:1").config["variant"] == "v8"


@pytest.mark.parametrize("key", ["variant", "distro"])
def test_what_one_side_leaves_open_fits_all(lab: Lab, key: str) -> None:
    lab.run_image("run/old:1", Shape(variant="v8" if key == "variant" else None))
    none = {f"io.buildpacks.base.distro.{part}": None for part in ("name", "version")}
    lab.run_image("run/new:1", Shape(labels=none if key == "distro" else {}))
    lab.exported("app/open:1", "run/old:1", "run/new:1")
    assert lab.rebase("app/open:1", onto="run/new:1") == 0


def test_force_takes_the_target_of_the_new_run_image(lab: Lab) -> None:
    lab.run_image("run/old:1", Shape(variant="v8"))
    lab.run_image("run/new:1", Shape(os="windows", architecture="arm64"))
    lab.exported("app/forced:1", "run/old:1", "run/new:1")
    assert lab.rebase("app/forced:1", onto="run/new:1", flags=FORCE) == 0
    config = lab.image("app/forced:1").config
    assert [config[key] for key in ("os", "architecture", "variant")] == ["windows", "arm64", "v8"]


@pytest.mark.parametrize("env", [{"CNB_FORCE_REBASE": "true"}, {"CNB_FORCE_REBASE": "1"}])
def test_force_renames_an_unlisted_run_image(lab: Lab, env: dict[str, str]) -> None:
    lab.profile = "rfc-0129"
    lab.run_image("run/old:1")
    lab.run_image("run/unlisted:1")
    lab.exported("app/renamed:1", "run/old:1", "run/mirror:1")
    assert lab.rebase("app/renamed:1", onto="run/unlisted:1", env=env) == 0
    metadata = lab.image("app/renamed:1").metadata
    given = {"image": lab.name("run/unlisted:1")}
    assert set(metadata["runImage"]) == {"topLayer", "reference", "image"}
    assert metadata["runImage"]["image"] == given["image"]
    assert metadata["stack"] == {"runImage": given}
    reported = lab.report()["image"]["run-image"]
    assert reported["image"] == given["image"]
    assert "mirrors" not in reported


def test_forced_onto_a_listed_run_image_keeps_its_names(lab: Lab) -> None:
    lab.run_image("run/old:1")
    lab.run_image("run/new:1")
    before = lab.exported("app/kept:1", "run/old:1", "run/new:1").metadata
    assert lab.rebase("app/kept:1", onto="run/new:1", flags=FORCE) == 0
    after = lab.image("app/kept:1").metadata
    assert after["stack"] == before["stack"]
    assert after["runImage"]["mirrors"] == before["runImage"]["mirrors"]


def test_a_digest_alone_is_not_the_tag_that_is_listed(lab: Lab) -> None:
    lab.run_image("run/old:1")
    digest = lab.run_image("run/new:1").image.digest
    lab.exported("app/digest:1", "run/old:1", "run/new:1")
    assert lab.rebase("app/digest:1", onto=f"run/new@{digest}") == 72
    assert lab.rebase("app/digest:1", onto=f"run/new:1@{digest}") == 0

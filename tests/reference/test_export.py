"""What an export makes of a run image, and what it reports."""

from __future__ import annotations

import json

import pytest

from pytest_cnb_report.drive.shapes import Shape

from .lab import Lab

SHAPES = {
    "one layer": Shape(layers=1),
    "several": Shape(layers=4),
    "repeated top": Shape(repeated_top=True),
    "no history": Shape(history="none"),
    "empty history": Shape(history="with-empty"),
    "zstd": Shape(compression="zstd", flavour="oci"),
    "uncompressed": Shape(compression="none", flavour="oci"),
    "docker": Shape(flavour="docker"),
    "oci": Shape(flavour="oci"),
    "index": Shape(index=True, flavour="oci"),
    "variant": Shape(variant="v8"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_app_image_stands_on_the_run_image(lab: Lab, shape: Shape) -> None:
    run_image = lab.run_image("run/shape:1", shape)
    app = lab.exported("app/shape:1", "run/shape:1")
    base = run_image.image
    below = [layer.diff_id for layer in base.layers]
    assert app.diff_ids[: len(below)] == below
    assert len(app.manifest["layers"]) == len(app.diff_ids)
    assert app.manifest["mediaType"] == base.media_type
    entries = [entry for entry in app.config["history"] if not entry.get("empty_layer")]
    assert len(entries) == len(app.diff_ids)
    assert app.metadata["runImage"]["topLayer"] == below[-1]
    assert app.metadata["runImage"]["reference"] == lab.name(f"run/shape@{base.digest}")


def test_the_report_says_what_was_written(lab: Lab) -> None:
    run_image = lab.run_image("run/report:1").image
    lab.build()
    assert lab.analyze("run/report:1", "app/report:1") == 0
    names = [lab.name("app/report:1"), lab.name("app/other:2")]
    assert lab.export(*lab.lists(("run/report:1",)), *names) == 0
    app = lab.image("app/report:1")
    assert lab.image("app/other:2").digest == app.digest
    stored = lab.registry.get_manifest("app/report", "1")
    assert stored is not None
    assert lab.report() == {
        "image": {
            "tags": names,
            "digest": app.digest,
            "manifest-size": len(stored.content),
        },
        "run-image": {
            "image": lab.name("run/report:1"),
            "reference": lab.name(f"run/report@{run_image.digest}"),
            "top-layer": run_image.layers[-1].diff_id,
        },
    }


def test_the_approved_profile_puts_the_run_image_under_image(lab: Lab) -> None:
    lab.profile = "rfc-0129"
    lab.run_image("run/approved:1")
    lab.exported("app/approved:1", "run/approved:1", "run/mirror:1")
    report = lab.report()
    assert set(report) == {"image"}
    assert set(report["image"]["run-image"]) == {"image", "reference", "top-layer", "mirrors"}
    assert report["image"]["run-image"]["mirrors"] == [lab.name("run/mirror:1")]


def test_the_platform_specification_alone_knows_no_run_image(lab: Lab) -> None:
    lab.profile = "platform-spec"
    lab.run_image("run/published:1")
    lab.exported("app/published:1", "run/published:1")
    assert set(lab.report()) == {"image"}
    assert "run-image" not in lab.report()["image"]


@pytest.mark.parametrize(
    ("given", "image"),
    [
        ("run/first:1", "run/first:1"),
        ("run/mirror:1", "run/second:1"),
        ("run/second:1", "run/second:1"),
        ("run/unlisted:1", "run/first:1"),
    ],
)
def test_name_and_mirrors_come_from_the_matching_entry(lab: Lab, given: str, image: str) -> None:
    lab.profile = "rfc-0129"
    lab.run_image(given)
    lab.build()
    assert lab.analyze(given, "app/entry:1") == 0
    flags = lab.lists(("run/first:1",), ("run/second:1", "run/mirror:1"))
    assert lab.export(*flags, lab.name("app/entry:1")) == 0
    metadata = lab.image("app/entry:1").metadata
    names = {"image": lab.name(image)}
    if image == "run/second:1":
        names["mirrors"] = [lab.name("run/mirror:1")]  # type: ignore[assignment]
    assert {key: metadata["runImage"].get(key) for key in names} == names
    assert metadata["stack"] == {"runImage": names}
    assert lab.report()["image"]["run-image"]["image"] == lab.name(image)
    assert lab.report()["image"]["run-image"].get("mirrors") == names.get("mirrors")


def test_a_pinned_name_matches_the_tag_that_it_pins(lab: Lab) -> None:
    digest = lab.run_image("run/pinned:1").image.digest
    lab.build()
    assert lab.analyze(f"run/pinned:1@{digest}", "app/pinned:1") == 0
    flags = lab.lists(("run/other:1",), ("run/pinned:1",))
    assert lab.export(*flags, lab.name("app/pinned:1")) == 0
    assert lab.image("app/pinned:1").metadata["runImage"]["image"] == lab.name("run/pinned:1")


def test_below_0_12_the_names_stand_in_the_stack_alone(lab: Lab) -> None:
    lab.api = "0.9"
    lab.run_image("run/stack:1")
    metadata = lab.exported("app/stack:1", "run/stack:1", "run/mirror:1").metadata
    assert set(metadata["runImage"]) == {"topLayer", "reference"}
    names = {"image": lab.name("run/stack:1"), "mirrors": [lab.name("run/mirror:1")]}
    assert metadata["stack"] == {"runImage": names}
    assert lab.report()["run-image"]["image"] == lab.name("run/stack:1")


def test_configuration_is_the_run_images_and_the_apps(lab: Lab) -> None:
    lab.run_image("run/config:1", labels={"io.buildpacks.stack.a": "1", "own": "kept"})
    lab.edit("run/config:1", labels={"io.buildpacks.base.b": "of the run image"})
    lab.build(
        'buildpack-default-process-type = "web"\n'
        '[[processes]]\ntype = "web"\ncommand = ["serve", "all"]\nbuildpack-id = "some/bp"\n'
        '[[labels]]\nkey = "io.buildpacks.base.b"\nvalue = "of a buildpack"\n',
        '[[group]]\nid = "some/bp"\nversion = "1"\napi = "0.10"\n',
    )
    launch = lab.layers / "some_bp"
    (launch / "tools").mkdir(parents=True)
    (launch / "tools" / "tool").write_text("tool")
    (launch / "tools.toml").write_text("[types]\nlaunch = true\n[metadata]\nversion = 1.5\n")
    (launch / "cached.toml").write_text("[types]\ncache = true\n")
    assert lab.analyze("run/config:1", "app/config:1") == 0
    assert lab.export(lab.name("app/config:1")) == 0
    app = lab.image("app/config:1")
    labels = app.labels
    assert labels["io.buildpacks.stack.a"] == "1"
    assert labels["own"] == "kept"
    assert labels["io.buildpacks.base.b"] == "of a buildpack"
    assert labels["io.buildpacks.rebasable"] == "true"
    assert json.loads(labels["io.buildpacks.project.metadata"]) == {}
    [process] = json.loads(labels["io.buildpacks.build.metadata"])["processes"]
    assert process["command"] == ["serve", "all"]
    execution = app.config["config"]
    assert execution["Entrypoint"] == ["/cnb/process/web"]
    assert execution["WorkingDir"] == str(lab.folder / "app")
    env = dict(entry.split("=", 1) for entry in execution["Env"])
    assert env["PATH"].startswith("/cnb/process:")
    assert env["CNB_LAYERS_DIR"] == str(lab.layers)
    assert env["CNB_PLATFORM_API"] == "0.14"
    [buildpack] = app.metadata["buildpacks"]
    assert list(buildpack["layers"]) == ["tools"]
    assert buildpack["layers"]["tools"]["data"] == {"version": 1.5}
    assert buildpack["layers"]["tools"]["sha"] in app.diff_ids
    shas = [each["sha"] for each in app.metadata["app"]]
    assert {*shas, app.metadata["launcher"]["sha"]} <= set(app.diff_ids)


def test_slices_divide_the_application(lab: Lab) -> None:
    lab.run_image("run/slices:1")
    lab.build('[[slices]]\npaths = ["*.txt"]\n[[slices]]\npaths = ["deep"]\n')
    (lab.folder / "app" / "deep").mkdir()
    (lab.folder / "app" / "deep" / "file").write_text("x")
    assert lab.analyze("run/slices:1", "app/slices:1") == 0
    assert lab.export(lab.name("app/slices:1")) == 0
    assert len(lab.image("app/slices:1").metadata["app"]) == 3


def test_equal_inputs_make_equal_images(lab: Lab) -> None:
    lab.run_image("run/equal:1")
    first = lab.exported("app/equal:1", "run/equal:1")
    second = lab.exported("app/equal:1", "run/equal:1")
    assert first.digest == second.digest
    assert first.config["created"] == "1980-01-01T00:00:01Z"
    epoch = {"SOURCE_DATE_EPOCH": "86400"}
    assert lab.export(lab.name("app/equal:1"), env=epoch) == 0
    assert lab.image("app/equal:1").config["created"] == "1970-01-02T00:00:00Z"


def test_a_failed_export_leaves_neither_report_nor_image(lab: Lab) -> None:
    lab.run_image("run/failed:1")
    lab.build()
    assert lab.analyze("run/failed:1", "app/failed:1") == 0
    assert lab.export("-process-type", "none", lab.name("app/failed:1")) == 62
    assert not lab.report_path.exists()
    assert lab.registry.get_manifest("app/failed", "1") is None


def test_where_the_report_goes(lab: Lab) -> None:
    lab.run_image("run/where:1")
    lab.build()
    assert lab.analyze("run/where:1", "app/where:1") == 0
    app = lab.name("app/where:1")
    arguments = ["-app", str(lab.folder / "app"), "-launcher", str(lab.folder / "launcher")]
    env = {"CNB_LAYERS_DIR": str(lab.layers), "CNB_REPORT_PATH": str(lab.folder / "by-variable")}
    assert lab.call("exporter", *arguments, app, env=env) == 0
    assert (lab.folder / "by-variable").exists()
    by_flag = lab.folder / "new" / "by-flag"
    assert lab.call("exporter", *arguments, "-report", str(by_flag), app, env=env) == 0
    assert by_flag.exists()
    assert lab.call("exporter", *arguments, "-layers", str(lab.layers), app) == 0
    default = lab.layers / "report.toml"
    assert default.read_text() == by_flag.read_text()
    default.write_text("#" * 10_000)
    assert lab.call("exporter", *arguments, "-layers", str(lab.layers), app) == 0
    assert default.read_text() == by_flag.read_text()

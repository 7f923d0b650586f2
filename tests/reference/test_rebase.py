"""What a rebase changes of an app image, and what it leaves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_cnb_report.drive.shapes import Shape

from .lab import METADATA, Lab
from .test_export import SHAPES


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_only_the_run_image_layers_are_replaced(lab: Lab, shape: Shape) -> None:
    old = lab.run_image("run/old:1", shape).image
    new = lab.run_image("run/new:1", replace(shape, layers=shape.layers + 1)).image
    before = lab.exported("app/layers:1", "run/old:1", "run/new:1")
    own = before.diff_ids[len(old.layers) :]
    assert lab.rebase("app/layers:1", onto="run/new:1") == 0
    after = lab.image("app/layers:1")
    assert after.diff_ids == [*(layer.diff_id for layer in new.layers), *own]
    assert [each["digest"] for each in after.manifest["layers"]][: len(new.layers)] == [
        layer.digest for layer in new.layers
    ]
    assert after.manifest["mediaType"] == before.manifest["mediaType"]
    entries = [entry for entry in after.config["history"] if not entry.get("empty_layer")]
    assert len(entries) == len(after.diff_ids)
    assert lab.report()["run-image"]["top-layer"] == new.layers[-1].diff_id
    assert lab.report()["run-image"]["reference"] == lab.name(f"run/new@{new.digest}")


def test_media_types_are_translated_to_those_of_the_app_image(lab: Lab) -> None:
    lab.run_image("run/docker:1", Shape(flavour="docker"))
    lab.run_image("run/oci:1", Shape(flavour="oci"))
    lab.exported("app/translated:1", "run/docker:1", "run/oci:1")
    assert lab.rebase("app/translated:1", onto="run/oci:1") == 0
    manifest = lab.image("app/translated:1").manifest
    types = [manifest["mediaType"], manifest["config"]["mediaType"]]
    types += [layer["mediaType"] for layer in manifest["layers"]]
    assert all(each.startswith("application/vnd.docker.") for each in types)


def test_labels_about_the_run_image_are_the_new_ones(lab: Lab) -> None:
    long = "x" * 5000
    lab.run_image(
        "run/labelled:1",
        labels={
            "io.buildpacks.stack.old": "goes",
            "io.buildpacks.stack.both": "old",
            "io.buildpacks.base.old": "goes",
            "io.buildpacks.stackx.y": "stays",
            "io.buildpacks.stack": "stays",
            "Io.Buildpacks.Stack.a": "stays",
            "other": "stays",
        },
    )
    new = {
        "io.buildpacks.stack.both": "new",
        "io.buildpacks.stack.empty": "",
        "io.buildpacks.stack.": "bare",
        "io.buildpacks.stack.bytes": ' ä\t☃\n{"a": 1}',
        "io.buildpacks.base.long": long,
    }
    lab.run_image(
        "run/labelled:2", labels={**new, "other.new": "not copied", "other": "not copied"}
    )
    lab.exported("app/labelled:1", "run/labelled:1", "run/labelled:2")
    assert lab.rebase("app/labelled:1", onto="run/labelled:2") == 0
    labels = lab.image("app/labelled:1").labels
    assert {key: labels.get(key) for key in new} == new
    assert not {"io.buildpacks.stack.old", "io.buildpacks.base.old", "other.new"} & set(labels)
    for key in ("io.buildpacks.stackx.y", "io.buildpacks.stack", "Io.Buildpacks.Stack.a", "other"):
        assert labels[key] == "stays"


def test_base_labels_are_others_below_0_12(lab: Lab) -> None:
    lab.api = "0.11"
    lab.run_image("run/base:1", labels={"io.buildpacks.base.old": "stays"})
    lab.run_image("run/base:2", labels={"io.buildpacks.base.new": "not copied"})
    lab.exported("app/base:1", "run/base:1")
    assert lab.rebase("app/base:1", onto="run/base:2") == 0
    labels = lab.image("app/base:1").labels
    assert labels["io.buildpacks.base.old"] == "stays"
    assert "io.buildpacks.base.new" not in labels


def test_metadata_is_brought_up_to_date_and_otherwise_kept(lab: Lab) -> None:
    lab.run_image("run/metadata:1")
    new = lab.run_image("run/metadata:2").image
    before = lab.exported("app/metadata:1", "run/metadata:1", "run/metadata:2").metadata
    unknown = {"integer": 2**53 + 1, "text": "ä", "nothing": None, "number": 1.5}
    metadata = {**before, "unknown": unknown}
    lab.edit("app/metadata:1", labels={METADATA: json.dumps(metadata)})
    assert lab.rebase("app/metadata:1", onto="run/metadata:2") == 0
    run_image = {
        **before["runImage"],
        "topLayer": new.layers[-1].diff_id,
        "reference": lab.name(f"run/metadata@{new.digest}"),
    }
    assert lab.image("app/metadata:1").metadata == {**metadata, "runImage": run_image}


def test_configuration_stays(lab: Lab) -> None:
    lab.run_image("run/config:1")
    lab.run_image("run/config:2")
    before = lab.exported("app/config:1", "run/config:1", "run/config:2")
    execution = {**before.config["config"], "User": "1:2", "ExposedPorts": {"80/tcp": {}}}
    keys = {"config": execution, "author": "somebody", "created": "2020-01-01T00:00:00Z"}
    lab.edit("app/config:1", keys=keys)
    assert lab.rebase("app/config:1", onto="run/config:2") == 0
    after = lab.image("app/config:1").config
    assert {key: after["config"][key] for key in execution if key != "Labels"} == {
        key: execution[key] for key in execution if key != "Labels"
    }
    assert after["author"] == "somebody"
    assert after["created"] == "1980-01-01T00:00:01Z"


def test_a_second_rebase_changes_nothing(lab: Lab) -> None:
    lab.run_image("run/twice:1")
    lab.run_image("run/twice:2")
    lab.exported("app/twice:1", "run/twice:1", "run/twice:2")
    assert lab.rebase("app/twice:1", onto="run/twice:2") == 0
    first = lab.image("app/twice:1")
    assert lab.rebase("app/twice:1", onto="run/twice:2") == 0
    assert lab.image("app/twice:1").digest == first.digest


def test_every_image_is_the_same_and_the_previous_one_stays(lab: Lab) -> None:
    lab.run_image("run/names:1")
    lab.run_image("run/names:2")
    before = lab.exported("app/names:1", "run/names:1", "run/names:2")
    flags = ["-previous-image", lab.name("app/names:1")]
    assert lab.rebase("app/names:2", "app/elsewhere:3", onto="run/names:2", flags=flags) == 0
    assert lab.image("app/names:1").digest == before.digest
    assert lab.image("app/names:2").digest == lab.image("app/elsewhere:3").digest
    assert lab.report()["image"] == {
        "tags": [lab.name("app/names:2"), lab.name("app/elsewhere:3")],
        "digest": lab.image("app/names:2").digest,
        "manifest-size": lab.report()["image"]["manifest-size"],
    }


def test_an_index_gives_the_image_for_the_apps_platform(lab: Lab) -> None:
    lab.run_image("run/single:1")
    index = lab.run_image("run/index:1", Shape(index=True, flavour="oci"))
    lab.exported("app/index:1", "run/single:1", "run/index:1")
    assert lab.rebase("app/index:1", onto="run/index:1") == 0
    assert lab.report()["run-image"]["reference"] == lab.name(f"run/index@{index.image.digest}")
    assert index.index is not None
    other = index.index.images[0]
    lab.edit("app/index:1", keys={"architecture": json.loads(other.config)["architecture"]})
    assert lab.rebase("app/index:1", onto="run/index:1") == 0
    assert lab.report()["run-image"]["reference"] == lab.name(f"run/index@{other.digest}")
    lab.edit("app/index:1", keys={"architecture": "riscv64"})
    assert lab.rebase("app/index:1", onto="run/index:1") == 72


@pytest.mark.parametrize(
    ("run_image", "stack", "expected"),
    [
        (["run/default:2"], ["run/default:1"], "run/default:2"),
        (["other.invalid/run:1", "run/default:2"], [], "run/default:2"),
        ([], ["run/default:2"], "run/default:2"),
        (["run/missing:1", "run/default:2"], [], "run/default:2"),
    ],
    ids=["image", "mirror at the app's registry", "stack", "first readable"],
)
def test_the_default_run_image(
    lab: Lab, run_image: list[str], stack: list[str], expected: str
) -> None:
    lab.run_image("run/default:1")
    digest = lab.run_image("run/default:2").image.digest
    metadata = lab.exported("app/default:1", "run/default:1").metadata

    def entry(names: list[str]) -> dict[str, object]:
        full = [name if ".invalid/" in name else lab.name(name) for name in names]
        return {"image": full[0], "mirrors": full[1:]} if full else {}

    known = {key: metadata["runImage"][key] for key in ("topLayer", "reference")}
    metadata["runImage"] = {**known, **entry(run_image)}
    metadata["stack"] = {"runImage": entry(stack)}
    lab.edit("app/default:1", labels={METADATA: json.dumps(metadata)})
    assert lab.rebase("app/default:1") == 0
    repository = expected.partition(":")[0]
    assert lab.report()["run-image"]["reference"] == lab.name(f"{repository}@{digest}")


def test_no_default_run_image(lab: Lab) -> None:
    lab.run_image("run/nameless:1")
    lab.build()
    assert lab.analyze("run/nameless:1", "app/nameless:1") == 0
    assert lab.export(lab.name("app/nameless:1")) == 0
    assert lab.rebase("app/nameless:1") == 72


@pytest.mark.parametrize("how", ["flag", "variable", "deprecated flag"])
def test_how_the_run_image_is_given(lab: Lab, how: str) -> None:
    lab.run_image("run/given:1")
    digest = lab.run_image("run/given:2").image.digest
    lab.exported("app/given:1", "run/given:1", "run/given:2")
    name, wrong = lab.name("run/given:2"), lab.name("run/given:1")
    flags, env = {
        "flag": (["-run-image", name], {"CNB_RUN_IMAGE": wrong}),
        "variable": ([], {"CNB_RUN_IMAGE": name}),
        "deprecated flag": (["-image", name], {}),
    }[how]
    assert lab.rebase("app/given:1", flags=flags, env=env) == 0
    assert lab.report()["run-image"]["reference"] == lab.name(f"run/given@{digest}")


def test_the_reports_name_is_the_apps_own_where_it_lists_the_run_image(lab: Lab) -> None:
    digest = lab.run_image("run/listed:2").image.digest
    lab.run_image("run/listed:1")
    lab.exported("app/listed:1", "run/listed:1", "run/listed:2")
    assert lab.rebase("app/listed:1", onto=f"run/listed:2@{digest}") == 0
    assert lab.report()["run-image"]["image"] == lab.name("run/listed:1")


def test_below_0_12_an_unlisted_run_image_is_reported_by_its_own_name(lab: Lab) -> None:
    lab.api = "0.11"
    lab.run_image("run/free:1")
    lab.run_image("run/free:2")
    before = lab.exported("app/free:1", "run/free:1").metadata
    assert lab.rebase("app/free:1", onto="run/free:2") == 0
    assert lab.report()["run-image"]["image"] == lab.name("run/free:2")
    assert lab.image("app/free:1").metadata["stack"] == before["stack"]


def test_an_app_image_that_no_lifecycle_made(lab: Lab) -> None:
    lab.run_image("run/plain:1")
    lab.run_image("app/foreign:1")
    assert lab.rebase("app/foreign:1", onto="run/plain:1") == 72
    assert lab.rebase("app/missing:1", onto="run/plain:1") == 72
    assert not lab.report_path.exists()

"""What run images and app images of the scenarios consist of, so that mistakes can be seen."""

from __future__ import annotations

import json
import re

import pytest

from pytest_cnb_report.drive.app_contents import APP_CONFIG, APP_ENV, BUILD_METADATA, RICH_METADATA
from pytest_cnb_report.drive.build_cases import EPOCH
from pytest_cnb_report.drive.label_cases import VALUES
from pytest_cnb_report.drive.shapes import HELD_LABELS, Shape, build_run_image
from pytest_cnb_report.images.model import encode, sha256
from pytest_cnb_report.requirements.rebase_image.image import CONFIG_FIELDS
from pytest_cnb_report.scenarios.asked import rebase_of
from pytest_cnb_report.scenarios.rebase_space import REBASES


def test_two_versions_of_a_large_run_image_share_their_lowest_layers_alone() -> None:
    plain = {each.name: each.plain for each in REBASES.dimensions}
    asked = rebase_of({**plain, "old-layers": "5", "new-layers": "40"})
    assert asked.old.shared == asked.new.shared == 2
    old = build_run_image(asked.old, edition="old").image.diff_ids
    new = build_run_image(asked.new, edition="new").image.diff_ids
    assert old[:2] == new[:2]
    assert not set(old[2:]) & set(new[2:])
    assert len(set(new)) == 40


@pytest.mark.parametrize("layers", ["1", "2"])
def test_two_versions_of_a_small_run_image_share_no_layer(layers: str) -> None:
    plain = {each.name: each.plain for each in REBASES.dimensions}
    shape = rebase_of({**plain, "new-layers": layers}).new
    old, new = (build_run_image(shape, edition=edition).image for edition in ("old", "new"))
    assert not set(old.diff_ids) & set(new.diff_ids)


def test_a_run_image_of_its_own_config_has_every_field_that_a_rebase_must_not_take() -> None:
    image = build_run_image(Shape(own_config=True), edition="any").image
    config = json.loads(image.config)["config"]
    assert not set(CONFIG_FIELDS).difference(config)
    assert not [name for name in APP_CONFIG if config[name] == APP_CONFIG[name]]


def test_the_digest_of_an_oci_manifest_is_that_of_its_own_bytes_alone() -> None:
    image = build_run_image(Shape(flavour="oci"), edition="any").image
    document = json.loads(image.manifest)
    assert sha256(image.manifest) == image.digest != sha256(encode(document))
    assert document["annotations"]


def test_a_history_with_empty_layers_ends_with_one() -> None:
    image = build_run_image(Shape(history="with-empty"), edition="any").image
    history = json.loads(image.config)["history"]
    assert history[-1]["empty_layer"]
    assert sum(not entry.get("empty_layer") for entry in history) == len(image.layers)


def test_a_rich_metadata_label_is_in_no_order_and_has_more_than_ascii() -> None:
    document = json.loads(json.dumps(RICH_METADATA))
    slices = [each["sha"] for each in document["app"]]
    keys = [each["key"] for each in document["buildpacks"]]
    assert slices != sorted(slices)
    assert keys != sorted(keys)
    assert not json.dumps(document["buildpacks"], ensure_ascii=False).isascii()
    assert {} in [each["layers"] for each in document["buildpacks"]]


def test_a_build_metadata_label_changes_where_it_is_encoded_anew() -> None:
    assert encode(json.loads(BUILD_METADATA)).decode() != BUILD_METADATA
    assert "<&>" in BUILD_METADATA


def test_an_environment_of_an_app_image_refers_to_variables_and_names_a_stack() -> None:
    assert any(re.search(r"\$\{\w+}", entry) for entry in APP_ENV)
    assert f"CNB_STACK_ID={HELD_LABELS['io.buildpacks.stack.id']}" not in APP_ENV
    assert any(entry.startswith("CNB_STACK_ID=") for entry in APP_ENV)


@pytest.mark.parametrize("part", ["{{.}}", "%s", " #", "${HOME}", "\\u0041", "\u202e", "\u2028"])
def test_a_value_to_copy_has_what_programs_like_to_interpret(part: str) -> None:
    assert any(part in new for _, new in VALUES.values())


def test_the_time_that_a_platform_gives_is_beyond_what_32_bits_hold() -> None:
    assert EPOCH > 2**31 - 1

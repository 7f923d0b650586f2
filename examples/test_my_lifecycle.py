"""Tests of a lifecycle with the fixtures of pytest-cnb-report: copy it, and change what you need.

    pytest examples --cnb-lifecycle out/linux-amd64/lifecycle --cnb-profile platform-spec

Without options it tests the suite's own reference lifecycle against an embedded registry.
"""

from __future__ import annotations

import pytest
from hypothesis import given

from pytest_cnb_report.public_api import (
    BuildFixture,
    CheckFixture,
    DaemonFixture,
    LifecycleFixture,
    PlatformApi,
    RebaseFixture,
    RegistryFixture,
    RunImageFixture,
    Shape,
)
from pytest_cnb_report.strategies import LabelSet, bounded, label_sets, run_images

VERSION = "io.buildpacks.stack.version"


def test_an_exported_app_image(
    cnb_run_image: RunImageFixture, cnb_export: BuildFixture, cnb_check: CheckFixture
) -> None:
    run_image = cnb_run_image(layers=3, labels={VERSION: "1"})
    exported = cnb_export(run_image, tags=2)

    assert exported.labels[VERSION] == "1"
    assert exported.diff_ids[:3] == run_image.diff_ids
    assert set(exported.report["image"]["tags"]) == set(exported.images)
    cnb_check(exported)


def test_a_created_app_image(cnb_create: BuildFixture, cnb_check: CheckFixture) -> None:
    cnb_check(cnb_create(report="environment"))


def test_a_rebase_takes_the_new_labels(
    cnb_run_image: RunImageFixture,
    cnb_export: BuildFixture,
    cnb_rebase: RebaseFixture,
    cnb_check: CheckFixture,
) -> None:
    app = cnb_export(cnb_run_image(labels={VERSION: "1", "io.buildpacks.stack.old": "gone"}))
    new = cnb_run_image(labels={VERSION: "2", "org.example.private": "stays behind"})
    rebased = cnb_rebase(app, run_image=new, labels={"org.example.mine": "kept"})

    assert rebased.exit_code == 0, rebased.output
    assert rebased.labels[VERSION] == "2"
    assert rebased.labels["org.example.mine"] == "kept"
    assert rebased.metadata["runImage"]["topLayer"] == new.top_layer
    cnb_check(rebased)


def test_several_names_get_the_same_image(
    cnb_registry: RegistryFixture, cnb_rebase: RebaseFixture, cnb_check: CheckFixture
) -> None:
    rebased = cnb_rebase(tags=3, target="registry")

    assert {cnb_registry.read(name).digest for name in rebased.images} == {rebased.digest}
    assert any(request.method == "PUT" for request in rebased.requests)
    cnb_check(rebased, include="rebase.tags.*")


def test_an_unlisted_run_image_is_refused(
    cnb_lifecycle: LifecycleFixture, cnb_rebase: RebaseFixture, cnb_check: CheckFixture
) -> None:
    if cnb_lifecycle.platform_api < PlatformApi(0, 12):
        pytest.skip("the rebaser checks the names from platform API 0.12 on")

    cnb_check(cnb_rebase(by="unlisted", expect="refusal"))
    cnb_check(cnb_rebase(by="unlisted", force=True))


@bounded(20)
@given(labels=label_sets())
def test_any_labels(
    cnb_run_image: RunImageFixture,
    cnb_rebase: RebaseFixture,
    cnb_check: CheckFixture,
    labels: LabelSet,
) -> None:
    new = cnb_run_image(labels=labels.run_image)
    cnb_check(cnb_rebase(run_image=new, labels=labels.app), include="rebase.labels.*")


@bounded(10)
@given(shape=run_images())
def test_any_run_image(cnb_rebase: RebaseFixture, cnb_check: CheckFixture, shape: Shape) -> None:
    cnb_check(cnb_rebase(run_image=shape), exclude="report.*")


def test_at_a_docker_daemon(
    cnb_daemon: DaemonFixture, cnb_export: BuildFixture, cnb_check: CheckFixture
) -> None:
    exported = cnb_export(target="daemon")

    assert cnb_daemon.read(exported.images[0]).image_id == exported.image_id
    cnb_check(exported)

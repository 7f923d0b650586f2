"""`cnb_registry` and `cnb_daemon`: images put there by name can be read by name."""

from __future__ import annotations

import os
import shutil

import pytest

from machine import cannot_run
from pytest_cnb_report.public_api import (
    BuildFixture,
    NotThereError,
    RegistryFixture,
    RunImageFixture,
)

pytest_plugins = ["pytester"]


def test_what_is_put_can_be_read(
    cnb_registry: RegistryFixture, cnb_run_image: RunImageFixture
) -> None:
    made = cnb_run_image()
    names = (cnb_registry.name("one"), cnb_registry.name("two", "v2"))
    cnb_registry.put(made.built.image, *names)
    for name in names:
        assert name.startswith(f"{cnb_registry.address}/")
        assert cnb_registry.read(name).image_id == made.image_id
        assert cnb_registry.resolve(name).digest == made.digest


def test_names_of_different_sessions_differ(cnb_registry: RegistryFixture) -> None:
    assert cnb_registry.name("app", "v1").endswith("/app:v1")
    assert cnb_registry.name("app").count("/") > 1


def test_what_is_not_there(cnb_registry: RegistryFixture) -> None:
    name = cnb_registry.name("nothing")
    with pytest.raises(NotThereError, match=rf"{name}: there is no image of that name"):
        cnb_registry.read(name)
    assert cnb_registry.resolve(name).status == "nothing"


def test_an_index_is_no_app_image(
    cnb_registry: RegistryFixture, cnb_run_image: RunImageFixture
) -> None:
    with pytest.raises(NotThereError, match="it is an index"):
        cnb_registry.read(cnb_run_image(index=True).name)


def test_an_image_without_a_name(
    cnb_registry: RegistryFixture, cnb_run_image: RunImageFixture
) -> None:
    with pytest.raises(ValueError, match="at least one name"):
        cnb_registry.put(cnb_run_image().built.image)


def test_somebody_elses_name(cnb_registry: RegistryFixture, cnb_run_image: RunImageFixture) -> None:
    with pytest.raises(ValueError, match="not a tag reference at"):
        cnb_registry.put(cnb_run_image().built.image, "registry.example/app:latest")


def test_requests_since(cnb_registry: RegistryFixture, cnb_export: BuildFixture) -> None:
    exported = cnb_export()
    last = cnb_registry.requests()[-1].number
    assert cnb_registry.requests(last) == ()
    assert {request.number for request in exported.requests} <= {
        request.number for request in cnb_registry.requests()
    }


DAEMON_TESTS = """
import pytest
from pytest_cnb_report.public_api import NotThereError

def test_put_and_read(cnb_daemon, cnb_run_image):
    made = cnb_run_image(target="daemon")
    assert made.reference == made.image_id
    name = cnb_daemon.name("mine", "v1")
    cnb_daemon.put(made.built.image, name)
    assert cnb_daemon.read(name).labels == made.labels
    assert cnb_daemon.resolve(made.image_id).image_id == cnb_daemon.read(name).image_id
    cnb_daemon.remove(name)
    with pytest.raises(NotThereError, match="there is no image of that name"):
        cnb_daemon.read(name)
    assert cnb_daemon.environment["DOCKER_HOST"] == cnb_daemon.address
    assert cnb_daemon.version[0].isdigit()

def test_build_and_rebase(cnb_daemon, cnb_export, cnb_rebase, cnb_check):
    app = cnb_export(target="daemon")
    cnb_check(app)
    assert cnb_daemon.read(app.images[0]).image_id == app.image_id
    rebased = cnb_rebase(app, daemon="environment")
    assert "rebase.inputs.environment" in {j.requirement.id for j in cnb_check(rebased)}
    with pytest.raises(NotThereError, match="a daemon has no manifest"):
        rebased.digest
    with pytest.raises(ValueError, match="a daemon has no digests"):
        cnb_rebase(app, by="tag-and-digest")

def test_beside_a_registry(cnb_export, cnb_rebase, cnb_run_image):
    assert cnb_export().target == "registry"
    new = cnb_run_image(target="daemon")
    assert cnb_rebase(run_image=new).target == "daemon"
"""


def test_a_daemon(pytester: pytest.Pytester) -> None:
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        cannot_run("DAEMON", "a private daemon takes dockerd and root")
    pytester.makepyfile(DAEMON_TESTS)
    ended = pytester.runpytest_subprocess(
        "--cnb-daemon=private", "--cnb-lifecycle=reference", "-p", "no:randomly"
    )
    ended.assert_outcomes(passed=3)

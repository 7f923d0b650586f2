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
from pytest_cnb_report.public_api import CannotObserveError, NotConformantError, NotThereError

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
    with pytest.raises(ValueError, match="loaded into a daemon has no digest"):
        cnb_rebase(app, by="tag-and-digest")

def test_beside_a_registry(cnb_export, cnb_rebase, cnb_run_image):
    assert cnb_export().target == "registry"
    new = cnb_run_image(target="daemon")
    assert cnb_rebase(run_image=new).target == "daemon"

def rebase_by_a_platform(cnb_lifecycle, cnb_daemon, app, new, report):
    ended = cnb_lifecycle.call(
        *("rebaser", "-daemon", "-force", "-run-image", new.name, "-report", str(report), app),
        environment=cnb_daemon.environment,
    )
    assert ended.exit_code == 0, ended.output

def test_what_a_platform_rebased(
    cnb_lifecycle, cnb_daemon, cnb_run_image, cnb_export, cnb_observe, cnb_check, tmp_path
):
    old = cnb_export(target="daemon")
    new = cnb_run_image(target="daemon", labels={"io.buildpacks.stack.version": "2"})
    app, report = old.images[0], tmp_path / "report.toml"
    rebase_by_a_platform(cnb_lifecycle, cnb_daemon, app, new, report)

    # the second call names only strings, and where they lead is in the report alone
    images = ({"before": old, "run_image": new}, {"before": old.image_id, "run_image": new.name})
    for named in images:
        observed = cnb_observe(report=report, **named)
        assert observed.target == "daemon"
        assert observed.image_id == cnb_daemon.read(app).image_id != old.image_id
        assert observed.labels["io.buildpacks.stack.version"] == "2"
        passed = {each.requirement.id for each in cnb_check(observed) if each.outcome == "pass"}
        assert {"rebase.layers", "rebase.labels.stack.added", "report.image.image-id"} <= passed

def test_what_a_platform_did_not_rebase(
    cnb_run_image, cnb_export, cnb_observe, cnb_check
):
    app = cnb_export(target="daemon")
    new = cnb_run_image(target="daemon")
    observed = cnb_observe(run_image=new, report=app.report_path, phase="rebaser")
    with pytest.raises(NotConformantError, match="rebase.layers .MUST.") as caught:
        cnb_check(observed)
    assert f"--run-image {new.image_id} " in str(caught.value)
    # by a name alone it cannot be told from one whose tag has been moved
    with pytest.raises(CannotObserveError, match="has moved since"):
        cnb_observe(run_image=new.name, report=app.report_path, phase="rebaser")
    with pytest.raises(CannotObserveError, match="gone:1 is not in the Docker daemon"):
        cnb_observe(run_image="gone:1", report=app.report_path)

def test_labs_at_the_daemon_of_the_run_and_at_one_by_its_address(make_cnb_lab, cnb_daemon):
    with (
        make_cnb_lab(target="daemon", platform_api="0.12") as old,
        make_cnb_lab(target="daemon", platform_api="0.15") as new,
        make_cnb_lab(target="daemon", daemon=cnb_daemon.address) as named,
    ):
        app = old.export()
        assert (old.daemon, app.target) == (cnb_daemon, "daemon")
        new.check(new.rebase(app, run_image=new.run_image(layers=3)))
        assert named.daemon is not cnb_daemon
        named.check(named.export())
        with pytest.raises(ValueError, match="omit registry and daemon in make_cnb_lab"):
            named.rebase(app)
"""


def test_a_daemon(pytester: pytest.Pytester) -> None:
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        cannot_run("DAEMON", "a private daemon takes dockerd and root")
    pytester.makepyfile(DAEMON_TESTS)
    ended = pytester.runpytest_subprocess(
        "--cnb-daemon=private", "--cnb-lifecycle=reference", "-p", "no:randomly"
    )
    ended.assert_outcomes(passed=6)

"""`make_cnb_lab`: the fixtures on another lifecycle, platform API, profile or destination."""

from __future__ import annotations

import pytest

from pytest_cnb_report.public_api import (
    BuildFixture,
    LifecycleFixture,
    MakeLabFixture,
    NotConformantError,
    RebaseFixture,
    RegistryFixture,
    RunImageFixture,
)

pytest_plugins = ["pytester"]


def test_export_with_one_lifecycle_and_rebase_with_another(make_cnb_lab: MakeLabFixture) -> None:
    with (
        make_cnb_lab(lifecycle="reference", platform_api="0.12") as old,
        make_cnb_lab(lifecycle="reference:empty-values-skipped", platform_api="0.14") as new,
    ):
        app = old.export()
        old.check(app)
        rebased = new.rebase(app, run_image=new.run_image(labels={"io.buildpacks.stack.empty": ""}))
        assert [str(each.platform_api) for each in (app, rebased)] == ["0.12", "0.14"]
        with pytest.raises(
            NotConformantError, match=r"rebaser of reference:empty-values-skipped, .* 0\.14,"
        ) as caught:
            new.check(rebased)
        assert [j.requirement.id for j in caught.value.broken] == ["rebase.labels.stack.added"]


def test_what_is_left_out_is_that_of_the_run(
    make_cnb_lab: MakeLabFixture,
    cnb_lifecycle: LifecycleFixture,
    cnb_registry: RegistryFixture,
    cnb_export: BuildFixture,
    cnb_rebase: RebaseFixture,
) -> None:
    with make_cnb_lab(profile="platform-spec") as lab:
        assert lab.registry is cnb_registry
        assert lab.lifecycle.platform_api == cnb_lifecycle.platform_api
        assert lab.lifecycle.profile == "platform-spec"
        lab.check(cnb_rebase(lab.create()))
        lab.check(lab.rebase(cnb_export()))


def test_another_registry(
    make_cnb_lab: MakeLabFixture, cnb_registry: RegistryFixture, cnb_rebase: RebaseFixture
) -> None:
    with make_cnb_lab(registry="embedded") as lab:
        assert lab.registry.address != cnb_registry.address
        app = lab.export()
        lab.check(lab.rebase(app))
        assert lab.registry.read(app.images[0]).digest == app.digest
        with pytest.raises(ValueError, match="omit registry and daemon in make_cnb_lab"):
            cnb_rebase(app)
        with pytest.raises(ValueError, match="make it with the lab's own run_image"):
            cnb_rebase(run_image=lab.run_image())


def test_a_lab_is_closed_with_its_block(
    make_cnb_lab: MakeLabFixture, cnb_run_image: RunImageFixture
) -> None:
    with make_cnb_lab(lifecycle="reference") as lab:
        export = lab.export
        export(cnb_run_image())
    for use in (export, lab.rebase, lambda: lab.registry, lab.__enter__):
        with pytest.raises(ValueError, match="this lab is closed: its with-block has ended"):
            use()
    lab.close()


def test_bad_options(make_cnb_lab: MakeLabFixture) -> None:
    with pytest.raises(ValueError, match=r"--platform-api 0\.99: the suite supports"):
        make_cnb_lab(platform_api="0.99")
    with pytest.raises(ValueError, match="--profile draft: give one of"):
        make_cnb_lab(profile="draft")
    with pytest.raises(ValueError, match="lifecycle='': give a value, or omit it"):
        make_cnb_lab(lifecycle="")
    with pytest.raises(ValueError, match="--timeout 0: give a number"):
        make_cnb_lab(timeout=0)


IN_A_SESSION = """
import pathlib

FOLDERS = pathlib.Path("folders")

def test_kept(make_cnb_lab, cnb_registry):
    lab = make_cnb_lab(lifecycle="reference", registry="embedded")
    lab.export()
    FOLDERS.write_text(str(lab.lifecycle.folder))
    test_kept.lab = lab

def test_still_open(make_cnb_lab):
    lab = test_kept.lab
    lab.check(lab.rebase())
    assert pathlib.Path(FOLDERS.read_text()).is_dir()

def test_cannot_be_had(make_cnb_lab):
    make_cnb_lab(lifecycle="no/such").export()
"""


def test_a_lab_without_a_block_is_closed_with_the_session(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(IN_A_SESSION)
    ended = pytester.runpytest_subprocess("-p", "no:randomly", "--cnb-lifecycle=reference")
    ended.assert_outcomes(passed=2, failed=1)
    ended.stdout.fnmatch_lines(["*--lifecycle no/such: there is no such file*"])
    ended.stdout.no_fnmatch_line("*Traceback*")
    folder = pytester.path / "folders"
    assert not pytester.path.joinpath(folder.read_text()).exists()

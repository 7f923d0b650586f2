"""The console script: pytest with a configuration of its own, whatever lies about."""

from __future__ import annotations

from pathlib import Path

import pytest

from .caller import ONE_ITEM, Caller


def install_a_plugin(folder: Path) -> None:
    """Make a plugin for pytest that fails every test, as if it were installed in `folder`."""
    about = folder / "disturbing-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: disturbing\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[pytest11]\ndisturbing = disturbing\n")
    (folder / "disturbing.py").write_text(
        "def pytest_runtest_setup(item): raise AssertionError('disturbed')\n"
        "def pytest_report_header(): raise AssertionError('disturbed')\n"
    )


def test_no_other_plugin_on_the_machine_is_loaded(caller: Caller) -> None:
    machine = caller.home / "machine"
    install_a_plugin(machine)
    ended = caller.conformance(*ONE_ITEM, "-n", "1", PYTHONPATH=str(machine))
    assert ended.code == 0, ended.said
    assert "disturbed" not in ended.said


def test_nothing_in_the_callers_folder_changes_anything(caller: Caller) -> None:
    for name, section in {
        "pytest.ini": "[pytest]",
        "tox.ini": "[pytest]",
        "setup.cfg": "[tool:pytest]",
    }.items():
        lines = [section, "addopts = --no-such-option", "cnb_lifecycle = nowhere", "xfail_strict=1"]
        (caller.folder / name).write_text("\n".join(lines))
    (caller.folder / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = "--no-such-option"\nfilterwarnings = ["error"]\n'
    )
    broken = "raise SystemExit('somebody else\\'s code was run')\n"
    (caller.folder / "conftest.py").write_text(broken)
    for folder in ("tests", "conformance", "pytest_cnb_report"):
        (caller.folder / folder).mkdir()
        for name in ("__init__.py", "conftest.py", "test_it.py"):
            (caller.folder / folder / name).write_text(broken)
    ended = caller.conformance(
        *ONE_ITEM,
        PYTEST_ADDOPTS="--no-such-option",
        PYTEST_PLUGINS="no_such_plugin",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    assert ended.code == 0, ended.said
    assert "counts     1 met, of 1 requirement" in ended.stdout


def test_it_leaves_nothing_in_the_callers_folder(caller: Caller) -> None:
    words = ("--target", "registry", "--requirement", "rebase.labels.boundary", "--examples", "2")
    ended = caller.conformance(*words, "--", "-k", "small-1")
    assert ended.code == 0, ended.said
    assert list(caller.folder.iterdir()) == []
    caches = caller.home / ".cache" / "pytest-cnb-report"
    assert {"pytest"} <= {path.name for path in caches.iterdir()} <= {"hypothesis", "pytest"}


def test_it_runs_without_a_cache(caller: Caller) -> None:
    (caller.home / ".cache").write_text("this is not a folder\n")
    ended = caller.inside(*ONE_ITEM)
    assert ended.code == 0, ended.said
    assert "CacheWarning" not in ended.said


def test_the_first_line_says_which_lifecycle(caller: Caller) -> None:
    first, *_ = caller.inside(*ONE_ITEM).stdout.splitlines()
    assert first.startswith("lifecycle: reference")
    assert "(default; no --lifecycle given)" in first
    first, *_ = caller.inside(*ONE_ITEM, "--lifecycle", "reference").stdout.splitlines()
    assert "no --lifecycle" not in first


def test_a_run_on_the_reference_says_in_the_end_that_it_was_that(caller: Caller) -> None:
    closing = caller.inside(*ONE_ITEM).stdout.rstrip().rpartition("\n\n")[2]
    assert "the suite's own reference lifecycle, not yours" in " ".join(closing.split())


def test_what_stands_behind_two_dashes_goes_to_pytest(caller: Caller) -> None:
    ended = caller.inside(*ONE_ITEM, "--", "-k", "nothing-of-that-name")
    assert ended.code == 2
    assert "nothing was tested" in ended.stdout


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["run", "--help"]])
def test_it_says_what_it_is(caller: Caller, words: list[str]) -> None:
    ended = caller.program("cnb-conformance", *words)
    assert ended.code == 0
    assert "cnb-conformance" in ended.stdout


def test_help_names_every_option_and_its_default(caller: Caller) -> None:
    text = " ".join(caller.program("cnb-conformance", "run", "--help").stdout.split())
    for name in ("lifecycle", "platform-api", "profile", "target", "registry", "daemon", "strict"):
        assert f"--{name}" in text
    assert "default" in text


def test_verbosity_is_pytests(caller: Caller) -> None:
    usual = caller.inside(*ONE_ITEM).stdout
    more = caller.inside(*ONE_ITEM, "-v").stdout
    less = caller.inside(*ONE_ITEM, "-q").stdout
    assert "\nrebaser-registry-twice PASSED" in more
    assert "rebaser-registry-twice" not in usual
    assert ".py::" not in more
    assert len(less.splitlines()) < len(usual.splitlines())

"""The fixtures in somebody else's project: options from everywhere, and what cannot be had."""

from __future__ import annotations

import os
import sys

import pytest

pytest_plugins = ["pytester"]

WHAT = """
def test_what(cnb_lifecycle):
    print("judged:", cnb_lifecycle.given, cnb_lifecycle.platform_api, cnb_lifecycle.profile.value)
"""


@pytest.fixture(autouse=True)
def _no_options_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CNB_") or name in {"PYTEST_ADDOPTS", "DOCKER_HOST"}:
            monkeypatch.delenv(name)


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:randomly", "-rA", *words)


def judged(pytester: pytest.Pytester, *words: str) -> str:
    pytester.makepyfile(WHAT)
    ended = run(pytester, *words)
    ended.assert_outcomes(passed=1)
    return next(line for line in ended.outlines if line.startswith("judged: ")).strip()


@pytest.fixture
def somebodys_ini(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\ncnb_lifecycle = reference:created-now\ncnb_platform_api = 0.12\n"
        "cnb_profile = platform-spec\n"
    )


@pytest.mark.usefixtures("somebodys_ini")
class TestWhereOptionsComeFrom:
    def test_the_ini_file(self, pytester: pytest.Pytester) -> None:
        assert judged(pytester) == "judged: reference:created-now 0.12 platform-spec"

    def test_the_environment_before_the_ini_file(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CNB_CONFORMANCE_PLATFORM_API", "0.9")
        assert judged(pytester) == "judged: reference:created-now 0.9 platform-spec"

    def test_the_command_line_before_both(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CNB_CONFORMANCE_PLATFORM_API", "0.9")
        said = judged(pytester, "--cnb-platform-api=0.13", "--cnb-lifecycle=reference")
        assert said == "judged: reference 0.13 platform-spec"


def test_pyproject_and_no_options_at_all(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\ncnb_profile = "rfc-0129"\n')
    assert judged(pytester, "--cnb-lifecycle=reference").endswith(" 0.15 rfc-0129")


def test_one_lab_for_each_worker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_export(cnb_export, cnb_check, cnb_registry, number):
            exported = cnb_export()
            cnb_check(exported)
            print("at:", cnb_registry.address)
    """)
    ended = run(pytester, "-n2", "--cnb-lifecycle=reference")
    ended.assert_outcomes(passed=4)
    assert len({line for line in ended.outlines if line.startswith("at: ")}) == 2


NEEDS_DAEMON = """
def test_daemon(cnb_daemon):
    pass

def test_target(cnb_export):
    cnb_export(target="daemon")

def test_without(cnb_registry):
    assert cnb_registry.address
"""


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> str:
    """Where Docker is looked for and not found."""
    address = "unix:///nonexistent/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", address)
    return address


def test_without_a_daemon_tests_are_skipped_with_the_reason(
    pytester: pytest.Pytester, nowhere: str
) -> None:
    pytester.makepyfile(NEEDS_DAEMON)
    ended = run(pytester, "--cnb-lifecycle=reference")
    ended.assert_outcomes(passed=1, skipped=2)
    ended.stdout.fnmatch_lines([f"SKIPPED*{nowhere}*no such socket*"])


@pytest.mark.parametrize("option", ["--cnb-target=registry,daemon", "--cnb-daemon=unix:///nowhere"])
@pytest.mark.usefixtures("nowhere")
def test_a_daemon_that_was_asked_for_has_to_be_there(
    pytester: pytest.Pytester, option: str
) -> None:
    pytester.makepyfile(NEEDS_DAEMON)
    ended = run(pytester, "--cnb-lifecycle=reference", option)
    ended.assert_outcomes(passed=1, failed=1, errors=1)
    ended.stdout.fnmatch_lines(["Docker daemon unix:///*: *no such socket; start Docker*"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--cnb-lifecycle=no/such", "--lifecycle no/such: there is no such file or directory*"),
        ("--cnb-lifecycle=reference:none", "*no fault is called 'none'*"),
        (
            "--cnb-platform-api=0.99",
            "--platform-api 0.99: the suite supports 0.7 to 0.15, and the unpublished 0.16*",
        ),
        ("--cnb-profile=draft", "--profile draft: give one of *"),
        ("--cnb-registry=http://127.0.0.1:9", "registry 127.0.0.1:9: *Connection refused*"),
        ("--cnb-requirement=rebase.layer", "*did you mean rebase.layers*"),
    ],
)
def test_what_cannot_be_had_is_told_in_a_line(
    pytester: pytest.Pytester, option: str, message: str
) -> None:
    pytester.makepyfile("def test_export(cnb_registry, cnb_export): pass")
    ended = run(pytester, option)
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines([message])
    ended.stdout.no_fnmatch_line("*Traceback*")
    ended.stdout.no_fnmatch_line("*During handling*")


def test_a_phase_that_the_lifecycle_does_not_have(pytester: pytest.Pytester) -> None:
    phases = pytester.mkdir("phases")
    for phase in ("analyzer", "exporter"):
        script = phases / phase
        script.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -m pytest_cnb_report.reference {phase} "$@"\n'
        )
        script.chmod(0o755)
    pytester.makepyfile("""
        def test_export(cnb_export, cnb_check):
            cnb_check(cnb_export())

        def test_rebase(cnb_rebase):
            cnb_rebase()
    """)
    ended = run(pytester, "--cnb-lifecycle=phases", "--cnb-phase=exporter")
    ended.assert_outcomes(passed=1, skipped=1)
    ended.stdout.fnmatch_lines(["*--cnb-phase excludes the rebaser*"])


def test_the_test_that_fails_is_the_line_that_shows(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_labels(cnb_rebase, cnb_check):
            rebased = cnb_rebase()
            cnb_check(rebased)

        def test_nothing(cnb_export):
            cnb_export(process_type="none").labels
    """)
    ended = run(pytester, "--cnb-lifecycle=reference:tag-for-reference")
    ended.assert_outcomes(failed=2)
    ended.stdout.fnmatch_lines([">*cnb_check(rebased)", "E*1 not met: rebaser of reference:tag*"])
    ended.stdout.fnmatch_lines([">*cnb_export(process_type=*", "E*there is no app image: *"])
    ended.stdout.no_fnmatch_line("*/public/*.py:*")


def test_what_is_not_used_is_not_loaded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_registry_and_check(cnb_rebase, cnb_check, cnb_registry):
            cnb_check(cnb_rebase())
            assert not {"docker", "hypothesis", "jinja2"} & set(sys.modules)
    """)
    words = ("-p", "no:hypothesispytest", "-p", "no:html", "--cnb-lifecycle=reference")
    run(pytester, *words).assert_outcomes(passed=1)

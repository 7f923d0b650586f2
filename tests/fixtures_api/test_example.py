"""What the documentation shows does what it says, on the reference and on a lifecycle at hand."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "using-the-fixtures.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "test_my_lifecycle.py"
PLATFORM = ROOT / "examples" / "test_my_platform.py"

REAL = os.environ.get("CNB_CONFORMANCE_LIFECYCLE")
LIFECYCLES = ["reference", *([REAL] if REAL else [])]
"""The reference and, where the environment names one, a real lifecycle."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _no_options_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CNB_CONFORMANCE_"):
            monkeypatch.delenv(name)


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:randomly", "-n", "2", *words)


def options_for(lifecycle: str) -> list[str]:
    """Name a lifecycle, and judge it by what those that exist can meet."""
    profile = [] if lifecycle == "reference" else ["--cnb-profile=platform-spec"]
    return [f"--cnb-lifecycle={lifecycle}", *profile]


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_the_complete_example(pytester: pytest.Pytester, lifecycle: str) -> None:
    complete, *others = blocks("python")
    name = re.match(r"# (\w+)\.py\n", complete)
    assert name is not None
    shown = {f"test_{number}": each for number, each in enumerate(others) if "def test_" in each}
    pytester.makepyfile(**{name[1]: complete, **shown})
    chosen = [] if lifecycle == "reference" else ["-k", "not old_app_image"]
    ended = run(pytester, *options_for(lifecycle), *chosen)
    ended.assert_outcomes(passed=6 if lifecycle == "reference" else 5, deselected=len(chosen) // 2)


def test_the_override_that_is_shown(pytester: pytest.Pytester) -> None:
    (override,) = (each for each in blocks("python") if each.startswith("# conftest.py\n"))
    pytester.makeconftest(override)
    pytester.makepyfile("def test_it(cnb_export): assert str(cnb_export().platform_api) == '0.13'")
    run(pytester, "--cnb-lifecycle=reference").assert_outcomes(passed=1)


def test_what_a_mistake_looks_like(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(blocks("python")[0])
    (shown,) = blocks("text")
    fault = re.search(r"rebaser of ([^\s,]+)", shown)
    assert fault is not None
    ended = run(pytester, f"--cnb-lifecycle={fault[1]}", "-k", "takes_the_new_labels", "--tb=short")
    ended.assert_outcomes(failed=1)
    said = "\n".join(re.sub(r"^E ?", "", line).strip() for line in ended.outlines)
    for line in shown.splitlines():
        assert line.strip() in said


def test_a_generated_failure_shows_the_labels_and_nothing_of_ours(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("""
        from hypothesis import Phase, given, settings
        from pytest_cnb_report.strategies import Shape, small_label_sets, run_images

        few = settings(max_examples=8, deadline=None, database=None, phases=[Phase.generate])

        @few
        @given(labels=small_label_sets())
        def test_any_labels(cnb_run_image, cnb_rebase, cnb_check, cnb_registry, labels):
            new = cnb_run_image(labels={**labels.run_image, "io.buildpacks.stack.empty": ""})
            cnb_check(cnb_rebase(run_image=new, labels=labels.app))

        @few
        @given(shape=run_images())
        def test_any_run_image(cnb_lifecycle, cnb_export, cnb_create, shape):
            assert cnb_export(shape) is None
    """)
    ended = run(pytester, "--cnb-lifecycle=reference:empty-values-skipped")
    ended.assert_outcomes(failed=2)
    ended.stdout.fnmatch_lines(["E *labels=LabelSet(app=*run_image=*"])
    ended.stdout.fnmatch_lines(["E *shape=Shape(layers=*"])
    ended.stdout.fnmatch_lines(["E *cnb_rebase=<the rebaser of reference:empty-values-skipped>,"])
    ended.stdout.no_fnmatch_line("*Lab(*")
    assert len(ended.stdout.str()) < 100_000


def test_the_ini_files(pytester: pytest.Pytester) -> None:
    (ini,), (toml,) = blocks("ini"), blocks("toml")
    assert toml.startswith("[tool.pytest.ini_options]\n")
    test = "def test_lifecycle(cnb_lifecycle): pass"
    for name, text in (("pytest.ini", ini), ("pyproject.toml", toml)):
        folder = pytester.mkdir(name.replace(".", "_"))
        (folder / name).write_text(text)
        (folder / "test_it.py").write_text(test)
        ended = pytester.runpytest_subprocess("--rootdir", folder, "-c", folder / name, folder)
        ended.assert_outcomes(errors=1)
        ended.stdout.fnmatch_lines(["--lifecycle out/linux-amd64/lifecycle: there is no such*"])


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_the_example_to_copy(pytester: pytest.Pytester, lifecycle: str) -> None:
    pytester.makepyfile(**{EXAMPLE.stem: EXAMPLE.read_text(encoding="utf-8")})
    # not every lifecycle rebases onto every kind of run image, and that is what it is to find
    chosen = [] if lifecycle == "reference" else ["-k", "not any_run_image and not daemon"]
    outcomes = run(pytester, *options_for(lifecycle), *chosen).parseoutcomes()
    assert outcomes.pop("skipped", 0) <= 1, "only the daemon may be missing"
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] >= 6


def test_the_example_for_a_platform(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{PLATFORM.stem: PLATFORM.read_text(encoding="utf-8")})
    run(pytester, "--cnb-lifecycle=reference").assert_outcomes(passed=3)


def test_a_bounded_test_ends_at_its_first_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import json, pathlib
        from hypothesis import given
        from pytest_cnb_report.strategies import bounded, wide_label_sets

        CALLS = []

        @bounded(10)
        @given(labels=wide_label_sets())
        def test_labels(cnb_check, labels):
            CALLS.append(labels)
            assert len(CALLS) < 3

        @bounded(10)
        @given(labels=wide_label_sets())
        def test_met(labels):
            CALLS.append(labels)

        def test_count():
            assert len(CALLS) - 10 <= 6
    """)
    ended = pytester.runpytest_subprocess("-p", "no:randomly")
    ended.assert_outcomes(passed=2, failed=1)

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

AT_HAND = os.environ.get("CNB_CONFORMANCE_LIFECYCLE", "reference")
"""A real lifecycle, where the environment names one."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _no_options_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CNB_CONFORMANCE_"):
            monkeypatch.delenv(name)


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:randomly", "-n", "2", *words)


def test_the_complete_example(pytester: pytest.Pytester) -> None:
    complete, second = blocks("python")
    name = re.match(r"# (\w+)\.py\n", complete)
    assert name is not None
    pytester.makepyfile(**{name[1]: complete, "test_second": second})
    run(pytester, "--cnb-lifecycle=reference").assert_outcomes(passed=4)


def test_the_complete_example_on_the_lifecycle_at_hand(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(blocks("python")[0])
    words = (f"--cnb-lifecycle={AT_HAND}", "--cnb-profile=platform-spec")
    run(pytester, *words).assert_outcomes(passed=3)


def test_what_a_mistake_looks_like(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(blocks("python")[0])
    (shown,) = blocks("text")
    fault = re.search(r"rebaser of (\S+) ", shown)
    assert fault is not None
    ended = run(pytester, f"--cnb-lifecycle={fault[1]}", "-k", "takes_the_new_labels", "--tb=short")
    ended.assert_outcomes(failed=1)
    said = "\n".join(re.sub(r"^E ?", "", line).strip() for line in ended.outlines)
    for line in shown.splitlines():
        assert line.strip() in said


def test_generated_labels_shrink_to_the_one_that_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        from hypothesis import given, settings
        from pytest_cnb_report.strategies import wide_label_sets

        @settings(max_examples=30, deadline=None, database=None)
        @given(labels=wide_label_sets())
        def test_any_labels(cnb_run_image, cnb_rebase, cnb_check, labels):
            new = cnb_run_image(labels=labels.run_image)
            cnb_check(cnb_rebase(run_image=new, labels=labels.app))
    """)
    ended = run(pytester, "--cnb-lifecycle=reference:stale-stack-labels-kept")
    ended.assert_outcomes(failed=1)
    (smallest,) = [line for line in ended.outlines if "labels=LabelSet(" in line]
    assert smallest.count("'io.buildpacks.stack.") == 1
    assert "run_image={})" in smallest


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


def test_the_example_to_copy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{EXAMPLE.stem: EXAMPLE.read_text(encoding="utf-8")})
    ended = run(pytester, "--cnb-lifecycle=reference")
    outcomes = ended.parseoutcomes()
    assert outcomes.pop("skipped", 0) <= 1, "only the daemon may be missing"
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] >= 7


def test_the_example_to_copy_on_the_lifecycle_at_hand(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{EXAMPLE.stem: EXAMPLE.read_text(encoding="utf-8")})
    ended = run(
        pytester,
        f"--cnb-lifecycle={AT_HAND}",
        "--cnb-profile=platform-spec",
        # not every lifecycle rebases onto every kind of run image, and that is what it is to find
        *("-k", "not any_run_image and not daemon"),
    )
    assert set(ended.parseoutcomes()) <= {"passed"}

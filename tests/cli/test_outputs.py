"""`outputs`: what a run found, for systems that take variables from lines."""

from __future__ import annotations

from pathlib import Path

from pytest_cnb_report.values import Outcome

from .console import Console
from .made import result, run, written

FAILED = run(
    result("report.written"),
    result("report.valid-toml", Outcome.FAIL, message="no TOML"),
    result("report.image.tags", Outcome.UNTESTABLE),
)


def variables(text: str) -> dict[str, str]:
    """Read lines as GitHub and GitLab do."""
    return dict(line.split("=", 1) for line in text.splitlines())


def test_what_a_run_found(console: Console, tmp_path: Path) -> None:
    path = written(tmp_path / "out", FAILED)
    told = variables(console("outputs", path.parent).out)
    assert told["conformant"] == "false"
    assert told["exit_code"] == "1"
    assert told["why"] == "1 MUST requirement failed; 1 more MUST requirement not fully tested"
    assert (told["passed"], told["failed"], told["untestable"]) == ("1", "1", "1")
    assert told["report_json"] == str(path)
    assert "report_html" not in told


def test_the_exit_code_of_the_run_counts(console: Console, tmp_path: Path) -> None:
    path = written(tmp_path / "out", run(result("report.written")))
    assert variables(console("outputs", path.parent).out)["conformant"] == "true"
    told = variables(console("outputs", path.parent, "--exit-code", "2").out)
    assert (told["conformant"], told["exit_code"]) == ("false", "2")


def test_a_run_that_could_not_begin(console: Console, tmp_path: Path) -> None:
    told = variables(console("outputs", tmp_path).out)
    assert (told["conformant"], told["exit_code"]) == ("false", "2")
    assert "could not begin" in told["why"]


def test_bad_input(console: Console, tmp_path: Path) -> None:
    assert "there is no such folder" in console("outputs", tmp_path / "gone").problem
    (tmp_path / "report.json").write_text("{")
    assert "ends in the middle" in console("outputs", tmp_path).problem

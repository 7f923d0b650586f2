"""Open questions as experiments on records: who passes under which reading."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_cnb_report.cli.experiments_table import recorded_lines
from pytest_cnb_report.cli.requirements import write_pages
from pytest_cnb_report.planning.experiments import experiments
from pytest_cnb_report.report.experiments import Experiment, Told, dumps, read
from pytest_cnb_report.report.whatif import Answer
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.values import Outcome

OBSERVATIONS = Path(__file__).parents[2] / "fixtures" / "observations"
UNDECIDED = {reading.id for reading in load_register() if reading.no_effect is None}


@pytest.fixture(scope="module")
def tried() -> dict[str, Experiment]:
    found = experiments([OBSERVATIONS / "draft.xz"])
    return {each.question: each for each in found.experiments}


def test_every_question_with_an_effect_is_tried(tried: dict[str, Experiment]) -> None:
    assert set(tried) == UNDECIDED


def test_a_lifecycle_passes_under_one_reading_and_fails_under_the_other(
    tried: dict[str, Experiment],
) -> None:
    stale = tried["stale-labels"]
    assert stale.answer is Answer.FLIPS
    assert stale.outcomes(by_b=False)["rebase.labels.stack.removed"] is Outcome.PASS
    assert stale.outcomes(by_b=True)["rebase.labels.stack.removed"] is Outcome.FAIL


def test_a_question_that_no_scenario_asks_is_not_answered(tried: dict[str, Experiment]) -> None:
    assert tried["byte-order-mark"].answer is Answer.CANNOT_TELL


def test_the_pages_are_written_from_published_records(tmp_path: Path) -> None:
    for name in ("draft", "api-0.11"):
        run = tmp_path / "results" / name
        run.mkdir(parents=True)
        shutil.copy(OBSERVATIONS / f"{name}.xz", run / "record.xz")
    (tmp_path / "changes").mkdir()
    change = tmp_path / "changes" / "labels.toml"
    change.write_text('text = "Labels stay"\n[reading]\nstale-labels = "b"\n', encoding="utf-8")
    write_pages(tmp_path)
    answer = change.with_suffix(".md").read_text("utf-8")
    assert answer.startswith("### What if: Labels stay\n")
    page = (tmp_path / "open-questions.md").read_text("utf-8")
    assert "| recorded lifecycles | interpretation A | interpretation B |" in page
    assert "no record distinguishes them: no recorded scenario shows a difference." in page
    assert set(read(tmp_path / "results" / "experiments.json")) == UNDECIDED


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "experiments.json").write_text(
        dumps(experiments([OBSERVATIONS / "api-0.11.xz"])), encoding="utf-8"
    )
    (told,) = read(tmp_path / "experiments.json")["stale-labels"]
    assert (told.platform_api, told.target, told.answer) == ("0.11", "registry", Answer.FLIPS)
    assert read(tmp_path / "nowhere.json") == {}


def told(answer: Answer, **outcomes: tuple[Outcome, Outcome]) -> Told:
    a, b = ({name: pair[by] for name, pair in outcomes.items()} for by in (0, 1))
    return Told("v1", "0.12", "registry", answer, a, b, passes=True)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (Outcome.PASS, Outcome.FAIL, "| passes | fails [`x`](requirements.md#x) |"),
        (Outcome.WARN, Outcome.NOT_APPLICABLE, "| does not meet the recommendation"),
        (Outcome.FAIL, Outcome.NOT_APPLICABLE, "| is not asked |"),
        (Outcome.PASS, Outcome.UNTESTABLE, "| cannot be tested on [`x`](requirements.md#x) |"),
    ],
)
def test_a_reading_is_told_by_its_weightiest_outcome(
    before: Outcome, after: Outcome, said: str
) -> None:
    lines = list(recorded_lines([told(Answer.FLIPS, x=(before, after))]))
    assert said in lines[-1]
    assert lines[-1].startswith("| v1 (0.12) |")


def test_records_that_do_not_tell_the_readings_apart_say_so() -> None:
    (line,) = recorded_lines([told(Answer.STAYS)])
    assert line == "- Recorded: no record distinguishes them: all pass under both."
    (line,) = recorded_lines([told(Answer.NOT_APPLICABLE)])
    assert line.endswith(": none is asked.")
    assert list(recorded_lines([])) == []

"""Which failures get a folder, and what it is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cnb_report.observe.inputs import InputFile
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.record.file import read_record
from pytest_cnb_report.report.aggregate import distinct
from pytest_cnb_report.report.record import read as read_report
from pytest_cnb_report.report.reproduction import folder_of
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.report.write import WriteError
from pytest_cnb_report.reproduce.folder import MOST, write_reproductions
from pytest_cnb_report.values import Outcome

from .console import PROGRAM
from .reproductions import PATH, conformance, repeat


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Observation]:
    """A failure, with what was observed of it."""
    output = tmp_path_factory.mktemp("judged")
    words = ("--lifecycle", "reference:no-top-layer", "--phase", "exporter")
    asked = ("--requirement", "report.run-image.top-layer", "--", "-k", "plain")
    assert conformance(output, *words, *asked).code == 1
    result = next(r for r in read_report(output / "report.json").results if r.evidence)
    record = read_record(output / "record.xz")
    return result, record.scenarios[0].observations[0]


def failure(
    judged: tuple[Result, Observation], number: int, *, message: str = "", size: int = 1
) -> tuple[Result, Observation]:
    result, observation = judged
    told = replace(
        result, outcome=Outcome.FAIL, message=message or f"message {number}", case=f"case-{number}"
    )
    file = InputFile("weight", 0o644, b"x" * size)
    return told, replace(observation, inputs=(*observation.inputs, file))


def test_there_are_never_more_than_a_bound(
    judged: tuple[Result, Observation], tmp_path: Path
) -> None:
    many = [failure(judged, number, size=100 - number) for number in range(MOST + 5)]
    kept = write_reproductions(tmp_path, many, "lifecycle")
    assert len(kept) == MOST
    smallest = {f"exporter-registry-case-{number}" for number in range(5, MOST + 5)}
    assert {path.name for path in kept} == smallest
    readme = (tmp_path / "reproduce" / "README.txt").read_text()
    assert f"{MOST} of {MOST + 5} distinct failures" in readme
    assert [path.name for path in tmp_path.iterdir()] == ["reproduce"]


def test_of_one_mistake_the_case_is_kept_that_stands_for_it_in_every_report(
    judged: tuple[Result, Observation], tmp_path: Path
) -> None:
    found = [failure(judged, number, message="same", size=9 - number) for number in (1, 2, 3)]

    def order(result: Result) -> int:
        return {"case-1": 5, "case-2": 0, "case-3": 0}[result.case]

    (kept,) = write_reproductions(tmp_path, found, "lifecycle", order)
    (told,) = distinct([result for result, _ in found], {Outcome.FAIL}, unlike_plain=order)
    assert str(kept.relative_to(tmp_path)) == folder_of(told.first)
    assert kept.name == "exporter-registry-case-2"


def test_the_script_finds_a_suite_that_is_not_on_the_path(
    judged: tuple[Result, Observation], tmp_path: Path
) -> None:
    gone, system = "/no/such/cnb-conformance", "/usr/bin:/bin"
    cases = ((str(PROGRAM), system, 0), (gone, PATH, 0), (gone, system, 2))
    for number, (suite, path, code) in enumerate(cases):
        output = tmp_path / str(number)
        output.mkdir()
        (folder,) = write_reproductions(
            output, [failure(judged, number)], "lifecycle", program=suite
        )
        ended = repeat(folder, PATH=path, LIFECYCLE="/bin/true")
        assert ended.returncode == code, ended
        assert ("name it with CNB_CONFORMANCE" in ended.stderr) == (code == 2)


def test_a_folder_that_cannot_be_written_is_said(
    judged: tuple[Result, Observation], tmp_path: Path
) -> None:
    (tmp_path / "reproduce").write_text("a file in the way")
    with pytest.raises(WriteError, match="something other than the reproductions"):
        write_reproductions(tmp_path, [failure(judged, 1)], "lifecycle")

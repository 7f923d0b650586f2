"""What stands at a report's path before: another each time, and TOML however much of it is left."""

from __future__ import annotations

from pathlib import Path

import tomli

from pytest_cnb_report.drive.cases import ReportFlow
from pytest_cnb_report.drive.drawn_names import NameSource
from pytest_cnb_report.observe.report_plan import left_over, mark_of, plan_report

LONGEST = 4096
MARK = "0123456789abcdef"


def stood_there(folder: Path) -> bytes:
    folder.mkdir()
    plan = plan_report(ReportFlow(longer_before=True), folder, None, NameSource())
    assert plan.before is not None
    assert plan.path.read_bytes() == plan.before
    return plan.before


def test_each_call_finds_another_report(tmp_path: Path) -> None:
    one, other = stood_there(tmp_path / "one"), stood_there(tmp_path / "other")
    assert mark_of(one) != mark_of(other)
    assert one.splitlines()[-1] != other.splitlines()[-1]
    assert min(len(one), len(other)) > LONGEST


def test_the_report_has_a_table_of_its_own() -> None:
    assert tomli.loads(left_over(MARK).decode()) == {"left-over": {"mark": MARK}}


def test_what_is_left_behind_a_new_report_is_toml_wherever_it_is_cut() -> None:
    report = b'[image]\ntags = ["r/a"]\ndigest = "sha256:' + b"0" * 64 + b'"\nmanifest-size = 1\n'
    before = left_over(MARK)
    for length in range(len(report), len(report) + 200):
        new = report + b"\n" * (length - len(report))
        tables = tomli.loads((new + before[len(new) :]).decode())
        assert tables == tomli.loads(report.decode())


def test_a_report_without_a_mark_has_none() -> None:
    assert mark_of(b"#" * 79) is None
    assert mark_of(left_over(MARK)) == MARK.encode()

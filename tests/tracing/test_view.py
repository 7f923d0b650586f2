"""What is shown of the table at one platform API."""

from __future__ import annotations

from pathlib import Path

from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.trace.as_text import check_text
from pytest_cnb_report.trace.rows import COLUMNS, parse_table
from pytest_cnb_report.trace.view import view
from pytest_cnb_report.values import PlatformApi

from .made_up import DECLARED, TEXT, rows_of

CATALOGUE = load_catalogue()


def test_a_finding_names_only_requirements_that_its_platform_api_asks_for(tmp_path: Path) -> None:
    rows = rows_of(TEXT, "0.11-0.15").replace("rebase.layers", "rebase.target.forced")
    empty = "\t".join(COLUMNS) + "\n"
    table = parse_table(DECLARED, {"P": rows, "D": empty}, CATALOGUE)
    changed = TEXT.replace("MUST have a lid", "MUST have one lid")
    for text, tested in (
        (changed, "tested by rebase.target.forced"),
        (changed.replace("`0.15`", "`0.11`"), "not tested yet: tested from platform API 0.12 on"),
    ):
        tmp_path.joinpath("platform.md").write_text(text, encoding="utf-8")
        shown = view(
            table, CATALOGUE, api=None, latest=PlatformApi(0, 15), folders={"spec": tmp_path}
        )
        assert f"    {tested}" in check_text(shown).splitlines()

"""`matrix`: many runs side by side, made before or made now."""

from __future__ import annotations

import lzma
import shutil
from pathlib import Path

import pytest

from pytest_cnb_report.cli.matrix_runs import folder_names, runs_of
from pytest_cnb_report.report.results import LifecycleFacts
from pytest_cnb_report.values import Outcome

from .console import Console, process
from .made import result, run, written

OBSERVATIONS = Path(__file__).parents[2] / "fixtures" / "observations"


def versions(folder: Path, *names: str) -> list[Path]:
    """Write the results of a run for each version into a folder of its own."""
    return [
        written(
            folder / name,
            run(
                result("report.written", Outcome.FAIL, message="no report"),
                lifecycle=LifecycleFacts(f"/opt/{name}", "directory", name, None),
            ),
        ).parent
        for name in names
    ]


def test_one_page_of_many_runs(console: Console, tmp_path: Path) -> None:
    folders = versions(tmp_path, "0.19.7", "0.20.20")
    ended = console("matrix", *folders, "--output", tmp_path / "page.html")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"written: {tmp_path / 'page.html'} (2 runs)\n"
    page = (tmp_path / "page.html").read_text()
    assert page.index("0.19.7") < page.index("0.20.20")
    assert "report.written" in page


def test_without_output_it_goes_into_the_callers_folder(console: Console, tmp_path: Path) -> None:
    (folder,) = versions(tmp_path / "runs", "0.20.20")
    assert console("matrix", folder).code == 0
    assert Path("matrix.html").is_file()


def test_a_folder_of_folders_is_in_the_order_of_versions(console: Console, tmp_path: Path) -> None:
    versions(tmp_path / "runs", "v0.10.0", "v0.9.1", "v0.20.20")
    assert console("matrix", tmp_path / "runs").code == 0
    page = Path("matrix.html").read_text()
    places = [page.index(name) for name in ("v0.9.1", "v0.10.0", "v0.20.20")]
    assert places == sorted(places)


def test_bad_input_leaves_the_page_that_was_there(console: Console, tmp_path: Path) -> None:
    (folder,) = versions(tmp_path, "0.20.20")
    page = tmp_path / "page.html"
    page.write_text("an older page")
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    assert "bad.json" in console("matrix", folder, bad, "--output", page).problem
    assert page.read_text() == "an older page"
    (tmp_path / "empty").mkdir()
    nothing = console("matrix", tmp_path / "empty").problem
    assert "there is no report.json and no record.xz in it" in nothing
    assert "give the folders of runs" in console("matrix").problem
    partial = console("matrix", folder, "--target", "registry").problem
    assert "without --lifecycle; omit the other options" in partial


def test_results_may_be_compressed(console: Console, tmp_path: Path) -> None:
    (folder,) = versions(tmp_path, "0.20.20")
    content = lzma.compress((folder / "report.json").read_bytes())
    (folder / "report.json").unlink()
    (folder / "report.json.xz").write_bytes(content)
    assert console("matrix", folder).out == "written: matrix.html (1 run)\n"
    cut, other = tmp_path / "cut.json.xz", tmp_path / "other.json.xz"
    cut.write_bytes(content[:-100])
    other.write_bytes(b"{}" * 20)
    assert "ends in the middle" in console("matrix", cut).problem
    assert "other.json.xz: is not compressed with xz" in console("matrix", other).problem


def test_recorded_runs_are_judged_for_the_page(console: Console, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    shutil.copy(OBSERVATIONS / "api-0.11.xz", folder / "record.xz")
    (folder / "report.md").write_text("a report")
    page = tmp_path / "page.html"
    assert console("matrix", tmp_path / "runs", "--output", page).code == 0
    text = page.read_text()
    assert "rfc-0129-draft" in text
    assert 'href="runs/one/report.md"' in text
    # the same run by another text; the results that it was given do not hide its record
    written(folder, run(result("report.written")))
    ended = console("matrix", tmp_path / "runs", "--profile", "platform-spec", "--output", page)
    assert ended.code == 0
    assert "platform-spec" in page.read_text()
    again = console("matrix", folder / "report.json", "--profile", "platform-spec")
    assert "has its verdict already; --profile needs the run's record.xz" in again.problem
    (folder / "record.xz").write_bytes(b"no record" * 9)
    assert "record.xz: is not a record" in console("matrix", folder / "record.xz").problem


def test_a_page_that_cannot_be_written(console: Console, tmp_path: Path) -> None:
    (folder,) = versions(tmp_path, "0.20.20")
    (tmp_path / "file").write_text("in the way")
    ended = console("matrix", folder, "--output", tmp_path / "file" / "page.html")
    assert f"cannot write {tmp_path / 'file' / 'page.html'}" in ended.problem


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["/opt/v0.19/", "/opt/v0.20"], ("v0.19", "v0.20")),
        (["/a/lifecycle", "/b/lifecycle"], ("lifecycle", "lifecycle-2")),
        (["reference", "reference:no-tags"], ("reference", "reference-no-tags")),
        (["command:docker run x", "/"], ("command-docker-run-x", "lifecycle")),
        (["..", "."], ("lifecycle", "lifecycle-2")),
    ],
)
def test_each_lifecycle_gets_a_folder(given: list[str], names: tuple[str, ...]) -> None:
    assert folder_names(given) == names


def test_runs_that_are_made_now(tmp_path: Path) -> None:
    ended = process(
        *("matrix", "--lifecycle", "reference:no-tags", "--lifecycle", str(tmp_path / "nowhere")),
        *("--platform-api", "0.13", "--platform-api", "0.14", "--output", str(tmp_path / "out")),
        *("--target", "registry", "--phase", "exporter", "--requirement", "report.image.tags"),
        *("--jobs", "2"),
        *("--", "-k", "plain"),
    )
    # one of the two could not be tested, and the page shows the other by both APIs
    assert ended.code == 2, ended
    assert ended.out.startswith("4 runs, 2 at once, 2 calls in flight\n")
    assert "there is no such file or directory" in ended.err
    page = (tmp_path / "out" / "matrix.html").read_text()
    assert page.index("API 0.13") < page.index("API 0.14")
    reports = sorted(path.parent.name for path in (tmp_path / "out").glob("*/report.json"))
    assert reports == [f"reference-no-tags-api-{api}" for api in ("0.13", "0.14")]
    shown = [line for line in ended.out.splitlines() if line.startswith("== ")]
    assert [line.partition(" -> ")[0] for line in shown[:2]] == [
        f"== reference:no-tags, platform API {api}" for api in ("0.13", "0.14")
    ]


def test_each_lifecycle_is_judged_by_each_platform_api() -> None:
    out = Path("out")
    both = runs_of(["/a/v0.19", "/a/v0.20"], ["0.13", "0.14", "0.13"], out)
    assert [(each.lifecycle, each.platform_api, each.folder.name) for each in both] == [
        ("/a/v0.19", "0.13", "v0.19-api-0.13"),
        ("/a/v0.19", "0.14", "v0.19-api-0.14"),
        ("/a/v0.20", "0.13", "v0.20-api-0.13"),
        ("/a/v0.20", "0.14", "v0.20-api-0.14"),
    ]
    (one,) = runs_of(["/a/v0.19"], ["0.13"], out)
    assert one.folder == out / "v0.19"
    assert "--platform-api=0.13" in one.command([])
    (neither,) = runs_of(["/a/v0.19"], [], out)
    assert not [word for word in neither.command([]) if word.startswith("--platform-api")]


def test_lifecycles_need_a_folder(console: Console, tmp_path: Path) -> None:
    assert "--output names the folder" in console("matrix", "--lifecycle", "reference").problem
    (tmp_path / "file").write_text("in the way")
    ended = console("matrix", "--lifecycle", "reference", "--output", tmp_path / "file")
    assert "cannot write" in ended.problem

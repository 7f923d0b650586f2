"""A recorded run on disk is the same run: judged again, it gets the same verdicts."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from pytest_cnb_report.cli.main import main
from pytest_cnb_report.record import file as record_file
from pytest_cnb_report.record.codec import Codec, RecordError
from pytest_cnb_report.record.file import (
    FORMAT,
    Record,
    dump_scenario,
    load_scenario,
    read_record,
    write_record,
)
from pytest_cnb_report.record.pieces import PieceWriter, read_pieces
from pytest_cnb_report.record.requests import in_columns
from pytest_cnb_report.registry.protocol import Request

OPTIONS = ("--target", "registry", "--examples", "4", "--lifecycle", "reference:values-trimmed")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of a lifecycle with a mistake, among it builds, rebases, refusals and label sets."""
    folder = tmp_path_factory.mktemp("recorded")
    keywords = "plain or twice or index or unlisted or labels-stack or unknown or generated-small"
    code = main(["run", *OPTIONS, "--output", str(folder), "--", "-k", keywords])
    assert code == 1
    return folder / "record.xz"


@pytest.fixture(scope="module")
def record(recorded: Path) -> Record:
    return read_record(recorded)


def test_what_is_written_is_read_back(record: Record, tmp_path: Path) -> None:
    assert len(record.scenarios) > 10
    path = tmp_path / "record.xz"
    write_record(path, record.run, record.scenarios)
    assert read_record(path) == record


def test_generated_label_sets_are_in_it_drawn_ones_first(record: Record) -> None:
    generated = [each for each in record.scenarios if each.case.generated is not None]
    assert generated
    assert all(len(each.observations) >= each.drawn >= 1 for each in generated)


def test_one_scenario_is_one_line_and_stands_on_its_own(record: Record) -> None:
    scenario = record.scenarios[0]
    (observation,) = scenario.observations
    assert observation.call is not None
    odd = replace(
        observation,
        call=replace(observation.call, stdout="two\nlines\r\u2028\x1e\ud800 \x00"),
        report=replace(observation.report, content=b"\xff\xfe\x00"),
    )
    line = dump_scenario(Codec(), replace(scenario, observations=(odd,)))
    assert len(line.splitlines()) == 1
    assert load_scenario(Codec(), line).observations == (odd,)


def test_judged_again_it_comes_to_the_same(recorded: Path, tmp_path: Path) -> None:
    assert main(["judge", str(recorded), "--output", str(tmp_path)]) == 1
    first = json.loads((recorded.parent / "report.json").read_text())
    again = json.loads((tmp_path / "report.json").read_text())
    assert again["results"] == first["results"]
    assert again["evidence"] == first["evidence"]
    for key in ("summary", "conformant", "exit_code", "why", "targets", "lifecycle", "deselected"):
        assert again[key] == first[key], key
    assert (tmp_path / "reproduce" / "README.txt").is_file()
    assert read_record(tmp_path / "record.xz").scenarios == read_record(recorded).scenarios


def test_a_folder_stands_for_the_record_in_it(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", str(recorded.parent), "-q"]) == main(["judge", str(recorded), "-q"])
    by_folder, by_file = capsys.readouterr().out.split("recorded: ")[1:]
    assert by_folder == by_file
    assert main(["judge", str(tmp_path)]) == 2
    assert "there is no record.xz in it, nor in a folder in it" in capsys.readouterr().err


def test_another_profile_needs_no_lifecycle(recorded: Path, tmp_path: Path) -> None:
    profile = ("--profile", "platform-spec")
    assert main(["judge", str(recorded), *profile, "--output", str(tmp_path)]) == 1
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["profile"] == "platform-spec"
    outcomes = {each["outcome"] for each in report["results"] if "run-image" in each["requirement"]}
    assert "fail" not in outcomes
    commands = {each["reproduce"] for each in report["results"] if each["reproduce"]}
    assert commands
    assert all("--profile platform-spec" in command for command in commands)


def changed(record: Path, folder: Path, change: Callable[[bytes], bytes]) -> Path:
    path = folder / "changed.xz"
    path.write_bytes(lzma.compress(change(lzma.decompress(record.read_bytes()))))
    return path


NOT_RECORDS = {
    "nothing": b"",
    "no xz": b"observations\n",
    "other lines": lzma.compress(b"[]\n"),
    "a report": lzma.compress(b'{"schema_version": 1, "results": []}\n'),
    "deep JSON": lzma.compress(b"[" * 100_000 + b"\n"),
    "no end of line": lzma.compress(b'{"what": "x"}'),
}


@pytest.mark.parametrize("what", NOT_RECORDS)
def test_what_is_no_record_is_exit_code_2(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "given.xz"
    path.write_bytes(NOT_RECORDS[what])
    assert main(["judge", str(path)]) == 2
    said = capsys.readouterr().err
    assert "given.xz" in said
    assert "Traceback" not in said


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(tmp_path / "none.xz")]) == 2
    assert "none.xz" in capsys.readouterr().err


def test_another_format_names_the_version_that_reads_it(recorded: Path, tmp_path: Path) -> None:
    def newer(content: bytes) -> bytes:
        first, _, rest = content.partition(b"\n")
        heading = {**json.loads(first), "format": FORMAT + 1, "version": "9.9"}
        return json.dumps(heading).encode() + b"\n" + rest

    with pytest.raises(RecordError, match=r"format 3, written by version 9\.9.*formats up to 2"):
        read_record(changed(recorded, tmp_path, newer))


def test_a_record_that_is_cut_short_is_refused(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.xz"
    path.write_bytes(recorded.read_bytes()[:-100])
    with pytest.raises(RecordError, match=r"short\.xz: ends in the middle"):
        read_record(path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda plain: plain["scenario"].pop("case"),
        lambda plain: plain["scenario"].update(surprise=1),
        lambda plain: plain["scenario"].update(observations=7),
        lambda plain: plain["scenario"].update(target="moon"),
        lambda plain: plain.update(blobs={}),
        lambda plain: plain.update(blobs={"x": "t"}),
        lambda plain: plain.update(blobs={"0": "?"}),
        lambda plain: plain.update(blobs=[]),
        lambda plain: plain.pop("blobs"),
    ],
)
def test_a_damaged_scenario_is_refused(
    record: Record, edit: Callable[[dict[str, object]], object]
) -> None:
    plain = json.loads(dump_scenario(Codec(), record.scenarios[0]))
    edit(plain)
    with pytest.raises(RecordError):
        load_scenario(Codec(), json.dumps(plain))


def test_a_bomb_is_refused_within_bounds(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "LARGEST", 8 * 1024 * 1024)
    path = tmp_path / "bomb.xz"
    with lzma.open(recorded, "rb") as whole:
        heading = whole.readline()
    path.write_bytes(lzma.compress(heading + b" " * 64 * 1024 * 1024))
    with pytest.raises(RecordError, match="larger than"):
        read_record(path)


def test_a_scenario_of_another_call_is_not_judged(record: Record, tmp_path: Path) -> None:
    """What is in a record is only believed as far as rules can read it."""
    broken = replace(record.scenarios[0], observations=())
    write_record(tmp_path / "record.xz", record.run, (broken,))
    assert main(["judge", str(tmp_path / "record.xz")]) == 2


def test_the_same_run_is_written_the_same(record: Record, tmp_path: Path) -> None:
    for name in ("first.xz", "second.xz"):
        write_record(tmp_path / name, record.run, record.scenarios)
    assert (tmp_path / "first.xz").read_bytes() == (tmp_path / "second.xz").read_bytes()


def test_what_utf_8_lacks_is_written_and_read(record: Record, tmp_path: Path) -> None:
    odd = replace(record.scenarios[0], error="two\nlines\u2028 \ud800 é")
    write_record(tmp_path / "record.xz", record.run, (odd, record.scenarios[1]))
    assert read_record(tmp_path / "record.xz").scenarios == (odd, record.scenarios[1])


def test_a_record_of_the_format_before_is_read(record: Record, tmp_path: Path) -> None:
    codec = Codec()
    run = codec.plain(record.run)
    heading = {"what": "pytest-cnb-report record", "format": 1, "version": "0.1.0"}
    path = tmp_path / "record.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        for line in (json.dumps(heading), json.dumps(run)):
            file.write(f"{line}\n")
        for scenario in record.scenarios[:3]:
            file.write(f"{dump_scenario(codec, scenario)}\n")
    assert read_record(path) == Record(record.run, record.scenarios[:3])


def test_requests_of_the_format_before_are_read() -> None:
    requests = (Request(7, 0.25, "GET", "/v2/", 200, 0, 2), Request(8, 0.5, "PUT", "/", 201, 9, 0))
    codec = Codec()
    rows = [asdict(each) for each in requests]
    assert codec.value(rows, tuple[Request, ...]) == requests
    assert codec.value(in_columns(requests), tuple[Request, ...]) == requests
    for damage in ({"count": 3}, {"status": [200]}, {"port": 1}, {"count": "2"}):
        with pytest.raises(RecordError):
            codec.value({**in_columns(requests), **damage}, tuple[Request, ...])


DAMAGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "no end": (lambda rows: rows[:-1], "ends in the middle"),
    "one scenario less": (lambda rows: rows[rows.index(b".") + 1 :], "damaged"),
    "a number too high": (lambda rows: [b"@9999999", *rows], "damaged"),
    "too many from there": (lambda rows: [rows[0], b"@0+9999999", *rows[1:]], "damaged"),
    "no number": (lambda rows: [b"@-1", *rows], "damaged"),
    "another kind of line": (lambda rows: [b"?", *rows], "damaged"),
    "a wrong count": (lambda rows: [*rows[:-1], b"=7"], "damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_pieces_are_refused(damage: str) -> None:
    writer = PieceWriter()
    lines = (b'{"a":1,"b":"sha256:0"}', b'{"b":"sha256:0","a":1}')
    rows = b"".join([*map(writer.write, lines), writer.end(2)]).splitlines()
    bounds = {"longest": 1000, "largest": 1000}
    assert tuple(read_pieces(rows, **bounds)) == lines
    change, message = DAMAGES[damage]
    with pytest.raises(RecordError, match=message):
        list(read_pieces(change(rows), **bounds))


@pytest.mark.parametrize(("bound", "message"), [("longest", "line of more"), ("largest", "larger")])
def test_a_few_references_do_not_stand_for_any_number_of_bytes(bound: str, message: str) -> None:
    rows = [b"+" + b"x" * 100, *[b"@0"] * 100, b".", b"=1"]
    with pytest.raises(RecordError, match=message):
        list(read_pieces(rows, **{"longest": 10**6, "largest": 10**6, bound: 5000}))

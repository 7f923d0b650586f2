"""An observation on disk is the same observation: judged again, it gets the same verdicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.record import (
    FORMAT,
    RecordError,
    dumps,
    loads,
    read_record,
    write_record,
)
from pytest_cnb_report.observe.report_file import ReportFile, read_report
from pytest_cnb_report.values import Phase, Profile

from .judging import carried_out, judgements

CASES = (
    ("exporter", "plain"),
    ("exporter", "index"),
    ("exporter", "several-tags"),
    ("exporter", "unknown-process"),
    ("creator", "longer-report-before"),
    ("rebaser", "plain"),
    ("rebaser", "twice"),
    ("rebaser", "labels-stack"),
    ("rebaser", "new-name"),
    ("rebaser", "forced-unlisted"),
    ("rebaser", "unlisted"),
    ("rebaser", "run-image-by-environment"),
)


@pytest.fixture(scope="module")
def observations(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> tuple[Observation, ...]:
    """Observations of all kinds: done, refused, done twice, never reached, and flawed."""
    seen = [carried_out(bench, phase, case) for phase, case in CASES]
    nothing = resolve("command:false", phases=tuple(Phase), profile="rfc-0129-draft")
    folder = tmp_path_factory.mktemp("bench")
    seen.append(
        carried_out(bench.handed_to(nothing, folder, with_exported=False), "rebaser", "plain")
    )
    assert seen[-1].blocked
    for content in (b"\xff\xfe", b"[image]\ntags = 2024-05-12\n", b"a = [" * 1000):
        report = ReportFile("report.toml", content, regular=True, size=len(content))
        seen.append(replace(seen[0], report=report))
    seen.append(replace(seen[0], report=read_report("/dev/null")))
    return tuple(seen)


def test_what_is_written_is_read_back(
    observations: tuple[Observation, ...], tmp_path: Path
) -> None:
    path = tmp_path / "observations"
    write_record(path, observations)
    assert read_record(path) == observations


@pytest.mark.parametrize("profile", Profile)
def test_judged_again_it_gets_the_same_verdicts(
    profile: Profile, observations: tuple[Observation, ...]
) -> None:
    for observation in observations:
        again = loads(dumps(observation))
        assert judgements(again, profile) == judgements(observation, profile)


def test_an_observation_takes_one_line(export: Observation) -> None:
    call = export.call
    assert call is not None
    odd = replace(export, call=replace(call, stdout="two\nlines\r\u2028\x1e\ud800 \x00"))
    line = dumps(odd)
    assert len(line.splitlines()) == 1
    assert loads(line) == odd


BAD = {
    "nothing": "",
    "no JSON": "observations\n",
    "other JSON": "[]\n",
    "a report": '{"schema_version": 1, "results": []}\n',
    "deep JSON": "[" * 100_000,
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_record_is_refused_by_name(what: str, tmp_path: Path) -> None:
    path = tmp_path / "observations"
    path.write_text(BAD[what])
    with pytest.raises(RecordError, match="observations: no record of observations"):
        read_record(path)


def test_a_record_of_another_format_is_refused(export: Observation, tmp_path: Path) -> None:
    path = tmp_path / "observations"
    write_record(path, [export])
    text = path.read_text().replace(f'"format": {FORMAT}', '"format": 99', 1)
    path.write_text(text)
    with pytest.raises(RecordError, match=r"format 99, .*this version reads format 1"):
        read_record(path)


@pytest.mark.parametrize(
    "line",
    ["", "[]", "null", "{}", '{"case": 1}', "[" * 100_000, '{"case": "x", "phase": "dancer"}'],
    ids=lambda line: line[:20] or "empty",
)
def test_what_is_no_observation_is_refused(line: str) -> None:
    with pytest.raises(RecordError, match="no observation"):
        loads(line)


def test_a_record_that_is_cut_short_is_refused(export: Observation, tmp_path: Path) -> None:
    path = tmp_path / "observations"
    write_record(path, [export, export])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RecordError, match="no observation"):
        read_record(path)

"""The ways in and out: flags, variables, platform APIs, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_cnb_report.reference.entry import run
from pytest_cnb_report.reference.errors import PhaseError
from pytest_cnb_report.reference.flags import LIST, NUMBER, SWITCH, TEXT, parse

from .lab import Lab

KINDS = {"report": TEXT, "force": SWITCH, "uid": NUMBER, "tag": LIST}


@pytest.mark.parametrize(
    ("argv", "given", "images"),
    [
        (["-report", "r", "i"], {"report": ["r"]}, ["i"]),
        (["-report=r", "i"], {"report": ["r"]}, ["i"]),
        (["--report", "r", "i"], {"report": ["r"]}, ["i"]),
        (["--report=r=s", "i"], {"report": ["r=s"]}, ["i"]),
        (["-force", "i"], {"force": ["true"]}, ["i"]),
        (["-force=false", "i"], {"force": ["false"]}, ["i"]),
        (["-tag", "a", "-tag", "b", "i"], {"tag": ["a", "b"]}, ["i"]),
        (["-report", "-r", "i"], {"report": ["-r"]}, ["i"]),
        (["i", "-force"], {}, ["i", "-force"]),
        (["--", "-force"], {}, ["-force"]),
        (["-report", "", "-"], {"report": [""]}, ["-"]),
        (["-uid", "-1"], {"uid": ["-1"]}, []),
    ],
)
def test_flags_are_read_as_go_reads_them(
    argv: list[str], given: dict[str, list[str]], images: list[str]
) -> None:
    assert parse(argv, KINDS) == (given, images)


@pytest.mark.parametrize(
    "argv", [["-nope"], ["---report", "r"], ["-=r"], ["-report"], ["-force=maybe"], ["-uid", "x"]]
)
def test_bad_flags_exit_2(argv: list[str]) -> None:
    with pytest.raises(PhaseError) as caught:
        parse(argv, KINDS)
    assert caught.value.code == 2


@pytest.mark.parametrize("api", ["", "0.6", "0.16", "1.0", "zero", "0.9.1", "-0.9"])
def test_an_api_that_it_does_not_speak_exits_11(
    api: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rebaser", "-nope"], {"CNB_PLATFORM_API": api}) == 11
    assert (api or "CNB_PLATFORM_API") in capsys.readouterr().err


@pytest.mark.parametrize("minor", range(7, 16))
def test_it_speaks_every_api_of_the_suite(minor: int) -> None:
    assert run(["rebaser"], {"CNB_PLATFORM_API": f"0.{minor}"}) == 3


@pytest.mark.parametrize(
    ("phase", "flag", "since"),
    [
        ("rebaser", "force", 12),
        ("rebaser", "previous-image", 11),
        ("rebaser", "insecure-registry", 13),
        ("exporter", "run", 12),
        ("analyzer", "skip-layers", 9),
    ],
)
def test_a_flag_is_unknown_before_its_api(phase: str, flag: str, since: int) -> None:
    before = {"CNB_PLATFORM_API": f"0.{since - 1}"}
    assert run([phase, f"-{flag}=true"], before) == 2
    assert run([phase, f"-{flag}=true"], {"CNB_PLATFORM_API": f"0.{since}"}) == 3


def test_the_stack_flag_is_gone_from_0_12() -> None:
    assert run(["exporter", "-stack", "s"], {"CNB_PLATFORM_API": "0.11"}) == 3
    assert run(["exporter", "-stack", "s"], {"CNB_PLATFORM_API": "0.12"}) == 2


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ([], 3),
        (["detector"], 3),
        (["rebaser"], 3),
        (["exporter"], 3),
        (["creator", "a/one", "a/two"], 3),
        (["analyzer", "a/one", "a/two"], 3),
        (["rebaser", "NOT A NAME"], 3),
        (["rebaser", "here.io/one", "there.io/two"], 3),
        (["rebaser", f"a/one@sha256:{'0' * 64}"], 3),
        (["rebaser", "-run-image", "a/r", "-image", "a/s", "a/one"], 3),
        (["rebaser", "-version"], 0),
    ],
)
def test_arguments_that_cannot_be(argv: list[str], code: int) -> None:
    assert run(argv, {"CNB_PLATFORM_API": "0.14"}) == code


def test_an_exporter_is_given_no_run_image(lab: Lab) -> None:
    lab.run_image("run/refused:1")
    lab.build()
    assert lab.analyze("run/refused:1", "app/refused:1") == 0
    given = ["-run-image", lab.name("run/refused:1")]
    assert lab.export(*given, lab.name("app/refused:1")) == 3
    ignored = {"CNB_RUN_IMAGE": lab.name("run/elsewhere:1")}
    assert lab.export(lab.name("app/refused:1"), env=ignored) == 0


@pytest.mark.parametrize(
    ("phase", "code"), [("analyzer", 32), ("rebaser", 72), ("creator", 32), ("exporter", 62)]
)
def test_a_registry_that_is_not_there_fails_the_phase(lab: Lab, phase: str, code: int) -> None:
    lab.build()
    reference = "127.0.0.1:1/run/base@sha256:" + "0" * 64
    (lab.layers / "analyzed.toml").write_text(f"run-image = {{reference = {reference!r}}}\n")
    layers = [] if phase == "rebaser" else ["-layers", str(lab.layers)]
    run_image = [] if phase == "exporter" else ["-run-image", "127.0.0.1:1/run/base:1"]
    assert lab.call(phase, *layers, *run_image, "127.0.0.1:1/app/one:1") == code


def test_it_runs_as_a_process_of_its_own(lab: Lab) -> None:
    lab.run_image("run/process:1")
    lab.exported("app/process:1", "run/process:1")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest_cnb_report.reference", "rebaser"),
            *("-report", str(lab.report_path), lab.name("app/process:1")),
        ],
        env={"CNB_PLATFORM_API": "0.14", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Saving" in done.stdout


def test_neither_environment_nor_folder_of_the_process_matters(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.run_image("run/environment:1")
    monkeypatch.setenv("CNB_RUN_IMAGE", "127.0.0.1:1/run/base:1")
    monkeypatch.setenv("CNB_PLATFORM_API", "9.9")
    lab.exported("app/environment:1", "run/environment:1")
    assert lab.rebase("app/environment:1") == 0


def test_an_unknown_fault_names_its_neighbours(capsys: pytest.CaptureFixture[str]) -> None:
    env = {"CNB_PLATFORM_API": "0.14", "CNB_REFERENCE_FAULT": "report-not-truncatet"}
    assert run(["rebaser", "a/one"], env) == 2
    assert "report-not-truncated" in capsys.readouterr().err


def test_an_unknown_profile_exits_2() -> None:
    assert run(["rebaser"], {"CNB_PLATFORM_API": "0.14", "CNB_REFERENCE_PROFILE": "x"}) == 2


def test_a_broken_file_is_named_and_no_traceback_shown(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.build()
    analyzed: Path = lab.layers / "analyzed.toml"
    analyzed.write_text("not toml")
    assert lab.export(lab.name("app/broken:1")) == 62
    shown = capsys.readouterr().err
    assert str(analyzed) in shown
    assert "Traceback" not in shown

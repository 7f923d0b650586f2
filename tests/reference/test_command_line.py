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
from pytest_cnb_report.registry.misbehave import Misbehaviour

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


@pytest.mark.parametrize("api", ["", "0.6", "0.17", "1.0", "zero", "0.9.1", "-0.9"])
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


@pytest.mark.parametrize(
    "label",
    ["[]", "null", "{", '{"runImage": []}', '{"runImage": {"topLayer": 1}}', '{"stack": "x"}'],
)
def test_a_malformed_label_is_an_error_and_no_traceback(
    lab: Lab, capsys: pytest.CaptureFixture[str], label: str
) -> None:
    lab.run_image("run/malformed:1")
    lab.exported("app/malformed:1", "run/malformed:1")
    lab.edit("app/malformed:1", {"io.buildpacks.lifecycle.metadata": label})
    assert lab.rebase("app/malformed:1", onto="run/malformed:1", flags=["-force"]) == 72
    shown = capsys.readouterr().err
    assert shown.startswith("ERROR: ")
    assert "Traceback" not in shown


@pytest.mark.parametrize("content", [b"[]", b"{}", b"not JSON", b'{"layers": 1, "config": {}}'])
def test_a_malformed_manifest_is_an_error_and_no_traceback(
    lab: Lab, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    lab.run_image("run/malformed:1")
    lab.exported("app/malformed:1", "run/malformed:1")
    broken = Misbehaviour(method="GET", path="/v2/run/malformed/manifests/*", body=content)
    with lab.registry.misbehaving(broken):
        assert lab.rebase("app/malformed:1", onto="run/malformed:1") == 72
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_registry_that_refuses_is_an_error_and_no_traceback(
    lab: Lab, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    lab.run_image("run/refusing:1")
    lab.exported("app/refusing:1", "run/refusing:1")
    lab.report_path.unlink()
    for method in ("GET", "PUT"):
        refusal = Misbehaviour(method=method, path="/v2/*/refusing/*", status=status)
        with lab.registry.misbehaving(refusal):
            assert lab.rebase("app/refusing:1", flags=["-force"]) == 72
    assert not lab.report_path.exists()
    assert "Traceback" not in capsys.readouterr().err


def test_a_connection_that_breaks_off_is_an_error(lab: Lab) -> None:
    lab.run_image("run/cut:1")
    lab.exported("app/cut:1", "run/cut:1")
    cut = Misbehaviour(method="GET", path="/v2/run/cut/*", cut_after=20)
    with lab.registry.misbehaving(cut):
        assert lab.rebase("app/cut:1", onto="run/cut:1") == 72

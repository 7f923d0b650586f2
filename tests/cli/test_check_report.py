"""`check-report`: the report of somebody's own build, judged by the images that it speaks of."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import tomli

from machine import cannot_run
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.planning.context import CannotJudgeError
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.process import find_program, process_registry
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.report.record import schema
from pytest_cnb_report.values import Outcome, Phase, Profile

from .builds import Made, build, failing, judged
from .console import PROGRAM, process

COHERENT = "report.run-image.coherent"
TOP_LAYER = "report.run-image.top-layer"
REFERENCE = "report.run-image.reference"
OTHER = "sha256:" + "5" * 64


@pytest.fixture(scope="module")
def approved(registry: EmbeddedRegistry, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A build that is right, by the approved text."""
    host = RegistryHost(registry, "approved")
    return build(host, tmp_path_factory.mktemp("approved"), profile=Profile.RFC_0129)


def report_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "report.toml"
    path.write_text(text)
    return path


def test_a_right_report_is_conformant_and_leaves_every_file(made: Made, tmp_path: Path) -> None:
    report = report_of(tmp_path, made.report)
    output = tmp_path / "out"
    ended = process(
        "check-report", str(report), "--run-image", made.run_image, "--output", str(output)
    )
    assert ended.code == 0, ended
    first = "".join(ended.out.split())  # a long path is broken at the width of the terminal
    assert first.startswith(f"lifecycle:ofthebuildthatwrote{report},platformAPI0.14")
    assert "Warning" not in ended.out + ended.err
    assert {path.name for path in output.iterdir()} == {
        "report.json",
        "report.html",
        "report.md",
        "junit.xml",
        "record.xz",
        "badge.json",
    }
    results = json.loads((output / "report.json").read_text())
    jsonschema_rs.validate(schema(), results)
    assert results["conformant"]
    assert results["complete"]
    assert results["platform_api"] == "0.14"
    assert results["targets"]["registry"]["judged"]
    assert "daemon" not in results["targets"]
    assert "daemon" not in ended.out
    assert {each["case"] for each in results["results"]} == {"check-report", "none"}
    (evidence,) = results["evidence"]
    assert "report.toml" in evidence["files"]


def test_a_report_is_judged_by_a_changed_text_and_may_be_asked_of_one(
    made: Made, tmp_path: Path
) -> None:
    report, change = report_of(tmp_path, made.report), tmp_path / "change.toml"
    change.write_text('text = "IDs alone"\n[fields]\nreference-forms = ["image-id"]\n')
    words = (str(report), "--run-image", made.run_image, "--output", str(tmp_path / "out"))
    assert process("check-report", *words).code == 0
    asked = process("whatif", str(tmp_path / "out"), "--amend", str(change), "--format", "markdown")
    assert "**pass → fail, 1 of 1 scenario**" in asked.out
    ended = process("check-report", *words, "--amend", str(change))
    assert ended.code == 1, ended
    assert "amended text: IDs alone" in ended.out
    assert "a digest reference, which the amended text does not permit" in " ".join(
        ended.out.split()
    )


def test_a_wrong_one_is_not_and_says_how_to_repeat_it(made: Made, tmp_path: Path) -> None:
    report = report_of(tmp_path, made.report.replace(made.diff_ids[-1], made.diff_ids[0]))
    ended = process("check-report", str(report), "--run-image", made.run_image)
    assert ended.code == 1, ended
    assert "not conformant: 1 MUST requirement failed" in ended.out
    assert f"✗ {COHERENT}" in ended.out
    repeat = ended.out.partition("\nreproduce")[2].partition("\n\n")[0]
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    again = subprocess.run(
        ["bash", "-c", repeat], env={**os.environ, "PATH": path}, capture_output=True, check=False
    )
    assert again.returncode == 1, again.stderr


MISTAKES = {
    "the bottom layer for the top one": (TOP_LAYER, "bottom", COHERENT),
    "a top layer of nothing": (TOP_LAYER, OTHER, COHERENT),
    "a top layer without its algorithm": (TOP_LAYER, "5" * 64, TOP_LAYER),
    "a top layer in upper case": (TOP_LAYER, "sha256:" + "A" * 64, TOP_LAYER),
    "no top layer": (TOP_LAYER, None, TOP_LAYER),
    "no reference": (REFERENCE, None, REFERENCE),
    "an empty reference": (REFERENCE, "", REFERENCE),
    "a reference that leads nowhere": (REFERENCE, "nowhere", REFERENCE),
    "the app image for the run image": (REFERENCE, "app", REFERENCE),
    "a tag for a reference": (REFERENCE, "tag", f"{REFERENCE}.immutable"),
    "a name of something else": ("report.run-image.image", "else", "report.run-image.image"),
    "no name": ("report.run-image.image", None, "report.run-image.image"),
}


def edited(made: Made, requirement: str, value: str | None) -> str:
    """Put another value into one field of the run image."""
    key = requirement.rpartition(".")[2]
    repository = made.run_image.rpartition(":")[0]
    known = {
        "bottom": made.diff_ids[0],
        "nowhere": f"{repository}@{OTHER}",
        "app": made.app,
        "tag": made.run_image,
        "else": f"{repository}-else:stable",
    }
    lines = made.report.splitlines()
    table = lines.index("[run-image]")
    place = next(n for n, line in enumerate(lines[table:], table) if line.startswith(f"{key} ="))
    lines[place] = "" if value is None else f'{key} = "{known.get(value, value)}"'
    return "\n".join(lines)


def listed(made: Made) -> list[dict[str, Any]]:
    """Return the entries of the build's run.toml."""
    entries: list[dict[str, Any]] = tomli.loads(made.run_file)["images"]
    return entries


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_one_mistake_fails_one_requirement(made: Made, tmp_path: Path, mistake: str) -> None:
    field, value, requirement = MISTAKES[mistake]
    report = report_of(tmp_path, edited(made, field, value))
    assert failing(judged(report, made.run_image)) == {requirement}


def test_mistakes_about_the_app_image(made: Made, tmp_path: Path) -> None:
    for old, new, requirement in (
        ('digest = "sha256:', 'digest = "sha256:0', "report.image.digest"),
        ("manifest-size = ", "manifest-size = 1", "report.image.manifest-size"),
        (f'"{made.app}"', f'"{made.app}", "{made.run_image}"', "report.image.tags"),
        (f'"{made.app}"', f'"{made.app}", "{made.app}-gone"', "report.image.tags"),
        ("[run-image]", "[image.run-image]", "report.run-image.layout"),
    ):
        assert old in made.report
        report = report_of(tmp_path, made.report.replace(old, new, 1))
        assert failing(judged(report, made.run_image)) == {requirement}, new


def test_what_is_no_toml_is_judged_where_the_app_image_is_named(made: Made, tmp_path: Path) -> None:
    report = report_of(tmp_path, made.report + "\n= no key\n")
    outcomes = judged(report, made.run_image, app_image=made.app)
    assert failing(outcomes) == {"report.valid-toml"}
    assert outcomes[REFERENCE] is Outcome.UNTESTABLE


def test_a_run_image_that_has_moved_since_is_named_by_its_digest(
    registry: EmbeddedRegistry, made: Made, approved: Made, tmp_path: Path
) -> None:
    # another tag of the same repository stands for one that was moved
    repository = made.run_image.partition("/")[2].rpartition(":")[0]
    elsewhere = approved.run_image.partition("/")[2].rpartition(":")[0]
    other = registry.get_manifest(elsewhere, approved.run_image.rpartition(":")[2])
    assert other is not None
    report = report_of(tmp_path, made.report)
    by_digest = f"{made.run_image.rpartition(':')[0]}@{made.run_digest}"
    assert failing(judged(report, by_digest)) == set()
    assert failing(judged(report, f"{made.run_image}@{made.run_digest}")) == set()
    mirror = listed(made)[0]["mirrors"][0]
    assert failing(judged(report, mirror)) == set()
    assert repository != elsewhere


def test_another_run_image_than_the_one_that_was_used(
    registry: EmbeddedRegistry, made: Made, tmp_path: Path
) -> None:
    report = report_of(tmp_path, made.report)
    second = listed(made)[1]["image"]
    with pytest.raises(CannotJudgeError, match="If the tag has not moved, the app image is on the"):
        judged(report, second)
    repository, tag = second.partition("/")[2].split(":")
    manifest = registry.get_manifest(repository, tag)
    assert manifest is not None
    outcomes = judged(report, f"{second.rpartition(':')[0]}@{manifest.digest}")
    assert REFERENCE in failing(outcomes)
    assert outcomes[COHERENT] is Outcome.UNTESTABLE


def test_the_app_image_by_its_digest(made: Made, tmp_path: Path) -> None:
    report = report_of(tmp_path, made.report)
    digest = made.report.partition('digest = "')[2].partition('"')[0]
    by_digest = f"{made.app.rpartition(':')[0]}@{digest}"
    assert failing(judged(report, made.run_image, app_image=by_digest)) == set()
    assert failing(judged(report, made.run_image, app_image=made.app)) == set()


@pytest.mark.parametrize("which", ["manifest", "index"])
def test_an_index(registry: EmbeddedRegistry, tmp_path: Path, which: str) -> None:
    made = build(RegistryHost(registry, f"index-{which}"), tmp_path / "build", case="index")
    assert made.index_digest is not None
    text = made.report
    if which == "index":
        # the lifecycle names the manifest; the index identifies the image as well
        text = text.replace(made.run_digest, made.index_digest)
        assert made.index_digest in text
    report = report_of(tmp_path, text)
    repository = made.run_image.rpartition(":")[0]
    for given in (
        made.run_image,
        f"{repository}@{made.index_digest}",
        f"{repository}@{made.run_digest}",
    ):
        assert failing(judged(report, given)) == set(), given


def test_the_approved_layout(approved: Made, tmp_path: Path) -> None:
    report = report_of(tmp_path, approved.report)
    outcomes = judged(report, approved.run_image, profile=Profile.RFC_0129)
    assert failing(outcomes) == set()
    assert "report.run-image.mirrors" not in outcomes
    run_file = tmp_path / "run.toml"
    run_file.write_text(approved.run_file)
    outcomes = judged(report, approved.run_image, profile=Profile.RFC_0129, run_file=run_file)
    assert failing(outcomes) == set()
    for requirement in ("report.run-image.mirrors", "report.run-image.image.resolved"):
        assert outcomes[requirement] is Outcome.PASS
    report.write_text(re.sub(r"(?m)^( *mirrors =) \[.*\]$", r"\1 []", approved.report))
    outcomes = judged(report, approved.run_image, profile=Profile.RFC_0129, run_file=run_file)
    assert failing(outcomes) == {"report.run-image.mirrors"}


def test_the_report_of_a_rebase(made: Made, tmp_path: Path) -> None:
    report = report_of(tmp_path, made.report)
    outcomes = judged(report, made.run_image, phase=Phase.REBASER)
    assert failing(outcomes) == set()
    assert outcomes["rebase.metadata.top-layer"] is Outcome.PASS
    assert "report.run-image.after-rebase" not in outcomes


def test_known_failures_and_selection_work_as_in_a_run(made: Made, tmp_path: Path) -> None:
    report = report_of(tmp_path, edited(made, TOP_LAYER, "bottom"))
    known = tmp_path / "known.toml"
    words = ("check-report", str(report), "--run-image", made.run_image)
    assert process(*words, "--write-known-failures", str(known)).code == 1
    assert COHERENT in known.read_text()
    assert process(*words, "--known-failures", str(known)).code == 0
    assert process(*words, "--requirement", "report.image.*").code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"report": "gone.toml"}, "gone.toml: there is no such file"),
        ({"text": "[image]\n"}, "image.tags names no image: name the app image"),
        ({"text": "= no key"}, "no tag can be read from it: name the app image with --app-image"),
        ({"run_image": "NOT A NAME"}, "--run-image NOT A NAME: not an image name"),
        ({"run_image": "HOST/gone:1"}, "the run image HOST/gone:1 is not in the registry"),
        ({"app_image": "HOST/gone:1"}, "the app image HOST/gone:1 is not in the registry"),
        ({"app_image": "x y"}, "--app-image x y: not an image name"),
        ({"run_file": "[[images]]\n"}, "not a run.toml: no [[images]] with an image in it"),
        ({"run_file": "images = 5"}, "not a run.toml: no [[images]] with an image in it"),
        ({"run_file": "images"}, "not a run.toml: not TOML"),
        ({"run_file": None}, "run.toml: there is no such file"),
        ({"run_image": "127.0.0.1:1/run:1"}, "start it, or check host and port"),
    ],
)
def test_what_cannot_be_judged_is_said_in_a_message(
    made: Made, tmp_path: Path, change: dict[str, str | None], said: str
) -> None:
    host = made.app.partition("/")[0]
    report = report_of(tmp_path, change.get("text") or made.report)
    run_file = None
    if "run_file" in change:
        run_file = tmp_path / "run.toml"
        if change["run_file"] is not None:
            run_file.write_text(change["run_file"])
    app_image = change.get("app_image")
    with pytest.raises((CannotJudgeError, RegistryError)) as problem:
        judged(
            tmp_path / (change.get("report") or report.name),
            (change.get("run_image") or made.run_image).replace("HOST", host),
            app_image=app_image and app_image.replace("HOST", host),
            run_file=run_file,
        )
    assert said.replace("HOST", host) in str(problem.value)


@pytest.mark.parametrize(
    "words",
    [("--platform-api", "9.9"), ("--profile", "none"), ("--app-image", "127.0.0.1:1/app:1")],
)
def test_such_a_message_is_all_that_is_said(
    made: Made, tmp_path: Path, words: tuple[str, str]
) -> None:
    report = report_of(tmp_path, made.report)
    ended = process("check-report", str(report), "--run-image", made.run_image, *words)
    assert ended.code == 2, ended
    (line,) = ended.err.strip().splitlines()
    assert words[1].partition("/")[0] in line
    assert ended.out == ""


def test_a_directory_in_the_place_of_the_report(made: Made, tmp_path: Path) -> None:
    (tmp_path / "report.toml").mkdir()
    words = ("check-report", str(tmp_path / "report.toml"), "--run-image", made.run_image)
    assert "a directory is at the report's path" in process(*words).err
    ended = process(*words, "--app-image", made.app)
    assert ended.code == 1
    assert "✗ report.written" in ended.out


def test_an_app_image_of_several_platforms(
    registry: EmbeddedRegistry, made: Made, tmp_path: Path
) -> None:
    index = build(RegistryHost(registry, "several"), tmp_path / "build", case="index")
    report = report_of(tmp_path, made.report)
    with pytest.raises(CannotJudgeError, match="is an index of several platforms"):
        judged(report, made.run_image, app_image=index.run_image)


def test_it_changes_nothing(registry: EmbeddedRegistry, made: Made, tmp_path: Path) -> None:
    mark = registry.requests()[-1].number if registry.requests() else 0
    assert (
        process(
            *("check-report", str(report_of(tmp_path, made.report))), "--run-image", made.run_image
        ).code
        == 0
    )
    seen = registry.requests(mark)
    assert seen
    assert {request.method for request in seen} <= {"GET", "HEAD"}
    config_and_manifests = [r for r in seen if "/blobs/" in r.path]
    assert len(config_and_manifests) <= 2, "layers are not pulled"


@pytest.mark.parametrize("kind", ["process"])
def test_another_registry(kind: str, tmp_path: Path) -> None:
    if find_program() is None:
        cannot_run("REGISTRIES", "docker-registry is not installed")
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(process_registry())
        made = build(RegistryHost(other, kind), tmp_path / "build")
        report = report_of(tmp_path, made.report)
        assert failing(judged(report, made.run_image)) == set()
        report.write_text(edited(made, TOP_LAYER, "bottom"))
        assert failing(judged(report, made.run_image)) == {COHERENT}


@pytest.mark.skipif(
    "CNB_CONFORMANCE_LIFECYCLE" not in os.environ, reason="CNB_CONFORMANCE_LIFECYCLE is not set"
)
def test_the_report_of_a_real_lifecycle(registry: EmbeddedRegistry, tmp_path: Path) -> None:
    lifecycle = os.environ["CNB_CONFORMANCE_LIFECYCLE"]
    made = build(
        RegistryHost(registry, "real"), tmp_path / "build", lifecycle=lifecycle, api="0.12"
    )
    report = report_of(tmp_path, made.report)
    words = ("check-report", str(report), "--run-image", made.run_image)
    assert process(*words, "--profile", "platform-spec").code == 0
    outcomes = judged(report, made.run_image, profile=Profile.PLATFORM_SPEC)
    assert outcomes["report.image.digest"] is Outcome.PASS


def test_what_repeats_a_failure_is_a_command_that_there_is(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = report_of(tmp_path, edited(made, TOP_LAYER, "bottom"))
    monkeypatch.setenv("CNB_CONFORMANCE_REGISTRY", "process")
    words = ("check-report", str(report), "--run-image", made.run_image, "--timeout", "20")
    assert process(*words, "--strict", "--output", str(tmp_path / "out")).code == 1
    results = json.loads((tmp_path / "out" / "report.json").read_text())["results"]
    (failed,) = (r for r in results if r["outcome"] == "fail")
    repeated = shlex.split(failed["reproduce"])
    assert {"--timeout", "--strict"} <= set(repeated)
    assert process(*repeated[1:]).code == 1

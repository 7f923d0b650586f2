"""`check-report` of a rebase: six ways to spoil one, and one that is right."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import jsonschema_rs
import pytest

from pytest_cnb_report.drive.cases import AppEdits, Rebase
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.shapes import OTHER_ARCHITECTURE, Shape
from pytest_cnb_report.images.build import with_manifest
from pytest_cnb_report.images.model import encode
from pytest_cnb_report.planning.context import CannotJudgeError
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.report.record import read, schema
from pytest_cnb_report.values import Outcome, Phase

from .builds import failing, judged
from .console import PROGRAM, process
from .rebases import APP, NEW, OLD, STACK, Config, Rebased, another_run_image, rebase

Known = Mapping[str, object]


@pytest.fixture(scope="module")
def right(registry: EmbeddedRegistry, tmp_path_factory: pytest.TempPathFactory) -> Rebased:
    return rebase(RegistryHost(registry, "rebased"), tmp_path_factory.mktemp("rebased"))


@pytest.fixture
def made(right: Rebased) -> Rebased:
    """A rebase that is right, under its names once more."""
    return right.restored()


def outcomes(made: Rebased, folder: Path, **known: object) -> dict[str, Outcome]:
    given = {"run_image": made.run_image, **known}
    return judged(made.written(folder), **given)  # type: ignore[arg-type]


STACK_LABELS = {f"{STACK}{name}": None for name in ("id", "mixins", "release", "arrived")}

SPOILT: dict[str, tuple[Callable[[Rebased], Rebased], str]] = {
    "a layer of the run image lost": (lambda m: m.without_layer(1), "rebase.layers"),
    "a layer of the app lost": (lambda m: m.without_layer(-1), "rebase.layers"),
    "stack labels lost": (lambda m: m.with_labels(STACK_LABELS), "rebase.labels.stack.added"),
    "a label left over": (
        lambda m: m.with_labels({f"{STACK}gone": "old"}),
        "rebase.labels.stack.removed",
    ),
    "an old value": (
        lambda m: m.with_labels({f"{STACK}release": "1"}),
        "rebase.labels.stack.replaced",
    ),
    "a wrong value": (
        lambda m: m.with_labels({f"{STACK}release": "3"}),
        "rebase.labels.stack.copied",
    ),
    "a base label lost": (
        lambda m: m.with_labels({"io.buildpacks.base.distro.name": None}),
        "rebase.labels.base.added",
    ),
    "a label of the app lost": (
        lambda m: m.with_labels({"org.example.own": None}),
        "rebase.labels.other.preserved",
    ),
    "another entrypoint": (
        lambda m: m.with_config(lambda config: config["config"].update(Entrypoint=["/bin/sh"])),
        "rebase.config.unchanged",
    ),
    "another architecture": (
        lambda m: m.with_config(lambda config: config.update(architecture=OTHER_ARCHITECTURE)),
        "rebase.target.unchanged",
    ),
    "metadata lost": (
        lambda m: m.with_config(without_buildpacks),
        "rebase.metadata.rest-unchanged",
    ),
}


def without_buildpacks(config: Config) -> None:
    labels = config["config"]["Labels"]
    metadata = json.loads(labels["io.buildpacks.lifecycle.metadata"])
    del metadata["buildpacks"]
    labels["io.buildpacks.lifecycle.metadata"] = json.dumps(metadata)


@pytest.mark.parametrize("how", SPOILT)
def test_what_a_rebase_spoilt_is_found_by_the_image_from_before(
    made: Rebased, tmp_path: Path, how: str
) -> None:
    spoil, requirement = SPOILT[how]
    assert failing(outcomes(spoil(made), tmp_path, before=made.before)) == {requirement}


@pytest.mark.parametrize(
    ("how", "requirement"),
    [
        ("a layer of the run image lost", "rebase.layers"),
        ("stack labels lost", "rebase.labels.stack.added"),
        ("a label left over", "rebase.labels.stack.removed"),
        ("a wrong value", "rebase.labels.stack.copied"),
        ("an old value", "rebase.labels.stack.copied"),
        ("a base label lost", "rebase.labels.base.added"),
    ],
)
def test_labels_and_layers_are_compared_with_the_run_image_alone(
    made: Rebased, tmp_path: Path, how: str, requirement: str
) -> None:
    spoilt = SPOILT[how][0](made)
    assert failing(outcomes(spoilt, tmp_path, phase=Phase.REBASER)) == {requirement}


@pytest.mark.parametrize(
    ("how", "requirement"),
    [
        ("a layer of the run image lost", {"export.layers"}),
        ("stack labels lost", {"export.labels.stack.inherited"}),
        ("a base label lost", {"export.labels.base.inherited"}),
        # a buildpack may have set these, if it was a build
        ("a label left over", set()),
        ("a wrong value", set()),
    ],
)
def test_what_holds_for_a_build_as_well_is_judged_where_nobody_says_what_it_was(
    made: Rebased, tmp_path: Path, how: str, requirement: set[str]
) -> None:
    spoilt = SPOILT[how][0](made)
    assert failing(outcomes(spoilt, tmp_path)) == requirement


def test_a_right_rebase_is_judged_by_everything_that_can_be(made: Rebased, tmp_path: Path) -> None:
    found = outcomes(made, tmp_path, before=made.before)
    assert set(found.values()) == {Outcome.PASS, Outcome.OBSERVED}
    for requirement in (
        "report.run-image.after-rebase",
        "rebase.layers",
        "rebase.labels.other.preserved",
        "rebase.config.unchanged",
        "rebase.metadata.rest-unchanged",
        "rebase.target.unchanged",
    ):
        assert found[requirement] is Outcome.PASS


def test_fields_of_the_old_run_image_in_the_report(made: Rebased, tmp_path: Path) -> None:
    stale = made.report.replace(made.run.top_layer, made.old_run.top_layer)
    assert stale != made.report
    found = judged(made.written(tmp_path, stale), made.run_image, before=made.before)
    assert failing(found) == {"report.run-image.after-rebase"}


def test_the_verdict_counts_what_was_judged_and_what_was_not(made: Rebased, tmp_path: Path) -> None:
    report, output = made.written(tmp_path), tmp_path / "out"
    words = ("check-report", str(report), "--run-image", made.run_image)
    ended = process(*words, "--before", made.before, "--output", str(output), COLUMNS="250")
    assert ended.code == 0, ended
    last = ended.out.strip().splitlines()[-1]
    assert last.startswith("conformant: 30 met, 0 failed, ")
    assert last.endswith(" could not be tested (no run of the lifecycle)")
    assert "daemon" not in ended.out
    assert "platform API 0.14 (CNB_PLATFORM_API in the app image; --platform-api" in ended.out
    assert "30 met, 0 failed, " in (output / "report.md").read_text()
    results = json.loads((output / "report.json").read_text())
    jsonschema_rs.validate(schema(), results)
    missing = {each.missing for each in read(output / "report.json").results}
    assert missing == {None, "run of the lifecycle"}

    ended = process(*words, COLUMNS="250")
    last = ended.out.strip().splitlines()[-1]
    assert last.startswith("conformant: 17 met, 0 failed, ")
    assert " no --before, " in last
    known = ("--platform-api", "0.13", "--phase", "rebaser")
    ended = process(*words, *known, COLUMNS="250")
    assert "platform API 0.13 (--platform-api)" in ended.out


def test_what_repeats_a_failure_names_the_image_from_before(made: Rebased, tmp_path: Path) -> None:
    spoilt = made.without_layer(-1)
    output = tmp_path / "out"
    words = ("check-report", str(spoilt.written(tmp_path)), "--run-image", made.run_image)
    ended = process(*words, "--before", made.before, "--output", str(output))
    assert ended.code == 1, ended
    results = json.loads((output / "report.json").read_text())["results"]
    (failed,) = (each for each in results if each["outcome"] == "fail")
    repeated = shlex.split(failed["reproduce"])
    assert repeated[repeated.index("--before") + 1] == made.before
    assert process(*repeated[1:]).code == 1
    assert process("judge", str(output / "record.xz")).code == 1


@pytest.mark.parametrize("known", [{}, {"phase": Phase.REBASER}, {"before": True}], ids=str)
def test_a_tag_that_has_moved_since(made: Rebased, tmp_path: Path, known: Known) -> None:
    given = {**known, "before": made.before} if "before" in known else known
    moved = another_run_image()
    made.host.put(moved, made.run_image)
    with pytest.raises(CannotJudgeError) as problem:
        outcomes(made, tmp_path, **given)
    assert (
        f"the tag {made.run_image} has moved since: it refers to {moved.digest} now, the app image"
        f" was made on {made.run.digest}"
    ) in str(problem.value)
    assert f"--run-image {made.by_digest}" in str(problem.value)
    assert failing(outcomes(made, tmp_path, **given, run_image=made.by_digest)) == set()


def test_a_moved_tag_is_known_by_the_label_where_the_report_names_no_run_image(
    made: Rebased, tmp_path: Path
) -> None:
    made.host.put(another_run_image(), made.run_image)
    bare = made.written(tmp_path, made.report.partition("[run-image]")[0])
    ended = process("check-report", str(bare), "--run-image", made.run_image)
    assert f"the tag {made.run_image} has moved since" in ended.problem


def test_a_tag_that_has_moved_to_an_image_of_the_same_layers(made: Rebased, tmp_path: Path) -> None:
    config = json.loads(made.run.config)
    config["config"]["Labels"][f"{STACK}release"] = "2.1"
    relabelled = with_manifest(encode(config), made.run.layers, flavour="docker")
    made.host.put(relabelled, made.run_image)
    with pytest.raises(CannotJudgeError, match=f"refers to {relabelled.digest} now"):
        outcomes(made, tmp_path)


def test_a_moved_tag_whose_image_is_gone(made: Rebased, tmp_path: Path) -> None:
    made.host.put(another_run_image(), made.run_image)
    nowhere = f"{made.run_image.rpartition(':')[0]}-gone@{made.run.digest}"

    def elsewhere_in_label(config: Config) -> None:
        labels = config["config"]["Labels"]
        label = labels["io.buildpacks.lifecycle.metadata"]
        labels["io.buildpacks.lifecycle.metadata"] = label.replace(made.by_digest, nowhere)

    left = made.with_config(elsewhere_in_label)
    report = left.written(tmp_path, left.report.replace(made.by_digest, nowhere))
    with pytest.raises(CannotJudgeError, match=f"cannot be found any more as {nowhere}"):
        judged(report, made.run_image)


def test_a_wrong_report_of_a_right_rebase_is_not_taken_for_a_moved_tag(
    made: Rebased, tmp_path: Path
) -> None:
    wrong = made.report.replace(made.run.digest, "sha256:" + "5" * 64)
    found = judged(made.written(tmp_path, wrong), made.run_image, before=made.before)
    assert failing(found) == {"report.run-image.reference"}


def test_a_label_that_still_names_the_old_run_image_is_not_taken_for_a_moved_tag(
    made: Rebased, tmp_path: Path
) -> None:
    old = made.old_run

    def stale_label(config: Config) -> None:
        labels = config["config"]["Labels"]
        label = labels["io.buildpacks.lifecycle.metadata"].replace(made.run.digest, old.digest)
        label = label.replace(made.run.top_layer, old.top_layer)
        labels["io.buildpacks.lifecycle.metadata"] = label

    found = outcomes(made.with_config(stale_label), tmp_path, before=made.before)
    assert {"rebase.metadata.reference", "rebase.metadata.top-layer"} <= failing(found)


def test_the_name_that_the_rebase_wrote_to_is_not_the_image_from_before(
    made: Rebased, tmp_path: Path
) -> None:
    with pytest.raises(CannotJudgeError, match="this is the name that the rebased image has now"):
        outcomes(made, tmp_path, before=made.app)
    with pytest.raises(CannotJudgeError, match="name another with --before"):
        outcomes(made, tmp_path, before=f"{made.app}-gone")
    with pytest.raises(CannotJudgeError, match="--before NO NAME: not an image name"):
        outcomes(made, tmp_path, before="NO NAME")


def test_an_image_of_another_build_is_not_the_one_from_before(
    registry: EmbeddedRegistry, made: Rebased, tmp_path: Path
) -> None:
    ask = Rebase(old=OLD, new=NEW, app=APP)
    other = rebase(RegistryHost(registry, "other"), tmp_path / "build", ask=ask)

    def of_another_build(config: Config) -> None:
        labels = config["config"]["Labels"]
        metadata = json.loads(labels["io.buildpacks.lifecycle.metadata"])
        metadata["app"] = [{"sha": other.run.diff_ids[0]}]
        labels["io.buildpacks.lifecycle.metadata"] = json.dumps(metadata)

    before = other.with_config(of_another_build)
    digest = f"{other.app.rpartition(':')[0]}@{before.image.digest}"
    with pytest.raises(CannotJudgeError, match="not the app image from before the rebase: expec"):
        outcomes(made, tmp_path, before=digest)


def test_an_app_tag_that_has_moved_since_the_report_was_written(
    made: Rebased, tmp_path: Path
) -> None:
    repository = made.app.rpartition(":")[0]
    was = f"{repository}@{made.image.digest}"
    later = made.with_labels({"org.example.own": "later"})
    with pytest.raises(CannotJudgeError) as problem:
        outcomes(made, tmp_path)
    assert f"the tag {made.app} has moved since: it refers to {later.image.digest} now" in str(
        problem.value
    )
    assert f"--app-image {was}" in str(problem.value)
    found = outcomes(made, tmp_path, app_image=was)
    assert failing(found) == set()
    assert "report.image.tags" not in found  # where it leads now tells nothing
    # named by its digest, it is the report that is wrong
    leads_to = f"{repository}@{later.image.digest}"
    assert "report.image.digest" in failing(outcomes(made, tmp_path, app_image=leads_to))


def test_a_report_of_the_image_from_before_is_wrong(made: Rebased, tmp_path: Path) -> None:
    stale = made.report.replace(made.image.digest, made.before.partition("@")[2])
    found = judged(made.written(tmp_path, stale), made.run_image, before=made.before)
    assert failing(found) == {"report.image.digest"}


def test_a_build_has_no_image_from_before(made: Rebased, tmp_path: Path) -> None:
    words = ("check-report", str(made.written(tmp_path)), "--run-image", made.run_image)
    ended = process(*words, "--before", made.before, "--phase", "exporter")
    assert "only for a rebase; omit --phase exporter" in ended.problem


def test_a_rebase_onto_the_same_run_image(made: Rebased, tmp_path: Path) -> None:
    digest = f"{made.app.rpartition(':')[0]}@{made.image.digest}"
    found = outcomes(made, tmp_path, before=digest)
    assert failing(found) == set()
    assert found["rebase.layers"] is Outcome.PASS
    assert "report.run-image.after-rebase" not in found


def test_a_forced_rebase_is_not_called_wrong_for_what_force_changes(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    labels = {"io.buildpacks.base.distro.version": "2.0"}
    ask = Rebase(
        old=OLD,
        new=Shape(architecture=OTHER_ARCHITECTURE, labels=labels),
        app=AppEdits(labels={"org.example.own": "app"}),
        run_name="unlisted",
        force="flag",
    )
    forced = rebase(RegistryHost(registry, "forced"), tmp_path / "build", ask=ask)
    found = judged(forced.written(tmp_path), forced.run_image, before=forced.before)
    assert failing(found) == set()
    assert "rebase.target.unchanged" not in found
    assert found["rebase.metadata.rest-unchanged"] is Outcome.PASS
    assert failing(judged(forced.written(tmp_path), forced.run_image)) == set()


def test_an_old_base_that_the_label_does_not_delimit_is_not_guessed(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    ask = Rebase(old=Shape(repeated_top=True), new=NEW, app=APP)
    repeated = rebase(RegistryHost(registry, "repeated"), tmp_path / "build", ask=ask)
    found = judged(repeated.written(tmp_path), repeated.run_image, before=repeated.before)
    assert failing(found) == set()
    assert "rebase.layers" not in found
    assert found["rebase.config.unchanged"] is Outcome.PASS
    lost = repeated.without_layer(0)
    found = judged(lost.written(tmp_path), lost.run_image, before=lost.before)
    assert failing(found) == {"rebase.layers"}


def test_the_report_from_standard_input(made: Rebased) -> None:
    def piped(text: str) -> subprocess.CompletedProcess[str]:
        words = [str(PROGRAM), "check-report", "-", "--run-image", made.run_image]
        return subprocess.run(
            words, input=text, capture_output=True, text=True, check=False, timeout=60
        )

    right = piped(made.report)
    assert right.returncode == 0, right
    assert "of the build that wrote standard input" in right.stdout
    assert f"bytes of a Kubernetes termination message: {len(made.report.encode())}" in " ".join(
        right.stdout.split()
    )
    assert "daemon" not in right.stdout
    assert piped(made.report.replace(made.run.top_layer, made.run.diff_ids[0])).returncode == 1
    broken = piped("= no key")
    assert broken.returncode == 2
    assert "standard input: not TOML" in broken.stderr

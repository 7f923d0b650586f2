"""A lifecycle with only some of the phases: what is tested, and what every report says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.caller import ONE_ITEM, Caller
from pytest_cnb_report.values import Phase

from .made import REFERENCE

SENTENCE = "The app images were made by the suite's reference, not by this lifecycle."
QUICK = ("--target", "registry", "--quick")


def lifecycle_in(folder: Path, *phases: Phase) -> str:
    place = folder / "cnb"
    place.mkdir()
    for phase in phases:
        (place / phase.value).write_bytes(REFERENCE)
        (place / phase.value).chmod(0o755)
    return str(place)


def as_one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_rebaser_is_tested_on_app_images_of_the_reference(caller: Caller) -> None:
    given = lifecycle_in(caller.folder, Phase.REBASER)
    ended = caller.inside(*QUICK, "--lifecycle", given, "--output", "out")
    assert ended.code == 0, ended.said
    said = as_one_line(ended.stdout)
    assert "app images: made by the suite's reference, not by the lifecycle" in said
    assert said.endswith(f"daemon skipped (--target). {SENTENCE}")
    assert "conformant (in part, registry only)" in said
    assert "results deselected by --quick and a lifecycle without exporter and creator" in said
    report = caller.report()
    assert report["app_images"] == "reference"
    assert {each["phase"] for each in report["results"]} == {"rebaser"}
    assert report["timing"]["invocations"] == 1  # those of the reference are not counted
    for name in ("report.md", "report.html"):
        written = (caller.folder / "out" / name).read_text().replace("&#39;", "'")
        assert SENTENCE in written, name
    assert 'name="app_images" value="reference"' in (caller.folder / "out/junit.xml").read_text()
    again = caller.inside("out/record.xz", command="judge")
    assert as_one_line(again.stdout).endswith(SENTENCE)


def test_the_reference_makes_app_images_where_it_is_asked_to(caller: Caller) -> None:
    given = lifecycle_in(caller.folder, *Phase)
    options = ("--app-images", "reference", "--output", "out")
    ended = caller.inside(*ONE_ITEM, *options, "--lifecycle", given)
    assert ended.code == 0, ended.said
    assert caller.report()["app_images"] == "reference"
    assert as_one_line(ended.stdout).endswith(SENTENCE)


@pytest.mark.parametrize(
    ("phases", "options", "why"),
    [
        (
            (Phase.ANALYZER, Phase.EXPORTER, Phase.REBASER),
            (),
            "each of analyzer, exporter, creator, rebaser; use --phase exporter,rebaser to test",
        ),
        ((Phase.REBASER,), ("--phase", "exporter"), "use --phase rebaser to test the others"),
        (
            (Phase.REBASER,),
            ("--app-images", "lifecycle"),
            "lacks analyzer or exporter; give --app-images reference",
        ),
        ((Phase.ANALYZER, Phase.REBASER), (), "use --phase rebaser to test the others"),
        ((Phase.ANALYZER,), (), "no executable for exporter, creator, rebaser;"),
        ((Phase.REBASER,), ("--app-images", "me"), "--app-images me: give lifecycle or reference"),
    ],
)
def test_a_missing_phase_names_the_way_out(
    caller: Caller, phases: tuple[Phase, ...], options: tuple[str, ...], why: str
) -> None:
    given = lifecycle_in(caller.folder, *phases)
    ended = caller.inside(*QUICK, *options, "--lifecycle", given)
    assert ended.code == 2, ended.said
    assert why in as_one_line(ended.stderr)

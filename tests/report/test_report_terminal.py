"""The closing report: complete, readable without colour, and never wider than the terminal."""

from __future__ import annotations

import json
import subprocess

import made_up
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.report.aggregate import Cell
from pytest_cnb_report.report.badge import badge
from pytest_cnb_report.report.layout import columns, command, wrapped
from pytest_cnb_report.report.markdown import markdown
from pytest_cnb_report.report.record import dumps, loads
from pytest_cnb_report.report.results import (
    KnownFailureFacts,
    LifecycleFacts,
    ScenarioFacts,
    TargetFacts,
)
from pytest_cnb_report.report.table import cell_text
from pytest_cnb_report.report.terminal import render
from pytest_cnb_report.values import Outcome, Phase, Profile, Target

ONLY_REGISTRY = {
    Target.REGISTRY: TargetFacts(judged=True),
    Target.DAEMON: TargetFacts(
        judged=False, why="no Docker daemon answers at /var/run/docker.sock"
    ),
}
LARGE = made_up.large(48)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("verbosity", [0, 1])
@pytest.mark.parametrize("width", [20, 30, 40, 60, 79, 80, 81, 100, 120, 160, 200, 400])
def test_nothing_is_wider_than_the_terminal(
    width: int, verbosity: int, *, ascii_only: bool
) -> None:
    lines = made_up.unstyled(
        render(LARGE, width=width, verbosity=verbosity, ascii_only=ascii_only)
    ).splitlines()
    wide = [line for line in lines if columns(line) > width]
    assert [line for line in wide if not line.strip().startswith("https://")] == []


def test_no_line_ends_in_spaces() -> None:
    lines = made_up.unstyled(render(LARGE, width=80, verbosity=1)).splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


def test_every_requirement_has_one_row_at_80_columns() -> None:
    lines = made_up.unstyled(render(LARGE, width=80, verbosity=1)).splitlines()
    heading = next(i for i, line in enumerate(lines) if line.split() == ["exp", "cre", "reb"])
    rows = {line.split()[0]: line for line in lines[heading + 2 :] if line[:1].isalpha()}
    assert set(made_up.REQUIREMENTS) <= set(rows)
    assert rows["report.run-image.image"].split()[1:] == ["✗48/48"] * 6
    assert rows["report.absent-on-failure"].split()[1] == "SHOULD"


def test_the_table_is_roomy_where_there_is_room() -> None:
    shown = made_up.unstyled(render(LARGE, width=120, verbosity=1))
    assert "exporter" in shown
    assert "✗ 48/48" in shown
    assert "– n/a" in shown  # noqa: RUF001 - the sign


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({Outcome.PASS: 12}, "✓ 12"),
        ({Outcome.PASS: 9, Outcome.FAIL: 3}, "✗ 3/12"),
        ({Outcome.PASS: 9, Outcome.NOT_APPLICABLE: 3}, "✓ 9"),
        ({Outcome.NOT_APPLICABLE: 3}, "– n/a"),  # noqa: RUF001 - the sign
        ({Outcome.UNTESTABLE: 4}, "? 4/4"),
        ({Outcome.ERROR: 1, Outcome.FAIL: 5}, "‼ 1/6"),
    ],
)
def test_cells(counts: dict[Outcome, int], text: str) -> None:
    assert cell_text(Cell(counts)) == text


def test_one_mistake_is_one_block_with_all_that_is_needed() -> None:
    cases = ["plain", "gzip", "zstd", "index"]
    run = made_up.run(
        *(made_up.failure(case=c, phase=p) for c in cases for p in (Phase.EXPORTER, Phase.REBASER))
    )
    assert (
        made_up.unstyled(render(run, width=100, verbosity=1)).count("✗ report.run-image.image") == 1
    )
    assert """
✗ report.run-image.image
  MUST, exporter and rebaser (registry), 8 scenarios: exporter-registry-plain,
  exporter-registry-gzip, exporter-registry-zstd (+5)
  report.toml names no run image
  expected  "localhost:5000/run/base:noble"
  found     (missing)
  source    Platform specification, Rebaser (derived: stated without an RFC 2119 keyword)
            https://github.com/buildpacks/spec/blob/main/platform.md#rebaser
  hint      Take it from the image that the phase was given.
  reproduce
    cnb-conformance run --lifecycle /opt/lifecycle/v0.20.20 --platform-api 0.14 \\
      --requirement report.run-image.image -- -k 'exporter and registry and plain'
""" in made_up.unstyled(render(run, width=100, verbosity=1))


def test_the_readings_of_a_result_are_named() -> None:
    run = made_up.run(made_up.failure("report.run-image.reference", readings=("another",)))
    assert "open-questions.html#another\n" in made_up.unstyled(render(run, width=200, verbosity=1))


def test_other_wordings_of_one_mistake_are_told_below_it() -> None:
    messages = (
        "the layers are wrong: 4 app layers missing",
        "the layers are wrong: the order differs",
    )
    run = made_up.run(*(made_up.failure("rebase.layers", message=each) for each in messages))
    shown = made_up.unstyled(render(run, width=100, verbosity=1))
    assert f"  {messages[0]}\n  or: the order differs\n" in shown
    assert shown.count("✗ rebase.layers") == 1


def test_the_difference_is_pointed_at() -> None:
    run = made_up.run(made_up.failure(expected="sha256:0a1b", actual="sha256:0a2b"))
    lines = made_up.unstyled(render(run, width=80, verbosity=1)).splitlines()
    at = lines.index('  found     "sha256:0a2b"')
    assert lines[at + 1] == " " * lines[at].index("2b") + "^"


def test_only_what_differs_is_shown() -> None:
    expected = {"labels": {"same": "1", "io.buildpacks.stack.x": "a b  c", "gone": ""}}
    found = {"labels": {"same": "1", "io.buildpacks.stack.x": "a b c", "new": "\u200b"}}
    shown = made_up.unstyled(
        render(made_up.run(made_up.failure(expected=expected, actual=found)), width=80, verbosity=1)
    )
    assert '  at        labels["io.buildpacks.stack.x"]\n  expected  "a b  c"' in shown
    assert '  at        labels.gone\n  expected  ""\n  found     (missing)' in shown
    assert '  expected  (missing)\n  found     "\\u200b"' in shown
    assert "same" not in shown


def test_a_sign_that_is_not_there_is_not_explained() -> None:
    every = made_up.unstyled(render(made_up.run(made_up.result()), verbosity=1))
    assert "3/12" not in every
    assert "✓ pass" in every
    some = made_up.unstyled(
        render(
            made_up.run(made_up.result(), made_up.failure("report.written", case="b")), verbosity=1
        )
    )
    assert "3/12: in 3 of 12 scenarios" in some


def test_failures_past_the_limit_are_counted() -> None:
    run = made_up.run(*(made_up.failure(f"report.r{n}", case=str(n)) for n in range(30)))
    shown = made_up.unstyled(render(run))
    assert shown.count("\n✗ ") == 10
    assert "and 20 more that failed" in shown
    assert made_up.unstyled(render(run, verbosity=1)).count("\n✗ ") == 30 + 1  # and the legend


@pytest.mark.parametrize("count", [1, 5, 9, 30])
def test_the_end_fits_a_screen_above_the_prompt_of_the_shell(count: int) -> None:
    failures = [made_up.failure(f"report.r{n}", case=str(n)) for n in range(count)]
    other = (made_up.result("rebase.layers", outcome=Outcome.UNTESTABLE, message="no report"),)
    run = made_up.run(*failures, *other, targets=ONLY_REGISTRY, deselected=12_345)
    files = ("results/report.html", "results/reproduce (30 failures, each with a run.sh)")
    lines = render(run, files=files)
    assert len(lines) < 24
    shown = made_up.unstyled(lines)
    assert "report.r0" in shown
    assert shown.count("-k 'exporter and registry and ") == 1
    assert ("more that failed" in shown) == (count >= 9)
    assert "? 1 not fully tested: rebase.layers" in shown


def test_a_long_value_in_place_of_a_short_one_takes_some_lines() -> None:
    said = "ERROR: failed to write image: " + "x" * 90 + " MANIFEST_BLOB_UNKNOWN " + "y" * 500
    run = made_up.run(made_up.failure(expected="exit code 0", actual=said))
    lines = made_up.unstyled(render(run, width=80)).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("found "))
    told = "".join(line[11:] for line in lines[at : at + 3])
    assert "MANIFEST_BLOB_UNKNOWN" in told
    assert told.endswith("…")
    assert lines[at + 3].startswith("reproduce")
    # both are long: one line each, with what differs
    run = made_up.run(made_up.failure(expected=said, actual=said.replace("UNKNOWN", "LOST")))
    lines = made_up.unstyled(render(run, width=80)).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("found "))
    assert "LOST" in lines[at]
    assert lines[at + 1].startswith("reproduce")


def test_errors_with_several_explanations_are_shown_by_the_plainest_scenario() -> None:
    plain, odd = "rebaser/plain", "rebaser/odd"
    errors = [
        made_up.failure(
            "rebase.layers",
            phase=Phase.REBASER,
            case=case,
            outcome=Outcome.ERROR,
            message="the registry failed",
        )
        for case in ("odd", "plain")
    ]
    scenarios = {
        odd: ScenarioFacts("force yes; tags 2", {"force": "yes"}, differences=2),
        plain: ScenarioFacts("a plain rebase"),
    }
    shown = made_up.unstyled(render(made_up.run(*errors, scenarios=scenarios)))
    assert "scenario   rebaser-registry-plain: A plain rebase." in shown


def test_facts_stand_first_and_the_verdict_last() -> None:
    run = made_up.run(made_up.failure(), targets=ONLY_REGISTRY)
    lines = made_up.unstyled(render(run, width=300, verbosity=1)).splitlines()
    assert lines[0] == (
        "lifecycle 0.20.20 (/opt/lifecycle/v0.20.20, directory, sha256 2d711642b726) · platform "
        "API 0.14 · profile rfc-0129-draft (unreleased text; --profile platform-spec leaves it out)"
        " · registry tested · daemon not tested: no Docker daemon answers at /var/run/docker.sock"
    )
    assert lines[-1] == (
        "not conformant (registry only): 1 MUST requirement failed; daemon not tested: no Docker "
        "daemon answers at /var/run/docker.sock"
    )


def last(*results: object, **changes: object) -> str:
    return made_up.unstyled(render(made_up.run(*results, **changes), width=300)).splitlines()[-1]  # type: ignore[arg-type]  # results


def test_the_verdict_names_what_it_leaves_out() -> None:
    known = made_up.failure(outcome=Outcome.KNOWN_FAILURE, reason="later")
    assert last(made_up.result()) == "conformant: every MUST that applies is met"
    assert last(known, made_up.result(), deselected=3, targets=ONLY_REGISTRY) == (
        "conformant (in part, registry only): every MUST that applies is met but for 1 known to"
        " fail; 3 results deselected; daemon not tested: no Docker daemon answers at"
        " /var/run/docker.sock"
    )
    part: dict[str, object] = {"shard": "2/4", "deselected": 9, "deselected_by": "--shard 2/4"}
    assert last(made_up.result(), **part) == (
        "conformant (shard 2/4): every MUST that applies is met;"
        " 9 results deselected by --shard 2/4"
    )
    assert last(made_up.failure(), **part) == (
        "not conformant (shard 2/4): 1 MUST requirement failed; 9 results deselected by --shard 2/4"
    )
    assert last() == "could not judge: nothing was tested"


def test_what_an_adapter_declined_is_counted_and_named_wherever_the_verdict_is() -> None:
    both = {t: TargetFacts(judged=True) for t in Target}
    declined = [
        made_up.result(
            requirement,
            case=case,
            outcome=Outcome.NOT_APPLICABLE,
            message="the adapter declined: no -force",
            declined=True,
        )
        for case in ("forced", "forced-unlisted")
        for requirement in ("rebase.succeeds", "rebase.layers")
    ]
    assert last(made_up.result(), *declined, targets=both) == (
        "conformant (2 scenarios declined): every MUST that applies is met;"
        " 4 results declined by the adapter"
    )
    assert last(*declined, targets=both) == (
        "could not judge (2 scenarios declined): nothing was tested: the adapter declined every"
        " scenario"
    )
    run = made_up.run(made_up.result(), *declined)
    brief = made_up.unstyled(render(run, width=100))
    assert "2 scenarios declined by the adapter: no -force" in brief
    shown = made_up.unstyled(render(run, width=100, verbosity=1))
    assert shown.count("the adapter declined: no -force") == 1
    assert "declined, 4 results: rebase.succeeds, rebase.layers" in shown
    assert "Declined by the adapter (4)" in markdown(run)
    assert badge(run)["message"] == "conformant (2 scenarios declined)"
    assert badge(run)["color"] == "yellowgreen"
    written = dumps(run)
    assert json.loads(written)["declined"] == {"results": 4, "scenarios": 2}
    assert loads(written, "report.json").declined == tuple(declined)


def test_a_run_on_the_reference_ends_by_saying_so() -> None:
    lifecycle = LifecycleFacts("reference", "reference", "0.1.0", None)
    assert "the suite's own reference lifecycle, not yours" in last(
        made_up.result(), lifecycle=lifecycle
    )


def test_untestable_results_are_told_once_for_each_explanation() -> None:
    run = made_up.run(
        *(
            made_up.result(f"report.r{n}", outcome=Outcome.UNTESTABLE, message="the exporter died")
            for n in range(9)
        )
    )
    shown = made_up.unstyled(render(run, width=100, verbosity=1))
    assert shown.count("the exporter died") == 1
    assert "? untestable, 9 results: report.r0" in shown
    assert "(+3)" in shown


def test_problems_of_the_known_failures_file_are_shown() -> None:
    known = KnownFailureFacts("known.toml", 1, ("known.toml:3: stale",))
    shown = made_up.unstyled(render(made_up.run(made_up.result(), known_failures=known), width=80))
    assert "known      known.toml:3: stale" in shown
    assert shown.count("stale") == 2
    assert shown.splitlines()[-1] == "not conformant: 1 known-failure entry is stale or expired"


@pytest.mark.parametrize("profile", Profile)
def test_what_is_not_released_is_said(profile: Profile) -> None:
    shown = made_up.unstyled(render(made_up.run(made_up.result(), profile=profile), verbosity=1))
    assert ("unreleased text" in shown) is (profile is not Profile.PLATFORM_SPEC)


SCRIPT = "printf '%s\\n' --requirement 'a b' \"$HOME\" plain 'it'\"'\"'s' -k 'x and y or z' >&1"


@pytest.mark.parametrize("width", [10, 16, 24, 40, 60, 200])
def test_a_broken_command_does_what_the_whole_one_does(width: int) -> None:
    broken = "\n".join(command(SCRIPT, width=width, indent=4))
    assert _shell(broken) == _shell(SCRIPT)


@given(
    st.lists(st.text(st.characters(codec="ascii", exclude_categories=["C"])), min_size=1),
    st.integers(8, 60),
)
def test_breaking_a_command_loses_nothing(words: list[str], width: int) -> None:
    import shlex  # noqa: PLC0415 - only here

    line = shlex.join(["printf", *words])
    pieces = command(line, width=width, indent=4)
    joined = "\n".join(pieces).replace("\\\n", "")
    assert shlex.split(joined) == ["printf", *words]


def _shell(script: str) -> str:
    return subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, timeout=20
    ).stdout


@given(st.text(), st.integers(2, 40))
def test_wrapped_text_fits(text: str, width: int) -> None:
    pieces = wrapped(text, width)
    assert all(columns(piece) <= width for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_wide_characters_count_twice() -> None:
    assert columns("日本") == 4
    assert columns("e\u0301") == 1

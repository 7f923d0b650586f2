"""The known failures file: every mistake has its line, and no entry outlives its cause."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import made_up
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.report.known_failures import (
    Entry,
    KnownFailures,
    KnownFailuresError,
    Scope,
    excused,
    facts,
    loads,
    read,
)
from pytest_cnb_report.report.known_failures_file import known_failures_toml
from pytest_cnb_report.report.verdict import verdict
from pytest_cnb_report.values import Level, Outcome, Phase, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_cnb_report.report.results import KnownFailureFacts, Result

IDS = tuple(made_up.REQUIREMENTS)
TODAY = datetime.date(2025, 11, 21)
FAILED = made_up.failure("report.run-image.image")

GOOD = """\
# what this project lets be
[[known-failure]]
requirement = "report.run-image.*"
reason = '''
[[known-failure]]
not a header: it stands in a string'''

[["known-failure"]]
"requirement" = "rebase.layers"
reason = "see the issue"
phase = "rebaser"
target = "registry"
case = ["plain", "generated-*"]
until = 2026-06-30
issue = "https://example.com/1"
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(KnownFailuresError) as caught:
        loads(text, "known.toml", IDS)
    return caught.value.problems


def test_a_file_is_read_with_the_lines_of_its_entries() -> None:
    first, second = loads(GOOD, "known.toml", IDS).entries
    assert (first.requirement, first.line) == ("report.run-image.*", 2)
    assert second == Entry(
        requirement="rebase.layers",
        reason="see the issue",
        phase=Phase.REBASER,
        target=Target.REGISTRY,
        case=("plain", "generated-*"),
        until=datetime.date(2026, 6, 30),
        issue="https://example.com/1",
        line=8,
        until_line=14,
    )


UNTILL = (
    "known.toml:20: unknown key 'untill': an entry has requirement, reason, phase, "
    "target, case, until, issue"
)


def test_every_mistake_is_named_with_the_line_it_stands_on() -> None:
    text = """
[[known-failure]]
reason = "x"
requirement = "report.writen"

[[known-failure]]
requirement = "report.written"
reason = "  "
phase = "builder"

[[known-failure]]
requirement = "report.written"

[[known-failure]]
requirement = "report.written"
reason = \"\"\"
until = 2020-01-01
\"\"\"
until = "soon"
untill = 2026-01-01
case = []
target = 3
"""
    assert problems(text) == (
        "known.toml:4: there is no requirement 'report.writen': did you mean 'report.written'?",
        'known.toml:8: reason is missing: reason = "why this failure is accepted for now"',
        (
            "known.toml:9: 'builder' is not a phase: expected one of analyzer, exporter, creator,"
            " rebaser"
        ),
        'known.toml:11: reason is missing: reason = "why this failure is accepted for now"',
        UNTILL,
        "known.toml:22: 3 is not a target: expected one of registry, daemon",
        'known.toml:21: case is neither a string nor a list of strings: case = "plain"',
        "known.toml:19: 'soon' is not a date: until = 2026-06-30",
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[known-failure]]\nreason = 'x\n", "known.toml:3: not TOML: "),
        ("[[known-failures]]\n", "known.toml: unknown key 'known-failures'"),
        ("known-failure = 3\n", "known.toml: known-failure is not a list of tables"),
        ("known-failure = [3]\n", "known.toml: known-failure is not a list of tables"),
        ("\nknown-failure = [{reason = 'x'}]\n", "known.toml:2: requirement is missing"),
        ("[known-failure]\nreason = 'x'\n", "known.toml: known-failure is not a list of tables"),
        ("[[known-failure]]\nrequirement = 3\n", "known.toml:2: requirement is missing"),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, complaint: str) -> None:
    assert problems(text)[0].startswith(complaint)


def test_line_ends_and_odd_characters_do_not_shift_lines() -> None:
    text = "# a\u2028b\x0c\n".replace("\x0c", "\u0085") + "[[known-failure]]\nreason = 'x'\n"
    assert problems(text)[0].startswith("known.toml:2: ")
    assert problems(text.replace("\n", "\r\n"))[0].startswith("known.toml:2: ")


def test_a_file_that_cannot_be_read_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"# ok\n# \xe9\n")
    with pytest.raises(KnownFailuresError, match="none: cannot be read: No such file"):
        read(tmp_path / "none", IDS)
    with pytest.raises(KnownFailuresError, match="latin:2: not UTF-8"):
        read(tmp_path / "latin", IDS)


def test_globs_match_whole_identifiers() -> None:
    exact = Entry("report.run-image.reference", "x")
    assert exact.covers(made_up.result("report.run-image.reference"))
    assert not exact.covers(made_up.result("report.run-image.reference.immutable"))
    assert Entry("report.run-image.*", "x").covers(FAILED)


def apply(
    known: KnownFailures, results: Iterable[Result], left_out: Sequence[Scope] = ()
) -> tuple[tuple[Result, ...], KnownFailureFacts]:
    """Excuse results, and say what is wrong with the entries, as a run does."""
    after = tuple(excused(known, result, TODAY) for result in results)
    return after, facts(known, after, TODAY, left_out)


def applied(
    entry: Entry, *results: Result, left_out: tuple[Scope, ...] = ()
) -> tuple[list[Outcome], KnownFailureFacts]:
    known = KnownFailures("known.toml", (entry,))
    after, found = apply(known, results, left_out)
    return [result.outcome for result in after], found


ENTRY = Entry("report.run-image.image", "not before 0.22", issue="#7", line=3)


def test_what_is_known_is_excused_with_its_reason() -> None:
    known = KnownFailures("known.toml", (ENTRY,))
    (after,), found = apply(known, [FAILED])
    assert (after.outcome, after.reason) == (Outcome.KNOWN_FAILURE, "not before 0.22 (#7)")
    assert found.problems == ()
    assert verdict(made_up.run(after, known_failures=found)).exit_code == 0


def test_only_what_is_not_met_is_excused() -> None:
    others = [
        made_up.result(FAILED.requirement, case=each.value, outcome=each)
        for each in (Outcome.PASS, Outcome.UNTESTABLE, Outcome.ERROR, Outcome.NOT_APPLICABLE)
    ]
    outcomes, _ = applied(ENTRY, FAILED, *others)
    assert outcomes == [Outcome.KNOWN_FAILURE, *(each.outcome for each in others)]


@pytest.mark.parametrize(
    "narrower",
    [
        Entry(FAILED.requirement, "x", phase=Phase.REBASER),
        Entry(FAILED.requirement, "x", target=Target.DAEMON),
        Entry(FAILED.requirement, "x", case=("gzip", "z*")),
    ],
)
def test_an_entry_excuses_only_where_it_says(narrower: Entry) -> None:
    assert applied(narrower, FAILED)[0] == [Outcome.FAIL]


STALE = (
    "known.toml:3: the known failure of report.run-image.image is stale: everything that it covers "
    "was tested and nothing failed. Remove it"
)


def met(case: str = "plain", outcome: Outcome = Outcome.PASS) -> Result:
    return made_up.result(FAILED.requirement, case=case, outcome=outcome)


@pytest.mark.parametrize(
    ("results", "left_out", "stale"),
    [
        ([met()], (), True),
        ([met(), met("gzip", Outcome.NOT_APPLICABLE)], (), True),
        ([met(), FAILED], (), False),
        ([met(), made_up.failure(FAILED.requirement, case="gzip")], (), False),
        ([met(), met("gzip", Outcome.UNTESTABLE)], (), False),
        ([met(), met("gzip", Outcome.ERROR)], (), False),
        ([met("gzip", Outcome.NOT_APPLICABLE)], (), False),
        ([], (), False),
        ([made_up.result("report.written")], (), False),
        ([met()], (Scope(FAILED.requirement, target=Target.DAEMON),), False),
        ([met()], (Scope(FAILED.requirement, Phase.CREATOR, Target.REGISTRY, "zstd"),), False),
        ([met()], (Scope("report.written"),), True),
    ],
)
def test_stale_only_when_all_was_judged_and_nothing_failed(
    results: list[Result], left_out: tuple[Scope, ...], *, stale: bool
) -> None:
    _, found = applied(ENTRY, *results, left_out=left_out)
    assert found.problems == ((STALE,) if stale else ())


def test_an_entry_that_excused_nothing_is_named_where_only_a_target_was_not_judged() -> None:
    daemon = Scope(FAILED.requirement, target=Target.DAEMON)
    in_part = Scope(FAILED.requirement, Phase.CREATOR, Target.REGISTRY, "zstd")
    what = f"the known failure of {FAILED.requirement}"
    named = (f"known.toml:3: {what} excused nothing here; daemon not tested",)
    assert applied(ENTRY, met(), left_out=(daemon,))[1].idle == named
    assert applied(ENTRY, FAILED, left_out=(daemon,))[1].idle == ()
    assert applied(ENTRY, met(), left_out=(daemon, in_part))[1].idle == ()
    assert applied(ENTRY, left_out=(daemon,))[1].idle == ()
    assert applied(ENTRY, met())[1].idle == (), "that one is stale"


def test_what_was_left_out_elsewhere_does_not_keep_an_entry_alive() -> None:
    entry = Entry(FAILED.requirement, "x", target=Target.REGISTRY, line=3)
    left_out = (Scope(FAILED.requirement, target=Target.DAEMON),)
    assert applied(entry, met(), left_out=left_out)[1].problems == (STALE,)


def test_an_expired_entry_excuses_nothing() -> None:
    entry = Entry(FAILED.requirement, "x", until=TODAY - datetime.timedelta(days=1), until_line=3)
    outcomes, found = applied(entry, FAILED)
    assert outcomes == [Outcome.FAIL]
    assert found.problems[0].startswith(
        "known.toml:3: the known failure of report.run-image.image expired on 2025-11-20"
    )
    last_day = Entry(FAILED.requirement, "x", until=TODAY)
    assert applied(last_day, FAILED)[0] == [Outcome.KNOWN_FAILURE]


def test_a_should_is_excused_as_well() -> None:
    warned = made_up.result("rebase.created.constant", outcome=Outcome.WARN, level=Level.SHOULD)
    assert applied(Entry("rebase.*", "x"), warned)[0] == [Outcome.KNOWN_FAILURE]


LARGE = made_up.large(12)


def test_a_file_written_from_a_run_makes_it_green() -> None:
    text = known_failures_toml(LARGE, TODAY)
    known = loads(text, "known.toml", IDS)
    after, found = apply(known, LARGE.results)
    assert found.problems == ()
    assert not any(result.outcome is Outcome.FAIL for result in after)
    errors = tuple(result for result in after if result.outcome is not Outcome.ERROR)
    assert verdict(made_up.run(*errors)).exit_code == 0


def test_there_is_one_entry_for_each_distinct_failure() -> None:
    run = made_up.run(
        *(made_up.failure(case=case) for case in ("plain", "gzip")),
        *(made_up.failure("rebase.layers", case=case) for case in ("zstd", "no*[history]")),
        made_up.failure("rebase.layers", case="index", message="something else"),
        made_up.result("rebase.layers", case="plain"),
    )
    entries = loads(known_failures_toml(run, TODAY), "known.toml", IDS).entries
    assert [(e.requirement, e.case) for e in entries] == [
        ("report.run-image.image", ()),
        ("rebase.layers", ("zstd", "no[*][[]history]")),
        ("rebase.layers", ("index",)),
    ]
    assert all(e.phase is Phase.EXPORTER and e.target is Target.REGISTRY for e in entries)
    assert entries[0].reason == (
        "report.toml names no run image (lifecycle 0.20.20, seen on 2025-11-21)"
    )


def test_a_new_failure_in_another_case_is_not_excused_by_it() -> None:
    run = made_up.run(made_up.failure(case="gzip"), met())
    known = loads(known_failures_toml(run, TODAY), "known.toml", IDS)
    after, _ = apply(known, [made_up.failure(case="plain")])
    assert after[0].outcome is Outcome.FAIL


def test_reasons_that_are_there_are_kept() -> None:
    before = loads(known_failures_toml(LARGE, TODAY), "known.toml", IDS)
    mine = [
        Entry(**{**vars(entry), "reason": f"mine {n}", "issue": "#1"})
        for n, entry in enumerate(before.entries)
    ]
    again = known_failures_toml(LARGE, TODAY, KnownFailures("known.toml", tuple(mine)))
    kept = loads(again, "known.toml", IDS).entries
    assert [(e.requirement, e.reason, e.issue) for e in kept] == [
        (e.requirement, e.reason, e.issue) for e in mine
    ]


def test_entries_go_when_they_are_stale_and_stay_when_nobody_can_tell() -> None:
    stale = Entry("report.written", "gone")
    expired = Entry(FAILED.requirement, "old", until=TODAY - datetime.timedelta(days=1))
    unjudged = Entry("rebase.*", "not run today")
    glob = Entry("report.run-image.*", "one for all")
    run = made_up.run(FAILED, made_up.result("report.written"))
    previous = KnownFailures("known.toml", (stale, expired, unjudged, glob))
    kept = loads(known_failures_toml(run, TODAY, previous), "known.toml", IDS).entries
    assert [entry.reason for entry in kept] == ["not run today", "one for all"]
    left_out = (Scope("report.written", target=Target.DAEMON),)
    again = known_failures_toml(run, TODAY, previous, left_out)
    assert "gone" in again


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_any_text_survives_being_written(text: str) -> None:
    run = made_up.run(made_up.failure(case=text, message=text), met(case=f"{text}x"))
    (entry,) = loads(known_failures_toml(run, TODAY), "known.toml", IDS).entries
    assert entry.covers(made_up.failure(case=text))
    assert not entry.covers(made_up.failure(case=f"{text}x"))
    assert entry.reason.startswith(text)

"""What a run comes to."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import made_up
import pytest

from pytest_cnb_report.report import badge, html, junit, markdown, record
from pytest_cnb_report.report.results import KnownFailureFacts
from pytest_cnb_report.report.terminal import closing
from pytest_cnb_report.report.verdict import strict, summary, verdict
from pytest_cnb_report.values import Level, Outcome, Phase, Target

FAILED = made_up.failure("report.run-image.image")
KNOWN = made_up.failure(
    "report.run-image.image", outcome=Outcome.KNOWN_FAILURE, reason="not before 0.22"
)


def untestable(cause: str | None = "report.run-image.image", **changes: object) -> Any:  # noqa: ANN401 - a Result
    return made_up.result(
        "report.run-image.coherent", outcome=Outcome.UNTESTABLE, cause=cause, **changes
    )


@pytest.mark.parametrize(
    ("results", "exit_code"),
    [
        ([made_up.result()], 0),
        ([made_up.result(outcome=Outcome.WARN, level=Level.SHOULD)], 0),
        ([made_up.result(outcome=Outcome.OBSERVED, level=Level.MAY)], 0),
        ([FAILED], 1),
        ([FAILED, made_up.result()], 1),
        ([KNOWN], 0),
        ([made_up.result(outcome=Outcome.ERROR)], 2),
        ([FAILED, made_up.result(outcome=Outcome.ERROR)], 2),
        ([], 2),
        ([made_up.result(outcome=Outcome.NOT_APPLICABLE)], 2),
        ([untestable(None)], 1),
        ([FAILED, untestable()], 1),
        ([KNOWN, untestable()], 0),
        ([made_up.result(), untestable("rebase.succeeds")], 2),
        ([FAILED, untestable("rebase.succeeds")], 1),
        ([made_up.result(), untestable(None, level=Level.SHOULD)], 0),
        ([untestable(None, level=Level.SHOULD)], 2),
    ],
)
def test_exit_codes(results: list[Any], exit_code: int) -> None:
    comes_to = verdict(made_up.run(*results))
    assert comes_to.exit_code == exit_code, comes_to
    assert comes_to.conformant is (exit_code == 0)
    assert bool(comes_to.why) is (exit_code != 0)


def test_a_known_failure_excuses_only_what_it_caused() -> None:
    """The same requirement fails elsewhere without an excuse: what waits for that one counts."""
    elsewhere = made_up.failure(KNOWN.requirement, phase=Phase.REBASER)
    waiting = untestable(phase=Phase.REBASER)
    assert verdict(made_up.run(KNOWN, untestable())).exit_code == 0
    why = verdict(made_up.run(KNOWN, elsewhere, waiting)).why
    assert "1 more MUST requirement not fully tested" in why


def test_a_chain_of_causes_is_followed_to_its_end() -> None:
    last = made_up.result(
        "report.run-image.after-rebase", outcome=Outcome.UNTESTABLE, cause=untestable().requirement
    )
    assert verdict(made_up.run(KNOWN, untestable(), last)).exit_code == 0
    assert verdict(made_up.run(FAILED, untestable(), last)).exit_code == 1


def test_a_requirement_that_an_earlier_step_failed_is_excused_where_it_is_known() -> None:
    """A rebase that starts from a failed one is untestable in all, that requirement included."""
    earlier = [
        made_up.result(
            name, case="again", outcome=Outcome.UNTESTABLE, cause=KNOWN.requirement, message="m"
        )
        for name in (KNOWN.requirement, "report.written")
    ]
    assert verdict(made_up.run(KNOWN, *earlier)).exit_code == 0
    assert verdict(made_up.run(FAILED, *earlier)).exit_code == 1


def test_causes_that_go_round_in_a_circle_end() -> None:
    one = made_up.result("report.written", outcome=Outcome.UNTESTABLE, cause="report.valid-toml")
    other = made_up.result("report.valid-toml", outcome=Outcome.UNTESTABLE, cause="report.written")
    assert verdict(made_up.run(one, other)).exit_code == 1


def test_another_case_of_the_place_excuses_where_the_case_itself_has_no_cause() -> None:
    assert verdict(made_up.run(KNOWN, untestable(case="gzip"))).exit_code == 0


def test_a_stale_known_failure_fails_the_run() -> None:
    known = KnownFailureFacts("known.toml", 1, ("known.toml:3: stale",))
    comes_to = verdict(made_up.run(made_up.result(), known_failures=known))
    assert (comes_to.exit_code, comes_to.why) == (1, ("known.toml:3: stale",))


def test_a_run_that_was_cut_short_is_not_conformant() -> None:
    comes_to = verdict(made_up.run(made_up.result(), cut_short="interrupted"))
    assert comes_to.exit_code == 2
    assert comes_to.why == ("the run was cut short: interrupted",)
    assert verdict(made_up.run(FAILED, cut_short="interrupted")).exit_code == 1


@pytest.mark.parametrize(
    ("cut_short", "word"),
    [("interrupted", "interrupted"), ("stopping after 1 failures", "stopped early")],
)
@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.FAIL, Outcome.ERROR])
def test_how_a_run_ended_stands_in_every_form(outcome: Outcome, cut_short: str, word: str) -> None:
    run = made_up.run(made_up.result(outcome=outcome, message="m"), cut_short=cut_short)
    told = f"the run was cut short: {cut_short}"
    assert told in made_up.unstyled(closing(run, 200)).splitlines()[-1]
    assert told in html.page(run)
    assert told in markdown.markdown(run)
    assert told in record.to_json(run)["why"]
    assert str(badge.badge(run)["message"]).endswith(f"({word})")
    assert f"{word}): " in made_up.unstyled(closing(run, 200))
    assert f"({word})</" in html.page(run)
    assert f"({word}): " in markdown.markdown(run)
    suite = ElementTree.fromstring(junit.dumps(run))[0]  # noqa: S314 - our own
    assert suite.get("name", "").endswith(f"({word})")
    errors = suite.findall("testcase/error")
    assert errors[0].get("message") == told
    assert len(errors) == 1 + (outcome is Outcome.ERROR) == int(suite.get("errors", ""))
    assert len(suite.findall("testcase")) == 2 == int(suite.get("tests", ""))


def test_errors_stand_in_every_form() -> None:
    run = made_up.run(made_up.result(), made_up.result(outcome=Outcome.ERROR))
    told = "1 result ended in an error of the suite"
    assert told in made_up.unstyled(closing(run, 200)).splitlines()[-1]
    assert told in html.page(run)
    assert told in markdown.markdown(run)
    assert record.to_json(run)["why"] == [told]
    assert badge.badge(run)["message"] == "could not judge: 1 error"
    assert ElementTree.fromstring(junit.dumps(run))[0].get("errors") == "1"  # noqa: S314 - our own


def test_strict_makes_a_should_fail() -> None:
    warned = made_up.result(outcome=Outcome.WARN, level=Level.SHOULD)
    assert verdict(made_up.run(strict(warned), strict=True)).why == ("1 SHOULD requirement failed",)
    assert strict(made_up.result()) == made_up.result()
    waiting = untestable(None, level=Level.SHOULD)
    assert verdict(made_up.run(made_up.result(), waiting, strict=True)).exit_code == 1


def test_what_failed_is_counted_by_requirement() -> None:
    results = [made_up.failure(case=str(n), target=t) for n in range(3) for t in Target]
    assert verdict(made_up.run(*results)).why == ("1 MUST requirement failed",)


def test_the_summary_counts_results_by_level_and_outcome() -> None:
    counts = summary([made_up.result(), made_up.result(case="gzip"), FAILED])
    assert counts[Level.MUST] == {Outcome.PASS: 2, Outcome.FAIL: 1}
    assert counts[Level.MAY] == {}

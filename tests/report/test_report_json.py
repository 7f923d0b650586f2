"""report.json: a run goes in and comes out, and no other file is taken for one."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import made_up
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cnb_report.report import record
from pytest_cnb_report.report.aggregate import failures
from pytest_cnb_report.report.html import page
from pytest_cnb_report.report.markdown import markdown
from pytest_cnb_report.report.record import ResultsError, dumps, loads, read, schema, to_json
from pytest_cnb_report.report.results import (
    Evidence,
    KnownFailureFacts,
    LifecycleFacts,
    RequirementFacts,
    Result,
    Run,
    ScenarioFacts,
    SuiteFacts,
    TargetFacts,
    Timing,
    WireRequest,
)
from pytest_cnb_report.report.terminal import render
from pytest_cnb_report.report.truncate import evidence
from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Profile, Target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
optional_texts = st.none() | texts
ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}(\.[a-z0-9][a-z0-9-]{0,8}){0,3}", fullmatch=True)
seconds = st.floats(min_value=0, max_value=1e9)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
results = st.builds(
    Result,
    requirement=ids,
    level=st.sampled_from(Level),
    phase=st.sampled_from(Phase),
    target=st.sampled_from(Target),
    case=texts.filter(bool),
    outcome=st.sampled_from([each for each in Outcome if each is not Outcome.KNOWN_FAILURE]),
    message=texts,
    expected=values,
    actual=values,
    reproduce=optional_texts,
    cause=optional_texts,
    reason=optional_texts,
    readings=st.lists(texts, max_size=2).map(tuple),
    evidence=optional_texts,
)
requests = st.builds(WireRequest, method=texts, path=texts, status=st.integers(0, 599), note=texts)
pieces = st.builds(
    Evidence,
    key=texts.filter(bool),
    command=st.lists(texts, max_size=3).map(tuple),
    environment=st.dictionaries(texts, texts, max_size=2),
    exit_code=st.none() | st.integers(-64, 255),
    duration_s=seconds,
    stdout=texts,
    stderr=texts,
    requests=st.lists(requests, max_size=2).map(tuple),
    files=st.dictionaries(texts, texts, max_size=2),
)
runs = st.builds(
    Run,
    suite=st.builds(SuiteFacts, name=st.just("pytest-cnb-report"), version=texts.filter(bool)),
    lifecycle=st.builds(
        LifecycleFacts,
        given=texts.filter(bool),
        kind=texts.filter(bool),
        version=optional_texts,
        sha256=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    ),
    platform_api=st.builds(PlatformApi, st.integers(0, 1), st.integers(0, 20)),
    profile=st.sampled_from(Profile),
    targets=st.dictionaries(
        st.sampled_from(Target), st.builds(TargetFacts, judged=st.booleans(), why=texts)
    ),
    timing=st.builds(
        Timing, wall_s=seconds, lifecycle_s=seconds, invocations=st.integers(0, 10**6)
    ),
    started=st.datetimes().map(lambda when: f"{when:%H:%M:%S}").map(lambda t: f"2025-11-21T{t}Z"),
    seed=st.integers(),
    strict=st.booleans(),
    results=st.lists(results, max_size=4).map(tuple),
    requirements=st.dictionaries(
        ids,
        st.builds(
            RequirementFacts,
            statement=texts,
            source=texts,
            url=optional_texts,
            readings=st.lists(texts, max_size=2).map(tuple),
            title=texts,
            hint=texts,
            derived=st.booleans(),
            area=texts,
        ),
        max_size=2,
    ),
    readings=st.dictionaries(texts, texts, max_size=2),
    evidence=st.lists(pieces, max_size=2).map(tuple),
    deselected=st.integers(0, 99),
    cut_short=optional_texts,
    known_failures=st.none()
    | st.builds(
        KnownFailureFacts,
        file=texts,
        entries=st.integers(0, 9),
        problems=st.lists(texts.filter(bool), max_size=2).map(tuple),
    ),
    command=texts,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(runs)
def test_a_run_comes_back_as_the_same_value(run: Run) -> None:
    assert loads(dumps(run), "report.json") == run


def test_the_schema_is_one_and_the_file_is_valid_against_it() -> None:
    jsonschema_rs.meta.validate(schema())
    data = json.loads(dumps(made_up.large(4)))
    jsonschema_rs.Draft202012Validator(schema()).validate(data)


def test_every_key_that_is_written_stands_in_the_schema() -> None:
    known = KnownFailureFacts("known.toml", 1, ("known.toml:1: stale",))
    data = to_json(dataclasses.replace(made_up.large(3), known_failures=known))
    assert _undescribed(data, schema()) == set()


def _undescribed(value: Any, rules: Mapping[str, Any], at: str = "") -> set[str]:  # noqa: ANN401 - JSON
    """List the keys of `value` for which the schema has neither a name nor a rule for any name."""
    if "$ref" in rules:
        rules = schema()["$defs"][rules["$ref"].rpartition("/")[2]]
    rules = next((each for each in rules.get("oneOf", ()) if "properties" in each), rules)
    if isinstance(value, list):
        found = [_undescribed(each, rules.get("items", {}), at) for each in value]
        return set().union(*found)
    if not isinstance(value, dict) or rules == {}:
        return set()
    named, other = rules.get("properties", {}), rules.get("additionalProperties")
    lost = {f"{at}.{key}" for key in value if key not in named and other is None}
    deeper = [
        _undescribed(each, named.get(key, other) or {}, f"{at}.{key}")
        for key, each in value.items()
    ]
    return lost.union(*deeper)


def test_summary_and_verdict_stand_beside_the_results() -> None:
    data = to_json(made_up.run(made_up.failure(), made_up.result()))
    assert data["summary"] == {"MUST": {"pass": 1, "fail": 1}, "SHOULD": {}, "MAY": {}}
    assert (data["conformant"], data["exit_code"], data["complete"]) == (False, 1, True)
    assert list(data["results"][0])[:10] == [
        "requirement", "level", "phase", "target", "case",
        "outcome", "message", "expected", "actual", "reproduce",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"schema_version": 2}, "has layout 2, written by pytest-cnb-report 0.1.0"),
        ({"suite": {"name": "other", "version": "1"}}, "was written by 'other'"),
        ({"suite": "other"}, "was written by None"),
        ({"profile": "mine"}, '$.profile: "mine" is not one of'),
        ({"results": None}, '$.results: null is not of type "array"'),
    ],
)
def test_another_file_is_named_as_what_it_is(change: dict[str, Any], complaint: str) -> None:
    data = {**to_json(made_up.run(made_up.result())), **change}
    with pytest.raises(ResultsError) as caught:
        loads(json.dumps(data), "mine.json")
    assert str(caught.value).startswith("mine.json: ")
    assert complaint in str(caught.value)


def test_a_wrong_outcome_is_named_with_its_place() -> None:
    data = to_json(made_up.run(made_up.result(), made_up.result(case="gzip")))
    data["results"][1]["outcome"] = "passed"
    with pytest.raises(ResultsError, match=r'\$\.results\[1\]\.outcome: "passed" is not one of'):
        loads(json.dumps(data), "mine.json")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.77, 0.999])
def test_a_truncated_file_is_named_as_such(share: float) -> None:
    whole = dumps(made_up.large(2)).rstrip()
    with pytest.raises(ResultsError, match=r"ends in the middle|is not a results file|is not JSON"):
        loads(whole[: int(len(whole) * share)], "mine.json")
    with pytest.raises(ResultsError, match="ends in the middle"):
        loads(whole[: whole.index('"results"') + 40], "mine.json")


@pytest.mark.parametrize(
    "text", ["", "<testsuite/>", "[]", "{}", "null", '{"a": NaN}', "[" * 100_000, '{"suite": 1}']
)
def test_what_is_no_report_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ResultsError) as caught:
        loads(text, "mine.json")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none", tmp_path, tmp_path / "binary"):
        with pytest.raises(ResultsError, match=path.name):
            read(path)


def test_a_known_failure_without_a_reason_is_refused() -> None:
    data = to_json(made_up.run(made_up.result(outcome=Outcome.KNOWN_FAILURE)))
    with pytest.raises(ResultsError, match="reason"):
        loads(json.dumps(data), "mine.json")


def test_keys_that_a_later_version_adds_do_no_harm() -> None:
    run = made_up.run(made_up.result())
    data = to_json(run) | {"later": 1}
    data["results"][0]["later"] = []
    assert loads(json.dumps(data), "mine.json") == run


def test_the_suite_names_itself_as_the_schema_asks() -> None:
    assert schema()["properties"]["suite"]["properties"]["name"]["const"] == record.SUITE


def test_a_report_that_is_read_names_the_same_failure_first() -> None:
    """The plainest scenario stands for its mistake, in the run's own report and in a later one."""
    results = [
        made_up.failure("rebase.layers", phase=made_up.B, case="mix", message="wrong layers: a"),
        made_up.failure("rebase.layers", phase=made_up.B, case="plain", message="wrong layers: b"),
    ]
    scenarios = {
        "rebaser/mix": ScenarioFacts("many differences", {"tags": "three"}, 1),
        "rebaser/plain": ScenarioFacts("a plain rebase"),
    }
    run = made_up.run(*results, scenarios=scenarios)
    (told,) = failures(run)
    assert told.first.case == "plain"
    assert failures(loads(dumps(run), "report.json")) == failures(run)


def test_processes_that_could_not_be_killed_are_named() -> None:
    """Whether the call succeeded or not: they may still hold its files, or write to them."""
    left = evidence(
        "rebaser/registry/plain",
        command=("rebaser",),
        environment={},
        exit_code=0,
        duration_s=0.1,
        unkilled=(4711, 4712),
    )
    run = made_up.run(made_up.result("rebase.layers", phase=made_up.B), evidence=(left,))
    told = "the lifecycle left 2 processes that could not be killed: 4711, 4712"
    assert loads(dumps(run), "report.json").evidence == (left,)
    assert told in made_up.unstyled(render(run, width=120))
    assert told.replace("the", "The", 1) in markdown(run)
    assert told.replace("the", "The", 1) in page(run)
    assert '"unkilled"' not in dumps(made_up.run(made_up.result("rebase.layers")))

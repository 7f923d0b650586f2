"""What can be said of the pages without a browser: whole, self-contained, and readable."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib import resources

import made_up
import pytest

from pytest_cnb_report.report import html, matrix
from pytest_cnb_report.report.matrix_columns import Compared
from pytest_cnb_report.report.page_data import page_data, result_ids, web_link
from pytest_cnb_report.report.results import (
    LifecycleFacts,
    RequirementFacts,
    ScenarioFacts,
    TargetFacts,
)
from pytest_cnb_report.values import Outcome, Phase, Target

LARGE = made_up.large(6)
NASTY = "</script><script>alert(1)</script><!-- <b>&amp;\u2028"


class Elements(HTMLParser):
    """Collects the elements of a page, and complains where they are not nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.text += " "
        if tag not in {"meta", "link", "input", "wbr"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("page", [html.page(LARGE), matrix.page([Compared(LARGE)] * 2)])
def test_a_page_needs_nothing_from_elsewhere(page: str) -> None:
    for tag, attributes in Elements(page).found:
        assert tag not in {"img", "iframe", "object", "embed"}
        assert "src" not in attributes
        if tag == "link":
            assert attributes["href"] == "data:,"
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("page", [html.page(LARGE), matrix.page([Compared(LARGE)] * 2)])
def test_every_id_is_there_once_and_every_link_leads_somewhere(page: str) -> None:
    found = Elements(page).found
    ids = [a["id"] for _, a in found if "id" in a]
    assert len(ids) == len(set(ids))
    known = {*ids, *result_ids(LARGE.results)}
    links = [str(a["href"]) for tag, a in found if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= known


def test_text_from_a_lifecycle_is_never_markup() -> None:
    result = made_up.failure(
        "rebase.layers", message=NASTY, expected=NASTY, actual={NASTY: NASTY}, case=NASTY
    )
    run = made_up.run(
        result,
        lifecycle=LifecycleFacts(NASTY, NASTY, NASTY, None),
        targets={Target.DAEMON: TargetFacts(judged=False, why=NASTY)},
        requirements={"rebase.layers": RequirementFacts(NASTY, NASTY, "javascript:alert(1)")},
        command=NASTY,
    )
    for page in (html.page(run), matrix.page([Compared(run)])):
        assert NASTY not in page
        found = Elements(page).found
        assert [tag for tag, _ in found].count("b") == 0
        assert not any(str(a.get("href")).startswith("javascript:") for _, a in found)


def test_what_stands_between_backticks_is_code() -> None:
    page = html.page(made_up.run(made_up.failure(message="`a<b` is not `c`"), made_up.result()))
    assert '<code class="short">a&lt;b</code> is not <code class="short">c</code>' in page
    odd = html.page(made_up.run(made_up.failure(message="`odd")))
    assert "`odd" in Elements(odd).text


def test_the_data_is_the_run() -> None:
    page = html.page(LARGE)
    script = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert script
    data = json.loads(script[1])
    assert len(data["results"]) == len(LARGE.results)
    assert len(data["texts"]) == len(set(data["texts"]))
    assert data == json.loads(json.dumps(page_data(LARGE)))


def test_big_numbers_and_invisible_characters_are_written_out() -> None:
    data = page_data(made_up.run(made_up.failure(expected=2**60 + 1, actual="\u200b")))
    assert str(2**60 + 1) in data["texts"]
    assert '"\\u200b"' in data["texts"]


def test_results_of_the_same_name_still_have_links_of_their_own() -> None:
    ids = result_ids([made_up.result(), made_up.result(), made_up.result(case="a b/c#%")])
    assert ids == [
        "report.written/exporter/registry/plain",
        "report.written/exporter/registry/plain~2",
        "report.written/exporter/registry/a%20b%2Fc%23%25",
    ]


def test_only_links_to_the_web_are_links() -> None:
    assert web_link("https://example.com") == "https://example.com"
    assert [web_link(url) for url in ("javascript:x", "file:///x", "", None)] == [None] * 4


def test_the_head_tells_what_was_judged() -> None:
    away = TargetFacts(judged=False, why="no Docker daemon answers at /var/run/docker.sock")
    targets = {Target.REGISTRY: TargetFacts(judged=True), Target.DAEMON: away}
    changes: dict[str, object] = {"deselected": 2, "cut_short": "interrupted", "targets": targets}
    run = made_up.run(made_up.failure(), **changes)
    text = " ".join(Elements(html.page(run)).text.split())
    assert "Lifecycle 0.20.20 ✗ Not conformant (interrupted, in part, registry only)" in text
    assert "1 MUST requirement failed" in text
    assert "Only part of the suite was run: interrupted; 2 results were deselected." in text
    assert "Registry tested" in text
    assert "Daemon not tested: no Docker daemon answers at /var/run/docker.sock" in text


def test_a_run_without_results_has_a_page() -> None:
    assert "Could not judge" in Elements(html.page(made_up.run())).text


def test_the_matrix_tells_each_message_once() -> None:
    other = made_up.run(
        made_up.failure("report.written", message="gone"),
        lifecycle=LifecycleFacts("command:x", "command"),
    )
    made = matrix.matrix(list(map(Compared, [made_up.run(made_up.result()), other, other])))
    ((row,),) = [area.rows for area in made.areas]
    assert [cell and cell.worst for cell in row.cells] == [
        Outcome.PASS, Outcome.FAIL, Outcome.FAIL,
    ]  # fmt: skip
    assert (row.differs, row.met) == (True, False)
    ((message,),) = [row.messages]
    assert [column.number for column in message.where[0][0]] == [1, 2]
    assert [column.name for column in made.columns] == ["0.20.20", "command:x", "command:x"]


def test_the_matrix_leaves_a_cell_empty_where_a_run_lacks_a_requirement() -> None:
    runs = (made_up.run(made_up.result()), made_up.run(made_up.result("report.valid-toml")))
    made = matrix.matrix(list(map(Compared, runs)))
    (area,) = made.areas
    assert [[cell is not None for cell in row.cells] for row in area.rows] == [
        [True, False], [False, True],
    ]  # fmt: skip


def _colours() -> list[dict[str, str]]:
    """Read the colours of the light page and of the dark one."""
    css = resources.files("pytest_cnb_report.report").joinpath("templates/page.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    schemes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    assert schemes[0].keys() == schemes[1].keys()
    return schemes


def _contrast(one: str, other: str) -> float:
    """Compare two colours as WCAG 2.1 does (relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", _colours(), ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: dict[str, str]) -> None:
    grounds = ["bg", "surface", "sunken"]
    pairs = [(ink, ground) for ink in ("ink", "muted", "accent") for ground in grounds]
    for outcome in Outcome:
        pairs += [(outcome.value, f"{outcome.value}-tint")]
        pairs += [(outcome.value, ground) for ground in grounds]
    pairs += [("surface", "ink"), ("ink", "pass-tint"), ("ink", "fail-tint")]
    faint = {pair: _contrast(*(scheme[name] for name in pair)) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in faint.items() if ratio < 4.5} == {}


def test_a_scenario_is_said_in_a_sentence_and_linked() -> None:
    scenarios = {
        "rebaser/mix-1": ScenarioFacts("force flag", {"force": "flag"}),
        "rebaser/odd": ScenarioFacts("as it was", {"force": "sometimes"}),
    }
    cases = [made_up.result(phase=Phase.REBASER, case=case) for case in ("mix-1", "odd", "other")]
    said = page_data(made_up.run(*cases, scenarios=scenarios))["scenarios"]
    words, link = said["rebaser/registry/mix-1"]
    assert words == "A rebase. Call: -force."
    assert link.endswith("/pytest-cnb-report/scenarios/rebases-registry.html#rebaser-mix-1")
    assert said["rebaser/registry/odd"][0] == "as it was", "of another version of the suite"
    assert "rebaser/registry/other" not in said


def test_the_reference_is_named_in_the_heading() -> None:
    lifecycle = LifecycleFacts("reference", "reference", "0.1.0")
    run = made_up.run(made_up.result(), lifecycle=lifecycle)
    assert "<h1>Reference lifecycle 0.1.0</h1>" in html.page(run)

"""The pages in a real browser: filter, open, link, keys, size, and nothing on the console.

Without Chromium and its driver these are skipped, unless CNB_REQUIRE_BROWSER is set: then that is
an error.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import made_up
import pytest
from in_browser import (
    COVERED,
    MARKS,
    PATCH,
    WORK,
    ask,
    click,
    focused,
    press,
    shown,
    visible,
    wait_for_focus,
)

from pytest_cnb_report.platform_apis import PLATFORM_APIS
from pytest_cnb_report.report import html, matrix
from pytest_cnb_report.report.matrix_columns import Compared
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.trace import page as trace
from pytest_cnb_report.trace.rows import load_table
from pytest_cnb_report.trace.view import View, view
from pytest_cnb_report.values import PlatformApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium.webdriver import Chrome

LARGE = made_up.large(46)
OLDER = replace(made_up.large(4), platform_api=PlatformApi(0, 9))
ONE = "rebase.labels.stack.copied/rebaser/registry/generated-13"
RESULTS = len(LARGE.results)


COMMAND = (
    "/opt/lifecycle/v0.20.20/rebaser -report /lab/report.toml localhost:5000/app/generated-13:1"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    texts = {
        "large": html.page(LARGE),
        "matrix": matrix.page([Compared(LARGE), Compared(OLDER)] * 4),
        "trace": trace.page(_traced()),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


def _traced() -> View:
    newest = PLATFORM_APIS[-1]
    return view(load_table(), load_catalogue(), api=None, latest=newest, folders={}, runs=())


@pytest.fixture
def visit(browser: Chrome, pages: dict[str, str]) -> Iterator[Callable[..., Chrome]]:
    """Open a page at a width; whatever the test does, the console stays empty."""

    def opened(name: str = "large", link: str = "", width: int = 1440) -> Chrome:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 700}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get("about:blank")
        browser.get(pages[name] + link)
        return browser

    browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium
    yield opened
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]  # selenium


def test_all_requirements_are_there_at_first(visit: Callable[..., Chrome]) -> None:
    page = visit()
    assert shown(page) == f"{RESULTS:,} results in 27 requirements"
    assert visible(page, "tbody.requirement") == 27
    assert visible(page, ".results li") == 0


def test_filters_narrow_by_outcome_level_phase_target_and_text(
    visit: Callable[..., Chrome],
) -> None:
    page = visit()
    click(page, "[data-filter=outcome] [value=fail]")
    failed = sum(r.outcome.value == "fail" for r in LARGE.results)
    assert shown(page).startswith(f"{failed} of {RESULTS:,} results in 4 ")
    click(page, "[data-filter=outcome] [value=error]")
    assert visible(page, "tbody.requirement") == 5
    click(page, "[data-filter=level] [value=SHOULD]")
    assert visible(page, "tbody.requirement") == 1
    click(page, "[data-filter=phase] [value=rebaser]")
    click(page, "[data-filter=target] [value=daemon]")
    assert shown(page).startswith("1 of ")
    click(page, "#clear")
    assert visible(page, "tbody.requirement") == 27
    press(page, "REBASE.layers no-history")
    assert shown(page) == f"2 of {RESULTS:,} results in 1 requirement"
    press(page, " nowhere")
    assert visible(page, "#none") == 1
    assert visible(page, "tbody.area") == 0


def test_a_requirement_opens_to_its_results_worst_first(visit: Callable[..., Chrome]) -> None:
    page = visit()
    click(page, "[id='rebase.layers']")
    assert visible(page, ".results li") == 92
    first = page.find_element("css selector", ".results li").text
    assert "no-history" in first
    assert "the old run image's top layer is still there" in first
    click(page, "[data-filter=outcome] [value=fail]")
    assert visible(page, ".results li") == 6
    click(page, "[id='rebase.layers']")
    assert visible(page, ".results li") == 0


def test_a_cell_opens_to_the_results_of_its_place(visit: Callable[..., Chrome]) -> None:
    page = visit()
    cell = "[data-requirement='rebase.layers'] .cell[data-target=daemon]"
    click(page, cell)
    assert visible(page, ".results li") == 46
    assert page.find_element("css selector", cell).get_attribute("aria-expanded") == "true"
    click(page, ".only button")
    assert visible(page, ".results li") == 92


def test_a_result_opens_to_everything_that_is_known_of_it(visit: Callable[..., Chrome]) -> None:
    page = visit(link=f"#{ONE}")
    text = ask(page, "return document.querySelector('.result').textContent")
    for part in (
        "a value was changed on the way",
        "The value is identical byte for byte.",
        "Platform specification, Rebaser",
        "cnb-conformance run --lifecycle /opt/lifecycle/v0.20.20",
        "CNB_PLATFORM_API=0.14",
        COMMAND,
        "exit code 0",
        "Saving generated-13... </script><b>",
        "Warning: \\xff label",
        "/v2/app/generated-13/manifests/1",
        'tags = ["localhost:5000/app/generated-13:1"]',
        "manifest before: generated-13:1",
        "config after: generated-13:1",
    ):
        assert part in text
    link = page.find_element("css selector", ".result a[href^=http]")
    assert str(link.get_attribute("href")).endswith("/spec/blob/main/platform.md#rebaser")


def test_the_difference_is_marked_and_no_more(visit: Callable[..., Chrome]) -> None:
    page = visit(link=f"#{ONE}")
    assert ask(page, MARKS) == ["\\u200b \\u00a0", " ", 'n": 1', 'extra": "<b>"']


def test_a_rebase_shows_what_it_changed_and_not_how_that_is_written(
    visit: Callable[..., Chrome],
) -> None:
    page = visit(link=f"#{ONE}")
    assert ask(page, PATCH) == [
        " {",
        '   "config": {',
        '     "Labels": {',
        '       "a": "1",',
        '\N{MINUS SIGN}      "b": "<!-- -->"',
        '+      "b": "<!-- -->",',
        '+      "c": ""',
        "     }",
        "\N{MINUS SIGN}  }",
        "+  },",
        '+  "created": 9007199254740993',
        " }",
    ]


def test_json_in_a_label_is_laid_out_and_what_is_no_json_is_left_alone(
    visit: Callable[..., Chrome],
) -> None:
    page = visit()
    label = "io.buildpacks.lifecycle.metadata"
    laid_out = ask(
        page,
        "return arguments[0].map((text) => jsonText.formatted(text))",
        [f'{{"{label}": "{{\\"a\\": [1.0, {{}}]}}"}}', f'{{"{label}": "no"}}', "[[", "7", "[]"],
    )
    assert laid_out == [
        f'{{\n  "{label}": JSON text {{\n    "a": [\n      1.0,\n      {{}}\n    ]\n  }}\n}}',
        f'{{\n  "{label}": "no"\n}}',
        None,
        None,
        "[]",
    ]


def test_long_stretches_that_are_alike_are_folded(
    browser: Chrome, visit: Callable[..., Chrome]
) -> None:
    visit()
    found = ask(
        browser,
        """const lines = Array.from({length: 60}, (_, i) => `line ${i}`);
        const other = [...lines]; other[30] = "other"; other.push("new");
        const pairs = difference.pairs(lines.join("\\n"), other.join("\\n"));
        return [pairs.length, difference.alike(pairs), pairs[30], pairs[60]];""",
    )
    assert found == [
        61,
        [[0, 27], [34, 57]],
        ["line 30", "other", "differs"],
        [None, "new", "alone"],
    ]


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_a_link_to_one_result_opens_it_in_sight(visit: Callable[..., Chrome], width: int) -> None:
    page = visit(link=f"#{ONE}", width=width)
    assert focused(page) == ONE
    assert visible(page, ".result") == 1
    top = ask(page, "return document.activeElement.getBoundingClientRect().top")
    assert ask(page, COVERED) - 1 <= top <= 600


def test_a_link_within_the_page_opens_what_it_names(visit: Callable[..., Chrome]) -> None:
    page = visit()
    press(page, "/", "zzz")
    click(page, ".failures li:nth-child(5) a")
    wait_for_focus(page, "rebase.layers/rebaser/registry/no-history")
    assert visible(page, "tbody.requirement") == 27
    ask(page, "location.hash = '#report.written'")
    wait_for_focus(page, "report.written")


def test_the_address_keeps_the_filters(visit: Callable[..., Chrome]) -> None:
    from selenium.webdriver import Keys  # noqa: PLC0415 - slow, and only here

    page = visit()
    click(page, "[data-filter=outcome] [value=fail]")
    click(page, "[data-filter=target] [value=registry]")
    press(page, "/", "rebase layers", Keys.ENTER)
    count, query = shown(page), ask(page, "return location.search")
    assert query == "?outcome=fail&target=registry&search=rebase+layers"
    page = visit(link=f"{query}#rebase.layers")
    assert shown(page) == count
    assert " of " in count
    assert focused(page) == "rebase.layers"
    click(page, "#clear")
    address = ask(page, "return location.search + location.hash")
    assert address == "?open=rebase.layers#rebase.layers"
    page = visit(link="?outcome=no-such&search=&phase=%22%5D&other=1")
    assert visible(page, "tbody.requirement") == 27


def test_the_address_keeps_what_is_open(visit: Callable[..., Chrome]) -> None:
    page = visit(link=f"#{ONE}")
    click(page, "[data-requirement='report.written'] .open-requirement")
    page = visit(link=ask(page, "return location.search"))
    assert visible(page, ".opened") == 2
    assert visible(page, ".result") == 1
    click(page, "[data-requirement='report.written'] .open-requirement")
    assert "report.written" not in ask(page, "return location.search + location.hash")
    click(page, "#fold")
    assert ask(page, "return location.search + location.hash") == ""


def test_a_link_to_nothing_does_no_harm(visit: Callable[..., Chrome]) -> None:
    page = visit(link="#no.such/%ZZ")
    assert visible(page, "tbody.requirement") == 27


def test_it_works_by_keyboard_alone(visit: Callable[..., Chrome]) -> None:
    from selenium.webdriver import Keys  # noqa: PLC0415 - slow, and only here

    page = visit()
    press(page, "/")
    assert focused(page) == "text"
    press(page, "stack.copied")
    assert visible(page, "tbody.requirement") == 1
    ask(page, "document.querySelector('tbody.requirement:not([hidden]) .toggle').focus()")
    press(page, Keys.ENTER)
    assert visible(page, ".results li") == 92
    press(page, Keys.ARROW_DOWN, Keys.ENTER)
    assert focused(page) == ONE
    assert visible(page, ".result") == 1
    assert ask(page, "return location.hash") == f"#{ONE}"
    outline = ask(page, "return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press(page, Keys.ARROW_UP, Keys.ENTER)
    assert visible(page, ".results li") == 0
    press(page, "/", Keys.ESCAPE)
    assert visible(page, "tbody.requirement") == 27


@pytest.mark.parametrize("name", ["large", "matrix"])
@pytest.mark.parametrize("width", [1440, 768, 390, 320])
def test_nothing_sticks_out_sideways(visit: Callable[..., Chrome], name: str, width: int) -> None:
    page = visit(name, f"#{ONE}" if name == "large" else "", width)
    ask(page, "document.querySelectorAll('details').forEach(each => { each.open = true; })")
    ask(
        page,
        "document.querySelectorAll('span.said').forEach(each => each.append('so '.repeat(99)))",
    )
    assert ask(page, "return document.documentElement.scrollWidth") <= width


def test_five_thousand_results_are_quick(visit: Callable[..., Chrome]) -> None:
    """Bounds are wide, because machines that run tests are busy; by hand it is a tenth of them."""
    assert RESULTS > 5000
    before = time.perf_counter()
    page = visit()
    assert time.perf_counter() - before < 5
    spent = ask(page, WORK)
    assert spent[0] < 300, "milliseconds for one key"
    assert spent[1] < 5000, "milliseconds to open all requirements"


def test_the_matrix_shows_rows_as_chosen(visit: Callable[..., Chrome]) -> None:
    page = visit("matrix")
    assert visible(page, "tr.row") == 27
    assert visible(page, "tr.said") == 0
    click(page, "[value=unmet]")
    assert 0 < visible(page, "tr.row") < 27
    click(page, "[id='report.run-image.image'] .toggle")
    assert (
        "report.toml names no run image"
        in page.find_element("css selector", "[id='report.run-image.image'] + .said").text
    )
    click(page, "[value=differs]")
    assert visible(page, "tr.said") <= 1


def test_a_link_to_a_requirement_of_the_matrix_opens_it(visit: Callable[..., Chrome]) -> None:
    page = visit("matrix", "#report.run-image.image")
    assert visible(page, "tr.said") == 1


def test_the_matrix_shows_runs_as_chosen_and_its_address_keeps_it(
    visit: Callable[..., Chrome],
) -> None:
    page = visit("matrix")
    every = visible(page, "th.column")
    from selenium.webdriver.support.ui import Select  # noqa: PLC0415 - where it is installed

    Select(page.find_element("css selector", "[name=api]")).select_by_visible_text("0.9")
    shown_then = shown(page)
    assert shown_then == f"27 of 27 requirements, {every // 2} of {every} runs"
    assert visible(page, "th.column") == every // 2
    assert visible(page, "tr.totals td") == every // 2
    click(page, "[value=unmet]")
    page.refresh()
    assert visible(page, "th.column") == every // 2
    assert page.find_element("css selector", "[value=unmet]").is_selected()


def test_sentences_are_found_by_their_words_status_and_document(
    visit: Callable[..., Chrome],
) -> None:
    browser = visit("trace")
    every = visible(browser, "article.sentence")
    assert shown(browser) == f"{every} of {every} sentences"
    field = browser.find_element("css selector", "[name=words]")
    field.send_keys("forced architecture")
    found = visible(browser, "article.sentence")
    assert 0 < found < 10
    assert shown(browser) == f"{found} of {every} sentences"
    assert visible(browser, "section.document") == 1
    field.clear()
    click(browser, "[name=status][value=tested]")
    click(browser, "[name=status][value=excluded]")
    assert visible(browser, "article.sentence") == visible(browser, "article.s-open") > 0


def test_a_link_to_a_sentence_shows_it_although_it_was_filtered_out(
    visit: Callable[..., Chrome],
) -> None:
    browser = visit("trace")
    browser.find_element("css selector", "[name=words]").send_keys("no such words")
    assert visible(browser, "article.sentence") == 0
    link = browser.find_element("css selector", '.requirement a[href^="#P-"]')
    target = str(link.get_attribute("href")).partition("#")[2]
    ask(browser, "arguments[0].click()", link)
    assert visible(browser, f"[id='{target}']") == 1

"""What a test does in a page, and asks it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

VISIBLE = """
return [...document.querySelectorAll(arguments[0])].filter((each) => each.checkVisibility()).length
"""
FOCUSED = """
const at = document.activeElement;
return at.closest("[data-result]")?.dataset.result ?? at.id;
"""
COVERED = """
return Math.max(0, ...[...document.querySelectorAll("#filters, thead th")]
  .filter((each) => getComputedStyle(each).position === "sticky" && each.checkVisibility())
  .map((each) => each.getBoundingClientRect().bottom));
"""
PATCH = """
const [made] = [...document.querySelectorAll("details")].filter((each) =>
  each.firstChild.textContent.startsWith("What the rebase changed in the config"));
made.open = true;
return new Promise((done) => setTimeout(() => done([...made.querySelectorAll(".line")]
  .map((each) => getComputedStyle(each, "::before").content.slice(1, 2) + each.textContent)), 100));
"""
MARKS = "return [...document.querySelectorAll('.sides mark')].map((each) => each.textContent)"
WORK = """
const begun = performance.now(), search = document.getElementById("text");
for (const text of ["r", "re", "reb", "reba", "rebase", ""]) {
  search.value = text;
  search.dispatchEvent(new Event("input", {bubbles: true}));
  document.body.offsetHeight;
}
const filtered = performance.now() - begun;
for (const button of document.querySelectorAll(".open-requirement")) button.click();
document.body.offsetHeight;
return [filtered / 6, performance.now() - begun - filtered];
"""


def ask(browser: Chrome, script: str, *arguments: object) -> Any:  # noqa: ANN401 - what the page answers
    return browser.execute_script(script, *arguments)


def shown(browser: Chrome) -> str:
    return str(ask(browser, "return document.getElementById('shown').textContent"))


def visible(browser: Chrome, selector: str) -> int:
    return int(ask(browser, VISIBLE, selector))


def press(browser: Chrome, *keys: str) -> None:
    from selenium.webdriver import ActionChains  # noqa: PLC0415 - slow, and only here

    ActionChains(browser).send_keys(*keys).perform()


def click(browser: Chrome, selector: str) -> None:
    found = browser.find_element("css selector", selector)
    ask(browser, "arguments[0].scrollIntoView({block: 'center'})", found)
    found.click()


def focused(browser: Chrome) -> str:
    return str(ask(browser, FOCUSED))


def wait_for_focus(browser: Chrome, wanted: str) -> None:
    """A change of the address is answered a moment later."""
    end = time.monotonic() + 5
    while focused(browser) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    assert focused(browser) == wanted

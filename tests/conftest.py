from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from machine import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome


def pytest_configure() -> None:
    # a shell has what it starts in the background ignore Ctrl-C, and so all that is started here
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def journal_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Note what tests make, and what their killed runs leave, beside the user's own journal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Start Chromium without a window; tests that use it are skipped where there is none."""
    chromium = program("BROWSER", "chromium", "chromium-browser", "google-chrome")
    driver = program("BROWSER", "chromedriver")
    from selenium import webdriver  # noqa: PLC0415 - slow, and only here

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    started.set_script_timeout(20)
    try:
        yield started
    finally:
        started.quit()

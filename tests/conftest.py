from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


def pytest_configure() -> None:
    # a shell has what it starts in the background ignore Ctrl-C, and so all that is started here
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def journal_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Note what tests make, and what their killed runs leave, beside the user's own journal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield

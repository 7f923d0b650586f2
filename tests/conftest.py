from __future__ import annotations

import signal


def pytest_configure() -> None:
    # a shell has what it starts in the background ignore Ctrl-C, and so all that is started here
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""Say how far a run is: one live line on a terminal, now and then a line in a log."""

from __future__ import annotations

import time

import pytest

_LIVE_EVERY = 0.1
_LOG_EVERY = 10.0


class Progress:
    """Counts what has been judged; writes to pytest's terminal where that is not told to be quiet.

    `total` is how much there is, 0 until it is known.
    """

    def __init__(self, config: pytest.Config, *, started: float) -> None:
        self.total = 0
        self._config = config
        self._started = started
        self._done = 0
        self._last = started
        self._live = False

    def step(self, failed: int) -> None:
        """Count one more; `failed` is how many are not met so far."""
        self._done += 1
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or reporter.verbosity != 0:
            return
        now = time.time()
        terminal = reporter.isatty
        if now - self._last < (_LIVE_EVERY if terminal else _LOG_EVERY):
            return
        self._last = now
        text = self._text(now, failed)
        if terminal:
            self._live = True
            reporter.rewrite(text[: reporter._tw.fullwidth - 1], erase=True)
        else:
            reporter.write_line(text)

    def _text(self, now: float, failed: int) -> str:
        text = f"judged {self._done}"
        if self.total:
            left = (now - self._started) / self._done * (self.total - self._done)
            text += f" of {self.total}, {_clock(left)} left"
        return f"{text}, {failed} not met" if failed else text

    def end(self) -> None:
        """Take the live line away."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if self._live and reporter is not None:
            reporter.rewrite("", erase=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"

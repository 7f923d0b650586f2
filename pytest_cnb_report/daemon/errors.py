"""What can go wrong between the suite and a Docker daemon, in words for the reader."""

from __future__ import annotations

from pytest_cnb_report.options import without_password


class DaemonError(Exception):
    """A Docker daemon did not do what it was asked to.

    The message is for the reader: which daemon, what was asked of it, what it answered and what to
    do about it.
    """

    def __init__(self, daemon: str, asked: str, answered: str, remedy: str = "") -> None:
        super().__init__(daemon, asked, answered, remedy)
        self.daemon = daemon
        """Its address, or which one was wanted."""
        self.asked = asked
        self.answered = answered
        self.remedy = remedy
        """What the reader can do about it; may be empty."""

    def __str__(self) -> str:
        message = f"Docker daemon {self.daemon}: {self.asked}: {self.answered}"
        return without_password(f"{message}; {self.remedy}" if self.remedy else message)


class DaemonTimeout(DaemonError):  # noqa: N818 - as the standard library's own
    """A daemon took the connection and then did not answer within the time limit."""


class DaemonUnavailable(DaemonError):  # noqa: N818 - a state, and the word that its users know
    """No such daemon can be had: nothing answers, it is not allowed, it is no Docker, too old."""


def not_docker(daemon: str, asked: str) -> DaemonUnavailable:
    """Say that whatever answers there does not speak the Engine API."""
    return DaemonUnavailable(
        daemon,
        asked,
        "the answer is not one of Docker's Engine API",
        "something else listens there: give the address of a Docker daemon",
    )

"""What the Docker SDK and the libraries below it raise, turned into errors for the reader.

Apart from the errors themselves, which are known to runs that never load the Docker SDK.
"""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING

import docker.errors
import requests.exceptions
import urllib3.exceptions

from pytest_cnb_report.daemon.archive import ArchiveError
from pytest_cnb_report.daemon.errors import (
    DaemonError,
    DaemonTimeout,
    DaemonUnavailable,
    not_docker,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILURES = (
    docker.errors.DockerException,
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    ArchiveError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
)
"""Everything that the Docker SDK lets through where a daemon is absent, broken or lies."""

_START = "start Docker, or set DOCKER_HOST to its address"
_JOIN = "run as root or as a member of the group that owns the socket (usually `docker`)"
_ASK = "get access, or set DOCKER_HOST to another daemon"
_STOPPED = "the daemon has probably stopped: see its log and restart it"
_RESTART = "check whether the daemon or its disk is overloaded; restart it if it hangs"
_TLS = "check DOCKER_TLS_VERIFY, and ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH"
_SEE_LOG = "see the daemon's log"


def explain(daemon: str, asked: str, failure: BaseException) -> DaemonError:
    """Turn what came up from below while the daemon was `asked` into an error for the reader."""
    causes = tuple(_causes(failure))
    for cause in causes:
        error = _of_the_system(daemon, asked, cause) or _of_the_exchange(daemon, asked, cause)
        if error:
            return error
    return DaemonError(daemon, asked, f"{type(failure).__name__}: {failure}", _SEE_LOG)


def _of_the_system(daemon: str, asked: str, cause: BaseException) -> DaemonError | None:
    kind: type[DaemonError] = DaemonUnavailable
    match cause:
        case TimeoutError() | urllib3.exceptions.TimeoutError() | requests.exceptions.Timeout():
            kind, answered, remedy = DaemonTimeout, "no answer within the time limit", _RESTART
        case PermissionError():
            answered, remedy = "permission denied", _JOIN
        case FileNotFoundError():
            answered, remedy = "no such socket", _START
        case ConnectionRefusedError():
            answered, remedy = "nothing listens there", _START
        case ConnectionError() | http.client.IncompleteRead():
            kind, answered, remedy = DaemonError, "the connection was closed early", _STOPPED
        case ssl.SSLError():
            answered, remedy = f"TLS: {cause}", _TLS
        case OSError(errno=int(), strerror=str(why)):
            answered, remedy = why, _START
        case _:
            return None
    return kind(daemon, asked, answered, remedy)


def _of_the_exchange(daemon: str, asked: str, cause: BaseException) -> DaemonError | None:
    match cause:
        case docker.errors.APIError():
            return _of_a_status(daemon, asked, cause)
        case docker.errors.TLSParameterError():
            return DaemonUnavailable(daemon, asked, "its TLS settings are not usable", _TLS)
        case ArchiveError():
            return DaemonError(daemon, asked, str(cause), _SEE_LOG)
        case (
            json.JSONDecodeError()
            | UnicodeDecodeError()
            | urllib3.exceptions.ProtocolError()
            | docker.errors.InvalidVersion()
        ):
            return not_docker(daemon, asked)
    return None


def _of_a_status(daemon: str, asked: str, cause: docker.errors.APIError) -> DaemonError:
    status = cause.response.status_code if cause.response is not None else None
    words = " ".join(str(cause.explanation or "").split())[:400]
    answered = f"status {status}: {words or 'no explanation'}"
    if status in {401, 403}:
        return DaemonUnavailable(daemon, asked, answered, _ASK)
    return DaemonError(daemon, asked, answered, _SEE_LOG)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """Give a failure and what it was raised from, innermost first.

    The libraries chain some causes and pass others on as an argument or as `reason`.
    """
    seen: list[BaseException] = []
    queue = [failure]
    while queue:
        current = queue.pop(0)
        if any(current is other for other in seen):
            continue
        seen.append(current)
        linked = (current.__cause__, current.__context__, getattr(current, "reason", None))
        queue += [link for link in (*linked, *current.args) if isinstance(link, BaseException)]
    return reversed(seen)

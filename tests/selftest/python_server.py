"""A fork server whose calls are Python: `arguments` are lines of a program."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence

from pytest_cnb_report.reference.server import serve


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    names = {"environment": environment, "code": 0}
    exec("\n".join(arguments), names)  # noqa: S102 - what it is for
    return int(str(names["code"]))


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control, run)

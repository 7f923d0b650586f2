"""Where the console script begins: before anything is imported that takes time."""

from __future__ import annotations

import importlib
import sys

INTERRUPTED = 130
"""What a shell reports of a process that was ended by Ctrl-C (128 and SIGINT)."""


def start() -> int:
    """Run the console script; a Ctrl-C while its modules are imported is no traceback either."""
    try:
        return int(importlib.import_module("pytest_cnb_report.cli.main").main())
    except KeyboardInterrupt:
        sys.stderr.write("cnb-conformance: interrupted\n")
        return INTERRUPTED

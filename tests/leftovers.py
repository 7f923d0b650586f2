"""What a run leaves that was killed, as far as the journal knows of it."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import os, sys
from pytest_cnb_report.run_journal import noted
kind, where, *names = sys.argv[1:]
note = noted(kind, *names, where=where)
note.__enter__()
os._exit(1)
"""


def noted_by_a_killed_run(kind: str, *names: str, where: str = "") -> None:
    """Note something in a process that ends without a word."""
    subprocess.run([sys.executable, "-c", _SCRIPT, kind, where, *names], check=False)

"""A plugin of pytest's that puts the made-up kind into the table of each process that loads it."""

from __future__ import annotations

from pytest_cnb_report.lifecycles import kinds

from .made_up import MADE_UP

kinds.KINDS = (MADE_UP, *kinds.KINDS)

"""The options of the suite on the console script's commands, and their way back into words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pytest_cnb_report.options import Option


def add_option(
    parser: argparse.ArgumentParser, option: Option, *, help_text: str | None = None
) -> None:
    """Declare an option of the suite on a command of the console script."""
    if option.flag:
        parser.add_argument(f"--{option.name}", action="store_true", help=help_text or option.help)
    else:
        parser.add_argument(
            f"--{option.name}",
            action="append" if option.many else "store",
            metavar=option.metavar,
            help=help_text or option.help,
        )


def words_for(options: argparse.Namespace, among: Sequence[Option], prefix: str = "") -> list[str]:
    """Spell options out again as they were given; `prefix` stands before each name."""
    words: list[str] = []
    for option in among:
        value = getattr(options, option.name.replace("-", "_"))
        if option.flag:
            words += [f"--{prefix}{option.name}"] if value else []
        elif value is not None:
            values = value if isinstance(value, list) else [value]
            words += [f"--{prefix}{option.name}={part}" for part in values]
    return words

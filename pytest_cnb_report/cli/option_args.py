"""The options of the suite on the console script's commands, and their way back into words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pytest_cnb_report.options import Option


def add_option(
    parser: argparse.ArgumentParser, option: Option, *, help_text: str | None = None
) -> None:
    """Declare an option of the suite on a command of the console script, with its default."""
    text = help_text or option.help
    hidden = text == argparse.SUPPRESS
    if "default" not in text and not option.flag and not hidden:
        default = option.default or "none"
        is_word = option.default is not None and not default.isdecimal()
        text += f" (default: `{default}`)" if is_word else f" (default: {default})"
    if option.flag:
        parser.add_argument(f"--{option.name}", action="store_true", help=text)
    else:
        parser.add_argument(
            f"--{option.name}",
            action="append" if option.many else "store",
            metavar=option.metavar,
            help=text,
        )


def add_format(parser: argparse.ArgumentParser, formats: Sequence[str] = ("table", "json")) -> None:
    """Declare --format; the first of the formats is the default."""
    parser.add_argument(
        "--format",
        choices=formats,
        default=formats[0],
        help="output format (default: `%(default)s`)",
    )


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """Declare -q and -v, which may be repeated."""
    parser.add_argument(
        *("-q", "--quiet"),
        action="count",
        default=0,
        help="less output: five lines; twice: the verdict only",
    )
    parser.add_argument(
        *("-v", "--verbose"),
        action="count",
        default=0,
        help="more output: every requirement and every failure",
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

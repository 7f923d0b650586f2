"""`--help` of every command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from pytest_cnb_report.cli.main import _parser


def commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in _parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


@pytest.mark.parametrize(("name", "parser"), list(commands()))
def test_every_option_with_a_value_says_what_it_is_by_default(
    name: str, parser: argparse.ArgumentParser
) -> None:
    for action in parser._actions:
        takes_a_value = action.option_strings and action.nargs != 0
        if not takes_a_value or action.required or action.help == argparse.SUPPRESS:
            continue
        assert "default" in str(action.help), f"{name} {action.option_strings[0]}"

"""Command lines as the lifecycle reads them: the conventions of Go's `flag` package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_cnb_report.reference.errors import INVALID_FLAGS, PhaseError

TEXT, NUMBER, SWITCH, LIST = "text", "number", "switch", "list"
TRUE = ("1", "t", "T", "true", "TRUE", "True")
FALSE = ("0", "f", "F", "false", "FALSE", "False")


def parse(argv: Sequence[str], kinds: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """Split `argv` into flags, each with every value it was given, and what follows them.

    `-flag value`, `-flag=value` and the same with two dashes mean one thing; a switch takes its
    value only after `=`. Flags end at the first word that is none, or at `--`. Raises PhaseError
    (exit 2).
    """
    given: dict[str, list[str]] = {}
    words = list(argv)
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        flag, equals, value = word[2 if word.startswith("--") else 1 :].partition("=")
        if not flag or flag.startswith("-"):
            raise PhaseError(INVALID_FLAGS, f"bad flag syntax: {word}")
        if flag not in kinds:
            raise PhaseError(
                INVALID_FLAGS, _usage(f"flag provided but not defined: -{flag}", kinds)
            )
        if not equals and kinds[flag] == SWITCH:
            value = "true"
        elif not equals:
            if not words:
                raise PhaseError(INVALID_FLAGS, _usage(f"flag needs an argument: -{flag}", kinds))
            value = words.pop(0)
        _check(flag, kinds[flag], value)
        given.setdefault(flag, []).append(value)
    return given, words


def _check(flag: str, kind: str, value: str) -> None:
    number = value[1:] if value.startswith("-") else value
    if (kind == SWITCH and value not in TRUE + FALSE) or (
        kind == NUMBER and not (number.isascii() and number.isdigit())
    ):
        raise PhaseError(
            INVALID_FLAGS, f"invalid value {value!r} for flag -{flag}: a {kind} is needed"
        )


def _usage(problem: str, kinds: Mapping[str, str]) -> str:
    return "\n".join(
        [problem, "Usage of lifecycle:", *(f"  -{flag} {kinds[flag]}" for flag in sorted(kinds))]
    )

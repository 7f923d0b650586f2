"""Lifecycles that are told their inputs in another way than they were given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from pytest_cnb_report.reference.flags import SWITCH
from pytest_cnb_report.reference.inputs import OPTIONS

from .evidence import say
from .seen import evidence
from .table_rows import builds, rows
from .variation import Program, Variation

_KINDS = {option.flag: option.kind for option in OPTIONS}


class _Flag:
    """A flag as it was given: its name, and all its words."""

    def __init__(self, words: list[str]) -> None:
        first = words.pop(0)
        self.name, equals, self.value = first.lstrip("-").partition("=")
        self.words = [first]
        if not equals and _KINDS[self.name] == SWITCH:
            self.value = "true"
        elif not equals:
            self.value = words.pop(0)
            self.words.append(self.value)


def _parsed(words: Iterable[str]) -> tuple[list[_Flag], list[str]]:
    left, flags = list(words), []
    while left and left[0].startswith("-"):
        flags.append(_Flag(left))
    return flags, left


def _in_reverse(program: Program) -> Program:
    def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        flags, images = _parsed(arguments[1:])
        say("reversed")
        words = chain.from_iterable(flag.words for flag in reversed(flags))
        return program([arguments[0], *words, *images], environment)

    return run


def _variables_of(phase: str) -> dict[str, str]:
    return {
        option.flag: option.variable
        for option in OPTIONS
        if option.variable and phase in option.phases
    }


def _as_variables(program: Program) -> Program:
    """Hands on flags as the variables that stand for them."""

    def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        variables = _variables_of(arguments[0])
        flags, images = _parsed(arguments[1:])
        given = {variables[flag.name]: flag.value for flag in flags if flag.name in variables}
        rest = [flag.words for flag in flags if flag.name not in variables]
        say(" ".join(given))
        words = chain.from_iterable(rest)
        return program([arguments[0], *words, *images], {**environment, **given})

    return run


def _as_flags(program: Program) -> Program:
    """Hands on variables as the flags that they stand for, and empties the environment of them."""

    def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        variables = _variables_of(arguments[0])
        flags, _ = _parsed(arguments[1:])
        named = {flag.name for flag in flags}
        given = [
            f"-{flag}={environment[variable]}"
            for flag, variable in variables.items()
            if variable in environment and flag not in named
        ]
        rest = {key: value for key, value in environment.items() if key not in variables.values()}
        say(" ".join(given))
        return program([arguments[0], *given, *arguments[1:]], rest)

    return run


_INPUTS = (
    *builds(inputs="flags", given="run-file"),
    *builds(inputs="environment"),
    *builds(inputs="both", report_by="both"),
    *rows("rebaser", given="environment"),
    *rows("rebaser", given="flag-over-environment"),
    *rows("rebaser", given="deprecated-flag"),
    *rows("rebaser", force="environment"),
)


def _inputs(name: str, what: str, around: Callable[[Program], Program]) -> Variation:
    why = "Platform specification, Inputs: a flag or its variable, in any order; the flag wins."
    return Variation(name, what, why, around=around, cases=_INPUTS, shows=evidence)


INPUTS = (
    _inputs("flags-in-reverse", "Flags are read from the last to the first.", _in_reverse),
    _inputs("flags-as-variables", "Flags are handed on as variables.", _as_variables),
    _inputs("variables-as-flags", "Variables are handed on as flags.", _as_flags),
)

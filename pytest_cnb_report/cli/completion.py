"""`cnb-conformance completion SHELL`: a completion script, made from the commands as declared."""

from __future__ import annotations

import argparse
import functools
import shlex
import sys
from collections.abc import Iterator, Mapping

from pytest_cnb_report.platform_apis import PLATFORM_APIS, UPCOMING
from pytest_cnb_report.values import Phase, Profile, Target

SHELLS = ("bash", "zsh", "fish")

_VALUES: Mapping[str, tuple[str, ...]] = {
    "--profile": tuple(each.value for each in Profile),
    "--platform-api": tuple(map(str, (*PLATFORM_APIS, UPCOMING))),
    "--target": ("auto", *(each.value for each in Target), "registry,daemon"),
    "--registry": ("embedded", "container", "process"),
    "--daemon": ("auto", "private", "container"),
    "--phase": tuple(each.value for each in Phase),
    "--app-images": ("lifecycle", "reference"),
}
"""What an option can have whose parser takes any word."""


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Declare the command; it completes those that `commands` has when it is called."""
    parser = commands.add_parser(
        "completion",
        help="print a completion script for a shell",
        description='Print a completion script. For bash: `eval "$(cnb-conformance completion'
        ' bash)"` in `~/.bashrc`; for zsh: `eval "$(cnb-conformance completion zsh)"` in'
        " `~/.zshrc`; for fish: `cnb-conformance completion fish"
        " >~/.config/fish/completions/cnb-conformance.fish`.",
        allow_abbrev=False,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell")
    parser.set_defaults(function=functools.partial(_main, commands))


def _main(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    options: argparse.Namespace,
    _: list[str],
) -> int:
    helps = {each.dest: each.help or "" for each in commands._get_subactions()}
    lines = _fish if options.shell == "fish" else _bash
    start = ["autoload -U +X bashcompinit && bashcompinit"] if options.shell == "zsh" else []
    sys.stdout.write("\n".join([*start, *lines(commands.choices, helps)]) + "\n")
    return 0


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [each for each in parser._actions if each.option_strings]


def _values(action: argparse.Action) -> tuple[str, ...]:
    if action.choices is not None:
        return tuple(map(str, action.choices))
    return next((_VALUES[name] for name in action.option_strings if name in _VALUES), ())


def _bash(
    commands: Mapping[str, argparse.ArgumentParser], helps: Mapping[str, str]
) -> Iterator[str]:
    """Yield a script for bash; words that it does not know are completed as files."""
    yield "_cnb_conformance() {"
    yield "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words="
    yield "  COMPREPLY=()"
    yield "  if ((COMP_CWORD == 1)); then"
    yield f"    words={shlex.quote(' '.join([*helps, '--help', '--version']))}"
    yield "  else"
    yield '    case "${COMP_WORDS[1]} $before" in'
    for name, parser in commands.items():
        for action in _options(parser):
            if values := _values(action):
                patterns = "|".join(f"'{name} {option}'" for option in action.option_strings)
                yield f"      {patterns}) words={shlex.quote(' '.join(values))} ;;"
            elif action.nargs != 0:
                patterns = "|".join(f"'{name} {option}'" for option in action.option_strings)
                yield f"      {patterns}) return 0 ;;"
    for name, parser in commands.items():
        names = [option for each in _options(parser) for option in each.option_strings]
        places = [each for each in parser._actions if not each.option_strings]
        words = [value for each in places for value in _values(each)]
        yield f"      '{name} '*) if [[ $word == -* ]]; then words={shlex.quote(' '.join(names))}"
        yield f"        else words={shlex.quote(' '.join(words))}; fi ;;"
    yield "    esac"
    yield "  fi"
    yield '  COMPREPLY=($(compgen -W "$words" -- "$word"))'
    yield "  return 0"
    yield "}"
    yield "complete -o default -F _cnb_conformance cnb-conformance"


def _fish(
    commands: Mapping[str, argparse.ArgumentParser], helps: Mapping[str, str]
) -> Iterator[str]:
    program = "complete -c cnb-conformance"
    for name, told in helps.items():
        yield f"{program} -f -n __fish_use_subcommand -a {name} -d {_fish_quoted(told)}"
    for name, parser in commands.items():
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        for action in _options(parser):
            words = " ".join(
                f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
                for option in action.option_strings
            )
            values = _values(action)
            argument = f" -x -a {_fish_quoted(' '.join(values))}" if values else ""
            if not values and action.nargs != 0:
                argument = " -r"
            told = "" if action.help in {None, argparse.SUPPRESS} else str(action.help)
            yield f"{program} {seen} {words}{argument} -d {_fish_quoted(told)}"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

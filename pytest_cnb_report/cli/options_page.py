"""The generated page of options: each with its meaning, values, default and four spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pytest_cnb_report.options import OPTIONS, Option

PAGE = "options.md"

MORE: Mapping[str, str] = {
    "lifecycle": "[ways to name one](lifecycles.md)",
    "profile": "[profiles](requirements.md#profiles)",
    "amend": "[evaluate a change](evaluate-a-change.md)",
    "registry": "[registries](registry.md)",
    "pass-credentials": "[credentials](registry.md#credentials)",
    "registry-faults": "[does a lifecycle recover?](registry.md#does-a-lifecycle-recover)",
    "app-images": "[only some of the phases](lifecycles.md#only-some-of-the-phases)",
    "shard": "[on several machines](ci.md#on-several-machines)",
    "known-failures": "[known failures](reports.md#known-failures)",
    "write-known-failures": "[known failures](reports.md#known-failures)",
    "output": "[reports](reports.md)",
    "record": "[recorded runs](record-format.md)",
    "requirement": "[requirements](requirements.md)",
}
"""Where more is said about an option, by its name."""

_INTRODUCTION = """\
<!-- Generated from pytest_cnb_report/options.py by `python -m pytest_cnb_report.cli.requirements \
--write docs`; do not edit. -->
# Options

For everybody who runs the suite: all options of `cnb-conformance run`. Plain pytest and the
fixtures take them as `--cnb-…`; see [spellings](#spellings). `cnb-conformance COMMAND --help` lists
the options of every other command.

The first of these that has a value sets an option: command line, environment variable, ini file,
default. An empty variable counts as not set. In a variable or an ini file, a flag is `1` or `0`,
and commas separate the values of an option that may be repeated.

`cnb-conformance run` also takes `-q` and `-v` for less and more
[output](reports.md#in-the-terminal), `--last-failed` for the scenarios that failed in the last run
of the same lifecycle, and `-n WORKERS` for pytest-xdist. Arguments after `--` are passed to pytest:
`-- -k LABEL` selects scenarios.
"""

_DEFAULT = re.compile(r" \(default: ([^()]*(?:\([^()]*\)[^()]*)*)\)$")


def options_page() -> str:
    """Return the page that `docs/options.md` holds."""
    lines = [_INTRODUCTION, "## Meanings", "", "| option | meaning and values | default |"]
    lines += ["|---|---|---|", *_meanings()]
    lines += ["", "## Spellings", "", "| console script | pytest | ini key | variable |"]
    lines += ["|---|---|---|---|", *_spellings()]
    return "\n".join(lines) + "\n"


def _meanings() -> Iterator[str]:
    for option in OPTIONS:
        meaning, default = _split(option)
        if option.many and "repeated" not in meaning:
            meaning += "; may be repeated"
        if option.name in MORE:
            meaning += f" ({MORE[option.name]})"
        yield f"| `{_usage(option)}` | {meaning} | {default} |"


def _spellings() -> Iterator[str]:
    for option in OPTIONS:
        cells = f"--{option.name}", f"--cnb-{option.name}", option.attribute, option.variable
        yield f"| {' | '.join(f'`{cell}`' for cell in cells)} |"


def _usage(option: Option) -> str:
    return f"--{option.name} {option.metavar}" if option.metavar else f"--{option.name}"


def _split(option: Option) -> tuple[str, str]:
    """Return the help of an option without its default, and the default in words."""
    if option.flag:
        return option.help, "off"
    stated = _DEFAULT.search(option.help)
    if stated:
        return option.help[: stated.start()], stated[1]
    return option.help, f"`{option.default}`" if option.default else "none"

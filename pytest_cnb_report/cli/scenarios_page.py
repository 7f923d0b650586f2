"""The generated page about the space of scenarios, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pytest_cnb_report.drive.cases import EVERY_TARGET, Expect
from pytest_cnb_report.platform_apis import PLATFORM_APIS
from pytest_cnb_report.scenarios.space import Cause, Combination, Dimension, Never, Space, Value
from pytest_cnb_report.scenarios.tables import RANGES, SPACES, range_of, rows_at
from pytest_cnb_report.values import PlatformApi, Target

SCENARIOS = "scenarios.md"

_ENDS = (Expect.SUCCESS, Expect.REFUSAL, Expect.EITHER)
_INTRODUCTION = """\
<!-- Generated from pytest_cnb_report/scenarios by \
`python -m pytest_cnb_report.cli.requirements --write docs`; do not edit. -->
# Scenarios

For everybody who wants to know what the suite tries. Real mistakes depend on conditions: they occur
only with `-force`, or only for an image in an index. So a scenario is a **point in a space**: it
has one value of each dimension below. The committed tables cover **every pair** of values of two
dimensions that can be combined, and those of `--thorough` **every triple**, separately for each way
in which an invocation must end. Every requirement that applies is tested on every scenario. The
first value of a dimension is the plain one.

Unimportant values are *rare*: such a value has rows of its own in each table, but is not combined
with every other value. A dimension whose values are all rare is varied in turn.

Not every row can show a mistake in labels, or in a second name. So an invocation that must succeed
has further rows, which combine every pair with labels and with several names.

`python -m pytest_cnb_report.scenarios.make_tables 2 3` makes the tables,
`python -m pytest_cnb_report.scenarios.make_shown` then adds the further rows, and a test counts
them again with code of its own. In addition there are cases written by hand, for what is not in the
space, and generated ones.

Every scenario of a default run, one sentence each: [builds](scenarios/builds.md),
[rebases at a registry](scenarios/rebases-registry.md),
[rebases in a daemon](scenarios/rebases-daemon.md).
"""

_SIZES = """\
Rows for pairs (with the further ones) and for triples, by how the invocation must end; *either* \
is a refusal, or a success that meets every requirement."""

_SPACE_WORDS = {
    "build": ("Builds", "Each row is one scenario for the exporter or the creator."),
    "rebase": ("Rebases", "Each row is one scenario for the rebaser."),
}


def scenarios_page() -> str:
    """Return the page: sizes of the tables, then dimensions and constraints of each space."""
    return "\n".join(
        (
            _INTRODUCTION,
            "## Sizes",
            "",
            _SIZES,
            "",
            *_sizes(),
            *(line for space in SPACES.values() for line in _space(space)),
        )
    )


def _sizes() -> Iterator[str]:
    ends = " | ".join(f"{end.value}: pairs | triples" for end in _ENDS)
    yield f"| invocation | destination | platform API | {ends} |"
    yield "|---|---|---|" + "--:|" * (2 * len(_ENDS))
    for space in SPACES.values():
        for target in Target:
            for api in RANGES:
                counts = [
                    Counter(row.expect for row in rows_at(space.name, target, api, strength))
                    for strength in (2, 3)
                ]
                cells = (str(each[end] or "") for end in _ENDS for each in counts)
                first = f"{space.name} | {target.value} | {_range(api)}"
                yield f"| {first} | {' | '.join(cells)} |"
    yield ""


def _range(first: PlatformApi) -> str:
    last = max(api for api in PLATFORM_APIS if range_of(api) == first)
    return f"{first} to {last}" if first != last else str(first)


def _space(space: Space) -> Iterator[str]:
    heading, words = _SPACE_WORDS[space.name]
    yield f"## {heading}"
    yield ""
    yield words
    yield ""
    yield "| dimension | values |"
    yield "|---|---|"
    yield from (_dimension(each) for each in space.dimensions)
    yield ""
    yield f"### Combinations that no scenario of {space.name}s has"
    yield ""
    yield from (_never(each) for each in space.nevers if not each.automatic)
    automatic = {each.because for each in space.nevers if each.automatic}
    yield from (f"- two of the reasons below at once: {each}" for each in sorted(automatic))
    yield ""
    if space.causes:
        yield "### Invocations that need not succeed"
        yield ""
        yield from (_cause(each) for each in space.causes)
        yield ""


def _dimension(dimension: Dimension) -> str:
    values = "; ".join(_value(each) for each in dimension.values)
    return f"| `{dimension.name}`: {dimension.words} | {values} |"


def _value(value: Value) -> str:
    where = [
        *([f"from {value.since}"] if value.since is not None else []),
        *([f"up to {value.until}"] if value.until is not None else []),
        *(each.value for each in value.targets if value.targets != EVERY_TARGET),
        *(["rare"] if value.rare else []),
    ]
    return f"`{value.name}` {value.words}" + (f" ({', '.join(where)})" if where else "")


def _never(never: Never) -> str:
    return f"- {_combination(never.combination)}: {never.because}"


def _cause(cause: Cause) -> str:
    since = f", from platform API {cause.since}" if cause.since is not None else ""
    lifted = f", unless {_combination(cause.lifted)}" if cause.lifted is not None else ""
    return f"- {_combination(cause.combination)}: {cause.expect.value}{since}{lifted}"


def _combination(combination: Combination) -> str:
    return " and ".join(
        f"`{name}` {' or '.join(f'`{each}`' for each in sorted(values))}"
        for name, values in combination.values.items()
    )

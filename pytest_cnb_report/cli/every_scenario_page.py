"""The generated pages of every scenario of a usual run, a sentence each, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.planning.plan import cases_at
from pytest_cnb_report.platform_apis import PLATFORM_APIS
from pytest_cnb_report.scenarios.in_words import anchor_of, page_of, scenario_sentence
from pytest_cnb_report.values import Phase, PlatformApi, Target

_INTRODUCTION = """\
<!-- Generated from pytest_cnb_report/drive and pytest_cnb_report/scenarios by \
`python -m pytest_cnb_report.cli.requirements --write docs`; do not edit. -->
# {title}

{about}, one sentence each; a report shows the same sentence next to a result.
`cnb-conformance run -- -k NAME` runs a single one. Those named `mix-…` are rows of the tables that
[cover every pair of values](../scenarios.md); whatever the sentence does not mention is plain. The
rows for every triple, which `--thorough` adds, are not listed. A scenario marked *only by name* has
a single difference, which the tables combine with others; it runs only if `-k` names it.

A scenario must end with success, unless its name is followed by something else: *refusal* is an
error in the range that the specification reserves for it, with nothing changed; *failure* is any
exit code other than 0; *either* is a refusal, or a success that meets every requirement.
"""
_PAGES = {
    "scenarios/builds": (
        "Every build",
        "Every scenario of a default run for the exporter and the creator",
    ),
    "scenarios/rebases-registry": (
        "Every rebase at a registry",
        "Every scenario of a default run for the rebaser at a registry",
    ),
    "scenarios/rebases-daemon": (
        "Every rebase in a daemon",
        "Every scenario of a default run for the rebaser in a Docker daemon",
    ),
}
"""Title and first words of each page; GitHub shows no page of more than 512 KiB."""

_Key = tuple[Phase, str]
_Where = Mapping[Target, Sequence[PlatformApi]]


def every_scenario_pages() -> dict[str, str]:
    """Return the text of each page, by its path below `docs`."""
    return {f"{name}.md": _page(name) for name in _PAGES}


def _page(name: str) -> str:
    title, about = _PAGES[name]
    lines = [_INTRODUCTION.format(title=title, about=about)]
    cases, places = _scenarios(name)
    phases = list(dict.fromkeys(phase for phase, _ in cases))
    for phase in phases:
        if len(phases) > 1:
            lines += [f"## The {phase.value}", ""]
        for key in sorted((key for key in cases if key[0] is phase), key=_by_hand_first):
            lines += _scenario(cases[key], _where(places[key], len(phases) > 1))
    return "\n".join(lines)


def _scenarios(name: str) -> tuple[dict[_Key, Case], dict[_Key, dict[Target, list[PlatformApi]]]]:
    """Return the scenarios of a page, and where each is part of a run."""
    cases: dict[_Key, Case] = {}
    places: dict[_Key, dict[Target, list[PlatformApi]]] = {}
    for target in Target:
        for api in PLATFORM_APIS:
            for case in cases_at(target, api, covered=True):
                if page_of(case.phase, target) == name:
                    key = case.phase, case.name
                    cases.setdefault(key, case)
                    places.setdefault(key, {}).setdefault(target, []).append(api)
    return cases, places


def _by_hand_first(key: _Key) -> tuple[bool, str]:
    return key[1].startswith("mix-"), key[1]


def _scenario(case: Case, where: str) -> Iterator[str]:
    notes = [] if case.expect is Expect.SUCCESS else [case.expect.value]
    notes += ["only by name"] if case.covered else []
    told = ", ".join([*notes, *([where] if where else [])])
    sentence = _escaped(scenario_sentence(case.phase, case.why, case.point))
    yield f'<a id="{anchor_of(case.phase, case.name)}"></a>'
    yield f"`{case.name}`{f' ({told})' if told else ''}: {sentence}"
    yield ""


def _where(places: _Where, both: bool) -> str:
    """Say when a scenario is part of a run, where it is not always; `both`: at two destinations."""
    ranges = {target: _range(apis) for target, apis in places.items()}
    if both and len(set(ranges.values())) == 1 and len(ranges) == len(Target):
        return next(iter(ranges.values()))
    told = [(f"{t.value} {told}" if both else told).strip() for t, told in ranges.items()]
    return "; ".join(filter(None, told))


def _range(apis: Sequence[PlatformApi]) -> str:
    first, last = apis[0], apis[-1]
    if len(apis) == len(PLATFORM_APIS):
        return ""
    if last == PLATFORM_APIS[-1]:
        return f"from platform API {first}"
    if first == PLATFORM_APIS[0]:
        return f"up to platform API {last}"
    return f"platform API {first}" + (f" to {last}" if first != last else "")


def _escaped(text: str) -> str:
    """Keep plain text plain in Markdown."""
    return text.replace("*", r"\*").replace("<", r"\<").replace("_", r"\_")

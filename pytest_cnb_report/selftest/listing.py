"""List the faulty lifecycles without trying them: what is wrong with each, and what it trips."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.report.layout import wrapped
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.selftest.chosen_for_fault import MOST
from pytest_cnb_report.selftest.matrix import PROVEN_BY_VECTORS

_GENERATED = (
    "<!-- Generated from pytest_cnb_report/requirements/*/faults by "
    "`cnb-conformance self-test --list --format markdown`; do not edit. -->"
)
_INTRODUCTION = """\
For everybody who asks whether the suite notices mistakes: {count} lifecycles that are correct
except for one mistake, and exactly the requirements that must fail. Run any of them with
`--lifecycle reference:NAME`, to see what such a mistake looks like in a report.

`cnb-conformance self-test` tries each on up to {most} scenarios, the most relevant first, and
compares the requirements that fail with those listed here. It ends with exit code 1 if a mistake is
not caught, if a requirement fails that should not, or if a requirement has no mistake that it alone
catches. A MAY requirement cannot fail; it counts as failed here if it observes something else than
on the correct lifecycle, and it does not count for what a MUST catches.

`{vectors}` has no faulty lifecycle: it applies only to run images that the suite did not build. The
report vectors in `fixtures/reports` prove it.
"""


def faults_page(faults: Sequence[Fault]) -> str:
    """Write the page of the documentation: every requirement with the mistakes that it catches."""
    catalogue = load_catalogue()
    lines = [
        _GENERATED,
        "# Faulty lifecycles",
        "",
        _INTRODUCTION.format(
            most=MOST, count=len(faults), vectors=", ".join(sorted(PROVEN_BY_VECTORS))
        ),
    ]
    for area, heading in catalogue.areas.items():
        lines += [f"## {heading}", ""]
        for requirement in catalogue:
            if requirement.area == area and requirement.id not in PROVEN_BY_VECTORS:
                lines += _section(requirement, faults)
    return "\n".join(lines)


def _section(requirement: Requirement, faults: Sequence[Fault]) -> Iterator[str]:
    yield f"### `{requirement.id}` ({requirement.level.value})"
    yield ""
    yield "| fault | mistake | also fails |"
    yield "|---|---|---|"
    for fault in faults:
        if requirement.id in fault.trips:
            others = [f"`{other}`" for other in sorted(fault.trips - {requirement.id})]
            others += [f"`{other}` (in some scenarios)" for other in sorted(fault.also)]
            yield f"| `{fault.name}` | {_mistake(fault)} | {', '.join(others)} |"
    yield ""


def _mistake(fault: Fault) -> str:
    where = shows_at(fault)
    text = fault.mistake.replace("|", "\\|")
    return f"{text} ({where})" if where else text


def shows_at(fault: Fault) -> str:
    """Say where alone a fault shows; empty where it shows everywhere."""
    parts = [
        f"platform API {fault.platform_api}" if fault.platform_api else "",
        f"profile {fault.profile}" if fault.profile else "",
        f"{fault.target} only" if fault.target else "",
    ]
    return ", ".join(filter(None, parts))


def faults_json(faults: Sequence[Fault]) -> str:
    """Write the faults for programs."""
    return json.dumps(
        [
            {
                "name": fault.name,
                "mistake": fault.mistake,
                "trips": sorted(fault.trips),
                "also": sorted(fault.also),
                "platform_api": fault.platform_api or None,
                "profile": fault.profile or None,
                "target": fault.target or None,
            }
            for fault in faults
        ],
        indent=2,
    )


def faults_text(faults: Sequence[Fault], *, width: int) -> str:
    """List the faults for a terminal: name, mistake, what it trips."""
    lines: list[str] = []
    for fault in faults:
        where = shows_at(fault)
        lines.append(fault.name + (f" ({where})" if where else ""))
        lines += [f"  {line}" for line in wrapped(fault.mistake, width - 2)]
        trips = f"fails {', '.join(sorted(fault.trips))}"
        if fault.also:
            trips += f"; in some scenarios {', '.join(sorted(fault.also))} too"
        lines += [f"  {line}" for line in wrapped(trips, width - 2)]
    return "\n".join([*lines, ""])

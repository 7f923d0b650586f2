"""A fault: a lifecycle that is right but for one mistake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from pytest_cnb_report.reference.report import APPROVED, DRAFT, PLATFORM_SPEC

ShowsAt = Mapping[str, str]

AT_REGISTRY: ShowsAt = {"target": "registry"}
AT_DAEMON: ShowsAt = {"target": "daemon"}
BY_DRAFT: ShowsAt = {"profile": DRAFT}
BY_APPROVED: ShowsAt = {"profile": APPROVED}
BY_SPECIFICATION: ShowsAt = {"profile": PLATFORM_SPEC}
BELOW_0_12: ShowsAt = {"platform_api": "0.11"}


class Fault(NamedTuple):
    """One mistake: its name, what is wrong in one sentence, and the part that makes it.

    `trips` are the requirements that it breaks, or whose observation it changes where they are MAY:
    these and no other, but for those in `also`, which it breaks only where a scenario brings other
    conditions along. Among the scenarios that it is tried on are those named in `scenarios`. It is
    tried at `platform_api`, judged by `profile`, with images at `target`; where they are empty, at
    the newest platform API, by the draft profile, at a registry.
    """

    name: str
    mistake: str
    trips: frozenset[str]
    part: type
    platform_api: str = ""
    profile: str = ""
    target: str = ""
    also: frozenset[str] = frozenset()
    scenarios: frozenset[str] = frozenset()


def faults_of(*parts: type) -> tuple[Fault, ...]:
    """Describe faulty parts of a lifecycle, each a subclass of the part that it replaces.

    The name is the class's in kebab-case, the mistake its docstring. Of its attributes, `trips` are
    identifiers of requirements, and so is `also`; `scenarios` are names of scenarios, and
    `shows_at` may say by keyword where alone it shows.
    """
    return tuple(
        Fault(
            _kebab(part.__name__),
            " ".join((part.__doc__ or "").split()),
            frozenset(part.__dict__["trips"]),
            part,
            **part.__dict__.get("shows_at", {}),
            also=frozenset(part.__dict__.get("also", ())),
            scenarios=frozenset(part.__dict__.get("scenarios", ())),
        )
        for part in parts
    )


def _kebab(name: str) -> str:
    return re.sub(r"(?<=.)(?=[A-Z])", "-", name.lstrip("_")).lower()

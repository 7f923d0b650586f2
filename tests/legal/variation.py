"""A legal variation: a lifecycle that does something otherwise than the reference, and may.

It is the opposite of a fault. A fault shows that a requirement catches a mistake; a variation shows
that no requirement takes for a mistake what its document leaves to the lifecycle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pytest_cnb_report.reference.report import APPROVED, DRAFT

from .seen import Aspect, report_text

Program = Callable[[Sequence[str], Mapping[str, str]], int]
"""A lifecycle: arguments and environment in, exit code out."""

DRAFT_ONLY, APPROVED_ONLY, BOTH = (DRAFT,), (APPROVED,), (DRAFT, APPROVED)

REPORTS = (
    "exporter plain",
    "exporter several-tags",
    "exporter longer-report-before",
    "creator plain",
    "rebaser plain",
    "rebaser longer-report-before",
)
"""Cases in which a report shows whatever a report may show."""

EXPORTS = (
    "exporter plain",
    "exporter no-mirrors",
    "exporter unlisted",
    "creator several-tags",
    "rebaser plain",
    "rebaser twice",
)
"""Cases in which an exported image is looked at, and two in which it is rebased."""

REBASES = (
    "rebaser plain",
    "rebaser app-without-history",
    "rebaser forced-unlisted",
    "rebaser labels-stack",
    "rebaser repeated",
    "rebaser same-run-image",
    "rebaser twice",
)
"""Cases in which a rebased image is looked at."""

PUSHES = (
    "exporter several-tags",
    "rebaser new-name",
    "rebaser several-images",
    "rebaser twice",
)
"""Cases in which images are written."""

STORED = (
    "exporter docker",
    "exporter zstd",
    "rebaser oci",
    "rebaser repeated",
    "rebaser zstd",
)
"""Cases in which it shows how an image is stored."""

CALLS = ("exporter plain", "creator plain", "rebaser plain", "rebaser unlisted")
"""Cases in which a program may behave in any way that ends well."""


@dataclass(frozen=True)
class Variation:
    """One legal variation.

    `what` is done otherwise, and `why` it is legal, by which section of which document. `parts`
    take the places of parts of the reference lifecycle, and `around` is put around the whole of it.
    `cases` are those that it is tried on, each by every one of `profiles`; `shows` is what of the
    outcome has to differ from the reference's in one of them. `readings` replace those of the
    profile, for what is legal by another reading alone.
    """

    name: str
    what: str
    why: str
    parts: tuple[type, ...] = ()
    around: Callable[[Program], Program] | None = None
    cases: tuple[str, ...] = REPORTS
    shows: Aspect = report_text
    profiles: tuple[str, ...] = DRAFT_ONLY
    platform_api: str = ""
    readings: Mapping[str, Literal["a", "b", "either"]] = field(default_factory=dict)
    false_alarm: str = ""
    """Which requirement takes it for a mistake so far, and what is to be done about it."""

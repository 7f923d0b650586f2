"""The vocabulary that every part of the suite shares."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from pytest_cnb_report.platform_apis import PLATFORM_APIS, PlatformApi

__all__ = [
    "PLATFORM_APIS",
    "Extent",
    "Level",
    "Outcome",
    "Phase",
    "PlatformApi",
    "Profile",
    "Shard",
    "Target",
]


class Phase(str, enum.Enum):
    """An executable of the lifecycle (platform specification, Usage)."""

    ANALYZER = "analyzer"
    EXPORTER = "exporter"
    CREATOR = "creator"
    REBASER = "rebaser"


class Target(str, enum.Enum):
    """Where a lifecycle puts the app image: an OCI registry or a Docker daemon."""

    REGISTRY = "registry"
    DAEMON = "daemon"


class Level(str, enum.Enum):
    """How binding a requirement is (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Extent(str, enum.Enum):
    """How many scenarios a run has."""

    QUICK = "quick"
    """The plain one of each phase and target: a run in part, for editing and running in turns."""
    USUAL = "usual"
    """Every scenario made by hand, and those that show every pair of values."""
    THOROUGH = "thorough"
    """Those that show every triple of values too, and many more generated ones."""


class Outcome(str, enum.Enum):
    """What became of one requirement on one case; `docs/outcomes.md` has the meanings."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    WARN = "warn"
    OBSERVED = "observed"
    NOT_APPLICABLE = "not-applicable"
    UNTESTABLE = "untestable"
    KNOWN_FAILURE = "known-failure"
    ERROR = "error"


class Profile(str, enum.Enum):
    """Which text the run image fields of `report.toml` are judged by."""

    RFC_0129_DRAFT = "rfc-0129-draft"
    RFC_0129 = "rfc-0129"
    PLATFORM_SPEC = "platform-spec"


@dataclass(frozen=True)
class Shard:
    """One of the parts that a run is divided into: the `number`th of `of`, counted from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `2/4`; raises ValueError for anything that is no part of a whole."""
        found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", text, re.ASCII)
        if found is None or int(found[1]) > int(found[2]):
            raise ValueError(f"{text!r} is not a part of a whole, such as 2/4")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

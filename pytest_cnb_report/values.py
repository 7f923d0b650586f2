"""The vocabulary that every part of the suite shares."""

from __future__ import annotations

import enum
from dataclasses import dataclass


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


@dataclass(frozen=True, order=True)
class PlatformApi:
    """A version of the platform API, ordered as versions are (0.9 before 0.10)."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> PlatformApi:
        """Read `<major>.<minor>`; raises ValueError where `text` is anything else."""
        major, dot, minor = text.partition(".")
        if not (dot and text.isascii() and major.isdigit() and minor.isdigit()):
            raise ValueError(f"{text!r} is not a platform API version such as 0.12")
        return cls(int(major), int(minor))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


PLATFORM_APIS = tuple(PlatformApi(0, minor) for minor in range(7, 16))
"""The platform APIs that the suite judges, oldest first."""

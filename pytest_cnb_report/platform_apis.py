"""Versions of the platform API, and the first one of each thing that the suite depends on."""

from __future__ import annotations

from dataclasses import dataclass


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

UPCOMING = PlatformApi(0, 16)
"""One that is not published yet: judged where it is asked for, by the newest text there is."""

ANALYZER_LAUNCH_CACHE = PlatformApi(0, 9)
"""The analyzer is told of the launch cache."""

PROCESS_COMMAND_LIST = PlatformApi(0, 10)
"""The command of a process in `metadata.toml` is an array."""

STACK_COMPARED_UNTIL = PlatformApi(0, 11)
"""The last one whose rebaser fails for a run image of another stack."""

PREVIOUS_IMAGE = PlatformApi(0, 11)
"""A rebaser takes `-previous-image`, and writes to other names than it reads from."""

RUN_FILE = PlatformApi(0, 12)
"""`run.toml`, with any number of entries, takes the place of `stack.toml`."""

RUN_IMAGE_NAMES_IN_LABEL = PlatformApi(0, 12)
"""The metadata label's `runImage` names the run image too, in `image` and `mirrors`."""

BASE_LABELS = PlatformApi(0, 12)
"""A rebase copies the labels of `io.buildpacks.base.` too."""

REBASE_REFUSALS = PlatformApi(0, 12)
"""A rebaser refuses an app image that cannot be rebased, and a run image that is not listed or is
for another target."""

FORCE = PlatformApi(0, 12)
"""A rebaser takes `-force`, against what it refuses otherwise."""

INSECURE_REGISTRY = PlatformApi(0, 13)
"""A platform can name registries that are spoken to without TLS, with `-insecure-registry`."""

EXECUTION_ENVIRONMENT = PlatformApi(0, 15)
"""The metadata label has `exec-env`."""

"""What a platform tells a phase: command line first, then environment, then default.

The names, variables and defaults are those of the Inputs tables of the platform specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_cnb_report.reference.errors import (
    INCOMPATIBLE_PLATFORM_API,
    INVALID_ARGUMENTS,
    INVALID_FLAGS,
    PhaseError,
)
from pytest_cnb_report.reference.flags import LIST, NUMBER, SWITCH, TEXT, TRUE, parse
from pytest_cnb_report.reference.names import Name, registry_of

Api = tuple[int, int]
"""A platform API version, major and minor."""

OLDEST, NEWEST = (0, 7), (0, 16)
RUN_TOML = (0, 12)
"""The platform API that brought run.toml, targets and `-force`, and deprecated stacks."""

ANALYZER, EXPORTER, CREATOR, REBASER = "analyzer", "exporter", "creator", "rebaser"


class Option(NamedTuple):
    """A flag, its environment variable, and the phases and platform APIs that have it."""

    flag: str
    variable: str
    kind: str
    phases: tuple[str, ...]
    since: Api = OLDEST
    until: Api = NEWEST


_BUILD = (ANALYZER, EXPORTER, CREATOR)
_EXPORT = (EXPORTER, CREATOR)
_ALL = (*_BUILD, REBASER)

OPTIONS = (
    Option("analyzed", "CNB_ANALYZED_PATH", TEXT, (ANALYZER, EXPORTER)),
    Option("app", "CNB_APP_DIR", TEXT, _EXPORT),
    Option("build-config", "CNB_BUILD_CONFIG_DIR", TEXT, (CREATOR,), (0, 11)),
    Option("buildpacks", "CNB_BUILDPACKS_DIR", TEXT, (CREATOR,)),
    Option("cache-dir", "CNB_CACHE_DIR", TEXT, _EXPORT),
    Option("cache-image", "CNB_CACHE_IMAGE", TEXT, _BUILD),
    Option("daemon", "CNB_USE_DAEMON", SWITCH, _ALL),
    Option("extended", "CNB_EXTENDED_DIR", TEXT, (EXPORTER,), RUN_TOML),
    Option("force", "CNB_FORCE_REBASE", SWITCH, (REBASER,), RUN_TOML),
    Option("gid", "CNB_GROUP_ID", NUMBER, _ALL),
    Option("group", "CNB_GROUP_PATH", TEXT, (EXPORTER,)),
    Option("image", "", TEXT, (EXPORTER, REBASER)),
    Option("insecure-registry", "CNB_INSECURE_REGISTRIES", LIST, _ALL, (0, 13)),
    Option("launch-cache", "CNB_LAUNCH_CACHE_DIR", TEXT, (ANALYZER,), (0, 9)),
    Option("launch-cache", "CNB_LAUNCH_CACHE_DIR", TEXT, _EXPORT),
    Option("launcher", "", TEXT, _EXPORT),
    Option("launcher-sbom", "", TEXT, _EXPORT, (0, 11)),
    Option("layers", "CNB_LAYERS_DIR", TEXT, _BUILD),
    Option("log-level", "CNB_LOG_LEVEL", TEXT, _ALL),
    Option("no-color", "CNB_NO_COLOR", SWITCH, _ALL),
    Option("order", "CNB_ORDER_PATH", TEXT, (CREATOR,)),
    Option("parallel", "CNB_PARALLEL_EXPORT", SWITCH, _EXPORT),
    Option("platform", "CNB_PLATFORM_DIR", TEXT, (CREATOR,)),
    Option("previous-image", "CNB_PREVIOUS_IMAGE", TEXT, (ANALYZER, CREATOR)),
    Option("previous-image", "", TEXT, (REBASER,), (0, 11)),
    Option("process-type", "CNB_PROCESS_TYPE", TEXT, _EXPORT),
    Option("project-metadata", "CNB_PROJECT_METADATA_PATH", TEXT, _EXPORT),
    Option("report", "CNB_REPORT_PATH", TEXT, (*_EXPORT, REBASER)),
    Option("run", "CNB_RUN_PATH", TEXT, _BUILD, RUN_TOML),
    Option("run-image", "CNB_RUN_IMAGE", TEXT, _ALL),
    Option("skip-layers", "CNB_SKIP_LAYERS", SWITCH, (ANALYZER,), (0, 9)),
    Option("skip-restore", "CNB_SKIP_RESTORE", SWITCH, (CREATOR,)),
    Option("stack", "CNB_STACK_PATH", TEXT, (ANALYZER, EXPORTER), OLDEST, (0, 11)),
    Option("stack", "CNB_STACK_PATH", TEXT, (CREATOR,)),
    Option("tag", "", LIST, (ANALYZER, CREATOR)),
    Option("uid", "CNB_USER_ID", NUMBER, _ALL),
    Option("version", "", SWITCH, _ALL),
)


class Inputs:
    """The inputs of one call of a phase.

    Raises PhaseError: exit 2 for a flag that is not there, 3 for arguments that cannot be.
    """

    def __init__(self, phase: str, api: Api, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self.phase = phase
        self.api = api
        self.env = env
        self.options = {
            option.flag: option
            for option in OPTIONS
            if phase in option.phases and option.since <= api <= option.until
        }
        kinds = {flag: option.kind for flag, option in self.options.items()}
        self.flags, self.images = parse(argv, kinds)

    # How an input is found.

    def text(self, flag: str) -> str:
        """The value of a text option; empty where it was given nowhere."""
        return self.flags[flag][-1] if flag in self.flags else self.from_environment(flag)

    def switch(self, flag: str) -> bool:
        """Whether a switch is on."""
        return self.text(flag) in TRUE

    def listed(self, flag: str) -> list[str]:
        """Every value of an option that may be repeated; its variable has commas between them."""
        return self.flags.get(flag) or [
            value for value in self.from_environment(flag).split(",") if value
        ]

    def from_environment(self, flag: str) -> str:
        """What the option's environment variable says."""
        option = self.options.get(flag)
        return self.env.get(option.variable, "") if option and option.variable else ""

    # The inputs themselves.

    def use_daemon(self) -> bool:
        """Whether images are read from and written to a Docker daemon."""
        return self.switch("daemon")

    def insecure_registries(self) -> list[str]:
        """Registries to speak to without TLS."""
        return self.listed("insecure-registry")

    def force(self) -> bool:
        """Whether an unsafe rebase is allowed."""
        return self.switch("force")

    def run_image(self) -> str:
        """The run image that the platform asks for, or nothing; `-image` is its deprecated name."""
        deprecated = self.text("image")
        if deprecated and "run-image" in self.flags:
            raise PhaseError(
                INVALID_ARGUMENTS, "supply only one of -run-image or (deprecated) -image"
            )
        return deprecated or self.text("run-image")

    def previous_image(self) -> str:
        """The image that is analyzed or rebased: `-previous-image`, else the first image."""
        return self.text("previous-image") or self.images[0]

    def output_images(self) -> list[str]:
        """Every tag that the app image is written to."""
        return [*self.images, *self.listed("tag")]

    def layers(self) -> Path:
        """The layers directory."""
        return Path(self.text("layers") or self.env.get("CNB_LAYERS_DIR") or "/layers").absolute()

    def app(self) -> Path:
        """The application directory."""
        return Path(self.text("app") or "/workspace").absolute()

    def report(self) -> Path:
        """Where the report goes."""
        return self.path("report", self.layers() / "report.toml")

    def path(self, flag: str, default: str | Path) -> Path:
        """The path that an option gives, else `default`."""
        return Path(self.text(flag) or default)

    def owner(self) -> tuple[int, int]:
        """User and group that generated files and buildpack processes belong to."""
        try:
            return int(self.text("uid") or 0), int(self.text("gid") or 0)
        except ValueError as error:
            raise PhaseError(
                INVALID_FLAGS, f"CNB_USER_ID and CNB_GROUP_ID are numbers: {error}"
            ) from error

    # What has to hold before a phase starts.

    def check_images(self) -> None:
        """Raise PhaseError (exit 3) unless the images are tag references, and of one registry."""
        single = self.phase in (ANALYZER, CREATOR)
        if single and len(self.images) != 1:
            raise PhaseError(
                INVALID_ARGUMENTS, f"received {len(self.images)} arguments, but expected 1"
            )
        if not self.images:
            raise PhaseError(INVALID_ARGUMENTS, "at least one image argument is required")
        try:
            names = [Name.parse(image) for image in self.output_images()]
            registry_of(self.previous_image())
            if self.run_image():
                registry_of(self.run_image())
        except ValueError as error:
            raise PhaseError(INVALID_ARGUMENTS, str(error)) from error
        if any(name.digest for name in names):
            raise PhaseError(
                INVALID_ARGUMENTS,
                "an image is written to a tag reference, not to a digest reference",
            )
        if not self.use_daemon() and len({name.registry for name in names}) > 1:
            raise PhaseError(INVALID_ARGUMENTS, "writing to multiple registries is unsupported")


def platform_api(env: Mapping[str, str]) -> Api:
    """Read `CNB_PLATFORM_API`; raises PhaseError (exit 11) where it is none that is spoken here."""
    text = env.get("CNB_PLATFORM_API", "").strip()
    if not text:
        raise PhaseError(
            INCOMPATIBLE_PLATFORM_API,
            "failed to get platform API version; please set 'CNB_PLATFORM_API' to the desired one",
        )
    api = parse_api(text)
    if api is None or not OLDEST <= api <= NEWEST:
        raise PhaseError(
            INCOMPATIBLE_PLATFORM_API,
            f"platform API version '{text}' is incompatible with the lifecycle",
        )
    return api


def parse_api(text: str) -> Api | None:
    """Read `<major>.<minor>` or `<major>`; None where `text` is neither."""
    major, dot, minor = text.partition(".")
    numbers = (major, minor) if dot else (major, "0")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        return None
    return int(numbers[0]), int(numbers[1])

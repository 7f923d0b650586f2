"""The options of a run, read and checked: what the caller asked for, as one frozen value."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.options import OPTIONS, OptionError, Value, without_password
from pytest_cnb_report.planning.selection import Selection
from pytest_cnb_report.platform_apis import UPCOMING
from pytest_cnb_report.registry.faults import parse_faults
from pytest_cnb_report.registry.protocol import RegistryUnavailable
from pytest_cnb_report.registry.providers import registry_kind, spellings
from pytest_cnb_report.requirements.amendment import judged_text
from pytest_cnb_report.requirements.catalogue import UnknownRequirementError, load_catalogue
from pytest_cnb_report.values import (
    PLATFORM_APIS,
    Extent,
    Phase,
    PlatformApi,
    Profile,
    Shard,
    Target,
)

JUDGED_PHASES = (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)
"""The phases that requirements are about; the analyzer is called for the exporter's sake."""

EXAMPLES = {Extent.QUICK: "50", Extent.USUAL: "50", Extent.THOROUGH: "500"}
"""Generated label sets of each of the two properties, where nobody says how many."""


class AppImages(str, enum.Enum):
    """Who makes the app images that a rebase, or a second build, starts from."""

    LIFECYCLE = "lifecycle"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Settings:
    """What a run was asked for; None where the suite is to find it out.

    `phases_named` is whether the caller said which phases are judged. `timeout` is in seconds;
    `examples` is for each generated property; `jobs` is how many calls of the lifecycle may be in
    flight.
    """

    lifecycle: str | None
    platform_api: PlatformApi | None
    profile: Profile
    amend: Path | None
    targets: tuple[Target, ...] | None
    registry: str
    registry_faults: str | None
    pass_credentials: bool
    daemon: str
    registry_image: str
    daemon_image: str
    phases: tuple[Phase, ...]
    phases_named: bool
    app_images: AppImages | None
    examples: int
    known_failures: Path | None
    write_known_failures: Path | None
    strict: bool
    output: Path | None
    record: Path | None
    timeout: float
    seed: int
    requirements: tuple[str, ...]
    extent: Extent
    jobs: int | None
    shard: Shard | None

    @property
    def text(self) -> Text:
        """The text to judge by; raises AmendmentError where its file cannot be used."""
        return judged_text(self.profile, self.amend)

    @property
    def selection(self) -> Selection:
        """The requirements and phases that are asked for."""
        chosen = load_catalogue().select(self.requirements or ("*",))
        requirements = frozenset(each.id for each in chosen)
        return Selection(requirements, frozenset(self.phases), self.extent)

    def other_words(self, target: Target, *, but: Collection[str] = ()) -> tuple[str, ...]:
        """Return the options of the command line that a verdict at a target depends on as well.

        Those that a run has by default are left out, those named in `but`, and those that every
        repetition names.
        """
        at_target = {
            Target.REGISTRY: {"registry": self.registry, "registry-image": self.registry_image},
            Target.DAEMON: {"daemon": self.daemon, "daemon-image": self.daemon_image},
        }
        values = {"timeout": f"{self.timeout:g}", **at_target[target]}
        defaults = {option.name: option.default for option in OPTIONS}
        words = (
            word
            for name, value in values.items()
            if name not in but and value != defaults[name]
            for word in (f"--{name}", value)
        )
        at_registry = target is Target.REGISTRY and "registry" not in but
        faults = self.registry_faults if at_registry else None
        shown = ("--registry-faults", faults) if faults is not None else ()
        passed = ("--pass-credentials",) if self.pass_credentials and at_registry else ()
        made = ("--app-images", self.app_images.value) if self.app_images is not None else ()
        thorough = ("--thorough",) if self.extent is Extent.THOROUGH else ()
        return (*words, *shown, *passed, *made, *thorough, *(("--strict",) if self.strict else ()))


def read_settings(values: Mapping[str, Value]) -> Settings:
    """Read options by name; raises OptionError for the first that cannot be."""
    extent = _extent(values)
    values = {**values, "examples": _text(values, "examples") or EXAMPLES[extent]}
    return Settings(
        lifecycle=_text(values, "lifecycle"),
        platform_api=_platform_api(_text(values, "platform-api")),
        profile=_profile(_text(values, "profile") or ""),
        amend=_path(values, "amend"),
        targets=_targets(_text(values, "target") or ""),
        registry=_registry(_text(values, "registry") or ""),
        registry_faults=_registry_faults(values),
        pass_credentials=bool(values.get("pass-credentials")),
        daemon=_daemon(_text(values, "daemon") or "auto"),
        registry_image=_text(values, "registry-image") or "registry:2",
        daemon_image=_text(values, "daemon-image") or "docker:dind",
        phases=_phases(_text(values, "phase")),
        phases_named=_text(values, "phase") is not None,
        app_images=_app_images(_text(values, "app-images")),
        examples=int(_number(values, "examples", least=1, whole=True)),
        known_failures=_path(values, "known-failures"),
        write_known_failures=_path(values, "write-known-failures"),
        strict=bool(values.get("strict")),
        output=_path(values, "output"),
        record=_path(values, "record"),
        timeout=_number(values, "timeout", least=0.001, whole=False),
        seed=int(_number(values, "seed", least=0, whole=True)),
        requirements=_requirements(_text(values, "requirement")),
        extent=extent,
        jobs=int(_number(values, "jobs", least=1, whole=True)) if values.get("jobs") else None,
        shard=_shard(_text(values, "shard")),
    )


def _shard(text: str | None) -> Shard | None:
    if text is None:
        return None
    try:
        return Shard.parse(text)
    except ValueError as problem:
        raise OptionError(
            f"--shard {text}: give a number and how many there are, from 1/N to N/N, such as 2/4"
        ) from problem


def _extent(values: Mapping[str, Value]) -> Extent:
    asked = [each for each in (Extent.QUICK, Extent.THOROUGH) if values.get(each.value)]
    if asked[1:]:
        raise OptionError("--quick and --thorough exclude each other: give one of them")
    return asked[0] if asked else Extent.USUAL


def _text(values: Mapping[str, Value], name: str) -> str | None:
    value = values.get(name)
    return str(value) if value not in (None, "", False) else None


def _path(values: Mapping[str, Value], name: str) -> Path | None:
    text = _text(values, name)
    return None if text is None else Path(text).absolute()


def _platform_api(text: str | None) -> PlatformApi | None:
    if text is None:
        return None
    known = f"{PLATFORM_APIS[0]} to {PLATFORM_APIS[-1]}"
    try:
        api = PlatformApi.parse(text)
    except ValueError as problem:
        raise OptionError(f"--platform-api {text}: give one of {known}") from problem
    if api not in {*PLATFORM_APIS, UPCOMING}:
        raise OptionError(
            f"--platform-api {text}: the suite supports {known}, and the unpublished {UPCOMING}"
        )
    return api


def _profile(text: str) -> Profile:
    try:
        return Profile(text)
    except ValueError as problem:
        names = ", ".join(profile.value for profile in Profile)
        raise OptionError(f"--profile {text}: give one of {names}") from problem


def _targets(text: str) -> tuple[Target, ...] | None:
    if text == "auto":
        return None
    try:
        wanted = {Target(part.strip()) for part in text.split(",")}
    except ValueError as problem:
        raise OptionError(
            f"--target {text}: give auto, registry, daemon or registry,daemon"
        ) from problem
    return tuple(target for target in Target if target in wanted)


def _registry(text: str) -> str:
    try:
        registry_kind(text)
    except RegistryUnavailable as problem:
        shown = without_password(text)
        login = " (`docker login HOST` keeps user and password)" if shown != text else ""
        raise OptionError(f"--registry {shown}: give {spellings()}{login}") from problem
    return text


def _daemon(text: str) -> str:
    if text == "auto":  # Docker's client is not imported where nothing names a daemon
        return text
    from pytest_cnb_report.daemon.errors import DaemonUnavailable  # noqa: PLC0415
    from pytest_cnb_report.daemon.providers import check_spelling  # noqa: PLC0415

    try:
        check_spelling(text)
    except DaemonUnavailable as problem:
        why = f"--daemon {problem.daemon}: {problem.answered}; {problem.remedy}"
        raise OptionError(without_password(why)) from problem
    return text


def _registry_faults(values: Mapping[str, Value]) -> str | None:
    text = _text(values, "registry-faults")
    if text is None:
        return None
    try:
        parse_faults(text)
    except ValueError as problem:
        raise OptionError(f"--registry-faults: {problem}") from problem
    registry = _text(values, "registry") or ""
    if not registry_kind(registry).owned_by_worker:
        raise OptionError(
            f"--registry-faults: --registry {registry} cannot be told to show faults; only the"
            " embedded registry can"
        )
    return text


def _phases(text: str | None) -> tuple[Phase, ...]:
    if text is None:
        return JUDGED_PHASES
    try:
        wanted = {Phase(part.strip()) for part in text.split(",")}
    except ValueError as problem:
        raise OptionError(f"--phase {text}: give exporter, creator or rebaser") from problem
    if not wanted <= set(JUDGED_PHASES):
        raise OptionError(f"--phase {text}: only exporter, creator and rebaser are tested")
    return tuple(phase for phase in JUDGED_PHASES if phase in wanted)


def _app_images(text: str | None) -> AppImages | None:
    if text is None:
        return None
    try:
        return AppImages(text)
    except ValueError as problem:
        raise OptionError(f"--app-images {text}: give lifecycle or reference") from problem


def _number(values: Mapping[str, Value], name: str, *, least: float, whole: bool) -> float:
    text = _text(values, name) or ""
    try:
        number = int(text) if whole else float(text)
    except ValueError as problem:
        kind = "a whole number" if whole else "a number"
        raise OptionError(f"--{name} {text}: give {kind}") from problem
    if not least <= number < 10**9:
        raise OptionError(f"--{name} {text}: give a number of at least {least:g}")
    return number


def _requirements(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    patterns = tuple(part for part in re.split(r"[,\s]+", text) if part)
    try:
        load_catalogue().select(patterns)
    except UnknownRequirementError as problem:
        raise OptionError(f"--requirement: {problem}") from problem
    return patterns

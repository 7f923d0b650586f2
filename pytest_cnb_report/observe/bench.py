"""The bench that cases are carried out on: a lifecycle, a target, and room to work in."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cnb_report.drive.cases import Alike, Naming
from pytest_cnb_report.drive.drawn_names import NameSource
from pytest_cnb_report.drive.hosts import ImageHost, Resolution, StoredImage
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.drive.shapes import RunImage, Shape, build_run_image
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.observe.image import INFLATED_BOUND, ImageState, read_image
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import INSECURE_REGISTRY, PlatformApi
from pytest_cnb_report.registry.faults import Faults
from pytest_cnb_report.registry.lifecycle_auth import Secrets
from pytest_cnb_report.registry.protocol import Request
from pytest_cnb_report.registry.retries import without
from pytest_cnb_report.scratch import remove_folder
from pytest_cnb_report.values import Phase, Target

TIMEOUTS_BORNE = 3
"""Calls of one phase that may run into the time limit before the phase is given up."""

_UNPRIVILEGED = ("nobody", "daemon")


class BlockedError(Exception):
    """A case cannot be carried out; the message says which step before it failed, and how.

    `cause` is the requirement that such a step fails where it is not the one that it succeeds.
    """

    def __init__(
        self, why: str, steps: Sequence[Invocation] = (), *, cause: str | None = None
    ) -> None:
        super().__init__(why)
        self.steps = tuple(steps)
        self.cause = cause


class DeclinedError(BlockedError):
    """An adapter says that it cannot be asked this; `why` is its reason."""

    def __init__(self, why: str, call: Invocation) -> None:
        super().__init__(f"the adapter declined: {why}", (call,))
        self.why = why


def reason_of(blocked: BlockedError) -> str | None:
    """Return the reason of an adapter that declined; None where a step failed."""
    return blocked.why if isinstance(blocked, DeclinedError) else None


_MIRRORS = ("mirror", "second-mirror", "third-mirror")


@dataclass(frozen=True)
class RunImageNames:
    """The names that run images have in one call; each is a tag reference."""

    listed: str
    mirrors: tuple[str, ...]
    second: str
    second_mirrors: tuple[str, ...]
    unlisted: str

    def mirror(self, run_name: str) -> str | None:
        """Return the mirror that a case names so; None where it names something else."""
        return self.mirrors[_MIRRORS.index(run_name)] if run_name in _MIRRORS else None


@dataclass(frozen=True)
class Exported:
    """An app image that the lifecycle exported, ready to be changed and put again."""

    image: Image
    old: RunImage
    names: RunImageNames
    """Those that the app image lists, and others that were listed in `run.toml`."""
    steps: tuple[Invocation, ...]


MOST_MIRRORS = 4
"""Mirrors that a run image has names for."""

_LATELY = 32

MANY_NAMES = 60
"""Names that are put at a daemon before all of them are taken away."""


@dataclass
class Bench:
    """What cases share on one worker: who is judged, where, and what has been made already."""

    lifecycle: Lifecycle
    platform_api: PlatformApi
    host: ImageHost
    folder: Path
    timeout: float
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that every call gets, such as DOCKER_HOST."""
    secrets: Secrets = field(default_factory=Secrets)
    """What every call gets as well, and nobody is shown."""
    faults: Faults = contextlib.nullcontext
    """What the target is to go through during each call."""
    exported: dict[str, Exported | BlockedError] = field(default_factory=dict)
    """App images by the shape of their run image."""
    controls: dict[str, Observation] = field(default_factory=dict)
    """What became of calls that each phase has to be able to do, by phase and what was asked."""
    calls: list[float] = field(default_factory=list)
    """Seconds that each call of the lifecycle took."""
    tidies: bool = False
    """Whether nobody needs what a scenario leaves at the host and on disk once it has ended."""
    inflated: int = INFLATED_BOUND
    """Bytes of all layers of an image, decompressed, that are read."""
    keeps_images: bool = False
    """Whether observations are to hold the images that were left, every byte of them."""
    placed: dict[str, Image | Index] = field(default_factory=dict)
    """What was put under each name last; a lifecycle may have moved the name since."""
    lately: deque[tuple[str, Image | Index]] = field(default_factory=lambda: deque(maxlen=_LATELY))
    """What was put last under which name, which is what the next call has to read."""
    folders: list[Path] = field(default_factory=list)
    """Those that were made for the scenario, where it is tidied up after."""
    names: NameSource = field(default_factory=NameSource)
    """Draws every name that the lifecycle sees."""
    timeouts: Counter[Phase] = field(default_factory=Counter)
    """Calls of each phase that ran into the time limit."""
    turns: contextlib.AbstractContextManager[object] = field(default_factory=contextlib.nullcontext)
    """Held for the length of each call; benches that share one take turns."""

    app_maker: Lifecycle | None = None
    """Who exports the app images that cases start from; None where it is the lifecycle itself."""

    def for_exports(self) -> Bench:
        """Return the bench on which app images are exported that a case starts from.

        Calls of another lifecycle than the one that is judged are not counted.
        """
        if self.app_maker is None:
            return self
        return replace(self, lifecycle=self.app_maker, calls=[], timeouts=Counter())

    def handed_to(self, lifecycle: Lifecycle, folder: Path, *, with_exported: bool) -> Bench:
        """Return the same place for another lifecycle, with names that were not used before.

        `with_exported` hands on the app images that were exported here; nothing else is.
        """
        return replace(
            self,
            lifecycle=lifecycle,
            folder=folder,
            exported=dict(self.exported) if with_exported else {},
            controls={},
            calls=[],
            folders=[],
            timeouts=Counter(),
        )

    def at(self, host: ImageHost) -> Bench:
        """Return the same bench at another place, at which nothing has been made yet."""
        return replace(
            self,
            host=host,
            exported={},
            controls={},
            placed={},
            secrets=Secrets(),
            faults=contextlib.nullcontext,
        )

    def place(self) -> Path:
        """Make an empty folder."""
        path = self.folder / self.names.folder()
        path.mkdir(parents=True)
        if self.tidies:
            self.folders.append(path)
        return path

    def call(
        self,
        phase: Phase,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
    ) -> Invocation:
        """Call one phase at this bench's target.

        Raises BlockedError once the phase has run into the time limit too often, DeclinedError
        where an adapter declines the call, and RegistryError or DaemonError where a call failed and
        the target may be at fault.
        """
        if self.timeouts[phase] >= TIMEOUTS_BORNE:
            raise BlockedError(
                f"{phase.value} was given up after {TIMEOUTS_BORNE} calls that did not end within"
                f" {self.timeout:g} s"
            )
        flags = []
        if self.host.without_tls is not None and self.platform_api >= INSECURE_REGISTRY:
            # also on the loopback interface: nothing says that TLS is left out there by itself
            flags = ["-insecure-registry", self.host.without_tls]
        with self.turns, self.faults():
            invocation = self.lifecycle.call(
                phase,
                [*flags, *arguments],
                platform_api=self.platform_api,
                environment={**self.environment, **environment, **self.secrets.environment},
                directory=str(directory),
                timeout=self.timeout,
            )
        invocation = _shown(invocation, self.secrets)
        self.calls.append(invocation.duration)
        declined = self.lifecycle.kind.declined(invocation)
        if declined is not None:
            raise DeclinedError(declined, invocation)
        if invocation.exit_code != 0:
            self.require_sound_host(invocation)
        self.timeouts[phase] += invocation.timed_out
        return invocation

    def require_sound_host(self, call: Invocation) -> None:
        """Raise RegistryError or DaemonError where the target may be at fault for how a call ended.

        What is asked of the target for that counts as nothing of the case.
        """
        self.host.require_sound(call, dict(self.lately), self.timeout)

    def draw_name(self) -> str:
        """Return a tag reference at the target that was not given out before."""
        return self.host.name(self.names.repository(), self.names.tag())

    def draw_names(
        self,
        count: int,
        *,
        run_image: str,
        repositories: int = 1,
        alike: Alike = "no",
        naming: Naming = "usual",
    ) -> tuple[str, ...]:
        """Return tag references that were not given out before, spread over new repositories.

        The first repository is that of `run_image`, a tag reference, where `naming` says so.
        """
        parts = {"deep": 5, "single": 1}.get(naming, 2)
        drawn = [self.host.name(self.names.repository(parts), "") for _ in range(repositories)]
        if naming == "beside-run-image":
            drawn[0] = run_image.removesuffix(run_image.rpartition(":")[2])
        prefix = "Rc_" if naming == "upper-case" else ""
        tags = [self.names.tag(prefix) for _ in range(count)]
        if alike == "longer-tag" and count > 1:
            tags[1] = f"{tags[0]}-1"
        elif alike == "same-tag":
            tags = [tags[number // repositories] for number in range(count)]
        return tuple(f"{drawn[number % repositories]}{tag}" for number, tag in enumerate(tags))

    def draw_run_image_names(self) -> RunImageNames:
        """Return names for run images that were not given out before."""
        return RunImageNames(
            listed=self.draw_name(),
            mirrors=tuple(self.draw_name() for _ in range(MOST_MIRRORS)),
            second=self.draw_name(),
            second_mirrors=tuple(self.draw_name() for _ in range(MOST_MIRRORS)),
            unlisted=self.draw_name(),
        )

    @property
    def decoy(self) -> RunImage:
        """What a name is moved to when it is tried whether a reference moves with it."""
        return build_run_image(Shape(layers=1), edition=self.names.edition("decoy"))

    @property
    def at_daemon(self) -> bool:
        """Whether images go to a Docker daemon."""
        return self.host.target is Target.DAEMON

    def put(self, image: Image | Index, *names: str) -> None:
        """Make these names lead to the image."""
        self.host.put(image, *names)
        self.placed.update(dict.fromkeys(names, image))
        self.lately.extend((name, image) for name in names)

    def requests(self, mark: int) -> tuple[Request, ...]:
        """Return the requests after a mark: numbered from 1, in seconds since the first of them."""
        found = self.host.requests(mark)
        return tuple(
            replace(each, number=number, at=round(each.at - found[0].at, 2))
            for number, each in enumerate(found, start=1)
        )

    def clear(self, names: Iterable[str]) -> None:
        """Take away what a scenario left under these names, and now and then all that was put.

        A bench that tidies up has its folders and a registry of its own emptied, so that what one
        scenario filled them with is not there for the next. The more images a daemon has, the
        longer it takes for everything; loading them anew takes its time too.
        """
        self.host.discard(*names)
        for folder in self.folders:
            remove_folder(folder)
        self.folders.clear()
        if self.tidies:
            self.host.empty()
        if self.tidies and not self.at_daemon:
            self.placed.clear()
        if self.at_daemon and len(self.placed) > MANY_NAMES:
            self.host.discard(*self.placed)
            self.placed.clear()

    def forget_blocked(self) -> None:
        """Export app images again, when they are needed, that could not be."""
        blocked = [key for key, each in self.exported.items() if isinstance(each, BlockedError)]
        for key in blocked:
            del self.exported[key]

    def staged(self, names: Iterable[str]) -> dict[str, Image | Index]:
        """Return what was put under each of these names, for as far as anything was."""
        return {name: self.placed[name] for name in names if name in self.placed}

    def fetch(self, names: Iterable[str]) -> dict[str, StoredImage | None]:
        """Fetch what stands under each name."""
        return {name: self.host.fetch(name) for name in names}

    def read(self, names: Sequence[str]) -> dict[str, ImageState]:
        """Read what stands under each name."""
        return self.understood(self.fetch(names))

    def understood(self, stored: Mapping[str, StoredImage | None]) -> dict[str, ImageState]:
        """Make sense of what was fetched."""
        return {name: read_image(found, inflated=self.inflated) for name, found in stored.items()}

    def resolve(self, references: Sequence[str]) -> dict[str, Resolution]:
        """Find where each reference leads now."""
        return {reference: self.host.resolve(reference) for reference in references}


def _shown(invocation: Invocation, secrets: Secrets) -> Invocation:
    """Return a call without what nobody is to be shown, also where it said so itself."""
    if not secrets.environment:
        return invocation
    shown = {k: v for k, v in invocation.environment.items() if k not in secrets.environment}
    hidden = (*secrets.environment.values(), *secrets.hidden)
    return replace(
        invocation,
        environment=shown,
        stdout=without(hidden, invocation.stdout),
        stderr=without(hidden, invocation.stderr),
    )


def user_for(phase: Phase) -> tuple[int, int]:
    """User and group that a phase is to work as.

    A creator that is started as root drops to another user, which has to exist; every other phase
    works as the caller.
    """
    if phase is not Phase.CREATOR or os.getuid() != 0:
        return os.getuid(), os.getgid()
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return 65534, 65534


def user_variables(phase: Phase) -> dict[str, str]:
    """Tell a phase which user to work as (platform specification, Usage)."""
    user, group = user_for(phase)
    return {"CNB_USER_ID": str(user), "CNB_GROUP_ID": str(group)}


def last_words(invocation: Invocation, phase: Phase) -> str:
    """How a call ended and what it said last, for a message."""
    said = invocation.last_lines
    return f"{phase.value} {invocation.ending}" + (f": {said}" if said else "")

"""Where variations are tried: each case from the same beginning, so that outcomes can be compared.

The registry has one address and is empty at first, the folder has one path, and names are drawn
from one seed. What the reference leaves is then the same bytes every time (`test_legal` sees to
it).
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cnb_report.drive.cases import Build, Case
from pytest_cnb_report.drive.drawn_names import NameSource
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.observe.bench import Bench, BlockedError, Exported
from pytest_cnb_report.observe.build_phase import export_app, previous_shape
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.registry.api import Api
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.journal import Journal
from pytest_cnb_report.registry.limits import UNLIMITED
from pytest_cnb_report.registry.misbehave import Misbehaviours
from pytest_cnb_report.registry.server import serve
from pytest_cnb_report.registry.service import Service
from pytest_cnb_report.registry.store import Store
from pytest_cnb_report.registry.uploads import Uploads
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.selftest.affected_phases import reaches_exported_image
from pytest_cnb_report.selftest.forked import ForkServer, fork_server, forked_reference
from pytest_cnb_report.values import PLATFORM_APIS, PlatformApi

from .evidence import EVIDENCE
from .seen import Seen
from .server import VARIATION
from .table_rows import CASES
from .variation import Variation

_TESTS = Path(__file__).parents[1]
_SERVER = (
    "-c",
    f"import sys; sys.path.insert(0, {str(_TESTS)!r}); from legal import server; server.main()",
)

TIMEOUT = 30.0


@dataclass(frozen=True)
class Place:
    """By which rules a case is tried, and on whose app images a rebase is made."""

    platform_api: PlatformApi
    profile: str
    own_exports: bool


def places_of(variation: Variation) -> tuple[Place, ...]:
    """Return where a variation is tried."""
    given = variation.platform_api
    api = PlatformApi.parse(given) if given else PLATFORM_APIS[-1]
    own = variation.around is None and any(map(reaches_exported_image, variation.parts))
    return tuple(Place(api, profile, own) for profile in variation.profiles)


def exported_first(case: Case) -> tuple[Shape, ...]:
    """Return the run images on which a case needs app images before it begins."""
    if isinstance(case.ask, Build):
        previous = previous_shape(case.ask)
        return () if previous is None else (previous,)
    return (case.ask.old, Shape())  # the other for its control


def place_for(case: str, place: Place) -> Place:
    """Return the same place; whose exports a case begins with says nothing where it has none."""
    own = place.own_exports and bool(exported_first(CASES[case]))
    return replace(place, own_exports=own)


class _Names(NameSource):
    """Tells run images from each other in one way, whatever was drawn and from which seed.

    So app images that one bench exported stand on the run images of another.
    """

    def edition(self, of: str) -> str:
        return NameSource(of).folder()


@dataclass
class Lab:
    """Made by `lab`."""

    server: ForkServer
    root: Path
    renewed: Callable[[], EmbeddedRegistry]
    _plain: dict[tuple[str, Place], Seen] = field(default_factory=dict)
    _exported: dict[PlatformApi, dict[str, Exported | BlockedError]] = field(default_factory=dict)

    def plain(self, case: str, place: Place) -> Seen:
        """Carry a case out on the reference, once."""
        place = place_for(case, place)
        if (case, place) not in self._plain:
            self._plain[case, place] = self.seen(None, case, place)
        return self._plain[case, place]

    def seen(self, variation: Variation | None, case: str, place: Place) -> Seen:
        """Carry a case out, from the beginning that every case has."""
        exported = {} if place.own_exports else self._exports(CASES[case], place)
        bench = self._bench(variation, place)
        bench.exported.update(exported)
        observation = carry_out(bench, CASES[case])
        return Seen.of(observation, bench.folder, self._evidence)

    @property
    def _evidence(self) -> Path:
        return self.root / "evidence"

    def _exports(self, case: Case, place: Place) -> dict[str, Exported | BlockedError]:
        """Return the app images that a rebase begins with, as the reference exports them."""
        known = self._exported.setdefault(place.platform_api, {})
        shapes = exported_first(case)
        for shape in shapes:
            if repr(shape) not in known:
                bench = self._bench(None, place, seed=f"on {shape}")
                known[repr(shape)] = export_app(bench, shape)
        return {repr(shape): known[repr(shape)] for shape in shapes}

    def _bench(self, variation: Variation | None, place: Place, *, seed: str = "a case") -> Bench:
        folder = self.root / "bench"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        folder.chmod(0o711)
        self._evidence.unlink(missing_ok=True)
        return Bench(
            lifecycle=self._lifecycle(variation, place),
            platform_api=place.platform_api,
            host=RegistryHost(self.renewed(), "legal"),
            folder=folder,
            timeout=TIMEOUT,
            names=_Names(seed),
        )

    def _lifecycle(self, variation: Variation | None, place: Place) -> Lifecycle:
        lifecycle = forked_reference(self.server, profile=place.profile, fault=None)
        named = {} if variation is None else {VARIATION: variation.name}
        own = {**lifecycle.environment, EVIDENCE: str(self._evidence), **named}
        return replace(lifecycle, environment=own)


@contextlib.contextmanager
def lab() -> Iterator[Lab]:
    """Have a lab for the length of a block."""
    with (
        fork_server((*_SERVER,)) as server,
        scratch_folder("legal") as root,
        _registries() as renewed,
    ):
        root.chmod(0o711)
        yield Lab(server, root, renewed)


@contextlib.contextmanager
def _registries() -> Iterator[Callable[[], EmbeddedRegistry]]:
    """Have empty registries, one after another, all of them at one address."""
    now: list[Service] = []

    def answer(call: Call) -> Answer:
        return now[-1].answer(call)

    with serve(answer) as address:

        def renewed() -> EmbeddedRegistry:
            store, uploads = Store(), Uploads()
            journal, misbehaviours = Journal(), Misbehaviours()
            now[:] = [Service(Api(store, uploads, UNLIMITED), journal, misbehaviours)]
            return EmbeddedRegistry(address, store, uploads, journal, misbehaviours)

        yield renewed

"""Only what is ours is removed, and all of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator

import pytest

from leftovers import noted_by_a_killed_run
from pytest_cnb_report.daemon.archive import pack
from pytest_cnb_report.daemon.cleanup import remove_run, sweep_dead_runs
from pytest_cnb_report.daemon.client import Engine
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonError
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.run_journal import left_behind, noted

from .made import image, load

pytestmark = pytest.mark.daemon

METADATA = "io.buildpacks.lifecycle.metadata"


Images = set[tuple[str, tuple[str, ...]]]


def everything(engine: Engine) -> Images:
    return {(found.image_id, tuple(sorted(found.names))) for found in engine.images()}


def put(engine: Engine, made: Image, name: str) -> None:
    """Load an image as anybody else does."""
    engine.load(pack(made.config, [layer.tar for layer in made.layers], [name]), name)


def exported(number: int, run_image: str) -> Image:
    document = {"runImage": {"image": run_image}, "number": number}
    return image(number, labels={METADATA: json.dumps(document)})


@pytest.fixture
def theirs(neighbour: Engine) -> Iterator[Images]:
    """Somebody else's images: named, named like a run, without a name, an app of theirs."""
    names = ["neighbour/app:1", "cedar/app:1", "cedar-0123456789ab/app:1"]
    for number, name in enumerate(names):
        put(neighbour, image(100 + number), name)
    for number in (110, 111):
        put(neighbour, exported(number, "neighbour/run:1"), "neighbour/exported:1")
    for number in (120, 121):
        put(neighbour, image(number), "neighbour/moved:1")
    yield everything(neighbour)
    nameless = [exported(110, "neighbour/run:1").image_id, image(120).image_id]
    for name in (*names, "neighbour/exported:1", "neighbour/moved:1", *nameless):
        neighbour.remove(name)


def test_a_guest_leaves_what_was_there(daemon: Daemon, neighbour: Engine, theirs: Images) -> None:
    with open_daemon(daemon.address) as guest:
        load(guest, image(200), "run", "deep/er/run")
        load(guest, image(201), "run")
        for number in (202, 203, 204):
            put(neighbour, exported(number, guest.name("run")), guest.name("app"))
        assert len(everything(neighbour)) == len(theirs) + 5
    assert everything(neighbour) == theirs


def test_an_image_that_others_use_too_stays_theirs(daemon: Daemon, neighbour: Engine) -> None:
    put(neighbour, image(210), "neighbour/same:1")
    before = everything(neighbour)
    with open_daemon(daemon.address) as guest:
        load(guest, image(210), "same")
        summary = guest.inspect(guest.name("same"))
        assert summary is not None
        assert summary.names == (guest.name("same"),)
        guest.remove(guest.name("same"))
        load(guest, image(210), "same")
    assert everything(neighbour) == before
    neighbour.remove("neighbour/same:1")


def test_a_guest_cannot_take_hold_of_another_s_image(daemon: Daemon, neighbour: Engine) -> None:
    put(neighbour, image(211), "neighbour/mine:1")
    with open_daemon(daemon.address) as guest:
        for reference in ("neighbour/mine:1", image(211).image_id):
            with pytest.raises(ValueError, match="bears no name under"):
                guest.tag(reference, guest.name("stolen"))
    neighbour.remove("neighbour/mine:1")


@pytest.mark.usefixtures("theirs")
def test_a_guest_lists_no_other_s_image(daemon: Daemon) -> None:
    with open_daemon(daemon.address) as guest:
        assert guest.names() == ()
        asked_for = guest.inspect("neighbour/app:1")
        assert asked_for is not None
        assert asked_for.names == ()


def test_runs_at_the_same_time_leave_each_other_alone(daemon: Daemon) -> None:
    with open_daemon(daemon.address) as one:
        load(one, image(220), "app")
        with open_daemon(daemon.address) as two:
            load(two, image(220), "app")
            load(two, image(221), "app")
        assert one.names() == (one.name("app"),)
        assert one.labels(one.name("app")) == {"number": "220"}


def test_a_dead_run_is_swept_and_a_living_one_is_not(neighbour: Engine) -> None:
    dead, living = draw_prefix(), draw_prefix()
    noted_by_a_killed_run("images", dead, where=neighbour.address)
    with noted("images", living, where=neighbour.address) as note:
        put(neighbour, image(230), f"{dead}/run:latest")
        for number in (231, 232):
            put(neighbour, exported(number, f"{dead}/run:latest"), f"{dead}/app:latest")
        for number in (233, 234):
            put(neighbour, exported(number, f"{living}/run:latest"), f"{living}/app:latest")
        before = everything(neighbour)
        sweep_dead_runs(neighbour)
        exports = {exported(number, f"{dead}/run:latest").image_id for number in (231, 232)}
        gone = {image_id for image_id, _ in before - everything(neighbour)}
        assert gone == {image(230).image_id} | exports
        remove_run(neighbour, living)
        note.done()
    assert not any(note.where == neighbour.address for note in left_behind("images"))
    assert not any(living in name for _, names in everything(neighbour) for name in names)


@pytest.mark.parametrize("remove", [remove_run, lambda engine, _: sweep_dead_runs(engine)])
def test_an_image_that_appears_while_others_are_removed_goes_too(
    neighbour: Engine, monkeypatch: pytest.MonkeyPatch, remove: Callable[[Engine, str], None]
) -> None:
    """The daemon was still loading it when the lifecycle that had sent it was killed."""
    prefix = draw_prefix()
    noted_by_a_killed_run("images", prefix, where=neighbour.address)
    put(neighbour, image(245), f"{prefix}/app:1")
    late = iter([image(246), image(247)])

    def sleep(_: float) -> None:
        for made in itertools.islice(late, 1):
            put(neighbour, made, f"{prefix}/late:1")

    monkeypatch.setattr("pytest_cnb_report.daemon.cleanup.time.sleep", sleep)
    remove(neighbour, prefix)
    assert _named(neighbour, prefix) == []
    sweep_dead_runs(neighbour)


def test_an_image_of_two_runs_is_nobody_s_while_it_has_no_name(neighbour: Engine) -> None:
    one, two = draw_prefix(), draw_prefix()
    both = exported(240, f"{one}/run {two}/run")
    put(neighbour, both, "neighbour/both:1")
    put(neighbour, image(241), "neighbour/both:1")
    remove_run(neighbour, one)
    assert neighbour.inspect(both.image_id) is not None
    neighbour.remove(both.image_id)
    neighbour.remove("neighbour/both:1")


def test_what_cannot_be_removed_is_told_after_the_rest_was(
    daemon: Daemon, neighbour: Engine
) -> None:
    """A container that uses an image keeps its name; the others go."""
    unfinished = pytest.raises(DaemonError, match=r"remove [a-z]+-[0-9a-f]{12}/.*is using")
    with unfinished, open_daemon(daemon.address) as guest:
        load(guest, image(250), "a", "c")
        load(guest, image(251), "b")
        neighbour.api.create_container(guest.name("b"), command="-", name="neighbour-uses-it")
    assert [name for name in _named(neighbour, guest.prefix) if "/held:" not in name] == [
        guest.name("b")
    ]
    neighbour.api.remove_container("neighbour-uses-it")
    sweep_dead_runs(neighbour)
    assert _named(neighbour, guest.prefix) == []


def _named(engine: Engine, prefix: str) -> list[str]:
    names = (name for found in engine.images() for name in found.names)
    return [name for name in names if name.startswith(prefix)]

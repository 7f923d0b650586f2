"""The table of daemon kinds, and that a run asks it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

import pytest

from pytest_cnb_report.daemon import providers
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.kind import DaemonKind, DaemonOptions
from pytest_cnb_report.daemon.private import PRIVATE
from pytest_cnb_report.daemon.providers import (
    KINDS,
    daemon_kind,
    is_optional,
    open_daemon,
    reach_daemon,
)
from pytest_cnb_report.image_name_prefix import is_prefix
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.planning.context import TargetInfo, prepare
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.values import Target


class NotOpenedError(Exception):
    pass


def refuse(options: DaemonOptions) -> NoReturn:
    raise NotOpenedError(options.given)


def place_with(daemon: str, target: str) -> TargetInfo:
    defaults = {option.name: option.default for option in OPTIONS}
    given = {"daemon": daemon, "target": target, "lifecycle": "reference"}
    with prepare(read_settings({**defaults, **given})) as context:
        return context.targets[Target.DAEMON]


def test_no_two_kinds_have_one_name_and_help_names_them_all() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    help_text = next(option.help for option in OPTIONS if option.name == "daemon")
    for kind in KINDS:
        assert kind.name in help_text


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("auto", "auto"),
        ("private", "private"),
        ("container", "container"),
        ("unix:///var/run/docker.sock", "address"),
        ("tcp://127.0.0.1:2375", "address"),
        ("ssh://host", "address"),
    ],
)
def test_each_value_is_of_one_kind(given: str, name: str) -> None:
    kind = daemon_kind(given)
    assert kind.name == name
    assert kind.only_where_named == (name == "private")
    assert is_optional(given) == (name == "auto")


@pytest.mark.parametrize("given", ["docker", "", "Private"])
def test_a_value_of_no_kind_is_answered_with_those_that_there_are(given: str) -> None:
    with pytest.raises(DaemonUnavailable) as refused:
        daemon_kind(given)
    known = "give auto, private, container, unix:///PATH or tcp://HOST:PORT"
    assert str(refused.value).endswith(known)
    assert not is_optional(given)


def test_a_private_daemon_is_used_only_where_the_daemon_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(providers, "KINDS", (replace(PRIVATE, open=refuse),))
    place = place_with("private", "auto")
    assert not place.judged
    assert place.why == "a private daemon is only started where --target names the daemon"
    assert not place_with("private", "registry").judged
    for target in ("daemon", "registry,daemon"):
        with pytest.raises(NotOpenedError, match="private"):
            place_with("private", target)


@pytest.mark.parametrize("given", ["private", "container"])
def test_what_is_started_for_a_run_cannot_be_looked_at_before(given: str) -> None:
    with pytest.raises(DaemonUnavailable) as refused:
        reach_daemon(given).__enter__()
    assert str(refused.value).endswith("give auto, unix:///PATH or tcp://HOST:PORT")


@pytest.mark.daemon
def test_a_kind_gets_the_options_that_it_is_opened_with(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[DaemonOptions] = []

    @contextlib.contextmanager
    def open_it(options: DaemonOptions) -> Iterator[Daemon]:
        opened.append(options)
        yield daemon

    kind = DaemonKind("made up", "made-up:NAME", lambda given: given == "made-up:x", open_it)
    monkeypatch.setattr(providers, "KINDS", (kind, *KINDS))
    with open_daemon("made-up:x", image="i", timeout=3, environment={"A": "b"}) as found:
        assert found is daemon
        (options,) = opened
        assert options.folder.is_dir()
        assert is_prefix(options.prefix)
    assert not options.folder.exists()
    assert (options.given, options.image, options.timeout) == ("made-up:x", "i", 3)
    assert options.environment == {"A": "b"}
    place = place_with("made-up:x", "daemon")
    assert (place.address, place.prefix) == (daemon.address, daemon.prefix)


@pytest.mark.daemon
def test_a_daemon_that_is_there_is_looked_at_without_being_changed(daemon: Daemon) -> None:
    with reach_daemon(daemon.address) as engine:
        assert engine.address == daemon.address
    with reach_daemon("auto", environment={"DOCKER_HOST": daemon.address}) as engine:
        assert engine.address == daemon.address

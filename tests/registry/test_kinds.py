"""The table of registry kinds, and that a run asks it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from pytest_cnb_report.options import OPTIONS, OptionError
from pytest_cnb_report.planning.context import prepare
from pytest_cnb_report.planning.session import JudgingSession
from pytest_cnb_report.planning.settings import Settings, read_settings
from pytest_cnb_report.registry import providers
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.registry.kind import RegistryKind, RegistryOptions
from pytest_cnb_report.registry.protocol import Registry, RegistryUnavailable
from pytest_cnb_report.registry.providers import KINDS, open_registry, registry_kind
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Target


def settings_with(registry: str) -> Settings:
    defaults = {option.name: option.default for option in OPTIONS}
    given = {"registry": registry, "target": "registry", "lifecycle": "reference"}
    return read_settings({**defaults, **given})


def made_up(opened: list[RegistryOptions], *, owned_by_worker: bool) -> RegistryKind:
    """Make a kind that notes how it is opened."""

    @contextlib.contextmanager
    def open_it(options: RegistryOptions) -> Iterator[Registry]:
        opened.append(options)
        with embedded_registry() as registry:
            yield registry

    return RegistryKind(
        name="made up",
        spelled="made-up:NAME",
        takes=lambda given: given.startswith("made-up:"),
        open=open_it,
        owned_by_worker=owned_by_worker,
    )


def test_no_two_kinds_have_one_name_and_help_names_them_all() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    help_text = next(option.help for option in OPTIONS if option.name == "registry")
    for kind in KINDS:
        assert kind.spelled.split(" or ")[0] in help_text


@pytest.mark.parametrize(
    ("given", "name", "owned_by_worker", "borrowed"),
    [
        ("embedded", "embedded", True, False),
        ("container", "container", False, False),
        ("process", "process", False, False),
        ("http://127.0.0.1:5000", "address", False, True),
        ("https://registry.example/", "address", False, True),
    ],
)
def test_whose_a_registry_is_depends_on_its_kind(
    given: str, name: str, owned_by_worker: bool, borrowed: bool
) -> None:
    kind = registry_kind(given)
    assert (kind.name, kind.owned_by_worker, kind.borrowed) == (name, owned_by_worker, borrowed)


def test_a_kind_gets_the_options_that_it_is_opened_with(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[RegistryOptions] = []
    monkeypatch.setattr(providers, "KINDS", (made_up(opened, owned_by_worker=False), *KINDS))
    with open_registry("made-up:x", prefix="p", image="i", verify=False, timeout=3.0) as registry:
        assert isinstance(registry, EmbeddedRegistry)
    assert opened == [RegistryOptions("made-up:x", "p", "i", verify=False, timeout=3.0)]


@pytest.mark.parametrize("owned_by_worker", [True, False])
def test_a_run_opens_a_kind_where_the_table_says(
    owned_by_worker: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[RegistryOptions] = []
    kind = made_up(opened, owned_by_worker=owned_by_worker)
    monkeypatch.setattr(providers, "KINDS", (kind, *KINDS))
    settings = settings_with("made-up:x")
    with prepare(settings) as context:
        place = context.targets[Target.REGISTRY]
        assert len(opened) == 1, "tried, or held for all of the run"
        assert bool(place.address) != owned_by_worker
        assert place.why.startswith("made up registry")
        assert not place.borrowed
        session = JudgingSession(settings, context, load_text(settings.profile))
        with contextlib.closing(session):
            host = session.bench(Target.REGISTRY).host
        assert len(opened) == (2 if owned_by_worker else 1)
        assert {each.given for each in opened} == {"made-up:x"}
        if place.address:
            assert place.address == f"http://{host.without_tls}"


def test_a_value_of_no_kind_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(OptionError, match=r"--registry ftp://x: give embedded, .*https://HOST"):
        settings_with("ftp://x")
    with pytest.raises(RegistryUnavailable, match="'ftp://x' is not a registry: give embedded, "):
        registry_kind("ftp://x")

"""Pushes that are refused, at a registry that can be told to and beside one that cannot."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.image import AppImage, NoImage
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.embedded import EmbeddedRegistry

from .judging import carried_out


@pytest.fixture(params=["embedded", "another"])
def somewhere(
    request: pytest.FixtureRequest, bench: Bench, registry: EmbeddedRegistry
) -> Iterator[Bench]:
    if request.param == "embedded":
        yield bench
        return
    with contextlib.closing(RegistryClient(f"http://{registry.address}")) as client:
        yield bench.at(RegistryHost(client, "elsewhere"))


@pytest.mark.parametrize("phase", ["exporter", "rebaser"])
@pytest.mark.parametrize(("which", "status"), [("first", 403), ("later", 500)])
def test_a_push_is_refused_once_the_blobs_went_through(
    somewhere: Bench, phase: str, which: str, status: int
) -> None:
    seen = carried_out(somewhere, phase, f"{which}-push-refused")
    assert seen.asked is not None
    assert seen.call is not None
    assert seen.call.exit_code not in {0, None}
    answered = [each.status for each in seen.requests if "/manifests/" in each.path]
    assert answered[-1] == status
    states = [seen.after[name] for name in seen.asked.images]
    if which == "later":
        assert isinstance(states[0], AppImage)
    assert isinstance(states[1], NoImage)
    assert not seen.report.there
    assert seen.control is not None
    assert seen.situation.refused_push

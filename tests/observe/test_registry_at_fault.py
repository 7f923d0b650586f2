"""A registry that fails a lifecycle: its faults are told from those of the lifecycle."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.lifecycles.forked import ForkServer
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.registry.api import Api
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.limits import UNLIMITED
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.registry.retries import Retries
from pytest_cnb_report.registry.server import serve
from pytest_cnb_report.registry.store import Store
from pytest_cnb_report.registry.uploads import Uploads

from .judging import PROFILE, carried_out, failures

Fault = Callable[[Call, Answer], Answer]


def too_many(_: Call, answer: Answer) -> Answer:
    return replace(answer, status=429, headers=(("Retry-After", "600"),), body=b"slow down")


def broken(_: Call, answer: Answer) -> Answer:
    return replace(answer, status=500, headers=(), body=b"")


def hung_up(_: Call, answer: Answer) -> Answer:
    return replace(answer, cut_after=0) if answer.body else answer


def truncated(call: Call, answer: Answer) -> Answer:
    return replace(answer, cut_after=len(answer.body) // 2) if "/blobs/" in call.path else answer


def corrupt(call: Call, answer: Answer) -> Answer:
    spoilt = call.method == "GET" and "/blobs/" in call.path
    return replace(answer, body=answer.body[:-1] + b" ") if spoilt else answer


@dataclass
class Once:
    """Says once of something that is there that it is not."""

    part: str
    struck: bool = False

    def __call__(self, call: Call, answer: Answer) -> Answer:
        if self.struck or self.part not in call.path or answer.status != 200:
            return answer
        self.struck = True
        return Answer(404)


@dataclass
class Front:
    """A registry that does something else than it should, to whom and from when it is told to."""

    registry: Callable[[Call], Answer] = field(
        default_factory=lambda: Api(Store(), Uploads(), UNLIMITED).answer
    )
    fault: Fault = lambda _, answer: answer
    everybody: bool = False
    """Whether the suite's requests meet the fault too, once a lifecycle has met it."""
    met: int = 0

    def answer(self, call: Call) -> Answer:
        lifecycle = "urllib3" not in call.headers.get("user-agent", "")
        answer = self.registry(call)
        if lifecycle or (self.everybody and self.met):
            spoilt = self.fault(call, answer)
            self.met += lifecycle and spoilt is not answer
            return spoilt
        return answer


@pytest.fixture
def front() -> Front:
    return Front()


@pytest.fixture
def beside(bench: Bench, front: Front) -> Iterator[Bench]:
    """A bench at the registry behind the front."""
    with serve(front.answer) as address:
        client = RegistryClient(f"http://{address}", timeout=5, retries=Retries(first_wait=0.0))
        with contextlib.closing(client):
            yield bench.at(RegistryHost(client, "cedar-0123456789ab"))


@pytest.mark.parametrize("everybody", [False, True])
@pytest.mark.parametrize("fault", [too_many, broken, hung_up, truncated, corrupt])
def test_what_the_registry_does_is_not_held_against_the_lifecycle(
    beside: Bench, front: Front, fault: Fault, everybody: bool
) -> None:
    front.fault, front.everybody = fault, everybody
    with pytest.raises(RegistryError) as raised:
        carried_out(beside, "rebaser", "plain")
    assert front.met
    message = str(raised.value)
    assert message.startswith(f"registry {beside.host.name('x').partition('/')[0]}: ")
    assert ("the suite's own" if everybody else "the lifecycle says") in message


def test_a_registry_that_failed_the_suite_just_now_is_not_trusted(
    beside: Bench, front: Front, server: ForkServer
) -> None:
    failed: list[Call] = []

    def answer_once(call: Call) -> Answer:
        if call.method == "PUT" and not failed:
            failed.append(call)
            return Answer(503)
        return api.answer(call)

    api = Api(Store(), Uploads(), UNLIMITED)
    front.registry = answer_once
    faulty = forked_reference(server, profile=PROFILE.value, fault="fails-on-several-images")
    with pytest.raises(RegistryError, match=r"the suite's own PUT .* answered 503"):
        carried_out(replace(beside, lifecycle=faulty), "rebaser", "several-images")


def test_a_lifecycle_that_fails_at_a_sound_registry_is_still_at_fault(
    beside: Bench, server: ForkServer
) -> None:
    lifecycle = forked_reference(server, profile=PROFILE.value, fault="fails-on-several-images")
    observation = carried_out(replace(beside, lifecycle=lifecycle), "rebaser", "several-images")
    assert "rebase.succeeds" in failures(observation)


def test_what_a_lifecycle_keeps_to_itself_shows_when_it_is_tried_again(
    beside: Bench, front: Front
) -> None:
    assert failures(carried_out(beside, "rebaser", "plain")) == {}
    front.fault = gone_once = Once("/manifests/")
    with pytest.raises(RegistryError, match="failed the first time and succeeded the second time"):
        carried_out(beside, "rebaser", "plain")
    assert gone_once.struck

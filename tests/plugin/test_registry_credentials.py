"""A registry that wants to know who asks: the lifecycle gets what it needs, and nobody sees it."""

from __future__ import annotations

import base64
import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.registry.api import Api
from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.limits import UNLIMITED
from pytest_cnb_report.registry.server import serve
from pytest_cnb_report.registry.store import Store
from pytest_cnb_report.registry.uploads import Uploads

from .caller import ONE_ITEM, Caller, by_requirement

PASSWORD = "open:sesame-8f3a"  # noqa: S105 - of nobody
PAIR = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()


@pytest.fixture
def guarded() -> Iterator[str]:
    """A registry that nobody but alice may use; it says what it was shown, as none should."""
    api = Api(Store(), Uploads(), UNLIMITED)

    def answer(call: Call) -> Answer:
        shown = call.headers.get("authorization", "")
        if shown == f"Basic {PAIR}":
            return api.answer(call)
        return Answer(401, (("WWW-Authenticate", 'Basic realm="here"'),), f"no {shown}".encode())

    with serve(answer) as address:
        yield address


def login(caller: Caller, address: str, pair: str = PAIR) -> None:
    (caller.home / ".docker").mkdir()
    config = json.dumps({"auths": {address: {"auth": pair}}})
    (caller.home / ".docker" / "config.json").write_text(config)


def everything(folder: Path) -> bytes:
    """Return all that a run left in its output folder, unpacked."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"report.json", "record.xz", "report.html"}
    return b"\n".join(
        lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        for path in files
    )


def test_a_lifecycle_that_was_given_no_credentials_is_not_run(caller: Caller, guarded: str) -> None:
    login(caller, guarded)
    ended = caller.inside("--registry", f"http://{guarded}", *ONE_ITEM)
    said = " ".join(ended.said.split())
    assert ended.code == 2
    assert f"registry {guarded} asks for credentials; the suite has some from {caller.home}" in said
    assert "pass them on with --pass-credentials (CNB_REGISTRY_AUTH)" in said


def test_credentials_that_are_passed_are_used_and_shown_nowhere(
    caller: Caller, guarded: str
) -> None:
    login(caller, guarded)
    # what a lifecycle says of its environment is in the report, and in the record
    leaky = caller.script("leaky", "env >&2", 'exec python -m pytest_cnb_report.reference "$@"')
    ended = caller.inside(
        *("--registry", f"http://{guarded}", "--pass-credentials", "--output", "out"),
        *("--lifecycle", f"command:{leaky}", *ONE_ITEM),
    )
    assert ended.code == 0, ended.said
    assert by_requirement(caller.report())["rebase.labels.idempotent"] == {"pass"}
    kept = everything(caller.folder / "out")
    assert b"CNB_PLATFORM_API" in kept
    for text in (kept, ended.said.encode()):
        for secret in (PASSWORD, PAIR):
            assert secret.encode() not in text
    assert b"CNB_REGISTRY_AUTH=***" in kept


def test_a_wrong_password_is_refused_at_the_start(caller: Caller, guarded: str) -> None:
    pair = base64.b64encode(b"alice:wrong-password").decode()
    login(caller, guarded, pair)
    ended = caller.inside("--registry", f"http://{guarded}", "--pass-credentials", *ONE_ITEM)
    said = " ".join(ended.said.split())
    assert ended.code == 2
    assert f"the credentials of {caller.home}/.docker/config.json were refused" in said
    assert pair not in said  # though the registry repeats what it was shown


@pytest.mark.parametrize("option", ["--registry", "--daemon"])
def test_an_address_is_shown_without_the_password(caller: Caller, option: str) -> None:
    scheme = "http" if option == "--registry" else "tcp"
    target = option.removeprefix("--")
    ended = caller.inside("--target", target, option, f"{scheme}://alice:{PASSWORD}@127.0.0.1:1")
    assert ended.code == 2
    assert "//***@127.0.0.1:1" in ended.said
    assert PASSWORD not in ended.said

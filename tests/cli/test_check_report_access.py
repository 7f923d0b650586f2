"""`check-report` at registries that ask who is there, and over TLS; and in a Docker daemon."""

from __future__ import annotations

import base64
import http.server
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.drive.daemon_host import DaemonHost
from pytest_cnb_report.planning.context import CannotJudgeError
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.values import Outcome, Target
from serving import self_signed_certificate, serving_http

from .builds import Made, build, failing, judged
from .console import process
from .rebases import Rebased, another_run_image, rebase

USER = base64.b64encode(b"alice:open:sesame").decode()


class Front(http.server.BaseHTTPRequestHandler):
    """Stands before an embedded registry: asks for a password where one is set, speaks TLS."""

    registry = ""
    password = ""

    def do_GET(self) -> None:
        if self.password and self.headers.get("Authorization") != f"Basic {self.password}":
            self._answer(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})
            return
        url = f"http://{self.registry}{self.path}"
        accept = {"Accept": self.headers.get("Accept", "*/*")}
        request = urllib.request.Request(url, headers=accept)
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - of our own making
                kept = ("Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version")
                headers = {name: answer.headers[name] for name in kept if answer.headers[name]}
                self._answer(answer.status, answer.read(), headers)
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read(), {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def guarded(registry: EmbeddedRegistry) -> Iterator[int]:
    handler = type("Guarded", (Front,), {"registry": registry.address, "password": USER})
    with serving_http(handler) as port:
        yield port


@pytest.fixture
def over_tls(registry: EmbeddedRegistry, tmp_path: Path) -> Iterator[int]:
    """The registry behind a certificate for 127.0.0.1 that only it has signed itself."""
    handler = type("OverTls", (Front,), {"registry": registry.address})
    with serving_http(handler, self_signed_certificate(tmp_path)) as port:
        yield port


def at(made: Made, registry: EmbeddedRegistry, port: int, tmp_path: Path) -> tuple[Path, str]:
    """Let the build speak of another address of the registry; its report and its run image."""
    report = tmp_path / "report.toml"
    report.write_text(made.report.replace(registry.address, f"127.0.0.1:{port}"))
    return report, made.run_image.replace(registry.address, f"127.0.0.1:{port}")


def test_credentials_are_those_that_docker_has(
    made: Made,
    registry: EmbeddedRegistry,
    guarded: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report, run_image = at(made, registry, guarded, tmp_path)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    ended = process("check-report", str(report), "--run-image", run_image)
    assert ended.code == 2
    said = " ".join(ended.err.split())
    assert f"answered 401; there are no credentials for it in {tmp_path}/config.json" in said
    assert f"log in with `docker login 127.0.0.1:{guarded}`" in said
    auths = {"auths": {f"127.0.0.1:{guarded}": {"auth": USER}}}
    (tmp_path / "config.json").write_text(json.dumps(auths))
    assert failing(judged(report, run_image)) == set()


def test_tls_is_verified_unless_told_otherwise(
    made: Made,
    registry: EmbeddedRegistry,
    over_tls: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report, run_image = at(made, registry, over_tls, tmp_path)
    with pytest.raises(RegistryError, match="no trusted TLS connection"):
        judged(report, run_image)
    assert failing(judged(report, run_image, insecure=True)) == set()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate-and-key.pem"))
    assert failing(judged(report, run_image)) == set()


def test_a_registry_that_is_not_on_this_machine_is_spoken_to_over_tls(
    made: Made, registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    port = registry.address.rpartition(":")[2]
    report = tmp_path / "report.toml"
    # any other name of the loopback interface than those that are known to be one
    elsewhere = f"0.0.0.0:{port}"
    report.write_text(made.report.replace(registry.address, elsewhere))
    run_image = made.run_image.replace(registry.address, elsewhere)
    with pytest.raises(RegistryError, match="no trusted TLS connection"):
        judged(report, run_image)
    assert failing(judged(report, run_image, insecure=True)) == set()


def test_a_digest_says_enough_where_an_image_was_built_is_gone(
    made: Made, registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    report = tmp_path / "report.toml"
    moved = made.report.replace(f'reference = "{registry.address}', 'reference = "127.0.0.1:1')
    assert moved != made.report
    report.write_text(moved)
    assert failing(judged(report, made.run_image)) == set()
    other = moved.replace(made.report.partition("@")[2][:71], "sha256:" + "0" * 64)
    report.write_text(other)
    ended = process("check-report", str(report), "--run-image", made.run_image)
    assert ended.code == 2
    assert "cannot be looked up, which the report or the app image's metadata label names" in (
        " ".join(ended.err.split())
    )


class KeepingHost(DaemonHost):
    """A daemon from which nothing is removed when a case is done."""

    def discard(self, *_: str) -> None:
        pass


@pytest.fixture(scope="module")
def at_daemon(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("build")
    return build(KeepingHost(daemon, "own"), folder, environment=daemon.environment)


def test_a_build_in_a_daemon(daemon: Daemon, at_daemon: Made, tmp_path: Path) -> None:
    report = tmp_path / "report.toml"
    report.write_text(at_daemon.report)
    outcomes = judged(report, at_daemon.run_image, daemon=daemon.address)
    assert failing(outcomes) == set()
    assert outcomes["report.image.image-id"] is Outcome.PASS
    assert outcomes["report.run-image.coherent"] is Outcome.PASS
    assert "report.image.digest" not in outcomes
    wrong = at_daemon.report.replace(at_daemon.diff_ids[-1], at_daemon.diff_ids[0])
    report.write_text(wrong)
    outcomes = judged(report, at_daemon.run_image, daemon=daemon.address)
    assert failing(outcomes) == {"report.run-image.coherent"}


def test_a_rebase_in_a_daemon(daemon: Daemon, tmp_path: Path) -> None:
    host = KeepingHost(daemon, "rebased")
    made = rebase(host, tmp_path / "build", environment=daemon.environment)

    def outcomes(left: Rebased, before: str | None) -> dict[str, Outcome]:
        report = left.written(tmp_path)
        return judged(report, made.run_image, before=before, daemon=daemon.address)

    found = outcomes(made, made.before)
    assert failing(found) == set()
    for requirement in ("rebase.layers", "rebase.labels.stack.removed", "rebase.config.unchanged"):
        assert found[requirement] is Outcome.PASS
    assert failing(outcomes(made, None)) == set()
    lost = made.without_layer(-1)
    assert failing(outcomes(lost, made.before)) == {"rebase.layers"}
    over = made.with_labels({"io.buildpacks.stack.gone": "old"})
    assert failing(outcomes(over, made.before)) == {"rebase.labels.stack.removed"}
    made.restored()
    host.put(another_run_image(), made.run_image)
    with pytest.raises(CannotJudgeError, match=f"was made on {made.run.image_id}"):
        outcomes(made, made.before)


def test_what_is_not_in_the_daemon(daemon: Daemon, at_daemon: Made, tmp_path: Path) -> None:
    report = tmp_path / "report.toml"
    report.write_text(at_daemon.report)
    with pytest.raises(CannotJudgeError, match="the run image gone:1 is not in the Docker daemon"):
        judged(report, "gone:1", daemon=daemon.address)
    with pytest.raises(CannotJudgeError, match="neither an image name nor an image ID"):
        judged(report, "NO NAME", daemon=daemon.address)


def test_a_daemon_that_is_not_there(tmp_path: Path) -> None:
    report = tmp_path / "report.toml"
    report.write_text('[image]\ntags = ["app:1"]\n')
    address = f"unix://{tmp_path}/no.sock"
    words = ("check-report", str(report), "--run-image", "run:1", "--target", "daemon")
    ended = process(*words, "--daemon", address)
    assert ended.code == 2
    assert "no such socket; start Docker" in ended.err


def test_the_target_follows_from_the_report(tmp_path: Path) -> None:
    report = tmp_path / "report.toml"
    report.write_text('[image]\ntags = ["app:1"]\nimage-id = "5"\n')
    words = ("check-report", str(report), "--run-image", "run:1")
    ended = process(*words, "--daemon", f"unix://{tmp_path}/no.sock")
    assert "no such socket" in ended.err
    assert Target.DAEMON.value in ended.err

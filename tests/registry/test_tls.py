"""A registry is who its certificate says, or it is not spoken to."""

from __future__ import annotations

import contextlib
import http.server
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.registry.trust import SYSTEM_FOLDERS, tls_context
from serving import certificate_of, self_signed_certificate, serving_http


class _Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    with serving_http(_Registry, certificate) as port:
        yield port


def check(url: str, *, verify: bool = True) -> None:
    with contextlib.closing(RegistryClient(url, verify=verify, timeout=5)) as client:
        client.check()


def test_a_certificate_that_nobody_vouches_for_is_refused(port: int) -> None:
    with pytest.raises(RegistryError) as refused:
        check(f"https://127.0.0.1:{port}")
    assert "no trusted TLS connection" in str(refused.value)
    assert "name the file in SSL_CERT_FILE or REQUESTS_CA_BUNDLE" in str(refused.value)


def test_a_certificate_that_the_user_vouches_for_is_taken(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    check(f"https://127.0.0.1:{port}")


def test_a_certificate_for_somebody_else_is_refused(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(RegistryError, match="no trusted TLS connection"):
        check(f"https://localhost:{port}")


def test_no_certificate_matters_where_the_user_says_so(port: int) -> None:
    check(f"https://127.0.0.1:{port}", verify=False)


def test_plain_http_to_a_registry_with_tls_is_said(port: int) -> None:
    with pytest.raises(RegistryError, match="whether it speaks TLS"):
        check(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("url", "named"),
    [("https://127.0.0.1:5000", None), ("http://127.0.0.1:5000", "127.0.0.1:5000")],
)
def test_a_lifecycle_is_told_of_a_registry_without_tls_alone(url: str, named: str | None) -> None:
    with contextlib.closing(RegistryClient(url)) as client:
        assert RegistryHost(client, "prefix").without_tls == named


@pytest.mark.parametrize(
    ("first_day", "last_day", "advice"),
    [
        ("20200101", "20200102", "its certificate has expired: have it renewed, or see whether"),
        ("21000101", "21000102", "its certificate is not valid yet: see whether the clock"),
    ],
)
def test_a_certificate_out_of_its_time_is_no_matter_of_authorities(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first_day: str,
    last_day: str,
    advice: str,
) -> None:
    made = certificate_of(tmp_path, first_day, last_day)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    with serving_http(_Registry, made) as port, pytest.raises(RegistryError) as refused:
        check(f"https://127.0.0.1:{port}")
    assert advice in str(refused.value)
    assert "SSL_CERT_FILE" not in str(refused.value)


def test_a_bundle_that_python_programs_are_told_of_is_taken(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    check(f"https://127.0.0.1:{port}")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_variable_that_names_no_certificates_is_named(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    named = tmp_path / "ca.pem"
    monkeypatch.setenv(variable, str(named))
    for why in ("No such file or directory", "no certificate in PEM that can be used"):
        with pytest.raises(RegistryError) as refused:
            check(f"https://127.0.0.1:{port}")
        assert f"{named} ({variable}): {why}" in str(refused.value)
        assert f"name another file, or unset {variable}" in str(refused.value)
        named.write_text("none")
    check(f"https://127.0.0.1:{port}", verify=False)


@pytest.fixture
def docker_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Docker without root has certificates, by registry."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "docker" / "certs.d"


def test_an_authority_that_docker_has_for_this_registry_is_taken(
    port: int, certificate: Path, docker_folder: Path
) -> None:
    url = f"https://127.0.0.1:{port}"
    another = docker_folder / "127.0.0.1:1"
    another.mkdir(parents=True)
    shutil.copy(certificate, another / "ca.crt")
    with pytest.raises(RegistryError, match=f"/etc/docker/certs.d/127.0.0.1:{port}/ca.crt"):
        check(url)
    shutil.copytree(another, docker_folder / f"127.0.0.1:{port}")
    check(url)
    (docker_folder / f"127.0.0.1:{port}" / "ca.crt").write_text("none")
    with pytest.raises(RegistryError, match=r"ca.crt: no certificate in PEM that can be used"):
        check(url)


def test_docker_s_folders_of_the_system_are_looked_into(certificate: Path, tmp_path: Path) -> None:
    assert Path("/etc/docker/certs.d") in SYSTEM_FOLDERS
    (tmp_path / "registry:5000").mkdir()
    shutil.copy(certificate, tmp_path / "registry:5000" / "any-name.crt")
    own, other = (
        tls_context(registry, environment={}, folders=[tmp_path])
        for registry in ("registry:5000", "registry:5001")
    )
    assert len(own.get_ca_certs()) == len(other.get_ca_certs()) + 1


def test_a_client_certificate_that_docker_has_is_shown(
    certificate: Path, docker_folder: Path
) -> None:
    with serving_http(_Registry, certificate, clients=certificate) as port:
        folder = docker_folder / f"127.0.0.1:{port}"
        folder.mkdir(parents=True)
        shutil.copy(certificate, folder / "ca.crt")
        with pytest.raises(RegistryError):
            check(f"https://127.0.0.1:{port}")
        shutil.copy(certificate, folder / "client.cert")
        with pytest.raises(RegistryError, match=r"client.cert: with its .key: "):
            check(f"https://127.0.0.1:{port}")
        shutil.copy(certificate, folder / "client.key")
        check(f"https://127.0.0.1:{port}")


@pytest.mark.parametrize("verify", [True, False])
def test_nothing_leads_from_tls_to_plain_http(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, verify: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    asked: list[str] = []

    class Plain(_Registry):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    class Leading(_Registry):
        def do_GET(self) -> None:
            self.send_response(307)
            self.send_header("Location", f"http://alice:secret@127.0.0.1:{plain}/v2/?signed=secret")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def do_POST(self) -> None:
            self.send_response(202)
            self.send_header("Location", f"http://127.0.0.1:{plain}/upload")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving_http(Plain) as plain, serving_http(Leading, certificate) as port:
        client = RegistryClient(f"https://127.0.0.1:{port}", verify=verify, timeout=5)
        with contextlib.closing(client):
            with pytest.raises(RegistryError) as refused:
                client.check()
            with pytest.raises(RegistryError, match="which is not followed"):
                client.put_blob("some", b"content")
    expected = f"it leads from https to http://127.0.0.1:{plain}/v2/, which is not followed"
    assert expected in str(refused.value)
    assert "secret" not in str(refused.value)
    assert asked == []

"""A registry is who its certificate says, or it is not spoken to."""

from __future__ import annotations

import contextlib
import http.server
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.protocol import RegistryError
from serving import self_signed_certificate, serving_http


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

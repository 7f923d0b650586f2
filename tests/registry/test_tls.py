"""A registry is who its certificate says, or it is not spoken to."""

from __future__ import annotations

import contextlib
import http.server
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.protocol import RegistryError

from .conftest import cannot_run


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
    """A certificate for 127.0.0.1 that nobody has signed but itself, with its key."""
    openssl = shutil.which("openssl") or cannot_run("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=registry"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run(command, check=True, capture_output=True)
    (folder / "both").write_bytes(
        b"".join((folder / n).read_bytes() for n in ("key", "certificate"))
    )
    return folder / "both"


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def check(url: str, *, verify: bool = True) -> None:
    with contextlib.closing(RegistryClient(url, verify=verify, timeout=5)) as client:
        client.check()


def test_a_certificate_that_nobody_vouches_for_is_refused(port: int) -> None:
    with pytest.raises(RegistryError) as refused:
        check(f"https://127.0.0.1:{port}")
    assert "no trusted TLS connection" in str(refused.value)
    assert "put its certificate authority into SSL_CERT_FILE" in str(refused.value)


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

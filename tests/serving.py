"""Servers that tests put in front of what they try, in threads of their own."""

from __future__ import annotations

import contextlib
import http.server
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from machine import program

_NEW_KEY = (
    *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
    *("-nodes", "-subj", "/CN=registry"),
)


@contextlib.contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Let a server answer, and close it in the end."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def serving_http(
    handler: type[http.server.BaseHTTPRequestHandler],
    certificate: Path | None = None,
    *,
    clients: Path | None = None,
) -> Iterator[int]:
    """Answer HTTP on a free port of 127.0.0.1, which is yielded; over TLS with a certificate.

    With `clients`, to those alone who show a certificate that is in this file.
    """
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server.server_port


def self_signed_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that nobody else has signed, in one file with its key."""
    command = [program("REGISTRIES", "openssl"), "req", "-x509", *_NEW_KEY, "-days", "2"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = [folder / "key", folder / "certificate"]
    command += ["-keyout", str(files[0]), "-out", str(files[1])]
    subprocess.run(command, check=True, capture_output=True)
    return _in_one_file(folder, files)


def certificate_of(folder: Path, first_day: str, last_day: str) -> Path:
    """Make such a certificate that is valid between two days (YYYYMMDD)."""
    files = [folder / "key", folder / "certificate"]
    (folder / "database").touch()
    (folder / "serial").write_text("01\n")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=own\n[own]\ndatabase=database\nnew_certs_dir=.\ndefault_md=sha256\n"
        "serial=serial\npolicy=any\nx509_extensions=names\n[any]\ncommonName=supplied\n"
        "[names]\nsubjectAltName=IP:127.0.0.1\n"
    )
    openssl = program("REGISTRIES", "openssl")
    request = [openssl, "req", *_NEW_KEY, "-keyout", "key", "-new", "-out", "request"]
    days = ["-startdate", f"{first_day}000000Z", "-enddate", f"{last_day}000000Z"]
    sign = [openssl, "ca", "-batch", "-selfsign", "-config", "ca.cnf", "-keyfile", "key", *days]
    sign += ["-notext", "-in", "request", "-out", "certificate"]
    for command in (request, sign):
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return _in_one_file(folder, files)


def _in_one_file(folder: Path, files: list[Path]) -> Path:
    both = folder / "certificate-and-key.pem"
    both.write_bytes(b"".join(file.read_bytes() for file in files))
    return both

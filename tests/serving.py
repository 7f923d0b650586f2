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
    handler: type[http.server.BaseHTTPRequestHandler], certificate: Path | None = None
) -> Iterator[int]:
    """Answer HTTP on a free port of 127.0.0.1, which is yielded; over TLS with a certificate."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server.server_port


def self_signed_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that nobody else has signed, in one file with its key."""
    command = [program("REGISTRIES", "openssl"), "req", "-x509", "-newkey", "ec", "-nodes"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-subj", "/CN=registry"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = [folder / "key", folder / "certificate"]
    command += ["-keyout", str(files[0]), "-out", str(files[1])]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "certificate-and-key.pem"
    both.write_bytes(b"".join(file.read_bytes() for file in files))
    return both

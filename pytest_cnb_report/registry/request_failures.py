"""Why a registry gave no answer, and what its user can do about it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from pytest_cnb_report.registry.protocol import RegistryError

_AUTHORITY = (
    "put its certificate authority into /etc/docker/certs.d/{registry}/ca.crt, or name the file in"
    " SSL_CERT_FILE or REQUESTS_CA_BUNDLE"
)
_CLOCK = "see whether the clock of this machine is right"
_CERTIFICATES: Mapping[int, str] = {
    9: f"its certificate is not valid yet: {_CLOCK}",
    10: f"its certificate has expired: have it renewed, or {_CLOCK}",
    62: "its certificate is for another name: use the name that it is for",
    64: "its certificate is for another address: use the name or address that it is for",
}
"""What to do about certificates, by OpenSSL's number for what is wrong (X509_V_ERR_…)."""

_FAILURES: tuple[tuple[type[Exception], str, str], ...] = (
    (ProxyError, "the proxy fails: {why}", "look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
    (SSLError, "no trusted TLS connection: {why}", "{tls}"),
    (NameResolutionError, "its host name leads nowhere", "check the name"),
    (NewConnectionError, "cannot connect: {why}", "start it, or check host and port"),
    (ConnectTimeoutError, "no connection within {timeout:g} s", "check host, port and firewall"),
    (ReadTimeoutError, "no answer within {timeout:g} s", "look at its log, or try again"),
    (Exception, "no whole answer in HTTP: {why}", "check host, port, and whether it speaks TLS"),
)
"""Failures with what is said of them; the first that fits counts."""


def failure(registry: str, asked: str, error: Exception, timeout: float) -> RegistryError:
    """Say why no answer came. `timeout` is the limit that was set, in seconds."""
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    answered, remedy = next(
        (answered, remedy) for kind, answered, remedy in _FAILURES if isinstance(cause, kind)
    )
    return RegistryError(
        registry,
        asked,
        answered.format(why=_last(cause), timeout=timeout),
        remedy.format(tls=_tls_remedy(registry, cause)),
        transient=isinstance(cause, ProtocolError),
    )


def _tls_remedy(registry: str, error: BaseException) -> str:
    innermost = _innermost(error)
    if isinstance(innermost, ssl.SSLCertVerificationError):
        authority = _AUTHORITY.format(registry=registry)
        return _CERTIFICATES.get(innermost.verify_code, authority)
    return "write http:// where it has no TLS (check-report: --insecure)"


def _innermost(error: BaseException) -> BaseException:
    within = [argument for argument in error.args if isinstance(argument, BaseException)]
    below = error.__cause__ or error.__context__ or next(iter(within), None)
    return error if below is None else _innermost(below)


def _last(error: BaseException) -> str:
    """Return the innermost reason, without the objects that HTTP libraries print around it."""
    last = _innermost(error)
    return getattr(last, "strerror", None) or str(last).strip() or type(last).__name__

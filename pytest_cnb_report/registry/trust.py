"""Which certificates are trusted: those of the system, of the environment, and of Docker."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_cnb_report.registry.protocol import RegistryError

SYSTEM_FOLDERS = (Path("/etc/docker/certs.d"), Path("/etc/containers/certs.d"))
"""Where Docker and Podman have a folder for each registry, named `HOST` or `HOST:PORT`."""

_FILE, _BUNDLE = "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"


def tls_context(
    registry: str,
    *,
    verify: bool = True,
    environment: Mapping[str, str] | None = None,
    folders: Iterable[Path] | None = None,
) -> ssl.SSLContext:
    """Return the TLS settings for a registry (`HOST` or `HOST:PORT`).

    Trusted are the system's certificate authorities, in whose place come those of `SSL_CERT_FILE`,
    `SSL_CERT_DIR` and `REQUESTS_CA_BUNDLE` where these are set; and `*.crt` in the registry's
    folder, from which comes a client certificate too (`*.cert` with the `*.key` of its name). The
    folders are Docker's and Podman's, the user's before the system's. Raises RegistryError for a
    file that cannot be used. Without `verify` the variables are not looked at.
    """
    environment = os.environ if environment is None else environment
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if verify:
        _trust_environment(context, registry, environment)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    every = (*_of_user(environment), *SYSTEM_FOLDERS) if folders is None else folders
    for folder in every:
        _use_folder(context, registry, folder / registry)
    return context


def _trust_environment(
    context: ssl.SSLContext, registry: str, environment: Mapping[str, str]
) -> None:
    for variable in (_FILE, _BUNDLE):
        named = environment.get(variable)
        if named:
            # OpenSSL passes over an SSL_CERT_FILE that it cannot read, and trusts nobody then
            _trust(context, registry, Path(named), variable)
    if not environment.get(_BUNDLE) or environment.get("SSL_CERT_DIR"):
        context.load_default_certs()


def _of_user(environment: Mapping[str, str]) -> tuple[Path, ...]:
    home = environment.get("HOME")
    configured = environment.get("XDG_CONFIG_HOME") or (home and f"{home}/.config")
    if not configured:
        return ()
    return tuple(Path(configured, each, "certs.d") for each in ("docker", "containers"))


def _use_folder(context: ssl.SSLContext, registry: str, folder: Path) -> None:
    try:
        files = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _unusable(registry, folder, str(error.strerror)) from error
    for file in files:
        if file.suffix == ".crt":
            _trust(context, registry, file, "")
        elif file.suffix == ".cert":
            try:
                # an empty password, so that nobody is asked for one at the terminal
                context.load_cert_chain(file, file.with_suffix(".key"), password="")
            except (OSError, ValueError) as error:
                raise _unusable(registry, file, f"with its .key: {_why(error)}") from error


def _trust(context: ssl.SSLContext, registry: str, path: Path, named_by: str) -> None:
    try:
        if path.is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:
        raise _unusable(registry, path, _why(error), named_by) from error


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "no certificate in PEM that can be used"
    return getattr(error, "strerror", None) or str(error)


def _unusable(registry: str, path: Path, why: str, named_by: str = "") -> RegistryError:
    source = f"certificates from {path}" + (f" ({named_by})" if named_by else "")
    remedy = f"name another file, or unset {named_by}" if named_by else "repair it, or take it away"
    return RegistryError(registry, source, why, remedy)

"""Images in OCI registries."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pytest_cnb_report.reference.image import Image, Json, Layer, Saved, digest_of
from pytest_cnb_report.reference.names import DEFAULT_REGISTRY, Name
from pytest_cnb_report.reference.wire import Response, Wire, WireError

if TYPE_CHECKING:
    from pytest_cnb_report.reference.inputs import Inputs

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
MANIFESTS = (f"{OCI}manifest.v1+json", f"{DOCKER}distribution.manifest.v2+json")
INDEXES = (f"{OCI}index.v1+json", f"{DOCKER}distribution.manifest.list.v2+json")

_OCI_TO_DOCKER = {
    f"{OCI}config.v1+json": f"{DOCKER}container.image.v1+json",
    f"{OCI}layer.v1.tar": f"{DOCKER}image.rootfs.diff.tar",
    f"{OCI}layer.v1.tar+gzip": f"{DOCKER}image.rootfs.diff.tar.gzip",
    f"{OCI}layer.v1.tar+zstd": f"{DOCKER}image.rootfs.diff.tar.zstd",
}
_DOCKER_TO_OCI = {docker: oci for oci, docker in _OCI_TO_DOCKER.items()}

Platform = tuple[str, str, str]
"""Operating system, architecture and variant, each empty where it is not known."""


class Registry:
    """Reads and writes images at the registries that their names say."""

    def __init__(self, inputs: Inputs, wire: Wire) -> None:
        self._insecure = inputs.insecure_registries()
        self._authorization = authorization(inputs.env)
        self._wire = wire

    def find(self, text: str, platform: Platform | None = None) -> Image | None:
        """Read the image called `text`, or None where there is none.

        Of an index it is the image for `platform`, by default for the machine this runs on. Raises
        WireError where the registry or what it holds is out of order, ValueError for a bad name.
        """
        name = Name.parse(text)
        found = self._manifest(name)
        if found is None:
            return None
        digest, manifest = found
        if manifest.get("mediaType") in INDEXES or "manifests" in manifest:
            digest = self.choose(text, manifest, platform or host_platform())
            found = self._manifest(name._replace(digest=digest))
            if found is None:
                raise WireError(f"{text}: the index names {digest}, which is not there")
            digest, manifest = found
        config = self._config(name, manifest)
        diff_ids = (config.get("rootfs") or {}).get("diff_ids") or []
        descriptors = manifest.get("layers") or []
        if len(diff_ids) != len(descriptors):
            raise WireError(f"{text}: {len(descriptors)} layers, but {len(diff_ids)} diff IDs")
        layers = tuple(
            Layer(diff_id, None, descriptor, name)
            for diff_id, descriptor in zip(diff_ids, descriptors, strict=True)
        )
        return Image(text, name.with_digest(digest), layers, config, manifest)

    def choose(self, text: str, index: Json, platform: Platform) -> str:
        """Pick the manifest for a platform from an index, and return its digest."""
        system, architecture, variant = platform
        fitting = [
            entry
            for entry in index.get("manifests") or []
            if (entry.get("platform") or {}).get("os") == system
            and (entry.get("platform") or {}).get("architecture") == architecture
        ]
        exact = [entry for entry in fitting if (entry["platform"].get("variant") or "") == variant]
        for entry in exact + fitting:
            return str(entry["digest"])
        raise WireError(f"{text}: the index has no image for {system}/{architecture}")

    def can_read(self, text: str) -> bool:
        """Tell whether an image of that name is there and may be read."""
        try:
            return self._manifest(Name.parse(text)) is not None
        except (ValueError, WireError):
            return False

    def check_write(self, text: str) -> None:
        """Make sure that images can be written to the repository of `text`; raises WireError."""
        name = Name.parse(text)
        started = self._started(self._ask(name, "POST", "blobs/uploads/"))
        self._wire.request("DELETE", started, self._headers(name))

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        """Write `image` under every one of `texts`. Raises WireError where the registry refuses."""
        pushed: dict[tuple[str, str], tuple[bytes, str]] = {}
        for name in map(Name.parse, texts):
            repository = (name.registry, name.repository)
            if repository not in pushed:
                pushed[repository] = self._push_content(name, image)
            manifest, media_type = pushed[repository]
            answer = self._ask(name, "PUT", f"manifests/{name.tag}", manifest, media_type)
            self._check(answer, 201)
        manifest, _ = next(iter(pushed.values()))
        return Saved(tuple(texts), digest=digest_of(manifest), manifest_size=len(manifest))

    def _push_content(self, name: Name, image: Image) -> tuple[bytes, str]:
        media_type = image.manifest.get("mediaType") or MANIFESTS[0]
        config = json.dumps(image.config, separators=(",", ":")).encode()
        layers = [self._push_layer(name, layer) for layer in image.layers]
        self._push_blob(name, digest_of(config), config)
        descriptor = {
            "mediaType": f"{OCI}config.v1+json",
            "size": len(config),
            "digest": digest_of(config),
        }
        manifest = {
            **image.manifest,
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": in_family_of(media_type, descriptor),
            "layers": [in_family_of(media_type, layer) for layer in layers],
        }
        return json.dumps(manifest, separators=(",", ":")).encode(), media_type

    def _push_layer(self, name: Name, layer: Layer) -> Json:
        if layer.tar is not None:
            content = gzip(layer.tar)
            self._push_blob(name, digest_of(content), content)
            return {
                "mediaType": f"{OCI}layer.v1.tar+gzip",
                "size": len(content),
                "digest": digest_of(content),
            }
        held, descriptor = layer.repository, layer.descriptor or {}
        if held is not None and held[:2] != name[:2]:
            self._mount(name, held, descriptor["digest"])
        return descriptor

    def _mount(self, name: Name, held: Name, digest: str) -> None:
        """Bring a blob from another repository, by a mount where that can be had."""
        query = f"?mount={digest}&from={held.repository}" if held.registry == name.registry else ""
        answer = self._ask(name, "POST", f"blobs/uploads/{query}")
        if answer.status != 201:
            blob = self._check(self._ask(held, "GET", f"blobs/{digest}"), 200).body
            self._finish(name, self._started(answer), digest, blob)

    def _push_blob(self, name: Name, digest: str, content: bytes) -> None:
        if self._ask(name, "HEAD", f"blobs/{digest}").status != 200:
            started = self._started(self._ask(name, "POST", "blobs/uploads/"))
            self._finish(name, started, digest, content)

    def _started(self, answer: Response) -> str:
        self._check(answer, 202)
        return urljoin(answer.url, answer.headers.get("location", ""))

    def _finish(self, name: Name, upload: str, digest: str, content: bytes) -> None:
        url = f"{upload}{'&' if '?' in upload else '?'}digest={digest}"
        headers = {**self._headers(name), "Content-Type": "application/octet-stream"}
        self._check(self._wire.request("PUT", url, headers, content), 201)

    def _manifest(self, name: Name) -> tuple[str, Json] | None:
        """Read the manifest or index that `name` locates, and its digest."""
        answer = self._ask(name, "GET", f"manifests/{name.locator}")
        if answer.status == 404:
            return None
        body = self._check(answer, 200).body
        digest = digest_of(body)
        if name.digest not in ("", digest):
            raise WireError(f"{answer.url}: the content has digest {digest}")
        manifest = parse_object(answer.url, body)
        manifest.setdefault("mediaType", answer.headers.get("content-type", "").partition(";")[0])
        return digest, manifest

    def _config(self, name: Name, manifest: Json) -> Json:
        digest = (manifest.get("config") or {}).get("digest")
        answer = self._check(self._ask(name, "GET", f"blobs/{digest}"), 200)
        if digest_of(answer.body) != digest:
            raise WireError(f"{answer.url}: the content has digest {digest_of(answer.body)}")
        return parse_object(answer.url, answer.body)

    def _ask(
        self, name: Name, method: str, path: str, body: bytes | None = None, media_type: str = ""
    ) -> Response:
        headers = self._headers(name)
        if media_type:
            headers["Content-Type"] = media_type
        elif path.startswith("manifests/"):
            headers["Accept"] = ", ".join(MANIFESTS + INDEXES)
        url = f"{self._scheme(name.registry)}://{name.registry}/v2/{name.repository}/{path}"
        return self._wire.request(method, url, headers, body)

    def _headers(self, name: Name) -> dict[str, str]:
        credentials = self._authorization.get(name.registry)
        return {"Authorization": credentials} if credentials else {}

    def _scheme(self, registry: str) -> str:
        return "http" if registry in self._insecure or is_loopback(registry) else "https"

    @staticmethod
    def _check(answer: Response, status: int) -> Response:
        if answer.status != status:
            said = answer.body[:500].decode("utf-8", "replace").strip()
            raise WireError(
                f"{answer.url}: expected status {status}, got {answer.status} {said}".strip()
            )
        return answer


def host_platform() -> Platform:
    """Name the platform of this machine in the words of the OCI image specification."""
    machine = os.uname().machine
    return "linux", {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine), ""


def is_loopback(registry: str) -> bool:
    """Whether a registry is on this machine, and so spoken to in plain HTTP."""
    host = registry.rpartition(":")[0] or registry
    return host == "localhost" or host.startswith("127.") or host == "[::1]"


def in_family_of(manifest_type: str, descriptor: Json) -> Json:
    """Spell a media type as manifests of that type do: Docker's way or OCI's."""
    words = _OCI_TO_DOCKER if manifest_type.startswith(DOCKER) else _DOCKER_TO_OCI
    media_type = descriptor.get("mediaType", "")
    return {**descriptor, "mediaType": words.get(media_type, media_type)}


def gzip(content: bytes) -> bytes:
    """Compress, with no time and no name in the header, so that equal layers make equal blobs."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return compressor.compress(content) + compressor.flush()


def parse_object(where: str, content: bytes) -> Json:
    """Read a JSON object; raises WireError where `content` is anything else."""
    try:
        value = json.loads(content)
    except ValueError as error:
        raise WireError(f"{where}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise WireError(f"{where}: expected a JSON object")
    return value


def authorization(env: Mapping[str, str]) -> dict[str, str]:
    """Collect credentials by registry: from `CNB_REGISTRY_AUTH`, else Docker's `config.json`.

    Basic and ready-made headers only; credential helpers and token servers are not asked.
    """
    if env.get("CNB_REGISTRY_AUTH"):
        return dict(parse_object("CNB_REGISTRY_AUTH", env["CNB_REGISTRY_AUTH"].encode()))
    folder = env.get("DOCKER_CONFIG") or f"{env.get('HOME', '')}/.docker"
    path = Path(folder) / "config.json"
    if not path.is_file():
        return {}
    entries: Json = parse_object(str(path), path.read_bytes()).get("auths") or {}
    return {
        DEFAULT_REGISTRY if "index.docker.io" in registry else registry: f"Basic {entry['auth']}"
        for registry, entry in entries.items()
        if entry.get("auth")
    }

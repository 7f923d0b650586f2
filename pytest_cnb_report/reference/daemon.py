"""Images at a Docker daemon, over the Engine API."""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from pytest_cnb_report.reference.image import Image, Json, Layer, Saved, digest_of
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.registry import Platform, parse_object
from pytest_cnb_report.reference.wire import Response, Wire, WireError

if TYPE_CHECKING:
    from pytest_cnb_report.reference.inputs import Inputs

DEFAULT_HOST = "unix:///var/run/docker.sock"
GZIP = b"\x1f\x8b"


class Daemon:
    """Reads images as `docker save` does, and writes them as `docker load` does."""

    def __init__(self, inputs: Inputs, wire: Wire) -> None:
        self._url = daemon_url(inputs.env)
        self._wire = wire

    def find(self, text: str, platform: Platform | None = None) -> Image | None:  # noqa: ARG002
        """Read the image of that name or image ID, layers and all; None where there is none."""
        image_id = self._image_id(text)
        if image_id is None:
            return None
        archive = self._ask("GET", f"/images/{image_id}/get", 200).body
        try:
            layers, config = _unpacked(archive)
        except (tarfile.TarError, zlib.error, KeyError) as error:
            raise WireError(f"the daemon saved {text} as a broken archive: {error!r}") from error
        return Image(text, image_id, layers, config, {})

    def can_read(self, text: str) -> bool:
        """Tell whether the daemon has an image of that name."""
        return self._image_id(text) is not None

    def check_write(self, text: str) -> None:
        """Make sure that the daemon answers: whoever may speak to it may write to it."""
        self.can_read(text)

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        """Write `image` under every one of `texts`. Raises WireError where the daemon refuses."""
        archive = _archive(image, texts)
        answer = self._ask("POST", "/images/load?quiet=1", 200, archive)
        for line in answer.body.splitlines():
            failed = parse_object(answer.url, line).get("error")
            if failed:
                raise WireError(f"{answer.url}: {failed}")
        image_id = self._image_id(texts[0])
        if image_id is None:
            raise WireError(f"{texts[0]}: loaded, and not there")
        return Saved(tuple(texts), image_id=image_id)

    def _image_id(self, text: str) -> str | None:
        answer = self._wire.request("GET", f"{self._url}/images/{quote(text, safe='/:@')}/json")
        if answer.status == 404:
            return None
        return str(parse_object(answer.url, self._check(answer, 200).body)["Id"])

    def _ask(self, method: str, path: str, status: int, body: bytes | None = None) -> Response:
        headers = {"Content-Type": "application/x-tar"} if body else {}
        return self._check(self._wire.request(method, f"{self._url}{path}", headers, body), status)

    @staticmethod
    def _check(answer: Response, status: int) -> Response:
        if answer.status != status:
            said = answer.body[:500].decode("utf-8", "replace").strip()
            raise WireError(f"{answer.url}: expected status {status}, got {answer.status} {said}")
        return answer


def daemon_url(env: Mapping[str, str]) -> str:
    """Read `DOCKER_HOST`: where the daemon listens. Raises WireError where that is out of reach."""
    host = env.get("DOCKER_HOST") or DEFAULT_HOST
    scheme, _, address = host.partition("://")
    if scheme == "unix":
        return f"unix://{quote(address, safe='')}"
    if scheme in ("tcp", "http") and not env.get("DOCKER_TLS_VERIFY"):
        return f"http://{address.rstrip('/')}"
    raise WireError(f"DOCKER_HOST={host}: only a Unix socket or TCP without TLS is spoken to")


def _archive(image: Image, texts: Sequence[str]) -> bytes:
    """Pack an image the way that `docker load` reads one."""
    config = json.dumps(image.config, separators=(",", ":")).encode()
    config_path = f"{digest_of(config).removeprefix('sha256:')}.json"
    paths = [f"{layer.diff_id.removeprefix('sha256:')}.tar" for layer in image.layers]
    tags = ["{}/{}:{}".format(*Name.parse(text)) for text in texts]
    manifest: list[Json] = [{"Config": config_path, "RepoTags": tags, "Layers": paths}]
    files = {config_path: config, "manifest.json": json.dumps(manifest).encode()}
    files.update({path: layer.tar or b"" for path, layer in zip(paths, image.layers, strict=True)})
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return archive.getvalue()


def _unpacked(archive: bytes) -> tuple[tuple[Layer, ...], Json]:
    """Read the layers and the configuration of an image that was saved."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        content = json.loads(_member(tar, "manifest.json"))[0]
        config = parse_object(content["Config"], _member(tar, content["Config"]))
        diff_ids = (config.get("rootfs") or {}).get("diff_ids") or []
        paths = content.get("Layers") or []
        if len(diff_ids) != len(paths):
            raise WireError(f"the daemon saved {len(paths)} layers, but {len(diff_ids)} diff IDs")
        layers = (
            Layer(diff_id, _uncompressed(diff_id, _member(tar, path)))
            for diff_id, path in zip(diff_ids, paths, strict=True)
        )
        return tuple(layers), config


def _member(tar: tarfile.TarFile, path: str) -> bytes:
    """Read a file of an archive, also one that is a link to another."""
    file = tar.extractfile(path)
    if file is None:
        raise WireError(f"the daemon saved an image in which {path} is no file")
    return file.read()


def _uncompressed(diff_id: str, content: bytes) -> bytes:
    """Undo the compression in which some daemons save layers."""
    tar = zlib.decompress(content, zlib.MAX_WBITS | 16) if content.startswith(GZIP) else content
    if digest_of(tar) != diff_id:
        raise WireError(f"the daemon saved a layer that has not the diff ID {diff_id}")
    return tar

"""The image part of Docker's Engine API, with typed answers and time limits.

It knows nothing of whose images these are: `engine.Daemon` does.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard, TypeVar
from urllib.parse import quote

import docker.errors
import requests

from pytest_cnb_report.daemon.archive import ArchivedImage, unpack
from pytest_cnb_report.daemon.errors import DaemonError, DaemonTimeout, not_docker
from pytest_cnb_report.daemon.failures import FAILURES, explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import docker

_Part = TypeVar("_Part")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHUNK = 1 << 20
_TRANSFER_SHARE = 10
"""How many time limits of a single answer the transfer of an image may take."""


@dataclass(frozen=True)
class ImageFacts:
    """What a daemon says of one of its images."""

    image_id: str
    names: tuple[str, ...]
    """With their tags; none where the image is dangling."""
    labels: dict[str, str]
    diff_ids: tuple[str, ...] = ()
    """From the bottom up; empty in a list of images, which does not tell them."""


class Engine:
    """A daemon that was found to be there and usable; made by `connected`.

    Every method raises DaemonError where the daemon fails and DaemonTimeout where it does not
    answer. To be used from one thread at a time.
    """

    def __init__(
        self,
        address: str,
        environment: dict[str, str],
        api: docker.APIClient,
        version: str,
        api_version: str,
    ) -> None:
        self.address = address
        self.environment = environment
        self.api = api
        self.version = version
        self.api_version = api_version

    def load(self, archive: bytes, what: str) -> None:
        """Load an archive as `docker load` does; `what` it holds is for the message of an error."""
        asked = f"load {what}"
        refusals = []
        with self.asking(asked), self._transfer("POST", "images/load", archive) as answer:
            for line in self._in_time(answer.iter_lines(), asked):
                said = json.loads(line) if line else {}
                if isinstance(said, dict) and "error" in said:
                    refusals.append(str(said["error"]).strip())
        if refusals:
            raise DaemonError(self.address, asked, refusals[0])

    def save(self, reference: str, *, contents: bool) -> ArchivedImage | None:
        """Read an image as `docker save` gives it; None where the reference names none.

        The layers' bytes are kept where `contents` is set.
        """
        asked = f"save {reference}"
        path = f"images/{quote(reference, safe='/:@')}/get"
        with self.asking(asked):
            try:
                with self._transfer("GET", path) as answer:
                    chunks = self._in_time(answer.iter_content(_CHUNK), asked)
                    return unpack(chunks, contents=contents)
            except docker.errors.NotFound:
                return None

    def inspect(self, reference: str) -> ImageFacts | None:
        """Return what the daemon says of an image; None where the reference names none."""
        asked = f"inspect {reference}"
        with self.asking(asked):
            try:
                found = self.api.inspect_image(reference)  # type: ignore[no-untyped-call]
            except docker.errors.NotFound:
                return None
        match found:
            case {"Id": image_id, "Config": {} | None as config, "RootFS": {**root}}:
                labels = config.get("Labels") if config else None
                names, diff_ids = found.get("RepoTags"), root.get("Layers")
                return self._facts(asked, image_id, names, labels, diff_ids)
        raise not_docker(self.address, asked)

    def images(
        self, *, intermediate: bool = False, dangling_with_label: str | None = None
    ) -> tuple[ImageFacts, ...]:
        """List images: the named ones, `intermediate` ones too, or those without a name."""
        asked = "list images"
        filters = {"dangling": True, "label": dangling_with_label} if dangling_with_label else None
        with self.asking(asked):
            found = self.api.images(all=intermediate, filters=filters)
        if not (isinstance(found, list) and all(isinstance(image, dict) for image in found)):
            raise not_docker(self.address, asked)
        return tuple(
            self._facts(asked, image.get("Id"), image.get("RepoTags"), image.get("Labels"), None)
            for image in found
        )

    def tag(self, image_id: str, name: str) -> None:
        """Give an image a name, tag included; whichever image bore it loses it."""
        repository, _, tag = name.rpartition(":")
        with self.asking(f"tag {name}"):
            self.api.tag(image_id, repository, tag)

    def remove(self, reference: str) -> None:
        """Take a name away, and with its last one the image; nothing where there is none."""
        with self.asking(f"remove {reference}"), contextlib.suppress(docker.errors.NotFound):
            self.api.remove_image(reference, force=False, noprune=True)

    @contextlib.contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Turn whatever goes wrong meanwhile into DaemonError, which says `what` was asked."""
        try:
            knock(self.address, self.api.timeout)
            yield
        except FAILURES as failure:
            raise explain(self.address, what, failure) from failure

    @contextlib.contextmanager
    def _transfer(
        self, method: str, path: str, body: bytes | None = None
    ) -> Iterator[requests.Response]:
        """Ask for what takes its time; the SDK's own calls for it switch time limits off."""
        url = f"{self.api.base_url}/v{self.api_version}/{path}"
        limit = self.api.timeout
        with self.api.request(method, url, data=body, stream=True, timeout=limit) as answer:
            try:
                answer.raise_for_status()
            except requests.exceptions.HTTPError as error:
                docker.errors.create_api_error_from_http_exception(error)
            yield answer

    def _in_time(self, parts: Iterable[_Part], asked: str) -> Iterator[_Part]:
        limit = self.api.timeout * _TRANSFER_SHARE
        end = time.monotonic() + limit
        for part in parts:
            if time.monotonic() > end:
                raise DaemonTimeout(self.address, asked, f"not finished after {limit:g} seconds")
            yield part

    def _facts(
        self, asked: str, image_id: object, names: object, labels: object, diff_ids: object
    ) -> ImageFacts:
        tags, pairs, layers = names or [], labels or {}, diff_ids or []
        if (
            isinstance(image_id, str)
            and _DIGEST.fullmatch(image_id)
            and _is_list_of_texts(tags)
            and _is_list_of_texts(layers)
            and isinstance(pairs, dict)
            and _is_list_of_texts([*pairs.keys(), *pairs.values()])
        ):
            named = tuple(tag for tag in tags if tag != "<none>:<none>")
            return ImageFacts(image_id, named, pairs, tuple(layers))
        raise not_docker(self.address, asked)


def knock(address: str, timeout: float) -> None:
    """Raise OSError where nobody listens at a socket; the SDK would leave one of its own open."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(timeout)
            end.connect(address.removeprefix("unix://"))


def _is_list_of_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)

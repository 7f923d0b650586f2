"""A container that is started once and held for as long as a run lasts, to execute programs in."""

from __future__ import annotations

import contextlib
import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors
import docker.types

from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable, not_docker
from pytest_cnb_report.daemon.image_reference import with_tag
from pytest_cnb_report.daemon.our_containers import LABEL, remove_containers
from pytest_cnb_report.daemon.waiting_program import waiting_program
from pytest_cnb_report.run_journal import noted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_cnb_report.daemon.client import Engine

_START = "start a container"


@dataclass(frozen=True)
class HeldContainer:
    """A container that waits; `program` is what holds it, starts programs in it and kills them."""

    id: str
    program: str
    image_id: str
    digest: str
    """`sha256:…` of the manifest that the image was pulled by; else its ID."""

    def has(self, engine: Engine, paths: Iterable[str]) -> tuple[str, ...]:
        """Return those of the paths that are there; raises DaemonError."""
        found = []
        url = f"{engine.api.base_url}/v{engine.api_version}/containers/{self.id}/archive"
        for path in paths:
            with engine.asking(f"check for {path} in a container"):
                answer = engine.api.head(url, params={"path": path}, timeout=engine.api.timeout)
                if answer.status_code not in {200, 404}:
                    answer.raise_for_status()
                found += [path] if answer.status_code == 200 else []
        return tuple(found)


@contextlib.contextmanager
def held_container(
    engine: Engine, image: str, folder: Path, prefix: str, *, groups: Iterable[int] = ()
) -> Iterator[HeldContainer]:
    """Start a container of an image, pulled where it is not there, and remove it at the end.

    It shares the network, the folder of temporary files and the daemon's socket with this machine;
    of the image's environment it has nothing. It ends once `folder`, the caller's scratch folder,
    is not locked any more, so that a run that is killed leaves none. Raises DaemonError.
    """
    program = folder / "waiting"
    content = waiting_program(platform.machine())
    if content is None:
        raise DaemonUnavailable(
            engine.address,
            _START,
            f"nothing can be held in a container on {platform.machine()}",
            "use image:REF, or an amd64 or arm64 machine",
        )
    program.write_bytes(content)
    program.chmod(0o755)
    facts = _image(engine, image)
    with noted("containers", prefix, where=engine.address) as note:
        try:
            with engine.asking(f"{_START} of {image}"):
                created = engine.api.create_container(
                    facts["Id"],
                    entrypoint=[str(program)],
                    command=[],
                    # a name without a value takes the image's own variable away
                    environment=[each.partition("=")[0] for each in _variables(facts)],
                    working_dir=str(folder),
                    user="0:0",
                    labels={LABEL: prefix},
                    healthcheck={"Test": ["NONE"]},
                    host_config=engine.api.create_host_config(
                        auto_remove=True,
                        network_mode="host",
                        userns_mode="host",
                        security_opt=["label=disable"],
                        group_add=[str(group) for group in groups],
                        mounts=[
                            docker.types.Mount(path, path, type="bind")
                            for path in shared_paths(engine.address)
                        ],
                    ),
                )
                engine.api.start(created["Id"])
            yield HeldContainer(created["Id"], str(program), facts["Id"], _digest(image, facts))
        finally:
            remove_containers(engine, prefix)
            note.done()


def shared_paths(address: str) -> tuple[str, ...]:
    """Return what a container has under the same path as this machine."""
    temporary = Path(tempfile.gettempdir()).resolve()
    socket = Path(address.removeprefix("unix://"))
    apart = address.startswith("unix://") and not socket.is_relative_to(temporary)
    return (str(temporary), *((str(socket),) if apart else ()))


def _image(engine: Engine, image: str) -> dict[str, Any]:
    """Return what the daemon says of an image, pulled where it is not there."""
    with engine.asking(f"inspect {image}"), contextlib.suppress(docker.errors.NotFound):
        return _facts(engine, image)
    asked = f"pull {image}"
    with engine.asking(asked):
        for line in engine.api.pull(with_tag(image), stream=True, decode=True):
            if isinstance(line, dict) and "error" in line:
                raise DaemonError(engine.address, asked, str(line["error"]).strip())
        return _facts(engine, image)


def _facts(engine: Engine, image: str) -> dict[str, Any]:
    found = engine.api.inspect_image(image)  # type: ignore[no-untyped-call]
    match found:
        case {"Id": str(), "Os": str(system)}:
            if system != "linux":
                why = f"it is for {system}"
                raise DaemonError(engine.address, f"{_START} of {image}", why, "name another")
            return dict(found)
    raise not_docker(engine.address, f"inspect {image}")


def _variables(facts: Mapping[str, Any]) -> list[str]:
    return list((facts.get("Config") or {}).get("Env") or [])


def _digest(image: str, facts: Mapping[str, Any]) -> str:
    """Return the digest of the manifest, of this repository where it was pulled from several."""
    repository = image.partition("@")[0].rpartition(":")[0] or image
    listed = [str(each) for each in facts.get("RepoDigests") or []]
    own = [each for each in listed if each.startswith(f"{repository}@")]
    return next(iter((*own, *listed)), str(facts["Id"])).rpartition("@")[2]

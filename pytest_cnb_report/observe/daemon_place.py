"""Images of an own build at a Docker daemon."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import docker.errors

from pytest_cnb_report.daemon.client import Engine
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import not_docker
from pytest_cnb_report.daemon.image_reference import id_digits, is_name
from pytest_cnb_report.drive.daemon_host import resolve_at
from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.observe.finished_build import FinishedBuildError
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import RunImageFacts
from pytest_cnb_report.values import Target


class DaemonPlace:
    """A daemon of somebody's, of which images are asked for by name and nothing is changed.

    What it says of an image stands for the image: neither config nor layers are transferred. Its
    methods raise DaemonError where the daemon does not answer as it should.
    """

    target = Target.DAEMON

    def __init__(self, engine: Engine, prefix: str) -> None:
        self._engine = engine
        self._daemon = Daemon(engine, prefix)

    def app_image(self, reference: str, option: str = "--app-image") -> AppImage:
        """Return what the daemon says of an image; raises FinishedBuildError for none."""
        found = self._inspect(reference, "app image", option)
        return AppImage(
            digest=None,
            media_type=None,
            manifest=None,
            image_id=str(found["Id"]),
            config=json.dumps(_config(found)).encode(),
            layers=(),
        )

    def run_image(self, reference: str, app: AppImage) -> RunImageFacts:
        """Return the facts of an image; raises FinishedBuildError where there is none."""
        del app  # a daemon has an image for one platform under a name
        found = self._inspect(reference, "run image", "--run-image")
        config = _config(found)
        diff_ids = tuple(map(str, config["rootfs"]["diff_ids"]))
        if not diff_ids:
            raise FinishedBuildError(f"the run image {reference} has no layers")
        digests = (str(each).partition("@")[2] for each in found.get("RepoDigests") or ())
        return RunImageFacts(
            names=(reference,),
            digests=tuple(dict.fromkeys(digests)),
            image_id=str(found["Id"]),
            diff_ids=diff_ids,
            blob_digests=(),
            labels=config["config"].get("Labels") or {},
            os=str(config["os"]),
            architecture=str(config["architecture"]),
            variant=config["variant"] or None,
        )

    def resolve(self, reference: str) -> Resolution:
        """Say which image a name or an image ID, whole or short, leads to."""
        return resolve_at(self._daemon, reference)

    def index_of(self, reference: str, facts: RunImageFacts) -> str | None:
        """Return nothing: a daemon has no indexes."""
        del reference, facts
        return None

    def _inspect(self, reference: str, what: str, option: str) -> Mapping[str, Any]:
        if id_digits(reference) is None and not is_name(reference):
            raise FinishedBuildError(f"{option} {reference}: neither an image name nor an image ID")
        with self._engine.asking(f"inspect {reference}"):
            try:
                found = self._engine.api.inspect_image(reference)  # type: ignore[no-untyped-call]
            except docker.errors.NotFound as error:
                raise FinishedBuildError(
                    f"the {what} {reference} is not in the Docker daemon {self._engine.address}:"
                    f" load it, name another with {option}, or use --target registry where it is in"
                    " a registry"
                ) from error
        match found:
            case {"Id": str(), "RootFS": {}}:
                return found  # type: ignore[no-any-return]
        raise not_docker(self._engine.address, f"inspect {reference}")


def _config(found: Mapping[str, Any]) -> dict[str, Any]:
    """Put what a daemon says of an image into the shape of an image config."""
    return {
        "os": found.get("Os"),
        "architecture": found.get("Architecture"),
        "variant": found.get("Variant"),
        "config": found.get("Config") or {},
        "rootfs": {"type": "layers", "diff_ids": found["RootFS"].get("Layers") or []},
    }

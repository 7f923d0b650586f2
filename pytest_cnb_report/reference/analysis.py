"""What a build has to know beforehand: what it will stand on, and what it will replace."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.errors import ANALYZE_ERROR, INVALID_ARGUMENTS, PhaseError
from pytest_cnb_report.reference.image import Image
from pytest_cnb_report.reference.inputs import RUN_TOML, Inputs
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.phase import Phase
from pytest_cnb_report.reference.rebased import LIFECYCLE_METADATA
from pytest_cnb_report.reference.registry import parse_object
from pytest_cnb_report.reference.resolution import Entry
from pytest_cnb_report.reference.target import DISTRO_NAME, DISTRO_VERSION
from pytest_cnb_report.reference.wire import WireError


class Analysis:
    """Finds the images of a build for the phase that asks."""

    def __init__(self, phase: Phase) -> None:
        self.api = phase.api
        self.inputs = phase.inputs
        self.resolution = phase.resolution
        self.store = phase.store

    def document(self) -> dict[str, Any]:
        """Write `analyzed.toml`: the previous image with its metadata, and the run image."""
        for image in self.inputs.output_images():
            self.store.check_write(image)
        run_image = self.run_image()
        return {**self.previous(), "run-image": self.described(run_image)}

    def run_image(self) -> Image:
        """Read the run image that the platform gives, else the one that it lists."""
        name = self.inputs.run_image() or self.resolved()
        run_image = self.store.find(name)
        if run_image is None:
            raise PhaseError(ANALYZE_ERROR, f"failed to access run image '{name}'")
        return run_image

    def resolved(self) -> str:
        """Resolve the run image from the first entry that the platform lists."""
        entries = listed_entries(self.inputs)
        if not entries:
            raise PhaseError(INVALID_ARGUMENTS, "-run-image is required: no run image is listed")
        name = self.resolution.run_image_for(entries[0], self.inputs.images[0], self.store.can_read)
        if name is None:
            raise PhaseError(
                ANALYZE_ERROR, f"found none of {', '.join(entries[0].names)} to build on"
            )
        return name

    def described(self, run_image: Image) -> dict[str, Any]:
        """Describe the run image; its name and target from platform API 0.12."""
        described: dict[str, Any] = {"reference": run_image.reference}
        if self.api >= RUN_TOML:
            described["image"] = run_image.name
            described["target"] = target_table(run_image)
        return described

    def previous(self) -> dict[str, Any]:
        """Describe the image that this build replaces, where there is one."""
        previous = self.store.find(self.inputs.previous_image())
        if previous is None:
            return {}
        try:
            metadata = parse_object(
                LIFECYCLE_METADATA, previous.labels.get(LIFECYCLE_METADATA, "").encode()
            )
        except WireError:
            metadata = {}  # an image that no lifecycle made
        return {"image": {"reference": previous.reference}, "metadata": metadata}


def listed_entries(inputs: Inputs) -> list[Entry]:
    """Read what the platform lists: `run.toml` from platform API 0.12, `stack.toml` below."""
    if inputs.api >= RUN_TOML:
        run = tomltext.read(inputs.path("run", "/cnb/run.toml"), missing_ok=True)
        tables = run.get("images", [])
    else:
        stack = tomltext.read(inputs.path("stack", "/cnb/stack.toml"), missing_ok=True)
        tables = [stack.get("run-image", {})]
    return [entry for entry in map(Entry.of, tables) if entry]


def target_table(run_image: Image) -> dict[str, Any]:
    """Spell the target data of a run image as `analyzed.toml` does."""
    config, labels = run_image.config, run_image.labels
    distro = {"name": labels.get(DISTRO_NAME), "version": labels.get(DISTRO_VERSION)}
    return {
        "os": config.get("os", ""),
        "arch": config.get("architecture", ""),
        "variant": config.get("variant"),
        "distro": distro if any(distro.values()) else None,
    }


def name_of_run_image(run_image: dict[str, Any]) -> str:
    """Name a run image that `analyzed.toml` describes; below API 0.12, by its repository."""
    name, reference = run_image.get("image"), run_image["reference"]
    if name or reference.startswith("sha256:"):
        return str(name or reference)
    parsed = Name.parse(reference)
    return f"{parsed.registry}/{parsed.repository}"

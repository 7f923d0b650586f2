"""An export: an app image made of a run image and of what a build left behind."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.reference.analysis import listed_entries, name_of_run_image
from pytest_cnb_report.reference.errors import EXPORT_ERROR, INVALID_ARGUMENTS, PhaseError
from pytest_cnb_report.reference.exported import Build
from pytest_cnb_report.reference.image import Image, Saved
from pytest_cnb_report.reference.phase import Phase, say
from pytest_cnb_report.reference.resolution import Entry


class Export:
    """Exports for the phase that asks: the exporter, or the creator at its end."""

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self.lifecycle = phase.lifecycle
        self.inputs = phase.inputs
        self.resolution = phase.resolution
        self.store = phase.store

    def run(self, analyzed: dict[str, Any], build: Build) -> None:
        """Put the app image together, write it to every tag, report it."""
        run_image = self.run_image(analyzed)
        entry = self.entry(run_image)
        app = self.exported(run_image, entry, build)
        saved = self.save(app)
        self.report(saved, app, run_image, entry or Entry(run_image.name))

    def run_image(self, analyzed: dict[str, Any]) -> Image:
        """Read the image that was analyzed, under the name that it was analyzed by."""
        described = analyzed.get("run-image") or {}
        if not described.get("reference"):
            raise PhaseError(INVALID_ARGUMENTS, "run image not found in analyzed metadata")
        run_image = self.store.find(described["reference"])
        if run_image is None:
            raise PhaseError(EXPORT_ERROR, f"failed to access run image '{described['reference']}'")
        return run_image._replace(name=name_of_run_image(described))

    def entry(self, run_image: Image) -> Entry | None:
        """Resolve the run image's name and mirrors from what the platform lists."""
        return self.resolution.entry_for(listed_entries(self.inputs), run_image.name)

    def exported(self, run_image: Image, entry: Entry | None, build: Build) -> Image:
        """Put the app image together."""
        own = self.lifecycle.exported_layers(self.inputs, build)
        metadata = self.lifecycle.exported_metadata(self.inputs, run_image, entry, own.metadata())
        layers = (*run_image.layers, *(made.layer for made in own.made))
        config = self.lifecycle.exported_config(self.inputs, run_image, build)
        return run_image._replace(
            name=self.inputs.images[0],
            layers=layers,
            config=config.config(layers, own.made, metadata.label()),
        )

    def save(self, app: Image) -> Saved:
        """Write the app image to every tag."""
        say(f"Saving {', '.join(self.inputs.output_images())}")
        return self.store.save(app, self.inputs.output_images())

    def report(self, saved: Saved, app: Image, run_image: Image, entry: Entry) -> None:
        """Report what was written."""
        report = self.lifecycle.report(
            self.phase.profile, saved, app, run_image, entry, before=None
        )
        self.phase.write_file(self.inputs.report(), report.encoded())

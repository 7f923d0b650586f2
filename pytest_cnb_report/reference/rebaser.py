"""The rebaser: put an app image onto another run image."""

from __future__ import annotations

from pytest_cnb_report.reference.errors import REBASE_ERROR, PhaseError
from pytest_cnb_report.reference.image import Image, Json, Saved
from pytest_cnb_report.reference.inputs import REBASER, RUN_TOML
from pytest_cnb_report.reference.phase import Phase, say
from pytest_cnb_report.reference.rebased import LIFECYCLE_METADATA, lifecycle_metadata
from pytest_cnb_report.reference.registry import Platform
from pytest_cnb_report.reference.resolution import Entry


class Rebaser(Phase):
    """Replaces the run image layers of an app image, and what the image says of its run image."""

    name = REBASER
    error_code = REBASE_ERROR

    def execute(self) -> None:
        """Find the two images, refuse what is unsafe, write the rebased image and the report."""
        app = self.app_image()
        metadata = lifecycle_metadata(app)
        entry = self.entry(metadata)
        run_image = self.run_image(app, self.run_image_name(app, entry))
        listed = self.resolution.lists(entry, run_image.name)
        self.check(app, run_image, listed=listed)
        rebased = self.rebased(app, run_image, metadata, listed=listed)
        saved = self.save(rebased)
        known_as = entry if entry and listed else Entry(run_image.name)
        self.report(saved, rebased, run_image, known_as, app)

    def app_image(self) -> Image:
        """Read the image to rebase: `-previous-image`, else the first image."""
        name = self.inputs.previous_image()
        app = self.store.find(name)
        if app is None:
            raise PhaseError(REBASE_ERROR, f"failed to access image to rebase '{name}'")
        return app

    def entry(self, metadata: Json) -> Entry | None:
        """Read the names of the run image: from platform API 0.12 they are in `runImage`.

        Before, and where `runImage` has none, they are in `stack`.
        """
        stack = Entry.of((metadata.get("stack") or {}).get("runImage"))
        return (Entry.of(metadata.get("runImage")) if self.api >= RUN_TOML else None) or stack

    def run_image_name(self, app: Image, entry: Entry | None) -> str:
        """Take the run image that the platform gives, else the one that the app image names."""
        given = self.inputs.run_image()
        if given:
            return given
        if entry is None:
            raise PhaseError(
                REBASE_ERROR, "-run-image is required: the app image names no run image"
            )
        resolved = self.resolution.run_image_for(entry, app.name, self.store.can_read)
        if resolved is None:
            raise PhaseError(REBASE_ERROR, f"found none of {', '.join(entry.names)} to rebase onto")
        return resolved

    def run_image(self, app: Image, name: str) -> Image:
        """Read the new run image; of several platforms, the one that the app image is for."""
        run_image = self.store.find(name, self.platform_of(app))
        if run_image is None:
            raise PhaseError(REBASE_ERROR, f"failed to access run image '{name}'")
        return run_image

    def platform_of(self, app: Image) -> Platform:
        """Name the platform that an app image is for."""
        config = app.config
        return config.get("os", ""), config.get("architecture", ""), config.get("variant", "")

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        """Refuse an unsafe rebase, unless it is forced."""
        permission = self.lifecycle.permission(self.api, app, run_image, listed=listed)
        objections = list(permission.objections())
        if objections and not self.inputs.force():
            raise PhaseError(
                REBASE_ERROR, f"{'; '.join(objections)}; please provide -force to override"
            )
        for objection in objections:
            say(f"Warning: {objection}")

    def rebased(self, app: Image, run_image: Image, metadata: Json, *, listed: bool) -> Image:
        """Put the rebased image together."""
        make = self.lifecycle
        old_top_layer = (metadata.get("runImage") or {}).get("topLayer", "")
        stacked = make.rebased_layers(app, run_image, old_top_layer)
        label = make.rebased_metadata(self.api, metadata, run_image, listed=listed).label()
        labels = make.rebased_labels(
            self.api, {**app.labels, LIFECYCLE_METADATA: label}, run_image.labels
        )
        layers = stacked.layers()
        config = make.rebased_config(self.api, app, run_image, force=self.inputs.force()).config(
            layers, stacked.history(), labels.labels()
        )
        return app._replace(layers=layers, config=config)

    def save(self, rebased: Image) -> Saved:
        """Write the rebased image to every tag."""
        say(f"Saving {', '.join(self.inputs.output_images())}")
        return self.store.save(rebased, self.inputs.output_images())

    def report(
        self, saved: Saved, app: Image, run_image: Image, entry: Entry, before: Image
    ) -> None:
        """Report what was written."""
        report = self.lifecycle.report(self.profile, saved, app, run_image, entry, before=before)
        self.write_file(self.inputs.report(), report.encoded())

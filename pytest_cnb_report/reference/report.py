"""The report that the exporter, the creator and the rebaser leave behind."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.image import Image, Saved
from pytest_cnb_report.reference.resolution import Entry

DRAFT, APPROVED, PLATFORM_SPEC = "rfc-0129-draft", "rfc-0129", "platform-spec"
PROFILES = (DRAFT, APPROVED, PLATFORM_SPEC)


class Report:
    """`report.toml`: the app image that was written, and the run image that it stands on.

    `before` is the app image that was rebased, None after an export.
    """

    def __init__(
        self,
        profile: str,
        saved: Saved,
        app: Image,
        run_image: Image,
        entry: Entry,
        *,
        before: Image | None,
    ) -> None:
        self.profile = profile
        self.saved = saved
        self.app = app
        self.run_image = run_image
        self.entry = entry
        self.before = before

    def encoded(self) -> bytes:
        """Spell the report as UTF-8 TOML."""
        return tomltext.write(self.document()).encode()

    def document(self) -> dict[str, Any]:
        """Put the fields where the profile has them."""
        image = self.image_table()
        if self.profile == PLATFORM_SPEC:
            return {"image": image}
        if self.profile == APPROVED:
            return {"image": {**image, "run-image": self.run_image_table()}}
        return {"image": image, "run-image": self.run_image_table()}

    # The app image.

    def image_table(self) -> dict[str, Any]:
        """Describe the app image as the place it was written to knows it."""
        described: dict[str, Any] = {"tags": self.tags()}
        if self.saved.image_id:
            described["image-id"] = self.image_id()
        else:
            described["digest"] = self.digest()
            described["manifest-size"] = self.manifest_size()
        return described

    def tags(self) -> list[str]:
        """Every tag reference that the app image was written to."""
        return list(self.saved.names)

    def digest(self) -> str:
        """The digest of the app image's manifest."""
        return self.saved.digest

    def manifest_size(self) -> int:
        """The size of the app image's manifest, in bytes."""
        return self.saved.manifest_size

    def image_id(self) -> str:
        """The app image's ID at the daemon."""
        return self.saved.image_id

    # The run image (RFC 0129).

    def run_image_table(self) -> dict[str, Any]:
        """Describe the run image by name, by reference and by its top layer."""
        described = {
            "image": self.run_image_image(),
            "reference": self.run_image_reference(),
            "top-layer": self.run_image_top_layer(),
        }
        mirrors = self.run_image_mirrors()
        return (
            {**described, "mirrors": mirrors} if mirrors and self.profile == APPROVED else described
        )

    def run_image_image(self) -> str:
        """The name that the platform knows the run image by."""
        return self.entry.image

    def run_image_mirrors(self) -> list[str]:
        """Other names of the run image, at other registries."""
        return list(self.entry.mirrors)

    def run_image_reference(self) -> str:
        """What identifies the run image and no other: a digest reference or an image ID."""
        return self.run_image.reference

    def run_image_top_layer(self) -> str:
        """The diff ID of the run image's top layer."""
        return self.run_image.diff_ids[-1]

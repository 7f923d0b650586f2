"""Target data: what an image runs on."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.reference.image import Image

DISTRO_NAME = "io.buildpacks.base.distro.name"
DISTRO_VERSION = "io.buildpacks.base.distro.version"

CONFIG_KEYS = ("os", "architecture", "variant")


def target_of(image: Image) -> Mapping[str, str]:
    """Collect the target data of an image; what it does not give is empty."""
    return {
        **{key: image.config.get(key) or "" for key in CONFIG_KEYS},
        "distro name": image.labels.get(DISTRO_NAME, ""),
        "distro version": image.labels.get(DISTRO_VERSION, ""),
    }

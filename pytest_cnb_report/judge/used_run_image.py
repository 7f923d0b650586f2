"""Which of the two run images of a rebase an app image was put on."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Asked, Observation


def uses_its_run_image(observation: Observation) -> bool:
    """Whether the app image is based on the requested run image."""
    asked, app = observation.asked, observation.app
    return asked is not None and isinstance(app, AppImage) and is_used(asked, app.diff_ids)


def is_used(asked: Asked, actual: Sequence[str]) -> bool:
    """Say whether it is the new run image that an image was put on, in whatever order.

    Whether it is all there, and in its place, is for `rebase.layers` alone. So is an image that has
    of both run images nothing but what they share.
    """
    wanted = asked.run_image.diff_ids
    old = asked.old_run_image.diff_ids if asked.old_run_image is not None else ()
    telling, of_old = set(wanted).difference(old), set(old).difference(wanted)
    if not telling:
        return tuple(actual[: len(wanted)]) == wanted
    shared_alone = bool(of_old) and of_old.isdisjoint(actual) and not set(wanted).isdisjoint(actual)
    return shared_alone or not telling.isdisjoint(actual)

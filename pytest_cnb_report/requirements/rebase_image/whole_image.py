"""All of an image that a rebase has to leave alone where "identical" covers the whole of it."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.preconditions import SuccessfulCall, require_before
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.json_text import read_object

_MOVING = frozenset({"created", "rootfs", "history", "os", "architecture", "variant", "config"})
"""Keys of the config that the specification has changed, or that have requirements of their own."""


def before_and_after(done: SuccessfulCall) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what has to be the same before and after a rebase, each part by a name for it.

    The labels are left out: they have requirements of their own. Of the history, what says how the
    app's own layers came to be; the other entries go with the layers that are replaced.
    """
    new = done.asked.run_image
    old = done.asked.old_run_image or new
    before = _parts(require_before(done), len(old.diff_ids))
    after = _parts(done.app, len(new.diff_ids))
    known = Evidence.OLD_RUN_IMAGE in done.observation.situation.known
    if not (before["history"] and known and _tells_every_layer(require_before(done))):
        before["history"] = after["history"] = None
    return before, after


def _parts(image: AppImage, depth: int) -> dict[str, Any]:
    manifest = read_object(image.manifest) if image.manifest is not None else {}
    return {
        "media type": image.media_type,
        "annotations": manifest.get("annotations"),
        "history": _own_history(image, depth),
        **{key: value for key, value in image.document.items() if key not in _MOVING},
        **{f"config.{key}": value for key, value in image.settings.items() if key != "Labels"},
    }


def _own_history(image: AppImage, depth: int) -> list[object] | None:
    """Return the entries for the layers above `depth`; wrong layers are for other requirements."""
    return _told(image)[depth:] or None


def _tells_every_layer(image: AppImage) -> bool:
    return len(_told(image)) == len(image.diff_ids)


def _told(image: AppImage) -> list[object]:
    history = image.document.get("history")
    entries = history if isinstance(history, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and not entry.get("empty_layer")]

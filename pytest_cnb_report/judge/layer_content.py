"""Whether an image stores the layers that its config names."""

from __future__ import annotations

from collections.abc import Callable

from pytest_cnb_report.drive.situation import Evidence, Situation
from pytest_cnb_report.judge.verdict import Verdict, broken
from pytest_cnb_report.observe.image import AppImage


def check_content(
    image: AppImage, name: Callable[[str], str], situation: Situation
) -> Verdict | None:
    """Return the verdict on layers that are not stored as the config has them; None where they are.

    `name` puts into words whose layer a diff ID is. Where the content of layers is not known, they
    are only counted, and at a daemon not even that.
    """
    content_known = Evidence.LAYER_CONTENT in situation.known
    stored = [layer.diff_id for layer in image.layers]
    if not content_known and len(stored) in {0, len(image.diff_ids)}:
        return None
    if len(stored) != len(image.diff_ids):
        return broken(
            "the image does not store as many layers as its config names",
            expected=[name(diff_id) for diff_id in image.diff_ids],
            actual=[name(diff_id or "") for diff_id in stored]
            if content_known
            else f"{len(stored)} layers",
        )
    for number, (named_as, content) in enumerate(zip(image.diff_ids, stored, strict=True)):
        if named_as != content:
            return broken(
                "the content of a layer does not have the diff ID that the config gives it",
                expected={f"layer {number}": named_as},
                actual={f"layer {number}": content or "missing, or it cannot be decompressed"},
            )
    return None

"""The areas of requirements: folders of this package, in the order of every listing."""

from __future__ import annotations

AREAS = (
    "report_file",
    "report_image",
    "report_run_image",
    "export",
    "rebase_labels",
    "rebase_image",
    "rebase_refusals",
    "stored_image",
    "effects",
)

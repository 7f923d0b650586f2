"""What the examples of the run image's fields share: names of cases, and edits of one field."""

from __future__ import annotations

from pytest_cnb_report.observe.observation import Observation

from .observations import Edit, asked_of, report, report_key

EXPORT = "draft/exporter-plain"
REBASE = "draft/rebaser-plain"
FORCED = "draft/rebaser-forced-unlisted"
DAEMON = "daemon/exporter-plain"
A_EXPORT = "approved/exporter-plain"
A_REBASE = "approved/rebaser-plain"
LAYOUT = "report.run-image.layout"
IMAGE = "report.run-image.image"
REFERENCE = "report.run-image.reference"
TOP_LAYER = "report.run-image.top-layer"
AFTER_REBASE = "report.run-image.after-rebase"
COHERENT = "report.run-image.coherent"
RESOLVED = "report.run-image.image.resolved"
OTHER = "registry.example/other/run:stable"


def field(key: str, value: object) -> Edit:
    """Report a field, or one that follows from the observation, as the first draft has it."""
    return lambda seen: report_key(f"run-image.{key}", value(seen) if callable(value) else value)(
        seen
    )


def approved(key: str, value: object) -> Edit:
    """The same as the approved RFC has it."""
    path = f"image.run-image.{key}"
    return lambda seen: report_key(path, value(seen) if callable(value) else value)(seen)


no_fields = report(lambda table: table.pop("run-image"))


def name_of(seen: Observation) -> str:
    return asked_of(seen).run_image.names[0]


def digest_of(seen: Observation) -> str:
    return asked_of(seen).run_image.digests[0]


def repository_of(seen: Observation) -> str:
    return name_of(seen).rpartition(":")[0]


def digest_reference(seen: Observation) -> str:
    return f"{repository_of(seen)}@{digest_of(seen)}"


def image_id_of(seen: Observation) -> str:
    return asked_of(seen).run_image.image_id


def top_of(seen: Observation) -> str:
    return asked_of(seen).run_image.top_layer


def old_top_of(seen: Observation) -> str:
    old = asked_of(seen).old_run_image
    assert old is not None
    return old.top_layer


def old_name_of(seen: Observation) -> str:
    old = asked_of(seen).old_run_image
    assert old is not None
    return old.names[0]

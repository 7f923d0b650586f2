"""Make observations of lifecycles that do something else out of those of the reference."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.observe.image import LIFECYCLE_METADATA, AppImage
from pytest_cnb_report.observe.observation import Asked, Observation
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.record.file import read_record
from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.values import PlatformApi, Target

Json: TypeAlias = dict[str, Any]
Edit: TypeAlias = Callable[[Observation], Observation]

OBSERVATIONS = Path(__file__).parents[2] / "fixtures" / "observations"


@functools.cache
def recorded(name: str) -> Mapping[str, Observation]:
    """Return the observations of a recorded run, by phase and case such as `rebaser plain`."""
    record = read_record(OBSERVATIONS / name)
    return {
        f"{each.case.phase.value} {each.case.name}": each.observations[0]
        for each in record.scenarios
    }


def asked_of(seen: Observation) -> Asked:
    """Return what was asked."""
    assert seen.asked is not None
    return seen.asked


def given(seen: Observation) -> str:
    """Return the run image as the platform gave it."""
    found = asked_of(seen).given
    assert found is not None
    return found


def app_of(seen: Observation) -> AppImage:
    """Return the app image that was written."""
    assert isinstance(seen.app, AppImage)
    return seen.app


def before_of(seen: Observation) -> AppImage:
    """Return the app image from before a rebase."""
    assert isinstance(seen.app_before, AppImage)
    return seen.app_before


def with_content(seen: Observation, content: bytes) -> Observation:
    """Give it a report with other bytes."""
    report = ReportFile(seen.report.path, content, regular=True, size=len(content))
    return replace(seen, report=report)


def with_report(seen: Observation, change: Callable[[Json], object]) -> Observation:
    """Change the tables of the report in place."""
    assert not isinstance(seen.report.document, str)
    tables: Json = json.loads(json.dumps(seen.report.document))
    change(tables)
    return with_content(seen, tomltext.write(tables).encode())


def with_run_image(seen: Observation, **fields: object) -> Observation:
    """Change fields of the report's table `run-image`; None removes one."""
    spelled = {key.replace("_", "-"): value for key, value in fields.items()}
    return with_report(seen, lambda tables: _merge(tables["run-image"], spelled))


def with_image(seen: Observation, **fields: object) -> Observation:
    """Change fields of the report's table `image`; None removes one."""
    spelled = {key.replace("_", "-"): value for key, value in fields.items()}
    return with_report(seen, lambda tables: _merge(tables["image"], spelled))


def with_app(seen: Observation, change: Callable[[Json], object]) -> Observation:
    """Change the config of the app image in place; its names and digests stay."""
    name = asked_of(seen).images[0]
    return replace(seen, after={**seen.after, name: _with_config(app_of(seen), change)})


def with_before(seen: Observation, change: Callable[[Json], object]) -> Observation:
    """Change the config of the app image from before in place."""
    asked = asked_of(seen)
    name = asked.previous_image or asked.images[0]
    return replace(seen, before={**seen.before, name: _with_config(before_of(seen), change)})


def with_labels(seen: Observation, labels: Mapping[str, str | None]) -> Observation:
    """Change labels of the app image; None removes one."""
    return with_app(seen, lambda config: _merge(config["config"]["Labels"], labels))


def with_labels_before(seen: Observation, labels: Mapping[str, str | None]) -> Observation:
    """Change labels of the app image from before; None removes one."""
    return with_before(seen, lambda config: _merge(config["config"]["Labels"], labels))


def with_metadata(seen: Observation, change: Callable[[Json], object]) -> Observation:
    """Change the lifecycle metadata label of the app image in place."""
    return with_app(seen, _of_label(change))


def with_metadata_before(seen: Observation, change: Callable[[Json], object]) -> Observation:
    """Change the lifecycle metadata label of the app image from before in place."""
    return with_before(seen, _of_label(change))


def with_exit_code(seen: Observation, code: int) -> Observation:
    """Let the call end with another exit code."""
    assert seen.call is not None
    return replace(seen, call=replace(seen.call, exit_code=code))


def with_image_at(seen: Observation, name: str, *, of: str = "run image") -> Observation:
    """Have a name lead to an image: the run image, or the app image."""
    facts = asked_of(seen).run_image
    found = (
        Resolution("image", facts.digests[0], facts.image_id)
        if of == "run image"
        else Resolution("image", app_of(seen).digest, app_of(seen).image_id)
    )
    return replace(seen, found={**seen.found, name: found})


def at_daemon(seen: Observation) -> Observation:
    """Take the app image of a registry for one of a daemon, with the report that belongs to it."""
    app = replace(app_of(seen), digest=None, manifest=None, media_type=None)
    seen = replace(
        seen,
        situation=replace(seen.situation, target=Target.DAEMON),
        after={**seen.after, asked_of(seen).images[0]: app},
    )
    return with_image(seen, digest=None, manifest_size=None, image_id=app.image_id)


def at_api(seen: Observation, api: str) -> Observation:
    """Take a call for one with another platform API."""
    situation = replace(seen.situation, platform_api=PlatformApi.parse(api))
    return replace(seen, situation=situation)


def as_approved(seen: Observation) -> Observation:
    """Move the run image's fields under `[image]`, and name the mirrors beside them."""
    entry = asked_of(seen).listed[0]

    def change(tables: Json) -> None:
        fields = tables.pop("run-image")
        mirrors = list(entry.mirrors) if fields["image"] == entry.image else []
        tables["image"]["run-image"] = {**fields, **({"mirrors": mirrors} if mirrors else {})}

    return with_report(seen, change)


def _merge(table: Json, fields: Mapping[str, object]) -> None:
    table.update(fields)
    for key in [key for key, value in fields.items() if value is None]:
        del table[key]


def _with_config(image: AppImage, change: Callable[[Json], object]) -> AppImage:
    config: Json = json.loads(image.config)
    change(config)
    return replace(image, config=json.dumps(config).encode())


def _of_label(change: Callable[[Json], object]) -> Callable[[Json], object]:
    def edit(config: Json) -> None:
        labels = config["config"]["Labels"]
        metadata = json.loads(labels[LIFECYCLE_METADATA])
        change(metadata)
        labels[LIFECYCLE_METADATA] = json.dumps(metadata)

    return edit

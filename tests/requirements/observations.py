"""Recorded observations, and copies of them with one thing changed.

`recorded("draft", "exporter-plain")` is what `fixtures/observations/draft.xz` has. An `Edit` takes
an observation and returns another one; images stay whole, so that an edited config has its own
digest in its own manifest.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.drive.situation import ALL_EVIDENCE, Evidence
from pytest_cnb_report.images.model import sha256
from pytest_cnb_report.observe.image import AppImage, ImageState, LayerFacts, NoImage
from pytest_cnb_report.observe.observation import Asked, Observation
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.record.file import Record, read_record
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.values import PlatformApi

FOLDER = Path(__file__).parents[2] / "fixtures" / "observations"
METADATA = "io.buildpacks.lifecycle.metadata"
NO_DIGEST = f"sha256:{'0' * 64}"

Edit: TypeAlias = Callable[[Observation], Observation]
Document: TypeAlias = dict[str, Any]


@functools.cache
def record(name: str) -> Record:
    return read_record(FOLDER / f"{name}.xz")


@functools.cache
def scenario(name: str, case: str) -> RecordedScenario:
    """Return a recorded scenario; `case` is the phase and the case's name."""
    phase, _, rest = case.partition("-")
    for each in record(name).scenarios:
        if (each.case.phase.value, each.case.name) == (phase, rest):
            return each
    raise LookupError(f"{name}.xz has no {case}")


def recorded(name: str, case: str) -> Observation:
    """Return the observation of a recorded scenario, the first one where there are several."""
    return scenario(name, case).observations[0]


def asked_of(observation: Observation) -> Asked:
    assert observation.asked is not None
    return observation.asked


def app_of(observation: Observation) -> AppImage:
    assert isinstance(observation.app, AppImage)
    return observation.app


def before_of(observation: Observation) -> AppImage:
    assert isinstance(observation.app_before, AppImage)
    return observation.app_before


def metadata_of(image: AppImage) -> Document:
    """Return the lifecycle metadata label."""
    return json.loads(image.labels[METADATA])  # type: ignore[no-any-return]


def report_of(observation: Observation) -> Document:
    """Return a copy of the report's tables."""
    table = observation.report.table
    assert table is not None
    return json.loads(json.dumps(table))  # type: ignore[no-any-return]


def chain(*edits: Edit) -> Edit:
    return lambda seen: functools.reduce(lambda one, edit: edit(one), edits, seen)


# the report


def report_bytes(change: Callable[[bytes], bytes]) -> Edit:
    def edit(seen: Observation) -> Observation:
        content = change(seen.report.content or b"")
        file = ReportFile(seen.report.path, content, regular=True, size=len(content))
        return replace(seen, report=file)

    return edit


def report_file(**changes: Any) -> Edit:  # noqa: ANN401 - any field of the file
    """Put something else than a readable file at the report's path."""
    return lambda seen: replace(seen, report=ReportFile(seen.report.path, **changes))


no_report = report_file()


def report(change: Callable[[Document], object]) -> Edit:
    """Write the report anew with its tables changed in place."""

    def edit(seen: Observation) -> Observation:
        table = report_of(seen)
        change(table)
        return report_bytes(lambda _: toml(table))(seen)

    return edit


def report_key(path: str, value: object) -> Edit:
    """Give a key of the report another value; None removes it."""
    return report(lambda table: _put(table, path, value))


def report_keys(values: Mapping[str, object]) -> Edit:
    return chain(*(report_key(path, value) for path, value in values.items()))


def toml(table: Mapping[str, object]) -> bytes:
    return "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in table.items()).encode()


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _put(document: Document, path: str, value: object) -> None:
    *holders, key = path.split("/") if "/" in path else path.split(".")
    for holder in holders:
        document = document.setdefault(holder, {})
    if value is None:
        document.pop(key, None)
    else:
        document[key] = value


# images


def with_config(image: AppImage, change: Callable[[Document], object]) -> AppImage:
    """Return an image whose config is changed in place, with the digests that follow from it."""
    document = json.loads(image.config)
    change(document)
    config = json.dumps(document).encode()
    image_id = sha256(config)
    if image.manifest is None:
        return replace(image, config=config, image_id=image_id)
    manifest = json.loads(image.manifest)
    manifest["config"] |= {"digest": image_id, "size": len(config)}
    content = json.dumps(manifest).encode()
    return replace(
        image, config=config, image_id=image_id, manifest=content, digest=sha256(content)
    )


def _each(
    states: Mapping[str, ImageState], names: tuple[str, ...], change: Callable[[AppImage], AppImage]
) -> dict[str, ImageState]:
    return {
        name: change(state) if name in names and isinstance(state, AppImage) else state
        for name, state in states.items()
    }


def app(change: Callable[[AppImage], AppImage]) -> Edit:
    """Change the app image, under every name that was asked for."""
    return lambda seen: replace(seen, after=_each(seen.after, asked_of(seen).images, change))


def app_before(change: Callable[[AppImage], AppImage]) -> Edit:
    """Change the image that was there to be rebased."""

    def edit(seen: Observation) -> Observation:
        asked = asked_of(seen)
        name = asked.previous_image or asked.images[0]
        return replace(seen, before=_each(seen.before, (name,), change))

    return edit


def config(change: Callable[[Document], object]) -> Edit:
    return app(lambda image: with_config(image, change))


def config_before(change: Callable[[Document], object]) -> Edit:
    return app_before(lambda image: with_config(image, change))


def config_key(path: str, value: object) -> Edit:
    return config(lambda document: _put(document, path, value))


def _label(document: Document, key: str, value: str | None) -> None:
    labels = document["config"]["Labels"]
    if value is None:
        labels.pop(key, None)
    else:
        labels[key] = value


def label(key: str, value: str | None) -> Edit:
    """Give the app image another label; None removes it."""
    return config(lambda document: _label(document, key, value))


def label_before(key: str, value: str | None) -> Edit:
    return config_before(lambda document: _label(document, key, value))


def run_image_label(key: str, value: str | None) -> Edit:
    """Give the (new) run image another label."""

    def edit(seen: Observation) -> Observation:
        facts = asked_of(seen).run_image
        labels = {**facts.labels, key: value}
        present = {k: v for k, v in labels.items() if v is not None}
        return asked(run_image=replace(facts, labels=present))(seen)

    return edit


def _in_metadata(change: Callable[[Document], object]) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        labels = document["config"]["Labels"]
        metadata = json.loads(labels[METADATA])
        change(metadata)
        labels[METADATA] = json.dumps(metadata)

    return edit


def metadata(change: Callable[[Document], object]) -> Edit:
    """Change the lifecycle metadata label of the app image in place."""
    return config(_in_metadata(change))


def metadata_before(change: Callable[[Document], object]) -> Edit:
    return config_before(_in_metadata(change))


def metadata_key(path: str, value: object) -> Edit:
    return metadata(lambda document: _put(document, path, value))


def metadata_text(text: str | None) -> Edit:
    """Put any text in the place of the metadata label."""
    return label(METADATA, text)


def diff_ids(change: Callable[[list[str]], list[str]]) -> Edit:
    """Change the diff IDs of the config, and what is stored along with them."""

    def edit(image: AppImage) -> AppImage:
        changed = change(list(image.diff_ids))
        known = {facts.diff_id: facts for facts in image.layers}
        image = with_config(image, lambda document: document["rootfs"].update(diff_ids=changed))
        layers = tuple(known.get(each, LayerFacts(each, None, each)) for each in changed)
        return replace(image, layers=layers)

    return app(edit)


def stored(change: Callable[[tuple[LayerFacts, ...]], tuple[LayerFacts, ...]]) -> Edit:
    """Change what is stored, not what the config says."""
    return app(lambda image: replace(image, layers=change(image.layers)))


def no_app(why: str = "there is no image of that name") -> Edit:
    return lambda seen: replace(seen, after={**seen.after, asked_of(seen).images[0]: NoImage(why)})


def under(number: int, state: ImageState) -> Edit:
    """Put something under one of the names that were asked for."""
    return lambda seen: replace(seen, after={**seen.after, asked_of(seen).images[number]: state})


# what was asked, done and found


def asked(**changes: Any) -> Edit:  # noqa: ANN401 - any field of what was asked
    return lambda seen: replace(seen, asked=replace(asked_of(seen), **changes))


def run_image(**changes: Any) -> Edit:  # noqa: ANN401 - any fact of the run image
    def edit(seen: Observation) -> Observation:
        return asked(run_image=replace(asked_of(seen).run_image, **changes))(seen)

    return edit


def situation(**changes: Any) -> Edit:  # noqa: ANN401 - any part of the situation
    return lambda seen: replace(seen, situation=replace(seen.situation, **changes))


def api(minor: int) -> Edit:
    return situation(platform_api=PlatformApi(0, minor))


def call(**changes: Any) -> Edit:  # noqa: ANN401 - any field of the invocation
    def edit(seen: Observation) -> Observation:
        assert seen.call is not None
        return replace(seen, call=replace(seen.call, **changes))

    return edit


failed = call(exit_code=1, stderr="ERROR: out of luck\n")


def blocked(why: str = "the exporter exited 1") -> Edit:
    return lambda seen: Observation(seen.case, seen.situation, blocked=why)


def not_called(seen: Observation) -> Observation:
    return replace(seen, call=None)


def found(reference: str, resolution: Resolution | None) -> Edit:
    """Say where a reference leads; None where it was not looked up."""

    def edit(seen: Observation) -> Observation:
        others = {k: v for k, v in seen.found.items() if k != reference}
        mine = {} if resolution is None else {reference: resolution}
        return replace(seen, found={**others, **mine})

    return edit


def again(edit: Edit) -> Edit:
    """Change the second of two calls."""

    def outer(seen: Observation) -> Observation:
        assert seen.again is not None
        return replace(seen, again=edit(seen.again))

    return outer


def control(edit: Edit) -> Edit:
    """Change the control of a case."""

    def outer(seen: Observation) -> Observation:
        assert seen.control is not None
        return replace(seen, control=edit(seen.control))

    return outer


def made_elsewhere(seen: Observation) -> Observation:
    """What `check-report` sees of a build: nothing of the call, and a run image of somebody's."""
    known = ALL_EVIDENCE - {Evidence.CALL, Evidence.CONTROLLED_RUN_IMAGE}
    return chain(not_called, asked(own_run_image=False), situation(known=known))(seen)

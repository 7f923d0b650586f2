"""Read the report vectors, and lay out what each one says as an observation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.drive.names import ImageName, normalised
from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.drive.situation import ALL_EVIDENCE, Evidence, Situation
from pytest_cnb_report.observe.image import LIFECYCLE_METADATA, AppImage, NoImage
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.references import references_in
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.values import Outcome, Phase, PlatformApi, Profile, Target

FOLDER = Path(__file__).parents[2] / "fixtures" / "reports"
MOVED = "sha256:" + "0" * 64
"""The image that the run image's names lead to once they have been moved."""


@dataclass(frozen=True)
class Scenario:
    """What a phase was asked and left behind, the report aside."""

    name: str
    facts: Mapping[str, Any]

    @cached_property
    def phase(self) -> Phase:
        return Phase(self.facts["phase"])

    @cached_property
    def target(self) -> Target:
        return Target(self.facts["target"])

    @cached_property
    def platform_api(self) -> PlatformApi:
        return PlatformApi.parse(self.facts["platform_api"])

    @property
    def forced_unlisted(self) -> bool:
        """Whether a rebase was forced onto a run image that no entry lists."""
        given = self.facts["run_image"]["given"]
        listed = [name for e in self.facts["entries"] for name in (e["image"], *e["mirrors"])]
        return bool(self.facts["forced"]) and given not in listed


@dataclass(frozen=True)
class Vector:
    """A report, the scenario that it was written in, and what is expected of it."""

    name: str
    why: str
    scenario: Scenario
    profile: Profile
    report: bytes
    expect: Mapping[str, Outcome]

    @property
    def situation(self) -> Situation:
        """What the call asked, as far as a report depends on it."""
        facts = self.scenario.facts
        elsewhere = facts.get("check_report", False)
        old = facts.get("old_run_image")
        return Situation(
            phase=self.scenario.phase,
            target=self.scenario.target,
            platform_api=self.scenario.platform_api,
            images=len(facts["app_image"]["references"]),
            force="flag" if facts["forced"] else None,
            unlisted=self.scenario.forced_unlisted,
            same_run_image=old is None or old["image_id"] == facts["run_image"]["image_id"],
            known=ALL_EVIDENCE - ({Evidence.CONTROLLED_RUN_IMAGE} if elsewhere else set()),
        )

    def observation(self) -> Observation:
        """Lay it out as what the suite would have seen."""
        facts, target = self.scenario.facts, self.scenario.target
        app = _app(facts["app_image"], target)
        before = facts["app_image"].get("before")
        images = tuple(facts["app_image"]["references"])
        report = ReportFile("report.toml", self.report, regular=True, size=len(self.report))
        references = references_in(report, app)
        return Observation(
            case=self.scenario.name,
            situation=self.situation,
            asked=_asked(facts, images),
            call=_SUCCESS,
            report=report,
            before={images[0]: _app(before, target) if before else NoImage("not there yet")},
            after=dict.fromkeys(images, app),
            found={text: _resolve(text, facts, target, moved=False) for text in references},
            found_later={text: _resolve(text, facts, target, moved=True) for text in references},
        )


def scenarios() -> dict[str, Scenario]:
    """Read every scenario, by name."""
    files = sorted((FOLDER / "scenarios").glob("*.json"))
    return {file.stem: Scenario(file.stem, json.loads(file.read_text("utf-8"))) for file in files}


def vectors() -> tuple[Vector, ...]:
    """Read every vector."""
    known = scenarios()
    return tuple(
        _read(folder, known) for folder in sorted((FOLDER / "vectors").iterdir()) if folder.is_dir()
    )


def _read(folder: Path, known: Mapping[str, Scenario]) -> Vector:
    document = json.loads((folder / "vector.json").read_text("utf-8"))
    return Vector(
        name=folder.name,
        why=document["why"],
        scenario=known[document["scenario"]],
        profile=Profile(document["profile"]),
        report=(folder / "report.toml").read_bytes(),
        expect={key: Outcome(value) for key, value in document["expect"].items()},
    )


_SUCCESS = Invocation(Command("lifecycle", "lifecycle"), (), {}, "/", 0, "", "", 0.0)


def _app(facts: Mapping[str, Any], target: Target) -> AppImage:
    metadata = facts.get("lifecycle_metadata")
    labels = {} if metadata is None else {LIFECYCLE_METADATA: json.dumps(metadata)}
    config = {"config": {"Labels": labels}, "rootfs": {"diff_ids": facts["diff_ids"]}}
    at_registry = target is Target.REGISTRY
    return AppImage(
        digest=facts.get("digest"),
        media_type=None,
        manifest=b" " * facts.get("manifest_size", 0) if at_registry else None,
        image_id=facts["image_id"],
        config=json.dumps(config).encode(),
        layers=(),
    )


def _asked(facts: Mapping[str, Any], images: tuple[str, ...]) -> Asked:
    run_image, old = facts["run_image"], facts.get("old_run_image")
    same = old is not None and old["image_id"] == run_image["image_id"]
    return Asked(
        images=images,
        run_image=_run_image(run_image),
        expect=Expect.SUCCESS,
        given=run_image["given"],
        listed=tuple(RunEntry(e["image"], tuple(e["mirrors"])) for e in facts["entries"]),
        report_path="report.toml",
        old_run_image=None if old is None or same else _run_image(old),
        forced=facts["forced"],
        own_run_image=not facts.get("check_report", False),
    )


def _run_image(facts: Mapping[str, Any]) -> RunImageFacts:
    return RunImageFacts(
        names=tuple(facts["names"]),
        digests=tuple(_digests(facts)),
        image_id=facts["image_id"],
        diff_ids=tuple(facts["diff_ids"]),
        blob_digests=tuple(facts.get("layer_digests", ())),
        labels={},
        os="linux",
        architecture="amd64",
    )


def _digests(facts: Mapping[str, Any]) -> Iterator[str]:
    for key in ("digest", "index_digest"):
        if key in facts:
            yield facts[key]


def _resolve(text: str, facts: Mapping[str, Any], target: Target, *, moved: bool) -> Resolution:
    """Say where a reference leads, before or after the run image's names were moved."""
    images = [*_images(facts)]
    wanted = normalised(text)
    for number, image in enumerate(images):
        if wanted in map(normalised, image["names"]):
            if moved and number == 0:
                return Resolution("image", MOVED, MOVED)
            # a tag of a run image that is in an index leads to the index
            digests = [*_digests(image), None]
            return Resolution("image", digests[-2] if len(digests) > 1 else None, image["image_id"])
    if target is Target.DAEMON:
        return _resolve_id(text, images)
    name = ImageName.parse(text)
    for image in images if name is not None and name.digest is not None else ():
        assert name is not None
        repository = f"{name.registry}/{name.repository}"
        if name.digest in [*_digests(image)] and repository in map(
            _repository, image["repositories"]
        ):
            return Resolution("image", name.digest, image["image_id"])
    return Resolution("nothing", why=f"{text} leads nowhere")


def _resolve_id(text: str, images: list[dict[str, Any]]) -> Resolution:
    digits = text.removeprefix("sha256:")
    ids = {i["image_id"] for i in images if digits and i["image_id"][7:].startswith(digits)}
    if len(ids) > 1:
        return Resolution("ambiguous", why=f"{text} begins {len(ids)} image IDs")
    if not ids:
        return Resolution("nothing", why=f"no image has the ID {text}")
    return Resolution("image", image_id=ids.pop())


def _images(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every image that there is, the run image first."""
    yield facts["run_image"]
    app = facts["app_image"]
    names = [*app["references"], *app.get("also_at", ())]
    yield {**app, "names": names, "repositories": [name.rpartition(":")[0] for name in names]}
    if "old_run_image" in facts:
        yield {**facts["old_run_image"], "names": []}
    yield from facts["other_images"]


def _repository(text: str) -> str:
    name = ImageName.parse(text)
    assert name is not None
    return f"{name.registry}/{name.repository}"

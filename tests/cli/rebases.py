"""A rebase that the reference lifecycle made at a registry or daemon, to be spoilt and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_cnb_report.drive.cases import AppEdits, Case, Rebase
from pytest_cnb_report.drive.hosts import ImageHost
from pytest_cnb_report.drive.shapes import Shape, build_run_image
from pytest_cnb_report.images.build import with_manifest
from pytest_cnb_report.images.model import Image, encode
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.image import AppImage, as_image
from pytest_cnb_report.values import Phase, PlatformApi, Profile, Target

STACK = "io.buildpacks.stack."
OLD = Shape(layers=3, labels={f"{STACK}release": "1", f"{STACK}gone": "old"})
NEW = Shape(layers=4, labels={f"{STACK}release": "2", f"{STACK}arrived": "new"})
APP = AppEdits(labels={"org.example.own": "app"})

Config = dict[str, Any]
Edit = Callable[[Config], None]


@dataclass(frozen=True)
class Rebased:
    """What a rebase left behind: the image and its report, and what there was before."""

    host: ImageHost
    report: str
    app: str
    before: str
    """By its digest, or its image ID in a daemon."""
    run_image: str
    """As the platform gave it."""
    run: Image
    old_run: Image
    """The run image that it was on before."""
    image: Image

    @property
    def by_digest(self) -> str:
        """The run image by its digest."""
        return f"{self.run_image.rpartition(':')[0]}@{self.run.digest}"

    def written(self, folder: Path, text: str | None = None) -> Path:
        """Write the report, or another text, to a file."""
        path = folder / "report.toml"
        path.write_text(self.report if text is None else text)
        return path

    def restored(self) -> Rebased:
        """Put everything under its name again."""
        self.host.put(self.image, self.app)
        self.host.put(self.run, self.run_image)
        return self

    def left(self, image: Image) -> Rebased:
        """Let the rebase have left another image, and a report that speaks of that one."""
        self.host.put(image, self.app)
        report = re.sub(r'(?m)^ *digest = ".*"$', f'digest = "{image.digest}"', self.report)
        report = re.sub(r'(?m)^ *image-id = ".*"$', f'image-id = "{image.image_id}"', report)
        size = f"manifest-size = {len(image.manifest)}"
        report = re.sub(r"(?m)^ *manifest-size = \d+$", size, report)
        return replace(self, report=report, image=image)

    def with_config(self, edit: Edit) -> Rebased:
        """Let the rebase have left the image with another config."""
        config = json.loads(self.image.config)
        edit(config)
        return self.left(with_manifest(encode(config), self.image.layers, flavour="docker"))

    def without_layer(self, number: int) -> Rebased:
        """Let the rebase have lost a layer, bottom first."""
        config = json.loads(self.image.config)
        del config["rootfs"]["diff_ids"][number]
        config.pop("history", None)
        layers = list(self.image.layers)
        del layers[number]
        return self.left(with_manifest(encode(config), layers, flavour="docker"))

    def with_labels(self, labels: Mapping[str, str | None]) -> Rebased:
        """Let the rebase have left other labels; None takes one away."""

        def edit(config: Config) -> None:
            merged = {**config["config"]["Labels"], **labels}
            config["config"]["Labels"] = {k: v for k, v in merged.items() if v is not None}

        return self.with_config(edit)


def rebase(
    host: ImageHost,
    folder: Path,
    *,
    ask: Rebase | None = None,
    api: str = "0.14",
    environment: Mapping[str, str] | None = None,
) -> Rebased:
    """Have a lifecycle export an app image and rebase it."""
    bench = Bench(
        lifecycle=resolve("reference", phases=tuple(Phase), profile=Profile.RFC_0129_DRAFT.value),
        platform_api=PlatformApi.parse(api),
        host=host,
        folder=folder,
        timeout=60,
        keeps_images=True,
        environment=environment or {},
    )
    asked = ask or Rebase(old=OLD, new=NEW, app=APP)
    case = Case("rebased", "a rebase to be checked", Phase.REBASER, asked)
    seen = carry_out(bench, case)
    assert seen.asked is not None, seen.blocked
    assert seen.report.content is not None, seen.call
    name = seen.asked.images[0]
    for staged, image in seen.staged.items():
        if staged != name:
            bench.put(image, staged)
    after, before = seen.app, seen.app_before
    assert isinstance(after, AppImage)
    assert isinstance(before, AppImage)
    return Rebased(
        host=host,
        report=seen.report.content.decode(),
        app=name,
        before=before.image_id
        if host.target is Target.DAEMON
        else f"{name.rpartition(':')[0]}@{before.digest}",
        run_image=seen.asked.given or "",
        run=build_run_image(asked.new, edition=bench.names.edition("new")).image,
        old_run=build_run_image(asked.old, edition=bench.names.edition("old")).image,
        image=as_image(seen.left[name], after),
    )


def another_run_image() -> Image:
    """Return a run image that a tag may be moved to."""
    return build_run_image(Shape(layers=4), edition="third").image

"""A registry with run images, a build to export, and the reference lifecycle to call."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli

from pytest_cnb_report.drive.shapes import RunImage, Shape, build_run_image
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.reference.entry import run
from pytest_cnb_report.registry.embedded import EmbeddedRegistry

METADATA = "io.buildpacks.lifecycle.metadata"

Json = dict[str, Any]


@dataclass(frozen=True)
class AppImage:
    """An app image as the registry holds it."""

    digest: str
    manifest: Json
    config: Json

    @property
    def labels(self) -> dict[str, str]:
        return self.config["config"]["Labels"] or {}

    @property
    def metadata(self) -> Json:
        return json.loads(self.labels[METADATA])  # type: ignore[no-any-return]

    @property
    def diff_ids(self) -> list[str]:
        return self.config["rootfs"]["diff_ids"]  # type: ignore[no-any-return]


@dataclass
class Lab:
    """Where the reference lifecycle is tried; `api` and `profile` may be set anew."""

    registry: EmbeddedRegistry
    folder: Path
    api: str = "0.14"
    profile: str = "rfc-0129-draft"
    env: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return self.registry.address.removeprefix("http://")

    @property
    def report_path(self) -> Path:
        return self.folder / "report.toml"

    @property
    def layers(self) -> Path:
        return self.folder / "layers"

    @property
    def uses_run_toml(self) -> bool:
        return tuple(map(int, self.api.split("."))) >= (0, 12)

    def name(self, short: str) -> str:
        return f"{self.host}/{short}"

    # Images.

    def push(self, short: str, image: Image) -> None:
        repository, _, tag = short.partition(":")
        for layer in image.layers:
            self.registry.put_blob(repository, layer.blob)
        self.registry.put_blob(repository, image.config)
        self.registry.put_manifest(
            repository, tag or image.digest, image.manifest, image.media_type
        )

    def run_image(
        self, short: str, shape: Shape | None = None, labels: Mapping[str, str] | None = None
    ) -> RunImage:
        """Build a run image and push it; its repository and tag are its edition."""
        built = build_run_image(shape or Shape(), edition=short.replace(":", "-"), labels=labels)
        repository, _, tag = short.partition(":")
        if built.index is None:
            self.push(short, built.image)
        else:
            for image in built.index.images:
                self.push(f"{repository}:", image)
            index = built.index
            self.registry.put_manifest(repository, tag, index.manifest, index.media_type)
        return built

    def image(self, short: str) -> AppImage:
        repository, _, tag = short.partition(":")
        manifest = self.registry.get_manifest(repository, tag)
        assert manifest is not None, f"{short} is not there"
        document = json.loads(manifest.content)
        config = self.registry.get_blob(repository, document["config"]["digest"])
        assert config is not None
        return AppImage(manifest.digest, document, json.loads(config))

    def edit(
        self,
        short: str,
        labels: Mapping[str, str | None] | None = None,
        keys: Mapping[str, object] | None = None,
    ) -> None:
        """Push an image anew with labels changed (None removes one), and keys of its config."""
        repository, _, tag = short.partition(":")
        image = self.image(short)
        config = {**image.config, **(keys or {})}
        merged = {**image.labels, **(labels or {})}
        present = {key: value for key, value in merged.items() if value is not None}
        config["config"] = {**config["config"], "Labels": present}
        content = json.dumps(config).encode()
        digest = self.registry.put_blob(repository, content)
        descriptor = {**image.manifest["config"], "digest": digest, "size": len(content)}
        manifest = json.dumps({**image.manifest, "config": descriptor}).encode()
        self.registry.put_manifest(repository, tag, manifest, image.manifest["mediaType"])

    # Phases.

    def call(self, phase: str, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        environment = {
            "CNB_PLATFORM_API": self.api,
            "CNB_REFERENCE_PROFILE": self.profile,
            "PATH": os.environ["PATH"],
            **self.env,
            **(env or {}),
        }
        return run([phase, *arguments], environment)

    def lists(self, *entries: Sequence[str]) -> list[str]:
        """Write the run or stack file; each entry is a name and its mirrors. Return its flag."""
        tables = [
            f"image = {self.name(image)!r}\nmirrors = {[self.name(each) for each in mirrors]!r}\n"
            for image, *mirrors in entries
        ]
        if self.uses_run_toml:
            path, header = self.folder / "run.toml", "[[images]]\n"
        else:
            path, header = self.folder / "stack.toml", "[run-image]\n"
        path.write_text("".join(header + table for table in tables))
        return ["-run" if self.uses_run_toml else "-stack", str(path)]

    def build(self, metadata: str = "", group: str = "") -> None:
        """Leave what a build leaves in the layers directory, and an application."""
        (self.layers / "config").mkdir(parents=True, exist_ok=True)
        (self.layers / "config" / "metadata.toml").write_text(metadata)
        (self.layers / "group.toml").write_text(group)
        (self.folder / "app").mkdir(exist_ok=True)
        (self.folder / "app" / "hello.txt").write_text("hello\n")
        (self.folder / "launcher").write_text("#!/bin/sh\n")

    def analyze(self, run_image: str, *images: str) -> int:
        return self.call(
            "analyzer",
            *("-layers", str(self.layers)),
            *("-run-image", self.name(run_image)),
            *map(self.name, images),
        )

    def export(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        """Export; `arguments` end with image names in full."""
        return self.call(
            "exporter",
            *("-layers", str(self.layers)),
            *("-app", str(self.folder / "app")),
            *("-launcher", str(self.folder / "launcher")),
            *("-report", str(self.report_path)),
            *arguments,
            env=env,
        )

    def exported(self, app: str, run_image: str, *mirrors: str) -> AppImage:
        """Export an app image onto a run image that is already there, the usual way."""
        self.build()
        flags = self.lists((run_image, *mirrors))
        assert self.analyze(run_image, app) == 0
        assert self.export(*flags, self.name(app)) == 0
        return self.image(app)

    def rebase(
        self,
        *images: str,
        onto: str = "",
        flags: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> int:
        chosen = ["-run-image", self.name(onto)] if onto else []
        report = ["-report", str(self.report_path)]
        return self.call("rebaser", *chosen, *report, *flags, *map(self.name, images), env=env)

    def report(self) -> Json:
        return tomli.loads(self.report_path.read_text())

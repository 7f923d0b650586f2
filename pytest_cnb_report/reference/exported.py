"""The parts of an exported image: its layers, its metadata labels, its configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from pytest_cnb_report.reference import layertar, tomltext
from pytest_cnb_report.reference.errors import EXPORT_ERROR, PhaseError
from pytest_cnb_report.reference.image import Image, Json, Layer
from pytest_cnb_report.reference.inputs import RUN_TOML, Inputs
from pytest_cnb_report.reference.rebased import CREATED, LIFECYCLE_METADATA, history_of
from pytest_cnb_report.reference.resolution import Entry

BUILD_METADATA = "io.buildpacks.build.metadata"
PROJECT_METADATA = "io.buildpacks.project.metadata"
BUILDPACK_FILES = ("build.toml", "launch.toml", "store.toml")


class Made(NamedTuple):
    """A layer of the app's own, and what its history says."""

    layer: Layer
    created_by: str


class Build(NamedTuple):
    """What the buildpacks left: the group that took part, and `metadata.toml`."""

    group: list[Json]
    metadata: Json

    @property
    def processes(self) -> list[Json]:
        """The processes that the buildpacks provide."""
        return self.metadata.get("processes") or []


class ExportedLayers:
    """The app's own layers, each made once and counted in the lifecycle metadata."""

    def __init__(self, inputs: Inputs, build: Build) -> None:
        self.inputs = inputs
        self.build = build
        self.made: list[Made] = []

    def metadata(self) -> Json:
        """Make the layers; return the keys of the lifecycle metadata that say which is which."""
        layers, owner = self.inputs.layers(), self.inputs.owner()
        metadata: Json = {
            "buildpacks": [self.buildpack(buildpack) for buildpack in self.build.group]
        }
        if (layers / "sbom" / "launch").is_dir():
            metadata["sbom"] = self.add(
                layertar.directory(layers / "sbom" / "launch", owner), "Software Bill-of-Materials"
            )
        metadata["app"] = self.app()
        launcher = self.inputs.path("launcher", layertar.LAUNCHER)
        metadata["launcher"] = self.add(
            layertar.launcher(launcher), "Buildpacks Application Launcher"
        )
        metadata["config"] = self.add(
            layertar.directory(layers / "config", owner), "Buildpacks Launcher Config"
        )
        types = [process["type"] for process in self.build.processes]
        if types:
            metadata["process-types"] = self.add(
                layertar.processes(types), "Buildpacks Process Types"
            )
        return metadata

    def add(self, tar: bytes, created_by: str) -> Json:
        """Put a layer on top of those made before; return how metadata refers to it."""
        layer = Layer.of(tar)
        self.made.append(Made(layer, created_by))
        return {"sha": layer.diff_id}

    def app(self) -> list[Json]:
        """Make one layer for each slice of the application, and one for the rest."""
        slices = [table.get("paths") or [] for table in self.build.metadata.get("slices") or []]
        divided = layertar.sliced(self.inputs.app(), slices)
        return [
            self.add(
                layertar.files(paths, self.inputs.owner()),
                f"Application Slice: {number}" if slices else "Application Layer",
            )
            for number, paths in enumerate(divided, start=1)
        ]

    def buildpack(self, buildpack: Json) -> Json:
        """Make the launch layers of one buildpack."""
        name = f"{buildpack['id']}@{buildpack['version']}"
        folder = self.inputs.layers() / buildpack["id"].replace("/", "_")
        layers = {}
        for path in sorted(folder.glob("*.toml")):
            table = tomltext.read(path) if path.name not in BUILDPACK_FILES else {}
            types = table.get("types") or {}
            if types.get("launch"):
                if not path.with_suffix("").is_dir():
                    raise PhaseError(
                        EXPORT_ERROR, f"layer '{path.stem}' of buildpack {name} has no contents"
                    )
                tar = layertar.directory(path.with_suffix(""), self.inputs.owner())
                layers[path.stem] = {
                    **self.add(tar, f"Layer: '{path.stem}', Created by buildpack: {name}"),
                    "data": table.get("metadata"),
                    **{kind: bool(types.get(kind)) for kind in ("build", "launch", "cache")},
                }
        return {"key": buildpack["id"], "version": buildpack["version"], "layers": layers}


class ExportedMetadata:
    """The `io.buildpacks.lifecycle.metadata` label of an exported image."""

    def __init__(self, inputs: Inputs, run_image: Image, entry: Entry | None, layers: Json) -> None:
        self.api = inputs.api
        self.inputs = inputs
        self.base = run_image
        self.entry = entry
        self.layers = layers

    def label(self) -> str:
        """Spell it as JSON."""
        return as_json(self.document())

    def document(self) -> Json:
        """Say which layers are whose, and what the image stands on."""
        return {**self.layers, "runImage": self.run_image(), "stack": self.stack()}

    def run_image(self) -> Json:
        """Describe the run image: what identifies it and, from platform API 0.12, its names."""
        names = self.names() if self.api >= RUN_TOML else {}
        return {"topLayer": self.top_layer(), "reference": self.reference(), **names}

    def stack(self) -> Json:
        """Describe the run image's names once more for older platforms."""
        return {"runImage": self.names()}

    def names(self) -> Json:
        """The run image's name and mirrors, as the platform lists them."""
        return self.entry.as_json() if self.entry else {}

    def top_layer(self) -> str:
        """The diff ID of the run image's top layer."""
        return self.base.diff_ids[-1]

    def reference(self) -> str:
        """What identifies the run image."""
        return self.base.reference


class ExportedConfig:
    """The run image's configuration, changed for the app that now stands on it."""

    def __init__(self, inputs: Inputs, run_image: Image, build: Build) -> None:
        self.api = inputs.api
        self.inputs = inputs
        self.base = run_image
        self.build = build

    def config(self, layers: Sequence[Layer], made: Sequence[Made], metadata: str) -> Json:
        """Keep everything but what an export sets."""
        created = self.created()
        return {
            **self.base.config,
            "created": created,
            "config": {
                **self.execution(),
                "Env": self.environment(),
                "Entrypoint": [self.entrypoint()],
                "WorkingDir": str(self.inputs.app()),
                "Labels": self.labels(metadata),
            },
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
            "history": [
                *history_of(self.base),
                *({"created": created, "created_by": each.created_by} for each in made),
            ],
        }

    def execution(self) -> Json:
        """The run image's own way to run; its command means nothing to the launcher."""
        execution = self.base.config.get("config") or {}
        return {key: value for key, value in execution.items() if key != "Cmd"}

    def labels(self, metadata: str) -> dict[str, str]:
        """Inherit the run image's labels, add the lifecycle's; buildpacks have the last word."""
        return {
            **self.inherited(),
            LIFECYCLE_METADATA: metadata,
            BUILD_METADATA: self.build_metadata(),
            PROJECT_METADATA: self.project_metadata(),
            **{label["key"]: label["value"] for label in self.build.metadata.get("labels") or []},
        }

    def inherited(self) -> dict[str, str]:
        """The run image's labels."""
        return self.base.labels

    def build_metadata(self) -> str:
        """Say what the buildpacks provide, and which took part."""
        return as_json(
            {
                "buildpacks": self.build.group,
                "launcher": {
                    "version": "reference",
                    "source": {"git": {"repository": "", "commit": ""}},
                },
                "processes": [self.process(process) for process in self.build.processes],
            }
        )

    def process(self, process: Json) -> Json:
        """Spell a process; its command is an array from platform API 0.10, one string before."""
        command = process.get("command", "")
        words = command if isinstance(command, list) else [command]
        described = {
            key: value
            for key, value in process.items()
            if key != "buildpack-id" and value is not None
        }
        described["buildpackID"] = process.get("buildpack-id", "")
        described["command"] = words if self.api >= (0, 10) else words[0]
        return described

    def project_metadata(self) -> str:
        """Hand on what the platform says of the application's source."""
        path = self.inputs.path("project-metadata", self.inputs.layers() / "project-metadata.toml")
        return as_json(tomltext.read(path, missing_ok=True))

    def environment(self) -> list[str]:
        """Extend the run image's environment."""
        base = self.base.environment
        return [
            f"{key}={value}"
            for key, value in {
                **base,
                "CNB_LAYERS_DIR": str(self.inputs.layers()),
                "CNB_APP_DIR": str(self.inputs.app()),
                # By this a later rebase knows which rules the image was made under.
                "CNB_PLATFORM_API": f"{self.api[0]}.{self.api[1]}",
                "PATH": f"{layertar.PROCESSES}:{base.get('PATH', '')}",
            }.items()
        ]

    def entrypoint(self) -> str:
        """Start the chosen process, else the buildpacks' default one, else the launcher itself."""
        chosen = self.inputs.text("process-type")
        if chosen and all(chosen != process.get("type") for process in self.build.processes):
            raise PhaseError(EXPORT_ERROR, f"tried to set {chosen} to default but it doesn't exist")
        process = chosen or self.build.metadata.get("buildpack-default-process-type")
        return f"{layertar.PROCESSES}/{process}" if process else layertar.LAUNCHER

    def created(self) -> str:
        """When the image was made: a constant or, from API 0.9, `SOURCE_DATE_EPOCH`."""
        epoch = self.inputs.env.get("SOURCE_DATE_EPOCH", "") if self.api >= (0, 9) else ""
        if not (epoch.isascii() and epoch.isdigit()):
            return CREATED
        return datetime.fromtimestamp(int(epoch), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(value: Any) -> str:  # noqa: ANN401 - whatever a TOML document holds
    """Spell a value as JSON, dates as text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

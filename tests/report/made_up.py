"""Runs made up for tests and for looking at pages: no lifecycle is needed to make one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.report.results import (
    Evidence,
    LifecycleFacts,
    RequirementFacts,
    Result,
    Run,
    SuiteFacts,
    TargetFacts,
    Timing,
    WireRequest,
)
from pytest_cnb_report.report.truncate import evidence
from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Profile, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_cnb_report.report.layout import Line

E, C, B = Phase.EXPORTER, Phase.CREATOR, Phase.REBASER
REG, DMN = Target.REGISTRY, Target.DAEMON

REQUIREMENTS = {
    "report.written": ("MUST", "ECB", "A run that succeeds leaves the report at the path given."),
    "report.default-path": ("MUST", "EC", "Without a path the report is at <layers>/report.toml."),
    "report.valid-toml": ("MUST", "ECB", "The report is UTF-8 and TOML."),
    "report.replaced": ("MUST", "ECB", "A longer report at that path leaves nothing behind."),
    "report.absent-on-failure": ("SHOULD", "ECB", "A run that fails leaves no report of success."),
    "report.image.tags": ("MUST", "ECB", "Every tag reference that the app image was written to."),
    "report.image.digest": ("MUST", "ECB", "The digest of the app image's manifest."),
    "report.image.manifest-size": ("MUST", "ECB", "The size of that manifest in bytes."),
    "report.run-image.image": ("MUST", "ECB", "A name under which the platform knows it."),
    "report.run-image.reference": ("MUST", "ECB", "Identifies the run image and no other."),
    "report.run-image.reference.immutable": ("MUST", "ECB", "A movable name identifies nothing."),
    "report.run-image.reference.form": ("MAY", "ECB", "Which of the permitted forms was chosen."),
    "report.run-image.top-layer": ("MUST", "ECB", "The diff ID of the run image's top layer."),
    "report.run-image.layout": ("MUST", "ECB", "The fields stand where the profile puts them."),
    "export.labels.stack.inherited": ("MUST", "EC", "The app image carries the stack labels."),
    "export.metadata.top-layer": ("MUST", "EC", "The label names the run image's top layer."),
    "rebase.labels.stack.added": ("MUST", "B", "Every stack label of the new run image is there."),
    "rebase.labels.stack.replaced": ("MUST", "B", "A label on both sides takes the new value."),
    "rebase.labels.stack.copied": ("MUST", "B", "The value is identical byte for byte."),
    "rebase.labels.stack.removed": ("MUST", "B", "A label only on the app image is gone."),
    "rebase.labels.other.preserved": ("MUST", "B", "Every other label of the app image stays."),
    "rebase.labels.other.not-copied": ("MUST", "B", "No other label of the run image arrives."),
    "rebase.labels.boundary": ("MUST", "B", "Near misses of the prefixes are other labels."),
    "rebase.succeeds": ("MUST", "B", "A rebase that is permitted exits 0."),
    "rebase.layers": ("MUST", "B", "The new run image's layers, then the app's own."),
    "rebase.metadata.forced-unlisted": ("MUST", "B", "A forced run image is the one given."),
    "rebase.created.constant": ("SHOULD", "B", "The time of creation is a constant."),
}
CASES = ("plain", "gzip", "zstd", "uncompressed", "no-history", "several-tags", "index", "variant")


HINT = "Take it from the image that the phase was given."


def result(requirement: str = "report.written", **changes: object) -> Result:
    """Make a result that passes, with what a test wants different."""
    values: dict[str, Any] = {
        "requirement": requirement,
        "level": Level.MUST,
        "phase": E,
        "target": REG,
        "case": "plain",
        "outcome": Outcome.PASS,
        "message": "as required",
    }
    values.update(changes)
    return Result(**values)


def failure(requirement: str = "report.run-image.image", **changes: object) -> Result:
    """Make a result that fails, with all that a reader wants to know of it."""
    values: dict[str, Any] = {
        "outcome": Outcome.FAIL,
        "message": "report.toml names no run image",
        "expected": "localhost:5000/run/base:noble",
        "actual": None,
        "reproduce": (
            "cnb-conformance run --lifecycle /opt/lifecycle/v0.20.20 --platform-api 0.14 "
            f"--requirement {requirement} -- -k 'exporter and registry and plain'"
        ),
    }
    values.update(changes)
    return result(requirement, **values)


def run(*results: Result, **changes: object) -> Run:
    """Make a run of `results`."""
    values: dict[str, Any] = {
        "suite": SuiteFacts("pytest-cnb-report", "0.1.0"),
        "lifecycle": LifecycleFacts(
            "/opt/lifecycle/v0.20.20", "directory", "0.20.20", hashlib.sha256(b"x").hexdigest()
        ),
        "platform_api": PlatformApi(0, 14),
        "profile": Profile.RFC_0129_DRAFT,
        "targets": {
            REG: TargetFacts(judged=True),
            DMN: TargetFacts(judged=True),
        },
        "timing": Timing(wall_s=48.2, lifecycle_s=41.75, invocations=512),
        "started": "2025-11-21T10:04:00Z",
        "seed": 0,
        "strict": False,
        "results": results,
        "requirements": {each.requirement: facts(each.requirement) for each in results},
        "readings": {
            "short-image-id": "Does a shortened image ID identify an image? Judged by: yes, where "
            "it is unambiguous at its target."
        },
        "command": "cnb-conformance run --lifecycle /opt/lifecycle/v0.20.20",
    }
    values.update(changes)
    return Run(**values)


def facts(requirement: str) -> RequirementFacts:
    """Give the facts of a requirement, made up where it is none of the table."""
    _, _, statement = REQUIREMENTS.get(requirement, ("MUST", "B", f"What {requirement} asks."))
    readings: tuple[str, ...] = ()
    if requirement == "report.run-image.reference":
        readings = ("short-image-id",)
    return RequirementFacts(
        statement,
        "Platform specification, Rebaser",
        "https://github.com/buildpacks/spec/blob/main/platform.md#rebaser",
        readings,
        hint="Take it from the image that the phase was given."
        if "run-image" in requirement
        else "",
        derived=requirement.endswith((".image", ".layout")),
    )


def large(
    cases: int = 48, *, daemon: bool = True, faulty: bool = True, daemon_why: str = ""
) -> Run:
    """Make a run such as a real lifecycle gives: run image fields absent, one label rule broken."""
    targets = (REG, DMN) if daemon else (REG,)
    names = [CASES[i] if i < len(CASES) else f"generated-{i}" for i in range(cases)]
    results, seen = [], {}
    for requirement, (level, phases, _) in REQUIREMENTS.items():
        for phase in [p for letter, p in (("E", E), ("C", C), ("B", B)) if letter in phases]:
            for target in targets:
                for case in names:
                    key = f"{phase.value}/{target.value}/{case}"
                    verdict = _verdict(requirement, target, case) if faulty else {}
                    results.append(
                        result(
                            requirement,
                            level=Level(level),
                            phase=phase,
                            target=target,
                            case=case,
                            evidence=key,
                            **verdict,
                        )
                    )
                    seen[key] = (phase, case)
    return run(
        *results,
        targets={
            REG: TargetFacts(judged=True),
            DMN: TargetFacts(judged=daemon, why="" if daemon else daemon_why),
        },
        evidence=tuple(made_evidence(key, *where) for key, where in seen.items()),
    )


def _verdict(requirement: str, target: Target, case: str) -> Mapping[str, Any]:
    """Say what is wrong with one requirement, in the cases where something is."""
    digest = f"sha256:{hashlib.sha256(case.encode()).hexdigest()}"
    old = [f"sha256:{hashlib.sha256(f'{case}{i}'.encode()).hexdigest()}" for i in range(4)]
    name = "io.buildpacks.stack.maintainer"
    before = {name: "Jürgen\u200b \u00a0Ω ", "kept": "yes", "n": 1}
    after = {name: "Jürgen Ω ", "kept": "yes", "extra": "<b>"}
    absent = {
        "outcome": Outcome.UNTESTABLE,
        "message": "report.toml has no [run-image] table, so nothing can be said of its fields",
        "cause": "report.run-image.image",
    }
    wrong: dict[str, tuple[bool, Mapping[str, Any]]] = {
        "report.run-image.image": (
            True,
            _failed("report.toml names no run image", "localhost:5000/run/base:noble", None),
        ),
        "report.run-image.top-layer": (
            True,
            _failed("report.toml has no top layer", digest, None),
        ),
        "report.run-image.reference": (True, absent),
        "report.run-image.reference.immutable": (True, absent),
        "report.run-image.reference.form": (True, absent),
        "report.image.digest": (
            target is DMN,
            {"outcome": Outcome.NOT_APPLICABLE, "message": "a daemon has no manifest digest"},
        ),
        "rebase.layers": (
            case in {"no-history", "variant", "generated-11"},
            _failed("the old run image's top layer is still there", old[:3], [*old[:2], old[3]]),
        ),
        "rebase.labels.stack.copied": (
            case.endswith("3"),
            _failed("a value was changed on the way", before, after),
        ),
        "rebase.created.constant": (
            True,
            _failed("two rebases differ", "1980-01-01T00:00:01Z", "2025-11-21T10:04:09Z")
            | {"outcome": Outcome.WARN},
        ),
        "rebase.metadata.forced-unlisted": (
            case == "plain",
            _failed("the mirrors are still there", [], ["registry.example/run"])
            | {"outcome": Outcome.KNOWN_FAILURE, "reason": "issue 1234, to be mended in 0.22"},
        ),
        "report.absent-on-failure": (
            case == "index",
            {"outcome": Outcome.ERROR, "message": "the suite could not read its own registry"},
        ),
    }
    applies, changes = wrong.get(requirement, (False, {}))
    return changes if applies else {}


def _failed(message: str, expected: object, actual: object) -> dict[str, Any]:
    command = "cnb-conformance run --lifecycle /opt/lifecycle/v0.20.20 -- -k 'rebaser and plain'"
    return {
        "outcome": Outcome.FAIL,
        "message": message,
        "expected": expected,
        "actual": actual,
        "reproduce": command,
    }


def made_evidence(key: str, phase: Phase, case: str) -> Evidence:
    """Make what a call of the lifecycle left, with text that a page must not take for markup."""
    digest = f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    tag = f"localhost:5000/app/{case}:1"
    return evidence(
        key,
        command=(f"/opt/lifecycle/v0.20.20/{phase.value}", "-report", "/lab/report.toml", tag),
        environment={"CNB_PLATFORM_API": "0.14", "DOCKER_CONFIG": "/lab/docker"},
        exit_code=0,
        duration_s=0.053,
        stdout=f"\x1b[34;1m===> {phase.value.upper()}ING\x1b[0m\nSaving {case}... </script><b>\n",
        stderr=b"Warning: \xff label\n",
        requests=[
            WireRequest("HEAD", f"/v2/app/{case}/manifests/1", 200),
            WireRequest("POST", f"/v2/app/{case}/blobs/uploads/", 202, "cross-repository mount"),
            WireRequest("PUT", f"/v2/app/{case}/manifests/1", 201, digest),
        ],
        files={
            "report.toml": f'[image]\ntags = ["{tag}"]\ndigest = "{digest}"\n',
            f"manifest before: {case}:1": '{\n  "schemaVersion": 2,\n  "layers": []\n}\n',
            f"manifest after: {case}:1": f'{{"schemaVersion": 2, "config": "{digest}"}}\n',
            f"config before: {case}:1": '{"config": {"Labels": {"b": "<!-- -->", "a": "1"}}}',
            f"config after: {case}:1": (
                '{"created": 9007199254740993,'
                ' "config": {"Labels": {"a": "1", "b": "\\u003c!-- --\\u003e", "c": ""}}}'
            ),
        },
    )


def unstyled(lines: Iterable[Line]) -> str:
    """Write lines as text without their styles."""
    return "\n".join("".join(segment.text for segment in line) for line in lines)

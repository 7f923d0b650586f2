"""`report.json`: a `Run` as JSON, and back.

`schema.json` beside this module says what the file looks like. Reading checks a file against it, so
that a file that is damaged, newer or another tool's is named as such.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.judge.text import Amended, Change
from pytest_cnb_report.report.results import (
    SCHEMA_VERSION,
    Evidence,
    KnownFailureFacts,
    LifecycleFacts,
    RequirementFacts,
    Result,
    Run,
    ScenarioFacts,
    SuiteFacts,
    TargetFacts,
    Timing,
    WireRequest,
)
from pytest_cnb_report.report.truncate import bounded
from pytest_cnb_report.report.verdict import summary, verdict
from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Profile, Target

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema_rs import ValidationError

SUITE = "pytest-cnb-report"

_LONGEST = 256 * 1024 * 1024
"""Bytes that a compressed results file may have when it is decompressed; of 10,000 scenarios it has
a tenth."""
_MEMORY = 128 * 1024 * 1024
"""Bytes that decompressing may take."""


@dataclass
class ResultsError(Exception):
    """A results file that cannot be used: which, why, and what to do."""

    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@cache
def schema() -> dict[str, Any]:
    """Give the JSON Schema of `report.json`."""
    text = resources.files(__package__).joinpath("schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def dumps(run: Run) -> str:
    """Write `run` as the text of `report.json`; results and evidence have a line each."""
    members = (f" {json.dumps(name)}: {_member(name, v)}" for name, v in to_json(run).items())
    return "{\n" + ",\n".join(members) + "\n}\n"


def _member(name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    """Write a member of the file; what there is most of without indentation, in half the time."""
    if name not in {"results", "evidence"} or not value:
        return json.dumps(value, indent=1, allow_nan=False).replace("\n", "\n ")
    return "[\n  " + ",\n  ".join(json.dumps(each, allow_nan=False) for each in value) + "\n ]"


def to_json(run: Run) -> dict[str, Any]:
    """Give `run` as plain JSON values, with the summary and the verdict that follow from it."""
    comes_to = verdict(run)
    return {
        "schema_version": SCHEMA_VERSION,
        "suite": asdict(run.suite),
        "lifecycle": asdict(run.lifecycle),
        "platform_api": str(run.platform_api),
        "profile": run.profile.value,
        "amendment": asdict(run.amendment) if run.amendment is not None else None,
        "targets": {target.value: asdict(facts) for target, facts in run.targets.items()},
        "complete": run.complete,
        "conformant": comes_to.conformant,
        "exit_code": comes_to.exit_code,
        "why": list(comes_to.why),
        "summary": {
            level.value: {outcome.value: count for outcome, count in counts.items()}
            for level, counts in summary(run.results).items()
        },
        "timing": asdict(run.timing),
        "started": run.started,
        "seed": run.seed,
        "strict": run.strict,
        "deselected": run.deselected,
        "deselected_by": run.deselected_by,
        "shard": run.shard,
        "cut_short": run.cut_short,
        "declined": {"results": len(run.declined), "scenarios": run.declined_scenarios},
        "command": run.command,
        "app_images": run.app_images,
        "known_failures": asdict(run.known_failures) if run.known_failures else None,
        "requirements": {name: asdict(facts) for name, facts in run.requirements.items()},
        "readings": dict(run.readings),
        "scenarios": {name: asdict(facts) for name, facts in run.scenarios.items()},
        "results": [result_to_json(result) for result in run.results],
        "evidence": [_evidence_to_json(evidence) for evidence in run.evidence],
    }


def read(path: Path) -> Run:
    """Read the `report.json` at `path`, which may be compressed with xz.

    Raises `ResultsError` where it is none or not whole.
    """
    try:
        content = _decompressed(path) if path.suffix == ".xz" else path.read_bytes()
        return loads(content.decode(), str(path))
    except OSError as error:
        raise ResultsError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResultsError(str(path), f"is not JSON: {_NOT_OURS}") from error


def _decompressed(path: Path) -> bytes:
    with path.open("rb") as file:
        try:
            content = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY).decompress(
                file.read(_LONGEST + 1), _LONGEST + 1
            )
        except lzma.LZMAError as problem:
            raise ResultsError(str(path), f"is not compressed with xz: {_NOT_OURS}") from problem
    if len(content) > _LONGEST:
        raise ResultsError(str(path), f"has more than {_LONGEST:,} bytes: {_NOT_OURS}")
    return content


def loads(text: str, name: str) -> Run:
    """Read the text of a `report.json` called `name`; raises `ResultsError` as `read` does."""
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            problem = (
                f"ends in the middle, after {len(text):,} characters: it was not written to its "
                "end. Take a whole copy, or repeat the run that wrote it"
            )
        else:
            problem = f"is not JSON (line {error.lineno}: {error.msg}): {_NOT_OURS}"
        raise ResultsError(name, problem) from error
    except (ValueError, RecursionError) as error:
        raise ResultsError(name, f"is not JSON that can be read: {_NOT_OURS}") from error
    wrong = _wrong_file(data) or _wrong_layout(data)
    if wrong:
        raise ResultsError(name, wrong)
    return _run(data)


_NOT_OURS = f"expected the report.json that {SUITE} writes"


def _no_constant(constant: str) -> None:
    raise ValueError(constant)


def _wrong_file(data: Any) -> str | None:  # noqa: ANN401 - anything that JSON may hold
    """Tell another tool's file, and a newer one, from a damaged one."""
    if not isinstance(data, dict) or "schema_version" not in data or "suite" not in data:
        return f"is not a results file of this suite: {_NOT_OURS}"
    suite = data["suite"] if isinstance(data["suite"], dict) else {}
    if suite.get("name") != SUITE:
        return f"was written by {suite.get('name')!r}: {_NOT_OURS}"
    version = data["schema_version"]
    if isinstance(version, int) and version > SCHEMA_VERSION:
        return (
            f"has layout {version}, written by {SUITE} {suite.get('version')}; this version reads "
            f"layouts up to {SCHEMA_VERSION}. Install that version or a newer one"
        )
    return None


def _wrong_layout(data: dict[str, Any]) -> str | None:
    from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 - most runs only write

    errors = Draft202012Validator(schema()).iter_errors(data)
    error = min(errors, key=lambda each: len(each.instance_path), default=None)
    if error is None:
        return None
    where = f"{_json_path(error)}: {error.message[:300]}"
    return f"does not have the layout of a results file: {where}"


def _json_path(error: ValidationError) -> str:
    parts = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.instance_path)
    return "$" + "".join(parts)


def result_to_json(result: Result) -> dict[str, Any]:
    """Give one result as plain JSON values, bounded."""
    return {
        "requirement": result.requirement,
        "level": result.level.value,
        "phase": result.phase.value,
        "target": result.target.value,
        "case": result.case,
        "outcome": result.outcome.value,
        "message": result.message,
        "expected": bounded(result.expected),
        "actual": bounded(result.actual),
        "reproduce": result.reproduce,
        "cause": result.cause,
        "reason": result.reason,
        "readings": list(result.readings),
        "evidence": result.evidence,
        **({"missing": result.missing} if result.missing is not None else {}),
        **({"declined": True} if result.declined else {}),
    }


def _evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    # `asdict` copies each text and request, which takes a third of the file's time
    found = {**vars(evidence), "requests": [vars(each) for each in evidence.requests]}
    if not evidence.unkilled:
        del found["unkilled"]
    return found


def _amendment(data: dict[str, Any] | None) -> Amended | None:
    if data is None:
        return None
    return Amended(data["text"], data["file"], tuple(Change(**each) for each in data["changes"]))


def _run(data: dict[str, Any]) -> Run:
    """Build a `Run` from what the schema has found right; what follows from it is not read."""
    known = data.get("known_failures")
    return Run(
        suite=SuiteFacts(data["suite"]["name"], data["suite"]["version"]),
        lifecycle=LifecycleFacts(
            **{key: data["lifecycle"][key] for key in ("given", "kind", "version", "sha256")}
        ),
        platform_api=PlatformApi.parse(data["platform_api"]),
        profile=Profile(data["profile"]),
        amendment=_amendment(data.get("amendment")),
        targets={
            Target(name): TargetFacts(facts["judged"], facts["why"])
            for name, facts in data["targets"].items()
        },
        timing=Timing(
            **{key: data["timing"][key] for key in ("wall_s", "lifecycle_s", "invocations")}
        ),
        started=data["started"],
        seed=data["seed"],
        strict=data["strict"],
        deselected=data["deselected"],
        deselected_by=data.get("deselected_by", ""),
        shard=data.get("shard", ""),
        cut_short=data["cut_short"],
        command=data.get("command", ""),
        app_images=data.get("app_images", ""),
        known_failures=None
        if known is None
        else KnownFailureFacts(
            known["file"],
            known["entries"],
            tuple(known["problems"]),
            tuple(known.get("idle", ())),
        ),
        requirements={name: _facts(facts) for name, facts in data.get("requirements", {}).items()},
        readings=data.get("readings", {}),
        scenarios={
            name: ScenarioFacts(each["why"], each["point"], each.get("differences", 0))
            for name, each in data.get("scenarios", {}).items()
        },
        results=tuple(result_from_json(result) for result in data["results"]),
        evidence=tuple(evidence_from_json(evidence) for evidence in data.get("evidence", ())),
    )


def _facts(data: dict[str, Any]) -> RequirementFacts:
    return RequirementFacts(
        statement=data["statement"],
        source=data["source"],
        url=data["url"],
        readings=tuple(data["readings"]),
        title=data.get("title", ""),
        hint=data.get("hint", ""),
        derived=data.get("derived", False),
        area=data.get("area", ""),
        released=data.get("released", True),
    )


def result_from_json(data: dict[str, Any]) -> Result:
    """Read what `result_to_json` gave."""
    return Result(
        requirement=data["requirement"],
        level=Level(data["level"]),
        phase=Phase(data["phase"]),
        target=Target(data["target"]),
        case=data["case"],
        outcome=Outcome(data["outcome"]),
        message=data["message"],
        expected=data["expected"],
        actual=data["actual"],
        reproduce=data["reproduce"],
        cause=data.get("cause"),
        reason=data.get("reason"),
        readings=tuple(data.get("readings", ())),
        evidence=data.get("evidence"),
        missing=data.get("missing"),
        declined=data.get("declined", False),
    )


def evidence_from_json(data: dict[str, Any]) -> Evidence:
    """Read an `Evidence` that was given as plain JSON values."""
    return Evidence(
        key=data["key"],
        command=tuple(data["command"]),
        environment=data["environment"],
        exit_code=data["exit_code"],
        duration_s=data["duration_s"],
        stdout=data["stdout"],
        stderr=data["stderr"],
        requests=tuple(
            WireRequest(each["method"], each["path"], each["status"], each["note"], each.get("at"))
            for each in data["requests"]
        ),
        files=data["files"],
        unkilled=tuple(data.get("unkilled", ())),
    )

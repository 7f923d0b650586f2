"""`cnb-conformance doctor`: what is there to judge with, and what to do about what is not."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from pytest_cnb_report.cli import terminal_style
from pytest_cnb_report.cli.option_args import add_format
from pytest_cnb_report.report.layout import is_ascii_only
from pytest_cnb_report.values import PLATFORM_APIS, Phase, Profile
from pytest_cnb_report.version import VERSION

if TYPE_CHECKING:
    from pytest_cnb_report.daemon.probe import Finding
    from pytest_cnb_report.report.layout import Line

_PHASES = (Phase.ANALYZER, Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)
# without these no run begins, whatever its targets
_EVERY_RUN = ("Python", "temporary folder", "journal", "user")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "doctor",
        help="check this machine: what a run can use, and how to get what is missing",
        description="Show what a run can use on this machine, and how to get what is"
        " missing. Nothing is changed. The exit code is always 0.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--lifecycle", metavar="WHAT", help="the lifecycle to look at (default: that of `run`)"
    )
    add_format(parser)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    findings = tuple(examine(options.lifecycle))
    if options.format == "json":
        told = {"suite": VERSION, "findings": [asdict(finding) for finding in findings]}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        plain = is_ascii_only(sys.stdout)
        terminal_style.write(table(findings, terminal_style.width(), ascii_only=plain), sys.stdout)
    return 0


def examine(lifecycle: str | None) -> Iterator[Finding]:
    """Look at everything that a run may need, one finding each; raises nothing."""
    from pytest_cnb_report.daemon.probe import probe  # noqa: PLC0415

    yield _python()
    yield _temporary_folder()
    yield _journal()
    yield from _lifecycle(lifecycle)
    yield _embedded()
    yield _process()
    yield from probe()
    yield _user()


def table(findings: Sequence[Finding], width: int, *, ascii_only: bool = False) -> list[Line]:
    """Lay findings out, each with what to do where it is not usable, and what follows for a run."""
    from pytest_cnb_report.report.layout import Segment, entry, to_ascii, wrapped  # noqa: PLC0415

    hang = min(2 + max(len(finding.subject) for finding in findings) + 2, width // 2)
    found: list[Line] = []
    told: set[str] = set()
    for finding in findings:
        sign, colour = ("✓", "green") if finding.usable else ("✗", "red")
        sign = {"✓": "ok", "✗": "X"}[sign] if ascii_only else sign
        label = f"{sign:<2}{finding.subject}" if not ascii_only else f"{sign:<3}{finding.subject}"
        found += entry(label, finding.detail, width=width, hang=hang + 1, mark=(colour,))
        if finding.remedy and finding.remedy not in told:
            told.add(finding.remedy)
            text = f"→ {finding.remedy}"
            found += entry("", text, width=width, hang=hang + 1, markup=("bold",))
    found.append(())
    for text in conclusions(findings):
        found += [(Segment(piece, ("bold",)),) for piece in wrapped(text, width)]
    if ascii_only:
        found = [tuple(Segment(to_ascii(s.text), s.markup) for s in line) for line in found]
    return found


def conclusions(findings: Iterable[Finding]) -> list[str]:
    """Say what a run can judge with this: a sentence for each target, or why no run begins."""
    from pytest_cnb_report.daemon.providers import KINDS as DAEMONS  # noqa: PLC0415
    from pytest_cnb_report.registry.providers import KINDS as REGISTRIES  # noqa: PLC0415

    findings = tuple(findings)
    unusable = [finding.subject for finding in findings if not finding.usable]
    if blocking := [subject for subject in _EVERY_RUN if subject in unusable]:
        return [f"no run can start until this is fixed: {', '.join(blocking)}"]
    usable = {finding.subject for finding in findings if finding.usable}
    told = []
    for name, kinds in (("registry", REGISTRIES), ("daemon", DAEMONS)):
        there = [
            f"--{name} {kind.spelled}" for kind in kinds if kind.needs and usable >= set(kind.needs)
        ]
        if there:
            told.append(f"target {name}: can be tested with {', '.join(there)}")
        else:
            told.append(f"target {name}: cannot be tested here, except at an address that you give")
    return told


def _finding(subject: str, detail: str, *, usable: bool = True, remedy: str = "") -> Finding:
    from pytest_cnb_report.daemon.probe import Finding  # noqa: PLC0415

    return Finding(subject, usable=usable, detail=detail, remedy=remedy)


def _python() -> Finding:
    detail = f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    if platform.system() == "Linux":
        return _finding("Python", f"{detail}, pytest-cnb-report {VERSION}")
    remedy = "run the suite on Linux: lifecycles are Linux programs"
    return _finding("Python", f"{detail}, on {platform.system()}", usable=False, remedy=remedy)


def _temporary_folder() -> Finding:
    from pytest_cnb_report.scratch import (  # noqa: PLC0415
        ScratchError,
        check_room,
        scratch_folder,
    )

    subject = "temporary folder"
    try:
        check_room()
        with scratch_folder("doctor") as folder:
            (folder / "probe").write_bytes(b"x" * 4096)
            return _finding(subject, str(folder.parent))
    except ScratchError as problem:
        return _finding(subject, str(problem), usable=False, remedy="set TMPDIR to another folder")
    except OSError as problem:
        remedy = "make room, or set TMPDIR to another folder"
        return _finding(subject, str(problem.strerror), usable=False, remedy=remedy)


def _journal() -> Finding:
    from pytest_cnb_report.run_journal import JournalError, journal_place  # noqa: PLC0415

    subject = "journal"
    try:
        folder, why = journal_place()
    except JournalError as problem:
        remedy = "set XDG_STATE_HOME to a folder that can be written to"
        return _finding(subject, str(problem), usable=False, remedy=remedy)
    return _finding(subject, f"{folder}: {why}" if why else str(folder))


def _lifecycle(given: str | None) -> Iterator[Finding]:
    from pytest_cnb_report.lifecycles.kinds import (  # noqa: PLC0415
        DEFAULT_PATH,
        open_lifecycle,
        require_phases,
        testable,
    )
    from pytest_cnb_report.lifecycles.lifecycle import (  # noqa: PLC0415
        LifecycleError,
        supervised,
    )
    from pytest_cnb_report.lifecycles.negotiate import speaks  # noqa: PLC0415
    from pytest_cnb_report.scratch import scratch_folder  # noqa: PLC0415

    if given is None and not DEFAULT_PATH.exists():
        remedy = "name yours with --lifecycle; without it the suite tests its own reference"
        detail = f"{DEFAULT_PATH} does not exist"
        yield _finding("lifecycle", detail, usable=False, remedy=remedy)
        return
    try:
        with (
            scratch_folder("doctor") as folder,
            open_lifecycle(given, phases=_PHASES, profile=Profile.RFC_0129_DRAFT.value) as opened,
            supervised(opened) as probed,
        ):
            require_phases(opened, testable(opened) or _PHASES)
            found = probed.introduced(directory=str(folder))
            version = f"version {found.version}" if found.version else "reports no version"
            digest = f", sha256 {found.sha256[:12]}" if found.sha256 else ""
            yield _finding("lifecycle", f"{found.given} ({found.kind.name}), {version}{digest}")
            has = found.commands
            asked = Phase.REBASER if Phase.REBASER in has else next(iter(has))
            spoken = [
                str(api)
                for api in PLATFORM_APIS
                if speaks(found, api, directory=str(folder), phase=asked)
            ]
    except LifecycleError as problem:
        detail, _, remedy = str(problem).rpartition("; ")
        remedy = remedy if detail else "name another with --lifecycle"
        yield _finding("lifecycle", detail or str(problem), usable=False, remedy=remedy)
        return
    if spoken:
        yield _finding("platform APIs", ", ".join(spoken))
    else:
        detail = f"none of {PLATFORM_APIS[0]} to {PLATFORM_APIS[-1]}"
        remedy = "a lifecycle has to support one of them to be tested"
        yield _finding("platform APIs", detail, usable=False, remedy=remedy)


def _embedded() -> Finding:
    from pytest_cnb_report.registry.embedded import embedded_registry  # noqa: PLC0415
    from pytest_cnb_report.registry.protocol import RegistryUnavailable  # noqa: PLC0415

    try:
        with embedded_registry():
            return _finding("embedded registry", "listens on 127.0.0.1, nothing to install")
    except RegistryUnavailable as problem:
        remedy = "let programs listen on 127.0.0.1"
        return _finding("embedded registry", str(problem), usable=False, remedy=remedy)


def _process() -> Finding:
    from pytest_cnb_report.registry.process import PROGRAMS, find_program  # noqa: PLC0415

    subject = "registry program (process)"
    path = find_program()
    if path is None:
        remedy = "install Debian's docker-registry, or use the embedded registry"
        detail = f"neither {' nor '.join(PROGRAMS)} on PATH"
        return _finding(subject, detail, usable=False, remedy=remedy)
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as problem:
        remedy = f"see what `{path} --version` says"
        return _finding(subject, f"{path}: {problem}", usable=False, remedy=remedy)
    return _finding(subject, f"{path}, {said.rpartition(' ')[2] or 'of unknown version'}")


def _user() -> Finding:
    from pytest_cnb_report.planning.context import CannotJudgeError, check_user  # noqa: PLC0415

    try:
        check_user()
    except CannotJudgeError as problem:
        detail, _, remedy = str(problem).partition("; ")
        return _finding("user", detail, usable=False, remedy=remedy)
    if os.getuid() == 0:
        return _finding(
            "user", "root: the creator drops to another user, as the specification says"
        )
    return _finding("user", f"uid {os.getuid()}: phases run as this user; no private daemon")

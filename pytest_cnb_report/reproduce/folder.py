"""A folder for each distinct failure, with all that is needed to reproduce it by hand.

The folders are written beside their final place and moved there at once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.report.aggregate import plainest_first, what_is_wrong
from pytest_cnb_report.report.difference import expected_and_found
from pytest_cnb_report.report.layout import PROGRAM, called
from pytest_cnb_report.report.reproduction import FOLDER, folder_of
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.report.write import WriteError, write_error
from pytest_cnb_report.reproduce import images
from pytest_cnb_report.reproduce.script import Failed, Step, script
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.values import Outcome, Target
from pytest_cnb_report.visible_text import inert, visible

MOST = 20
"""Failures of one run that get a folder, those of the plainest scenarios first."""

STAGING = ".reproduce-staging"
_MARK = "Failures of one run of pytest-cnb-report"
"""What a README.txt begins with, by which the folder of an earlier run is recognised."""
HEADING = f"{_MARK}, each with what is needed to reproduce it"


@dataclass(frozen=True)
class _Failure:
    """A failure on the plainest case that it was found on.

    `size` is of the images and files that the call starts from, in bytes.
    """

    result: Result
    observation: Observation
    size: int
    unlike_plain: int
    """In how many ways the scenario differs from a plain one."""

    @property
    def order(self) -> tuple[bool, int, int, str]:
        """What comes first: failures before warnings, plain and small cases before others."""
        failed = self.result.outcome is Outcome.FAIL
        return (not failed, self.unlike_plain, self.size, self.place)

    @property
    def place(self) -> str:
        """Where its folder goes, below the folder of all of them."""
        return folder_of(self.result).removeprefix(f"{FOLDER}/")


def write_reproductions(
    output: Path,
    failures: Iterable[tuple[Result, Observation]],
    lifecycle: str,
    unlike_plain: Callable[[Result], int] = lambda result: 0,  # noqa: ARG005 - all alike
    *,
    program: str = PROGRAM,
) -> tuple[Path, ...]:
    """Write a folder below `output/reproduce` for each distinct failure, at most `MOST`.

    It is of the scenario that stands for the failure in every report.

    Results that did not fail, those of calls that were never made, and those whose images were not
    kept are passed over. `unlike_plain` says in how many ways the scenario of a result differs from
    a plain one, and `program` how a shell calls the console script. What an earlier run left there
    goes. Returns the folders; raises WriteError.
    """
    distinct = _distinct(failures, unlike_plain)
    chosen = {each.place: each for each in distinct[:MOST]}
    home, staging = output / FOLDER, output / STAGING
    take_away(home)
    with _telling(home):
        try:
            for place, each in chosen.items():
                _write(staging / place, each.result, each.observation, lifecycle, program)
            if chosen:
                text = _contents(tuple(chosen.values()), len(distinct))
                (staging / "README.txt").write_text(text, encoding="utf-8")
                staging.rename(home)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return tuple(home / place for place in chosen)


def _distinct(
    failures: Iterable[tuple[Result, Observation]], unlike_plain: Callable[[Result], int]
) -> list[_Failure]:
    """Keep the plainest case of each requirement and mistake, the weightiest first."""
    best: dict[tuple[str, str, Outcome], _Failure] = {}
    plainness = plainest_first(unlike_plain)
    for result, observation in failures:
        if result.outcome not in {Outcome.FAIL, Outcome.WARN} or observation.call is None:
            continue
        if not observation.staged:
            # a generated scenario that failed by another text only
            continue
        each = _Failure(result, observation, _size(observation), unlike_plain(result))
        key = (result.requirement, what_is_wrong(result), result.outcome)
        if key not in best or plainness(result) < plainness(best[key].result):
            best[key] = each
    return sorted(best.values(), key=lambda each: each.order)


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise write_error(path, problem) from problem


def take_away(home: Path) -> None:
    """Remove the folder of an earlier run's reproductions; raises WriteError where it is none."""
    if not home.exists():
        return
    readme = home / "README.txt"
    if not (readme.is_file() and readme.read_text("utf-8", "replace").startswith(_MARK)):
        problem = "it holds something other than the reproductions of an earlier run"
        raise WriteError(str(home), problem, "move it away, or choose another --output")
    with _telling(home):
        shutil.rmtree(home)


def _size(observation: Observation) -> int:
    files = sum(len(file.content or b"") for file in observation.inputs)
    return files + images.size_of(observation.staged)


def _write(
    folder: Path, result: Result, observation: Observation, lifecycle: str, program: str
) -> None:
    calls = [observation, *([observation.again] if observation.again is not None else [])]
    staged: dict[str, Image | Index] = {}
    steps: list[Step] = []
    for suffix, each in zip(("", "-again"), calls, strict=False):
        if each.call is None or each.asked is None:
            continue
        step = Step(f"inputs{suffix}", each.call, each.inputs, each.asked.report_path)
        steps.append(step)
        # what the first call wrote is there for the second
        staged = {**each.staged, **staged}
        _write_inputs(folder / step.folder, each)
        images.write_left(folder / f"after{suffix}", each.left)
        if each.report.content is not None:
            (folder / f"report{suffix}.toml").write_bytes(each.report.content)
    images.write_staged(folder / "before", staged)
    if observation.target is Target.DAEMON:
        images.write_archives(folder / "before-docker", staged)
    text = script(
        steps,
        failed=Failed(
            result.requirement,
            *expected_and_found(result.expected, result.actual),
            result.reproduce,
            began=os.getcwd(),  # noqa: PTH109 - as the shell has it
        ),
        phase=result.phase.value,
        target=observation.target,
        staged=tuple(staged),
        left=tuple(name for each in calls for name in each.after),
        program=program,
    )
    (folder / "run.sh").write_text(text, encoding="utf-8")
    (folder / "run.sh").chmod(0o755)
    readme = _readme(result, observation, lifecycle, program)
    (folder / "README.txt").write_text(readme, encoding="utf-8")


def _write_inputs(folder: Path, observation: Observation) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in observation.inputs:
        path = folder / file.path
        if file.is_folder:
            path.mkdir(parents=True, exist_ok=True)
        elif file.content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(file.mode)


def _contents(chosen: Sequence[_Failure], distinct: int) -> str:
    lines = [HEADING + ".", ""]
    if distinct > len(chosen):
        lines += [
            f"{len(chosen)} of {distinct} distinct failures, those with the simplest scenarios.",
            "",
        ]
    for each in sorted(chosen, key=lambda failure: failure.place):
        lines += [each.place, f"  {each.result.message}", ""]
    lines += ["Each folder has a README.txt, and a run.sh that reproduces the failure."]
    return inert("\n".join(lines) + "\n")


def _readme(result: Result, observation: Observation, lifecycle: str, program: str) -> str:
    requirement = load_catalogue()[result.requirement]
    call = observation.call
    where = f"{result.phase.value}, {result.target.value}, scenario {result.case}"
    again = "; those of the second one in inputs-again" if observation.again is not None else ""
    expected, found = expected_and_found(result.expected, result.actual)
    sources = [source.at(observation.platform_api) for source in requirement.sources]
    lines = [
        f"{result.requirement} ({result.level.value}) is not met: {result.message}",
        "",
        f"requirement  {requirement.title}",
        f"source       {'; '.join(f'{source} {source.link}' for source in sources)}",
        f"tested on    {where}, platform API {observation.platform_api}, {visible(lifecycle)}",
        f"expected     {expected}",
        f"found        {found}",
        f"exit code    {call.exit_code if call is not None else None}",
        "",
        "run.sh       reproduces the failure; its first lines explain options and variables",
        f"inputs       the input files of the invocation{again}",
        "report.toml  the report that it wrote, if any",
        "before       the images before the invocation, as an OCI image layout",
        "after        the app image after it, as an OCI image layout",
    ]
    if observation.target is Target.DAEMON:
        lines += ["before-docker  the same images as archives for `docker load`"]
    else:
        lines += [
            "",
            "run.sh serves the images with `cnb-conformance serve` on the port of the run, because",
            "labels and files contain it. With another PORT, files are adapted, but not labels.",
        ]
    if result.reproduce:
        lines += ["", "To test the requirement again:", called(result.reproduce, program)]
    return inert("\n".join(lines) + "\n")

"""A folder for each distinct failure, with all that is needed to see it again by hand.

Failures are gathered in the process that judged them, because it alone has the images. At the end
each process writes its own into a folder beside the final one; whoever reports the run then keeps
the smallest case of each failure, and puts them in place at once.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.judge.catalogue import load_catalogue
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.report.difference import display
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.report.write import WriteError
from pytest_cnb_report.suite import reproduction_images as images
from pytest_cnb_report.suite.reproduction_script import Step, script
from pytest_cnb_report.values import Outcome, Target

MOST = 20
"""Failures of one run that get a folder, those on the smallest cases first."""

FOLDER = "reproduce"
_STAGING = ".reproduce-"
_HEADING = "Failures of one run of pytest-cnb-report, each with what is needed to repeat it"


@dataclass(frozen=True)
class Candidate:
    """A failure that has been written to a folder of its own.

    `place` is where the folder goes below `reproduce`; `size` is of the images and files that the
    case starts from, in bytes.
    """

    requirement: str
    message: str
    outcome: str
    size: int
    place: str
    folder: str

    @property
    def order(self) -> tuple[bool, int, str]:
        """What comes first: failures before warnings, small cases before large ones."""
        return (self.outcome != Outcome.FAIL.value, self.size, self.place)


class Failures:
    """The distinct failures of one process, each on the smallest case that it was found on."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, Result, Observation]] = {}

    def add(self, result: Result, observation: Observation) -> None:
        """Remember a result that is not met; others, and calls that never were, are passed over."""
        if result.outcome not in {Outcome.FAIL, Outcome.WARN} or observation.call is None:
            return
        key = (result.requirement, result.message)
        size = _size(observation)
        if key not in self._found or size < self._found[key][0]:
            self._found[key] = (size, result, observation)

    def write(self, output: Path, part: str, lifecycle: str) -> list[Candidate]:
        """Write a folder for each, at most `MOST`; `part` keeps processes apart.

        Raises WriteError.
        """
        smallest = sorted(self._found.values(), key=lambda found: found[0])[:MOST]
        written = []
        for number, (size, result, observation) in enumerate(smallest):
            folder = output / f"{_STAGING}{part}" / str(number)
            with _telling(folder):
                _write(folder, result, observation, lifecycle)
            written.append(
                Candidate(
                    requirement=result.requirement,
                    message=result.message,
                    outcome=result.outcome.value,
                    size=size,
                    place=f"{result.requirement}/{_case(result)}",
                    folder=str(folder.relative_to(output)),
                )
            )
        return written


def put_in_place(output: Path, candidates: Iterable[Candidate]) -> tuple[Path, ...]:
    """Keep the smallest case of each distinct failure, at most `MOST`, below `output/reproduce`.

    What an earlier run left there goes. Returns the folders; raises WriteError.
    """
    best: dict[tuple[str, str], Candidate] = {}
    for each in sorted(candidates, key=lambda candidate: candidate.order):
        best.setdefault((each.requirement, each.message), each)
    chosen = list({each.place: each for each in list(best.values())[:MOST]}.values())
    home = output / FOLDER
    with _telling(home):
        _take_away(home)
        if chosen:
            staged = output / f"{_STAGING}chosen"
            for each in chosen:
                (staged / each.place).parent.mkdir(parents=True, exist_ok=True)
                (output / each.folder).rename(staged / each.place)
            (staged / "README.txt").write_text(_contents(chosen, len(best)), encoding="utf-8")
            staged.rename(home)
    return tuple(home / each.place for each in chosen)


def clear(output: Path) -> None:
    """Remove what processes of this run, or of one that was killed, left beside the final place."""
    for staging in output.glob(f"{_STAGING}*"):
        shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise WriteError(str(path), problem.strerror or str(problem)) from problem


def _take_away(home: Path) -> None:
    if not home.exists():
        return
    readme = home / "README.txt"
    if not (readme.is_file() and readme.read_text("utf-8", "replace").startswith(_HEADING)):
        raise WriteError(str(home), "something else is there: move it, or take another --output")
    shutil.rmtree(home)


def _size(observation: Observation) -> int:
    files = sum(len(file.content or b"") for file in observation.inputs)
    return files + images.size_of(observation.staged)


def _case(result: Result) -> str:
    return f"{result.phase.value}-{result.target.value}-{result.case}"


def _write(folder: Path, result: Result, observation: Observation, lifecycle: str) -> None:
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
        requirement=result.requirement,
        phase=result.phase.value,
        target=observation.target,
        staged=tuple(staged),
        left=tuple(name for each in calls for name in each.after),
    )
    (folder / "run.sh").write_text(text, encoding="utf-8")
    (folder / "run.sh").chmod(0o755)
    (folder / "README.txt").write_text(_readme(result, observation, lifecycle), encoding="utf-8")


def _write_inputs(folder: Path, observation: Observation) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in observation.inputs:
        path = folder / file.path
        if file.content is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(file.mode)


def _contents(chosen: Sequence[Candidate], distinct: int) -> str:
    lines = [_HEADING + ".", ""]
    if distinct > len(chosen):
        lines += [
            f"{len(chosen)} of {distinct} distinct failures, those on the smallest cases.",
            "",
        ]
    for each in sorted(chosen, key=lambda candidate: candidate.place):
        lines += [each.place, f"  {each.message}", ""]
    lines += ["Each folder has a README.txt, and a run.sh that repeats the call."]
    return "\n".join(lines) + "\n"


def _readme(result: Result, observation: Observation, lifecycle: str) -> str:
    requirement = load_catalogue()[result.requirement]
    call = observation.call
    where = f"{result.phase.value} at a {result.target.value}, case {result.case}"
    again = ", and likewise …-again for the second call" if observation.again is not None else ""
    lines = [
        f"{result.requirement} ({result.level.value}) is not met: {result.message}",
        "",
        f"requirement  {requirement.title}",
        f"source       {'; '.join(f'{source} {source.link}' for source in requirement.sources)}",
        f"judged on    {where}, platform API {observation.platform_api}, {lifecycle}",
        f"expected     {display(result.expected)}",
        f"found        {display(result.actual)}",
        f"exit code    {call.exit_code if call is not None else None}",
        "",
        "run.sh       repeats the call (bash run.sh; bash run.sh --keep to look at the images)",
        f"inputs       the files that the call was made on{again}",
        "report.toml  the report that it left, if it left one",
        "before       the images that were there, as an OCI image layout",
        "after        the app image that was there afterwards, likewise",
    ]
    if observation.target is Target.DAEMON:
        lines += ["before-docker  the same images as archives for `docker load`"]
    else:
        lines += [
            "",
            "run.sh serves the images with `cnb-conformance serve`, at the port that they were",
            "made at, which labels and files name; another PORT changes files, not labels.",
        ]
    if result.reproduce:
        lines += ["", "To have the requirement judged again:", result.reproduce]
    return "\n".join(lines) + "\n"

"""What is kept of judged scenarios until the files of a run are written: large ones on disk."""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import tempfile
import weakref
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.plan import Scenario
from pytest_cnb_report.planning.results import JudgedScenario, evidence_of
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.report.results import Evidence, Result

LARGE = 256 * 1024
"""Bytes of a scenario's reports, configs and output from which on it is kept on disk."""


@dataclass(frozen=True)
class Gathered:
    """A judged scenario; what was observed of it is loaded each time that it is asked for."""

    scenario: Scenario
    results: tuple[Result, ...]
    calls: tuple[float, ...]
    """Seconds of each lifecycle invocation."""
    load: Callable[[], RecordedScenario]
    numbers: Mapping[str, int]
    """By key of the evidence: which observation is shown."""
    evidence: tuple[Evidence, ...]
    """What is shown of them; it is bounded, and made while the next scenarios are carried out."""

    def shown(self) -> dict[str, Observation]:
        """Return the observations that are shown, by key of the evidence."""
        observations = self.load().observations if self.numbers else ()
        return {key: observations[number] for key, number in self.numbers.items()}


class Gathering:
    """Takes judged scenarios; a file without a name has the large ones, and goes with the process.

    Where there is no room for it they are kept in memory.
    """

    def __init__(self, large: int = LARGE) -> None:
        self._large = large
        self._file: IO[bytes] | None = None
        self._end = 0

    def take(self, judged: JudgedScenario) -> Gathered:
        """Return what is kept of a judged scenario."""
        recorded = judged.recorded
        order = {id(each): number for number, each in enumerate(recorded.observations)}
        load: Callable[[], RecordedScenario] = lambda: recorded  # noqa: E731 - or one from disk
        if sum(map(bytes_in, recorded.observations)) > self._large:
            with contextlib.suppress(OSError):
                load = self._stored(recorded)
        return Gathered(
            judged.scenario,
            judged.results,
            recorded.calls,
            load,
            {key: order[id(each)] for key, each in judged.shown.items()},
            tuple(
                evidence
                for key, each in judged.shown.items()
                if (evidence := evidence_of(key, each)) is not None
            ),
        )

    def _stored(self, recorded: RecordedScenario) -> Callable[[], RecordedScenario]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - for who loads
            weakref.finalize(self, self._file.close)
        content = zlib.compress(pickle.dumps(recorded), 1)
        begin = self._end
        # the record is written from it in another thread: nobody moves a position that is shared
        written = 0
        while written < len(content):
            written += os.pwrite(self._file.fileno(), content[written:], begin + written)
        self._end = begin + written
        return functools.partial(self._load, self._file, begin, len(content))

    def _load(self, file: IO[bytes], begin: int, size: int) -> RecordedScenario:
        content = os.pread(file.fileno(), size, begin)
        recorded = pickle.loads(zlib.decompress(content))  # noqa: S301 - written here
        assert isinstance(recorded, RecordedScenario)  # noqa: S101 - for the type
        return recorded


def bytes_in(observation: Observation | None) -> int:
    """Return how many bytes a lifecycle made an observation hold."""
    if observation is None:
        return 0
    images = [*observation.before.values(), *observation.after.values()]
    calls = [each for each in (observation.call, *observation.steps) if each is not None]
    return (
        len(observation.report.content or b"")
        + sum(len(each.config) for each in images if isinstance(each, AppImage))
        + sum(len(each.stdout) + len(each.stderr) for each in calls)
        + sum(len(blob or b"") for image in observation.left.values() for _, blob in image.blobs)
        + bytes_in(observation.again)
        + bytes_in(observation.control)
    )

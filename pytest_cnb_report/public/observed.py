"""What one call of the lifecycle left, with what a test asks of it close at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.hosts import ImageHost
from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.drive.shapes import RunImage
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.observe.bench import RunImageNames
from pytest_cnb_report.observe.image import AppImage, as_image
from pytest_cnb_report.observe.observation import Asked, Observation, RunImageFacts
from pytest_cnb_report.registry.protocol import Request
from pytest_cnb_report.values import Phase, PlatformApi, Target

if TYPE_CHECKING:
    from pytest_cnb_report.record.model import RepeatCommand

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show


class NotThereError(AssertionError):
    """The lifecycle did not leave what a test asks for; the message says what is there instead."""


@dataclass(frozen=True)
class Standing:
    """What an app image stands on: its run image, and the names of it that its metadata lists."""

    host: ImageHost
    """Where both are."""
    run_image: RunImage
    names: RunImageNames
    mirrored: bool
    """Whether `names.mirrors` are listed too."""


@dataclass(frozen=True, eq=False, repr=False)
class Observed(ReprForHypothesis):
    """What a phase was asked, what the process did, and what is there afterwards.

    Given to `cnb_check` it is judged; given to `cnb_rebase` its app image is rebased. Digests and
    diff IDs are `sha256:` and 64 lower-case hex digits. What is not there raises NotThereError, an
    AssertionError that says why.
    """

    observation: Observation
    """Everything that was seen."""
    case: Case
    standing: Standing | None
    """None of what was made elsewhere."""
    lifecycle: str
    """What names the lifecycle that was called, or the build that was made elsewhere."""
    repeat: RepeatCommand | None = None
    """The command that judges again what was made elsewhere."""

    def __repr__(self) -> str:
        return f"<Observed: {self.target.value}, {self._how_it_ended}>"

    @property
    def phase(self) -> Phase:
        """Which phase was called."""
        return self.observation.phase

    @property
    def target(self) -> Target:
        """Where the app image went."""
        return self.observation.target

    @property
    def platform_api(self) -> PlatformApi:
        """The platform API that the phase was called with."""
        return self.observation.platform_api

    @property
    def call(self) -> Invocation:
        """What the process did: exit code, output, duration, and `shell` to repeat it."""
        if self.observation.call is None:
            raise NotThereError(self._not_called)
        return self.observation.call

    @property
    def exit_code(self) -> int | None:
        """The exit code; negative where a signal ended the process, None where it took too long."""
        return self.call.exit_code

    @property
    def output(self) -> str:
        """What the process printed, standard output first."""
        return self.call.stdout + self.call.stderr

    @property
    def images(self) -> tuple[str, ...]:
        """The names that the app image was to be written to, as tag references."""
        return self._asked.images

    @property
    def run_image(self) -> RunImageFacts:
        """The facts of the run image that was given: names, digests, diff IDs, labels."""
        return self._asked.run_image

    @property
    def report_path(self) -> Path:
        """Where the report was to be written, or was when it was observed."""
        return Path(self._asked.report_path)

    @property
    def report(self) -> Mapping[str, Any]:
        """The tables of `report.toml`."""
        document = self.observation.report.document
        if isinstance(document, str):
            raise NotThereError(f"no report can be read: {document}; {self._how_it_ended}")
        return document

    @property
    def app(self) -> AppImage:
        """The app image under the first of the names."""
        app = self.observation.app
        if isinstance(app, AppImage):
            return app
        why = self.observation.blocked or app.why
        raise NotThereError(f"there is no app image: {why}; {self._how_it_ended}")

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the app image."""
        return self.app.labels

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The app image's `io.buildpacks.lifecycle.metadata` label."""
        metadata = self.app.metadata
        if isinstance(metadata, str):
            raise NotThereError(metadata)
        return metadata

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Diff IDs of the app image's layers, bottom first."""
        return self.app.diff_ids

    @property
    def image_id(self) -> str:
        """Digest of the app image's config."""
        return self.app.image_id

    @property
    def digest(self) -> str:
        """Digest of the app image's manifest; a daemon has none."""
        if self.app.digest is None:
            raise NotThereError("a daemon has no manifest; image_id identifies the app image there")
        return self.app.digest

    @property
    def requests(self) -> tuple[Request, ...]:
        """What the embedded registry was asked during the call."""
        return self.observation.requests

    @property
    def image(self) -> Image:
        """The app image, every byte of it, as it was after the call."""
        app, stored = self.app, self.observation.left.get(self.images[0])
        if stored is None:
            raise NotThereError("the bytes of the app image were not kept")
        return as_image(stored, app)

    @property
    def _asked(self) -> Asked:
        if self.observation.asked is None:
            raise NotThereError(self._not_called)
        return self.observation.asked

    @property
    def _not_called(self) -> str:
        if self.standing is None:
            return f"{self.lifecycle}: it was made elsewhere, so its invocation is unknown"
        why = self.observation.blocked or "no invocation was planned"
        return f"the {self.phase.value} was not called: {why}"

    @property
    def _how_it_ended(self) -> str:
        call = self.observation.call
        if self.standing is None:
            return "it was made elsewhere"
        if call is None:
            return f"the {self.phase.value} was not called"
        said = f": {call.last_lines}" if call.exit_code != 0 and call.last_lines else ""
        return f"the {self.phase.value} {call.ending}{said}"

"""What was asked of a phase and what the outside world can see afterwards, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.hosts import Resolution, StoredImage
from pytest_cnb_report.drive.inventory import Inventory
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.drive.shapes import RunImage
from pytest_cnb_report.drive.situation import Situation
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.observe.image import AppImage, ImageState, NoImage
from pytest_cnb_report.observe.inputs import InputFile
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.registry.protocol import Request
from pytest_cnb_report.values import Phase, PlatformApi, Target


@dataclass(frozen=True)
class RunImageFacts:
    """A run image as the lab made it, known exactly.

    `digests` are of its manifest and of the index that it is in; `diff_ids` are bottom first, and
    `blob_digests`, of the layers as stored, likewise; `names` are tag references under which the
    platform knows it.
    """

    names: tuple[str, ...]
    digests: tuple[str, ...]
    image_id: str
    diff_ids: tuple[str, ...]
    blob_digests: tuple[str, ...]
    labels: Mapping[str, str]
    os: str
    architecture: str
    variant: str | None = None
    index_digests: tuple[str, ...] = ()
    """Those of `digests` that are of an index."""

    @property
    def top_layer(self) -> str:
        """Diff ID of the top layer."""
        return self.diff_ids[-1]

    @classmethod
    def of(cls, run_image: RunImage, names: tuple[str, ...]) -> RunImageFacts:
        """State the facts of a run image that the lab built."""
        config = run_image.image.document
        return cls(
            names=names,
            digests=run_image.digests,
            image_id=run_image.image.image_id,
            diff_ids=run_image.image.diff_ids,
            blob_digests=tuple(layer.digest for layer in run_image.image.layers),
            labels=config["config"]["Labels"],
            os=config["os"],
            architecture=config["architecture"],
            variant=config.get("variant"),
            index_digests=() if run_image.index is None else (run_image.index.digest,),
        )


@dataclass(frozen=True)
class RunEntry:
    """A run image and its mirrors, as `run.toml` lists them."""

    image: str
    mirrors: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its image and its mirrors."""
        return (self.image, *self.mirrors)


@dataclass(frozen=True)
class Asked:
    """What the phase was asked, in the terms of the specification.

    `given` is `<run-image>` as the platform gave it, None where it left that to the lifecycle;
    `listed` are the entries that run image names are resolved from: those of `run.toml` (or
    `stack.toml`) for a build, the one in the app image's metadata label for a rebase.
    """

    images: tuple[str, ...]
    run_image: RunImageFacts
    expect: Expect
    given: str | None
    listed: tuple[RunEntry, ...]
    report_path: str
    report_before: bytes | None = None
    previous_image: str | None = None
    old_run_image: RunImageFacts | None = None
    forced: bool = False
    own_run_image: bool = True
    """Whether the suite made the run image, and so knows it without trusting anything."""


@dataclass(frozen=True)
class Observation:
    """One case at one target: what was asked, what the process did, what is there afterwards.

    `blocked` says which earlier step failed, and then no call was made; `declined` is the reason
    of an adapter that cannot be asked this, or not what would show that it is able to. `before` and
    `after` are keyed by image name. `found` is where each reference that the lifecycle wrote leads,
    and `found_later` where it leads once every name of the run image has been moved to another
    image. `inputs` are the files that the phase was called on and `staged` the images that had been
    put in place for it, by name; `left` are the images of `after` whole, where the bench keeps
    them. `existing_before` and `existing_after` are what stood at the target around the call, all
    of the run images and of what is different; None in a record of a version that did not look.
    """

    case: str
    situation: Situation
    asked: Asked | None = None
    blocked: str | None = None
    declined: str | None = None
    blocked_by: str | None = None
    """The requirement that the earlier step fails, where it is another than that it succeeds."""
    steps: tuple[Invocation, ...] = ()
    call: Invocation | None = None
    report: ReportFile = field(default_factory=lambda: ReportFile(""))
    before: Mapping[str, ImageState] = field(default_factory=dict)
    after: Mapping[str, ImageState] = field(default_factory=dict)
    found: Mapping[str, Resolution] = field(default_factory=dict)
    found_later: Mapping[str, Resolution] = field(default_factory=dict)
    requests: tuple[Request, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    staged: Mapping[str, Image | Index] = field(default_factory=dict)
    left: Mapping[str, StoredImage] = field(default_factory=dict)
    existing_before: Inventory | None = None
    existing_after: Inventory | None = None
    again: Observation | None = None
    control: Observation | None = None
    """Of a case that must not succeed: the same phase asked for something that has to. Of one that
    gives an input by a variable or a deprecated flag: the same by flags."""

    @property
    def phase(self) -> Phase:
        """The phase that was called."""
        return self.situation.phase

    @property
    def target(self) -> Target:
        """Where the app image went."""
        return self.situation.target

    @property
    def platform_api(self) -> PlatformApi:
        """The platform API that the phase was called with."""
        return self.situation.platform_api

    @property
    def app_before(self) -> ImageState:
        """The image that was there to be rebased."""
        asked = self.asked
        if asked is None:
            return NoImage("no call was made")
        return self.before.get(asked.previous_image or asked.images[0], NoImage("not looked at"))

    @property
    def app(self) -> ImageState:
        """The app image under the first name that was asked for."""
        if self.asked is None:
            return NoImage("no call was made")
        return self.after.get(self.asked.images[0], NoImage("not looked at"))

    @property
    def wrote(self) -> bool:
        """Whether the first name now leads to an image that it did not lead to before.

        Every case that has to succeed changes something, so that a lifecycle that did nothing can
        be told from one that did.
        """
        if self.asked is None or not isinstance(self.app, AppImage):
            return False
        was = self.before.get(self.asked.images[0])
        return not isinstance(was, AppImage) or was.image_id != self.app.image_id

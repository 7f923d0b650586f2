"""Make run images of any shape, each under a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.drive.shapes import RunImage, Shape, build_run_image
from pytest_cnb_report.images.build import Compression, Flavour
from pytest_cnb_report.observe.observation import RunImageFacts
from pytest_cnb_report.public.choices import check_choices
from pytest_cnb_report.public.lab import Lab
from pytest_cnb_report.public.targets import DaemonFixture, RegistryFixture
from pytest_cnb_report.values import Target

History = Literal["full", "none", "with-empty"]
TargetName = Literal["registry", "daemon"]


@dataclass(frozen=True, eq=False, repr=False)
class MadeRunImage(ReprForHypothesis):
    """A run image that stands at a target under two names, every byte of it known.

    Digests and diff IDs are `sha256:` and 64 lower-case hex digits; diff IDs are bottom first.
    """

    shape: Shape
    target: Target
    name: str
    """A tag reference that nothing else has; `run.toml` lists it as the run image."""
    mirror: str
    """Another one; `run.toml` lists it as the run image's mirror."""
    built: RunImage
    """The bytes of it."""
    facts: RunImageFacts
    place: RegistryFixture | DaemonFixture
    """The registry or the daemon that it stands at."""

    def __repr__(self) -> str:
        return f"<MadeRunImage {self.name}>"

    @property
    def digest(self) -> str:
        """Digest of what the name leads to: the manifest or, where the image is in one, the index.

        A daemon does not keep it.
        """
        return self.built.content.digest

    @property
    def digests(self) -> tuple[str, ...]:
        """Every manifest digest that identifies it: the image's own first, then the index's."""
        return self.facts.digests

    @property
    def reference(self) -> str:
        """Name it without a tag, so that it cannot be moved: by digest or, at a daemon, by ID."""
        if self.target is Target.DAEMON:
            return self.image_id
        return f"{self.name.rpartition(':')[0]}@{self.digest}"

    @property
    def image_id(self) -> str:
        """Digest of the config."""
        return self.facts.image_id

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Diff IDs of its layers."""
        return self.facts.diff_ids

    @property
    def top_layer(self) -> str:
        """Diff ID of its top layer."""
        return self.facts.top_layer

    @property
    def labels(self) -> Mapping[str, str]:
        """All of its labels, those that keep a rebase legal among them."""
        return self.facts.labels


@dataclass(frozen=True, eq=False, repr=False)
class RunImageFixture(ReprForHypothesis):
    """`cnb_run_image`: makes run images, pushes each under new names, and returns its facts."""

    lab: Lab

    def __repr__(self) -> str:
        return "<run images>"

    def __call__(
        self,
        shape: Shape | None = None,
        *,
        labels: Mapping[str, str | None] | None = None,
        layers: int | None = None,
        compression: Compression | None = None,
        flavour: Flavour | None = None,
        history: History | None = None,
        repeated_top: bool | None = None,
        index: bool | None = None,
        os: str | None = None,
        architecture: str | None = None,
        variant: str | None = None,
        edition: str | None = None,
        target: TargetName | None = None,
    ) -> MadeRunImage:
        """Make a run image of a shape; the other arguments override properties of the shape.

        `labels` are added to those that keep a rebase legal, and override them; None removes one.
        Two run images share no layer unless they are made with the same `edition`. In a daemon, an
        index becomes the image for this machine.

        Raises ValueError for what is impossible: no layer, or zstd with Docker media types.
        """
        check_choices(
            compression=(compression, Compression),
            flavour=(flavour, Flavour),
            history=(history, History),
            target=(target, TargetName),
        )
        given: dict[str, Any] = {
            "layers": layers,
            "compression": compression,
            "flavour": flavour,
            "history": history,
            "repeated_top": repeated_top,
            "index": index,
            "os": os,
            "architecture": architecture,
            "variant": variant,
        }
        start = shape or Shape(flavour="oci" if compression == "zstd" else "docker")
        wanted = replace(
            start,
            labels={**start.labels, **(labels or {})},
            **{name: value for name, value in given.items() if value is not None},
        )
        if wanted.layers < 1:
            raise ValueError(f"a run image of {wanted.layers} layers has no top layer")
        return self._made(wanted, edition, self.lab.target(target))

    def _made(self, shape: Shape, edition: str | None, target: Target) -> MadeRunImage:
        place, names = self.lab.place(target), self.lab.names
        host = place.host
        built = build_run_image(shape, edition=edition or names.folder())
        name = host.name(names.repository(), names.tag())
        mirror = host.name(names.repository(), names.tag())
        host.put(built.content, name, mirror)
        self.lab.rightful.update({name: built.content, mirror: built.content})
        return MadeRunImage(
            shape, target, name, mirror, built, RunImageFacts.of(built, (name, mirror)), place
        )

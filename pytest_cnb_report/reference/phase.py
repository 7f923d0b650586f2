"""What the phases have in common."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from pytest_cnb_report.reference.errors import PhaseError
from pytest_cnb_report.reference.image import Image, Saved
from pytest_cnb_report.reference.inputs import Api
from pytest_cnb_report.reference.registry import Platform
from pytest_cnb_report.reference.wire import Wire, WireError

if TYPE_CHECKING:
    from pytest_cnb_report.reference.lifecycle import Lifecycle


class Store(Protocol):
    """Where images are kept: registries, or one daemon.

    Every method raises WireError where the other side is out of order, and ValueError where a name
    is none.
    """

    def find(self, text: str, platform: Platform | None = None) -> Image | None:
        """Read an image, or None where there is none."""

    def can_read(self, text: str) -> bool:
        """Tell whether an image is there and may be read."""

    def check_write(self, text: str) -> None:
        """Make sure that an image can be written."""

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        """Write an image under every name."""


class Phase:
    """One call of a phase: `run` does all of it, or raises PhaseError."""

    name: ClassVar[str]
    error_code: int

    def __init__(
        self,
        lifecycle: Lifecycle,
        profile: str,
        api: Api,
        argv: Sequence[str],
        env: Mapping[str, str],
    ) -> None:
        self.lifecycle = lifecycle
        self.profile = profile
        self.api = api
        self.inputs = lifecycle.inputs(self.name, api, argv, env)
        self.resolution = lifecycle.resolution()
        self.wire = Wire()

    def run(self) -> None:
        """Check the inputs, then do the work."""
        if self.inputs.switch("version"):
            say("reference")
            return
        self.inputs.check_images()
        try:
            self.store: Store = self.open_store()
            self.execute()
        except (WireError, OSError, ValueError) as error:
            raise PhaseError(self.error_code, f"{self.name} failed: {error}") from error
        except (AttributeError, LookupError, TypeError) as error:
            # Images and files are other people's: any part of them may be of another shape.
            malformed = f"{self.name} failed: an image or a file is not as it should be: {error!r}"
            raise PhaseError(self.error_code, malformed) from error
        finally:
            self.wire.close()

    def execute(self) -> None:
        """Do the work of this phase."""
        raise NotImplementedError

    def open_store(self) -> Store:
        """Choose where images are read from and written to."""
        if self.inputs.use_daemon():
            return self.lifecycle.daemon(self.inputs, self.wire)
        return self.lifecycle.registry(self.inputs, self.wire)

    def write_file(self, path: Path, content: bytes) -> None:
        """Put a file in the place of whatever was there; it belongs to the platform's user."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if os.geteuid() == 0:
            os.chown(path, *self.inputs.owner())


def say(line: str) -> None:
    """Log a line for whoever watches."""
    sys.stdout.write(f"{line}\n")

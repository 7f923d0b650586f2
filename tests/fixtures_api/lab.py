"""Labs of one's own: the fixtures on any lifecycle, in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.public.calls import BuildFixture, RebaseFixture
from pytest_cnb_report.public.check import CheckFixture
from pytest_cnb_report.public.lab import Lab
from pytest_cnb_report.public.run_images import RunImageFixture
from pytest_cnb_report.values import Phase


@contextlib.contextmanager
def lab_of(lifecycle: str = "reference", **options: str | bool) -> Iterator[Lab]:
    """Give a lab with these options and no others, whatever the environment says."""
    values = {option.name: False if option.flag else option.default for option in OPTIONS}
    given = {name.replace("_", "-"): value for name, value in options.items()}
    with contextlib.ExitStack() as stack:
        yield Lab(read_settings({**values, "lifecycle": lifecycle, **given}), stack)


class Fixtures:
    """The fixtures that calls are made with."""

    def __init__(self, lab: Lab) -> None:
        self.run_image = RunImageFixture(lab)
        self.export = BuildFixture(lab, Phase.EXPORTER)
        self.create = BuildFixture(lab, Phase.CREATOR)
        self.rebase = RebaseFixture(lab)
        self.check = CheckFixture(lab)

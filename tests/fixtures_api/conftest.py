from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.public.lab import Lab

from .lab import Fixtures, lab_of


@pytest.fixture(scope="session")
def _cnb_lab() -> Iterator[Lab]:
    """Let the fixtures be on the reference lifecycle, by the draft, at an embedded registry."""
    with lab_of() as lab:
        yield lab


@pytest.fixture(scope="session")
def old_api() -> Iterator[Fixtures]:
    """The fixtures at a platform API from before `run.toml`."""
    with lab_of(platform_api="0.10") as lab:
        yield Fixtures(lab)

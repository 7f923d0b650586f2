from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import lab as legal
from .lab import Lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with legal.lab() as lab:
        yield lab

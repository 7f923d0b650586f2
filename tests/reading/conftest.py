from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.observe import image


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Digests of small layers are remembered; each test computes its own."""
    image._remembered_digests.cache_clear()
    yield
    image._remembered_digests.cache_clear()

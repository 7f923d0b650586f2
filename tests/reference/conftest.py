from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry

from .lab import Lab


@pytest.fixture(scope="module")
def registry() -> Iterator[EmbeddedRegistry]:
    with embedded_registry() as registry:
        yield registry


@pytest.fixture
def lab(registry: EmbeddedRegistry, tmp_path: Path) -> Lab:
    return Lab(registry, tmp_path)

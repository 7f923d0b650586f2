"""Where a mistake can be seen at all: what some mistakes need beside the condition they depend on.

That a table has every pair of values somewhere is not enough for a mistake that only some rows
show. So for each of these combinations there is a row for every pair that goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.scenarios.run_image_dimensions import SEVERAL
from pytest_cnb_report.scenarios.space import Combination, where

LABELS: Mapping[str, Combination] = {
    "build": where(labels=("every-kind", "hundreds", "thousands")),
    "rebase": where(labels=("every-kind", "hundreds", "thousands", "many-removed")),
}
"""Without labels there are none to get wrong."""

NAMES: Mapping[str, Combination] = {
    "build": where(tags=SEVERAL),
    "rebase": where(images=SEVERAL),
}
"""Without a second name there is none to forget."""

SHOWN: Mapping[str, tuple[Combination, ...]] = {
    name: (Combination({}), LABELS[name], NAMES[name]) for name in LABELS
}
"""By space; the first combination is for mistakes that show everywhere."""

"""Every legal variation there is."""

from __future__ import annotations

from .report_values import VALUES
from .toml_spellings import SPELLINGS
from .variation import Variation

CORPUS: tuple[Variation, ...] = (*SPELLINGS, *VALUES)

BY_NAME = {variation.name: variation for variation in CORPUS}

"""Every legal variation there is."""

from __future__ import annotations

from .exporting import EXPORTING
from .processes import PROCESSES
from .pushing import PUSHING
from .rebasing import REBASING
from .report_values import VALUES
from .report_writing import FAILURES, WRITING
from .run_image_values import RUN_IMAGE
from .storing import STORING
from .toml_spellings import SPELLINGS
from .variation import Variation

CORPUS: tuple[Variation, ...] = (
    *SPELLINGS,
    *VALUES,
    *RUN_IMAGE,
    *WRITING,
    *FAILURES,
    *PROCESSES,
    *PUSHING,
    *STORING,
    *EXPORTING,
    *REBASING,
)

BY_NAME = {variation.name: variation for variation in CORPUS}

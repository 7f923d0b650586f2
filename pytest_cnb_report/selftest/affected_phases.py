"""How far a faulty part of the reference lifecycle reaches: which phases it can change at all.

A phase that is built without a part behaves the same whatever that part does, so that it need not
be run again for each mistake in it. `tests/selftest` holds these lists against the lifecycle: with
these parts taken away, the other phases still do their work.
"""

from __future__ import annotations

from pytest_cnb_report.reference.lifecycle import Lifecycle
from pytest_cnb_report.values import Phase

JUDGED_PHASES = (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)

REBASER_PARTS = frozenset(
    {
        "rebaser",
        "permission",
        "rebased_layers",
        "rebased_labels",
        "rebased_metadata",
        "rebased_config",
    }
)
"""Parts of the lifecycle that the rebaser alone is made of."""

AFTER_THE_IMAGE = frozenset({"report"})
"""Parts that an export comes to only after the app image is written."""


def parts_replaced(part: type) -> frozenset[str]:
    """Name the parts of the lifecycle in whose place a faulty part is put."""
    usual: dict[str, type] = Lifecycle()._asdict()
    return frozenset(name for name, right in usual.items() if issubclass(part, right))


def phases_reached(part: type) -> tuple[Phase, ...]:
    """Return the judged phases that may behave differently with a faulty part."""
    return (Phase.REBASER,) if parts_replaced(part) <= REBASER_PARTS else JUDGED_PHASES


def reaches_exported_image(part: type) -> bool:
    """Whether an app image exported with a faulty part may differ from a right one."""
    return not parts_replaced(part) <= REBASER_PARTS | AFTER_THE_IMAGE


def reaches_labels(part: type) -> bool:
    """Whether a faulty part is about labels at rebase, which many label sets are needed to tell."""
    return "rebased_labels" in parts_replaced(part)

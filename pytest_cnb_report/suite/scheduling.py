"""How pytest-xdist hands items to workers: all that is judged on one call goes to one of them."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling


class CallScheduling(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist is untyped
    """Keeps items of the same phase, target and case together.

    Unlike `--dist loadgroup` it leaves the identifiers of the items as they are, so that
    `--last-failed` finds them again with any number of workers.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return what stands in the brackets of `module::test[phase-target-case]`."""
        _, bracket, parameters = nodeid.partition("[")
        return parameters if bracket else nodeid

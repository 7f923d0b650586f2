from __future__ import annotations

from plugin.conftest import caller

__all__ = ["caller"]

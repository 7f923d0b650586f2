from __future__ import annotations

from .console import console

__all__ = ["console"]

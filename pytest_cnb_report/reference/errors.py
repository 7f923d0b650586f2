"""What ends a phase, and with which exit code."""

from __future__ import annotations

INVALID_FLAGS = 2
INVALID_ARGUMENTS = 3
INCOMPATIBLE_PLATFORM_API = 11
NO_BUILDPACK_DETECTED = 20
DETECT_BUILDPACK_ERROR = 21
DETECT_ERROR = 22
ANALYZE_ERROR = 32
BUILDPACK_FAILED = 51
BUILD_ERROR = 52
EXPORT_ERROR = 62
REBASE_ERROR = 72


class PhaseError(Exception):
    """A phase cannot go on; `code` is the exit code that says so."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

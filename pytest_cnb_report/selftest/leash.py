"""Let a process end with the one that started it, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_LIBRARY = ctypes.CDLL(None)


def end_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when the thread that started it is gone (prctl(2)).

    A parent that is gone already sends nothing: with its process ID, that ends this process too.
    """
    _LIBRARY.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)

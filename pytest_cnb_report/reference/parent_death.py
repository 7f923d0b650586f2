"""Let a process end with the one that started it, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_LIBRARY = ctypes.CDLL(None)


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it is gone (prctl(2)).

    `parent` is the process ID of who started it: the kernel tells nothing of one that is gone
    already, and then this process ends here.
    """
    _LIBRARY.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)

"""Whether this process may hold as many files open as a run takes."""

from __future__ import annotations

import resource

from pytest_cnb_report.planning.context import CannotJudgeError

FILES = 40
"""Files that a run has open at once apart from its calls: streams, modules, a client, a daemon."""
FILES_OF_A_JOB = 16
"""Those of a call in flight: pipes, a registry with the lifecycle's connections, a folder."""


def see_to_limits(jobs: int) -> None:
    """Let this process open what `jobs` calls at once take, as far as the system permits it.

    Where files run out in the middle, a registry that cannot answer looks like a lifecycle that
    fails. Raises CannotJudgeError.
    """
    needed = FILES + FILES_OF_A_JOB * jobs
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        calls = "one call at a time takes" if jobs == 1 else f"{jobs} calls at once take"
        fewer = "" if jobs == 1 else ", or make fewer calls at once with --jobs"
        raise CannotJudgeError(
            f"this process may open {hard} files, and {calls} {needed}: raise the limit"
            f" (ulimit -n){fewer}"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))

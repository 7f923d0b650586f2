"""Shell lines with which a lifecycle kills the pytest worker that it is called by."""

KILL_WORKER = "; ".join(
    [
        "worker=$PPID",
        "while ! grep -q stdin.readline /proc/$worker/cmdline",
        "do worker=$(sed -n 's/^PPid:.//p' /proc/$worker/status)",
        "done",
        "kill -KILL $worker",
    ]
)
"""execnet starts a worker with a program that reads the rest from its standard input; supervisors
stand between the worker and the lifecycle."""

"""A run as short as can be: `python one_run.py SPEC ENDING`; says `ready` when it has a daemon.

It does to the daemon what a suite and its lifecycle do: loads run images, moves names about, also
behind the suite's back, and leaves all of it where it is.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from pytest_cnb_report.daemon.archive import pack
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.images.build import build_image, build_layer


def work(daemon: Daemon) -> None:
    layer = build_layer({"file": b"content"})
    for number in range(3):  # the suite moves one name
        made = build_image([layer], labels={"run": f"{os.getpid()} {number}"})
        daemon.load(made.config, [layer.tar], [daemon.name("run")])
    run_image = {"image": daemon.name("run"), "reference": "0" * 64}
    with connected(daemon.address) as lifecycle:
        for number in range(
            3
        ):  # a lifecycle moves another, and nobody sees the one before the last
            metadata = json.dumps({"stack": {"runImage": run_image}, "number": number})
            made = build_image([layer], labels={"io.buildpacks.lifecycle.metadata": metadata})
            lifecycle.load(pack(made.config, [layer.tar], [daemon.name("app")]), "app")


def main(spec: str, ending: str) -> None:
    with open_daemon(spec) as daemon:
        work(daemon)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        if ending == "crash":
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.abort()
        elif ending == "exception":
            raise RuntimeError("something went wrong")
        elif ending != "normal":
            time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])

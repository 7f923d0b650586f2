"""`cnb-conformance serve`: the embedded registry in the foreground."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from pytest_cnb_report.cli.exit import refusing
from pytest_cnb_report.visible_text import for_log


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "serve",
        help="run the embedded registry until Ctrl-C",
        description="Run the suite's in-memory registry on 127.0.0.1 until"
        " Ctrl-C. Once it is ready, it prints a line that ends with its address.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port (default: a free one)"
    )
    parser.add_argument(
        "--load",
        action="append",
        default=[],
        metavar="[REPOSITORY=]LAYOUT",
        help="an OCI image layout to load first; may be repeated; `REPOSITORY` is for images that"
        " the layout names only by tag (default: none)",
    )
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    return serve(options.port, [_split(word) for word in options.load])


def _split(word: str) -> tuple[str | None, Path]:
    repository, equals, path = word.partition("=")
    if equals and not Path(word).exists():
        return repository, Path(path)
    return None, Path(word)


def serve(port: int, layouts: Sequence[tuple[str | None, Path]]) -> int:
    """Serve until the process is interrupted or terminated; return 0.

    Raises CommandError where the port cannot be had or a layout cannot be loaded.
    """
    from pytest_cnb_report.registry.embedded import embedded_registry  # noqa: PLC0415
    from pytest_cnb_report.registry.oci_layout import LayoutError, load_layout  # noqa: PLC0415
    from pytest_cnb_report.registry.protocol import (  # noqa: PLC0415
        RegistryError,
        RegistryUnavailable,
    )

    over = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with (
        refusing(RegistryUnavailable, RegistryError, LayoutError),
        embedded_registry(port) as registry,
    ):
        for repository, folder in layouts:
            for name in load_layout(registry, folder, repository):
                sys.stdout.write(for_log(f"loaded {name}\n"))
        sys.stdout.write(f"Press Ctrl-C to stop the registry at {registry.address}\n")
        sys.stdout.flush()
        over.wait()
    return 0

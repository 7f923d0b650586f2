"""Run image resolution: which entry of the run file a given run image stands for.

Platform specification, Run Image Resolution: the first entry that names the run image or has it
among its mirrors, else the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.names import normalised
from pytest_cnb_report.judge.verdict import Verdict, broken, shown
from pytest_cnb_report.observe.observation import Asked, RunEntry


def resolved_entry(asked: Asked) -> RunEntry:
    """Return the entry that the given run image stands for."""
    given = asked.given
    if given is not None:
        for entry in asked.listed:
            if entry.lists(given):
                return entry
    return asked.listed[0]


def given_by_digest(asked: Asked) -> bool:
    """Whether the run image was given with a digest, by which resolution is not judged."""
    return asked.given is not None and "@" in asked.given


def check_image(found: object, expected: str, what: str) -> Verdict | None:
    """Return the verdict on a name that is not the expected one; None where it is."""
    if isinstance(found, str) and normalised(found) == normalised(expected):
        return None
    if found is None:
        return broken(f"{what} is missing", expected=expected, actual=None)
    return broken(
        f"{what} is not the name that the run image resolves to",
        expected=expected,
        actual=shown(found),
    )


def check_mirrors(found: object, expected: tuple[str, ...], what: str) -> Verdict | None:
    """Return the verdict on mirrors that are not the expected ones; None where they are."""
    if found is None and not expected:
        return None
    if not isinstance(found, list) or not all(isinstance(mirror, str) for mirror in found):
        problem = "is missing" if found is None else "is not an array of strings"
        return broken(f"{what} {problem}", expected=list(expected), actual=shown(found))
    if sorted(map(normalised, found)) == sorted(map(normalised, expected)):
        return None
    return broken(
        f"{what} are not the mirrors of the entry that the run image resolves to",
        expected=list(expected),
        actual=shown(found),
    )


def names_in(run_image: Mapping[str, Any]) -> RunEntry | None:
    """Return the entry that a label's `runImage` makes; None where it names no image."""
    image, mirrors = run_image.get("image"), run_image.get("mirrors")
    if not isinstance(image, str) or not image:
        return None
    listed = mirrors if isinstance(mirrors, list) else []
    return RunEntry(image, tuple(m for m in listed if isinstance(m, str)))

"""Run image resolution: which entry of the run file a given run image stands for.

Platform specification, Run Image Resolution: the first entry that names the run image or has it
among its mirrors, else the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.names import ImageName, normalised
from pytest_cnb_report.judge.text import Choice, Text
from pytest_cnb_report.judge.verdict import Verdict, broken, shown
from pytest_cnb_report.observe.observation import Asked, RunEntry


def lists(entry: RunEntry, given: str, *, heed_tag: bool) -> bool:
    """Whether a run image is an entry's image or one of its mirrors, by the repository at least."""
    spell = normalised if heed_tag else _repository
    return spell(given) in {spell(name) for name in entry.names}


def _repository(text: str) -> str:
    name = ImageName.parse(text)
    return text if name is None else f"{name.registry}/{name.repository}"


_HEEDS: Mapping[Choice, tuple[bool, ...]] = {"a": (True,), "b": (False,), "either": (True, False)}
"""Whether names are compared with their tags, by reading."""


def resolved_entries(asked: Asked, text: Text) -> tuple[RunEntry, ...]:
    """Return the entries that the given run image may stand for: one for each reading."""
    heeds = _HEEDS[text.reading("run-image-name-tag")]
    return tuple(dict.fromkeys(_resolved(asked, heed_tag=heed) for heed in heeds))


def _resolved(asked: Asked, *, heed_tag: bool) -> RunEntry:
    given = asked.given
    if given is not None:
        for entry in asked.listed:
            if lists(entry, given, heed_tag=heed_tag):
                return entry
    return asked.listed[0]


def is_unlisted(asked: Asked, text: Text) -> bool:
    """Whether the given run image is in none of the entries, by every accepted reading."""
    given = asked.given
    if given is None:
        return False
    name = given.partition("@")[0]
    heeds = _HEEDS[text.reading("run-image-name-tag")]
    return not any(lists(entry, name, heed_tag=heed) for entry in asked.listed for heed in heeds)


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


def check_mirrors(
    found: object, expected: tuple[str, ...], what: str, text: Text
) -> Verdict | None:
    """Return the verdict on mirrors that are not the expected ones; None where they are."""
    if found is None and not expected:
        return None
    if found == [] and not expected and not text.accepts("empty-mirrors", "a"):
        return broken(f"{what} is empty instead of left out", expected=None, actual=[])
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

"""The register of open questions: what the sources leave open, and how the suite reads it."""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from cattrs.gen import make_dict_structure_fn, override

from pytest_cnb_report.judge.text import Choice
from pytest_cnb_report.requirements import toml_loading
from pytest_cnb_report.requirements.catalogue import (
    Catalogue,
    Requirement,
    Source,
    find_source,
    load_catalogue,
)


class JudgedBy(str, enum.Enum):
    """Which of the two readings a verdict rests on."""

    A = "a"
    B = "b"
    EITHER = "either"
    """What satisfies one of the two readings passes."""


@dataclass(frozen=True)
class Reading:
    """One open question, its two readings, and the one that the suite judges by.

    `because` says why that one, `observed` what real lifecycles do. `requirements` are the
    identifiers of those whose verdicts rest on it. `no_effect` says why both readings lead to the
    same verdicts; None where they can differ. `issues` are where it was discussed, as
    `owner/repository#number`.
    """

    id: str
    question: str
    reading_a: str
    reading_b: str
    sources: tuple[Source, ...]
    judged_by: JudgedBy
    because: str
    observed: str
    requirements: tuple[str, ...]
    no_effect: str | None = None
    issues: tuple[str, ...] = ()

    def read_as(self, choice: Choice) -> str:
        """Return the question and how a text reads it, for a message that rests on it."""
        if choice == "either":
            return f"{self.question} Either reading passes."
        return f"{self.question} Judged by: {self.reading_a if choice == 'a' else self.reading_b}"


@dataclass(frozen=True)
class Register:
    """Every open question, in the order in which they are listed."""

    readings: tuple[Reading, ...]

    def __iter__(self) -> Iterator[Reading]:
        return iter(self.readings)

    def __len__(self) -> int:
        return len(self.readings)

    def __getitem__(self, identifier: str) -> Reading:
        """Return the reading with this identifier; raises KeyError where there is none."""
        for reading in self.readings:
            if reading.id == identifier:
                return reading
        raise KeyError(identifier)

    def behind(self, requirement: Requirement) -> tuple[Reading, ...]:
        """Return the readings that a verdict on `requirement` rests on."""
        return tuple(self[identifier] for identifier in requirement.readings)


@functools.cache
def load_register() -> Register:
    """Read the register that ships with the package."""
    text = (
        resources.files("pytest_cnb_report.requirements")
        .joinpath("readings.toml")
        .read_text("utf-8")
    )
    return parse_register(text, load_catalogue())


def parse_register(text: str, catalogue: Catalogue) -> Register:
    """Read a register from TOML.

    Raises ValueError, naming the row, for a key that is unknown, missing or of the wrong type, an
    identifier that occurs twice, a source or requirement that the catalogue does not have, and a
    requirement and a reading of which only one names the other.
    """
    root = toml_loading.read_toml(text)
    rows = root.pop("reading", [])
    if root:
        raise ValueError(f"readings: unknown key {', '.join(sorted(root))}")
    converter = toml_loading.converter()
    converter.register_structure_hook(Source, lambda row, _: find_source(row, catalogue.documents))
    converter.register_structure_hook(
        Reading,
        make_dict_structure_fn(
            Reading,
            converter,
            reading_a=override(rename="reading-a"),
            reading_b=override(rename="reading-b"),
            judged_by=override(rename="judged-by"),
            no_effect=override(rename="no-effect"),
        ),
    )
    readings = tuple(
        toml_loading.structure(converter, row, Reading, f"reading {row.get('id', 'without an id')}")
        for row in rows
    )
    toml_loading.refuse_repeated("reading", [reading.id for reading in readings])
    _check_agreement(readings, catalogue)
    return Register(readings)


def _check_agreement(readings: tuple[Reading, ...], catalogue: Catalogue) -> None:
    """Refuse a requirement and a reading of which only one names the other."""
    here = {(identifier, reading.id) for reading in readings for identifier in reading.requirements}
    there = {
        (requirement.id, reading) for requirement in catalogue for reading in requirement.readings
    }
    for requirement, reading in sorted(here - there):
        raise ValueError(f"reading {reading}: names {requirement}, which does not name it")
    for requirement, reading in sorted(there - here):
        raise ValueError(
            f"requirement {requirement}: names reading {reading}, which does not name it"
        )

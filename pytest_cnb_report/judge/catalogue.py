"""The catalogue of requirements: what is judged, where, since when, and on whose word."""

from __future__ import annotations

import difflib
import fnmatch
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import cattrs

from pytest_cnb_report.judge import strict
from pytest_cnb_report.values import Level, Phase, PlatformApi, Profile, Target

PHASES = (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)
"""The phases that a requirement can be judged at."""


class UnknownRequirementError(LookupError):
    """No requirement has this identifier, or matches this pattern.

    `pattern` is what was asked for and `near` the identifiers that it may have been meant to be.
    """

    def __init__(self, pattern: str, near: tuple[str, ...]) -> None:
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        super().__init__(
            f"no requirement matches {pattern!r}{hint} (`cnb-conformance requirements` lists them)"
        )
        self.pattern = pattern
        self.near = near


@dataclass(frozen=True)
class Document:
    """A text that requirements come from, at one revision.

    `url` is its repository, `revision` a commit of it, `path` the file. `sections` gives for each
    section name the anchor of its heading.
    """

    key: str
    name: str
    url: str
    revision: str
    path: str
    sections: Mapping[str, str] = field(repr=False, hash=False)

    def link(self, section: str | None = None) -> str:
        """Address of the text, or of one of its sections, at exactly this revision."""
        page = f"{self.url}/blob/{self.revision}/{self.path}"
        return page if section is None else f"{page}#{self.sections[section]}"


@dataclass(frozen=True)
class Source:
    """The place in a document that a requirement rests on."""

    document: Document
    section: str

    @property
    def link(self) -> str:
        """Address of the section at the document's revision."""
        return self.document.link(self.section)

    def __str__(self) -> str:
        return f"{self.document.name}, {self.section}"


@dataclass(frozen=True)
class Requirement:
    """One requirement: what has to hold, where it is judged, and where it comes from.

    `derived` is true where the source says it without one of the RFC 2119 keywords. `since` is the
    first platform API that asks for it, None where every judged one does. `condition` says in words
    what else has to hold before there is anything to judge. `readings` are the identifiers of the
    open questions that a verdict rests on. `gist` is a hint for somebody whose lifecycle fails it.
    """

    id: str
    area: str
    level: Level
    title: str
    text: str
    sources: tuple[Source, ...]
    gist: str
    derived: bool = False
    phases: tuple[Phase, ...] = PHASES
    targets: tuple[Target, ...] = tuple(Target)
    since: PlatformApi | None = None
    profiles: tuple[Profile, ...] = tuple(Profile)
    condition: str | None = None
    readings: tuple[str, ...] = ()

    def why_not_applicable(
        self, phase: Phase, target: Target, platform_api: PlatformApi, profile: Profile
    ) -> str | None:
        """Say why the requirement is not judged there, or None where it is."""
        if profile not in self.profiles:
            return f"not part of profile {profile.value}"
        if phase not in self.phases:
            return f"not asked of the {phase.value}"
        if target not in self.targets:
            return f"not asked where the image goes to a {target.value}"
        if self.since is not None and platform_api < self.since:
            return f"asked from platform API {self.since}, and this is {platform_api}"
        return None


@dataclass(frozen=True)
class Catalogue:
    """Every requirement, in the order in which they are listed, and the documents behind them.

    `areas` gives for each area the heading under which its requirements stand.
    """

    requirements: tuple[Requirement, ...]
    documents: Mapping[str, Document]
    areas: Mapping[str, str]

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.requirements)

    def __len__(self) -> int:
        return len(self.requirements)

    def __getitem__(self, identifier: str) -> Requirement:
        for requirement in self.requirements:
            if requirement.id == identifier:
                return requirement
        raise self._unknown(identifier)

    def __contains__(self, identifier: object) -> bool:
        return any(requirement.id == identifier for requirement in self.requirements)

    def select(self, patterns: Iterable[str]) -> tuple[Requirement, ...]:
        """Return the requirements that any of `patterns` matches, in catalogue order.

        A pattern is a whole identifier or a shell glob over whole identifiers; `report.image`
        therefore matches nothing, and `report.image.*` all that begin so. Raises
        UnknownRequirementError for the first pattern that matches none.
        """
        chosen: set[str] = set()
        for pattern in patterns:
            matches = {r.id for r in self.requirements if fnmatch.fnmatchcase(r.id, pattern)}
            if not matches:
                raise self._unknown(pattern)
            chosen |= matches
        return tuple(r for r in self.requirements if r.id in chosen)

    def _unknown(self, pattern: str) -> UnknownRequirementError:
        identifiers = [requirement.id for requirement in self.requirements]
        stem = pattern.lower().rstrip("*.?")
        inside = [i for i in identifiers if stem and (i.startswith(f"{stem}.") or stem in i)]
        close = difflib.get_close_matches(pattern.lower(), identifiers, n=3)
        return UnknownRequirementError(pattern, tuple(dict.fromkeys(close + inside))[:3])


@functools.cache
def load_catalogue() -> Catalogue:
    """Read the catalogue that ships with the package."""
    text = resources.files("pytest_cnb_report.judge").joinpath("catalogue.toml").read_text("utf-8")
    return parse_catalogue(text)


def parse_catalogue(text: str) -> Catalogue:
    """Read a catalogue from TOML.

    Raises ValueError, naming the row, for a key that is unknown, missing or of the wrong type, an
    identifier that occurs twice, and a level, phase, target, profile, platform API, area, document
    or section that does not exist.
    """
    root = strict.read_toml(text)
    converter = strict.converter()
    documents = {
        key: strict.structure(converter, {"key": key, **row}, Document, f"document {key}")
        for key, row in root.pop("documents", {}).items()
    }
    areas = strict.structure(converter, root.pop("areas", {}), dict[str, str], "areas")
    rows = root.pop("requirement", [])
    if root:
        raise ValueError(f"catalogue: unknown key {', '.join(sorted(root))}")
    converter.register_structure_hook(Source, lambda row, _: find_source(row, documents))
    requirements = tuple(_requirement(converter, row, areas) for row in rows)
    strict.refuse_repeated("requirement", [requirement.id for requirement in requirements])
    return Catalogue(requirements=requirements, documents=documents, areas=areas)


def _requirement(
    converter: cattrs.Converter, row: dict[str, Any], areas: Mapping[str, str]
) -> Requirement:
    where = f"requirement {row.get('id', 'without an id')}"
    requirement = strict.structure(converter, row, Requirement, where)
    if requirement.area not in areas:
        raise ValueError(f"{where}: no area is called {requirement.area!r}")
    for key in ("sources", "phases", "targets", "profiles"):
        if not getattr(requirement, key):
            raise ValueError(f"{where}: {key} is empty")
    for key in ("phases", "targets", "profiles", "readings"):
        strict.refuse_repeated(f"{where}, {key}", list(getattr(requirement, key)))
    return requirement


def find_source(row: Mapping[str, str], documents: Mapping[str, Document]) -> Source:
    """Find the section that a `{ document, section }` table names; raises ValueError for none."""
    document = documents.get(row.get("document", ""))
    if set(row) != {"document", "section"} or document is None:
        raise ValueError(f"{row!r} names no document and section that stand under [documents]")
    if row["section"] not in document.sections:
        raise ValueError(f"{document.name} has no section {row['section']!r}")
    return Source(document=document, section=row["section"])

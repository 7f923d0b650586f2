"""The catalogue of requirements: what is judged, where, since when, and on whose word."""

from __future__ import annotations

import difflib
import fnmatch
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any, Literal

import cattrs
from cattrs.gen import make_dict_structure_fn, override

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.platform_apis import RUN_FILE
from pytest_cnb_report.requirements import toml_loading
from pytest_cnb_report.requirements.areas import AREAS
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
class Edition:
    """A document as it was at another platform API: the commit, and what is elsewhere in it.

    `sections` are the anchors that differ, `lacks` the sections that it does not have.
    """

    revision: str
    sections: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A text that requirements come from, at one revision.

    `url` is its repository, `revision` a commit of it, `path` the file. `sections` gives for each
    section name the anchor of its heading. `profile` is the one that the text belongs to, None
    where every profile rests on it; `editions` is by platform API.
    """

    key: str
    name: str
    url: str
    revision: str
    path: str
    sections: Mapping[str, str] = field(repr=False, hash=False)
    profile: Profile | None = None
    editions: Mapping[PlatformApi, Edition] = field(default_factory=dict, repr=False, hash=False)

    def at(self, api: PlatformApi, section: str) -> Document:
        """Return the edition for a platform API; this one where that has no such section."""
        edition = self.editions.get(api)
        if edition is None or section in edition.lacks:
            return self
        return replace(
            self,
            name=f"{self.name.rpartition(' ')[0]} {api}",
            revision=edition.revision,
            sections={**self.sections, **edition.sections},
        )

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

    def at(self, api: PlatformApi) -> Source:
        """Return the same place in the edition for a platform API."""
        return replace(self, document=self.document.at(api, self.section))

    def __str__(self) -> str:
        return f"{self.document.name}, {self.section}"


@dataclass(frozen=True)
class Variation:
    """What a requirement asks where a text decides an open question by one reading alone.

    `read_as` is that reading, "a" or "b"; a value that is not given stays as it is.
    """

    reading: str
    read_as: Literal["a", "b"]
    level: Level | None = None
    targets: tuple[Target, ...] | None = None
    since: PlatformApi | None = None

    def holds(self, text: Text) -> bool:
        """Whether a text decides the question by that reading."""
        return text.reading(self.reading) == self.read_as


@dataclass(frozen=True)
class Requirement:
    """One requirement: what has to hold, where it is judged, and where it comes from.

    `derived` is true where the source says it without one of the RFC 2119 keywords. `since` is the
    first platform API that asks for it, None where every judged one does. `condition` says in words
    what else has to hold before there is anything to judge. `readings` are the identifiers of the
    open questions that a verdict rests on. `variations` replace level, targets and platform API by
    reading. `hint` is a hint for somebody whose lifecycle fails it.
    """

    id: str
    area: str
    level: Level
    title: str
    text: str
    sources: tuple[Source, ...]
    hint: str
    derived: bool = False
    phases: tuple[Phase, ...] = PHASES
    targets: tuple[Target, ...] = tuple(Target)
    since: PlatformApi | None = None
    profiles: tuple[Profile, ...] = tuple(Profile)
    condition: str | None = None
    readings: tuple[str, ...] = ()
    variations: tuple[Variation, ...] = ()

    def hint_at(self, api: PlatformApi) -> str:
        """Return the hint for a platform API: `stack.toml` came before `run.toml`."""
        return self.hint if api >= RUN_FILE else self.hint.replace("`run.toml`", "`stack.toml`")

    def level_in(self, text: Text) -> Level:
        """How binding the requirement is in a text."""
        varied = (each.level for each in self.variations if each.holds(text))
        return text.levels.get(self.id, next(filter(None, varied), self.level))

    def targets_in(self, text: Text) -> tuple[Target, ...]:
        """Where the image has to go for the requirement to be judged."""
        varied = (each.targets for each in self.variations if each.holds(text))
        return next(filter(None, varied), self.targets)

    def since_in(self, text: Text) -> PlatformApi | None:
        """Return the first platform API that asks for it, None where every one does."""
        varied = (each.since for each in self.variations if each.holds(text))
        return text.since.get(self.id, next(filter(None, varied), self.since))

    def sources_at(self, api: PlatformApi, text: Text) -> tuple[Source, ...]:
        """Return where a text says it, in the edition for a platform API.

        A document of another profile is left out where another source says the same.
        """
        own = [each for each in self.sources if each.document.profile in {None, text.profile}]
        return tuple(each.at(api) for each in own or self.sources)

    def why_not_applicable(
        self, phase: Phase, target: Target, platform_api: PlatformApi, text: Text
    ) -> str | None:
        """Say why the requirement is not judged there, or None where it is."""
        if text.profile not in self.profiles:
            return f"not part of profile {text.profile.value}"
        if phase not in self.phases:
            return f"does not apply to the {phase.value}"
        if target not in self.targets_in(text):
            return f"does not apply to a {target.value}"
        since = self.since_in(text)
        if since is not None and platform_api < since:
            return f"required from platform API {since}; this is {platform_api}"
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
    """Read the catalogue that ships with the package: the requirements of every area."""
    folder = resources.files("pytest_cnb_report.requirements")
    return parse_catalogue(
        folder.joinpath("documents.toml").read_text("utf-8"),
        {area: folder.joinpath(f"{area}/requirements.toml").read_text("utf-8") for area in AREAS},
    )


def parse_catalogue(documents_text: str, areas: Mapping[str, str]) -> Catalogue:
    """Read a catalogue from TOML: the documents, and the requirements of each area by its folder.

    Raises ValueError, naming the row, for a key that is unknown, missing or of the wrong type, an
    identifier that occurs twice, and a level, phase, target, profile, platform API, document or
    section that does not exist.
    """
    converter = toml_loading.converter()
    root = toml_loading.read_toml(documents_text)
    documents = {
        key: toml_loading.structure(converter, {"key": key, **row}, Document, f"document {key}")
        for key, row in root.pop("documents", {}).items()
    }
    _refuse_unknown("documents", root)
    converter.register_structure_hook(Source, lambda row, _: find_source(row, documents))
    converter.register_structure_hook(
        Variation,
        make_dict_structure_fn(Variation, converter, read_as=override(rename="read-as")),
    )
    requirements: list[Requirement] = []
    titles: dict[str, str] = {}
    for folder, text in areas.items():
        table = toml_loading.read_toml(text)
        name = folder.replace("_", "-")
        titles[name] = toml_loading.structure(
            converter, table.pop("title", ""), str, f"area {name}, title"
        )
        rows = table.pop("requirement", [])
        _refuse_unknown(f"area {name}", table)
        requirements += [_requirement(converter, {"area": name, **row}) for row in rows]
    toml_loading.refuse_repeated("requirement", [each.id for each in requirements])
    return Catalogue(requirements=tuple(requirements), documents=documents, areas=titles)


def _refuse_unknown(where: str, table: Mapping[str, Any]) -> None:
    if table:
        raise ValueError(f"{where}: unknown key {', '.join(sorted(table))}")


def _requirement(converter: cattrs.Converter, row: dict[str, Any]) -> Requirement:
    where = f"requirement {row.get('id', 'without an id')}"
    requirement = toml_loading.structure(converter, row, Requirement, where)
    for key in ("sources", "phases", "targets", "profiles"):
        if not getattr(requirement, key):
            raise ValueError(f"{where}: {key} is empty")
    for key in ("phases", "targets", "profiles", "readings"):
        toml_loading.refuse_repeated(f"{where}, {key}", list(getattr(requirement, key)))
    for variation in requirement.variations:
        if variation.reading not in requirement.readings:
            raise ValueError(f"{where}: varies by {variation.reading}, which is not in readings")
    return requirement


def find_source(row: Mapping[str, str], documents: Mapping[str, Document]) -> Source:
    """Find the section that a `{ document, section }` table names; raises ValueError for none."""
    document = documents.get(row.get("document", ""))
    if set(row) != {"document", "section"} or document is None:
        raise ValueError(f"{row!r} names no document and section that stand under [documents]")
    if row["section"] not in document.sections:
        raise ValueError(f"{document.name} has no section {row['section']!r}")
    return Source(document=document, section=row["section"])

"""The catalogue holds every requirement, once, at its level, and says where it applies."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from pytest_cnb_report.requirements.catalogue import (
    UnknownRequirementError,
    load_catalogue,
    parse_catalogue,
)
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import PLATFORM_APIS, Level, Phase, PlatformApi, Profile, Target

DRAFT = load_text(Profile.RFC_0129_DRAFT)
RESULTS = Path(__file__).parents[2] / "docs" / "results"
DOCUMENTS = """
[documents.X]
name = "A text"
url = "https://example.org/repository"
revision = "0123"
path = "text.md"
sections = { "First" = "first" }
"""
MINIMAL = """
title = "An area"
[[requirement]]
id = "a.b"
level = "MUST"
title = "A title"
text = "A text."
hint = "A hint."
sources = [{ document = "X", section = "First" }]
"""


def published() -> set[tuple[str, str, str, str]]:
    """Requirement, level, phase and target of every result that was published."""
    return {
        (each["requirement"], each["level"], each["phase"], each["target"])
        for file in RESULTS.glob("*/report.json.xz")
        for each in json.loads(lzma.decompress(file.read_bytes()))["results"]
    }


def test_what_published_results_name_is_still_there_at_its_level_and_place() -> None:
    """Reports, known-failure files and people key on identifiers."""
    there = {
        (r.id, r.level.value, phase.value, target.value)
        for r in load_catalogue()
        for phase in r.phases
        for target in r.targets
    }
    assert len(published()) > 100
    assert published() <= there


def test_only_the_report_depends_on_the_profile() -> None:
    every, by_draft = set(Profile), {Profile.RFC_0129_DRAFT, Profile.RFC_0129}
    for requirement in load_catalogue():
        profiles = set(requirement.profiles)
        if not requirement.id.startswith("report."):
            assert profiles == every
        assert profiles in (every, by_draft, {Profile.RFC_0129})


def test_titles_fit_a_table_and_no_text_is_shared() -> None:
    requirements = load_catalogue().requirements
    assert [r.id for r in requirements if len(r.title) > 70] == []
    assert len({r.title for r in requirements}) == len(requirements)


def test_a_source_links_to_the_section_at_its_commit() -> None:
    source = load_catalogue()["report.image.digest"].sources[0]
    assert str(source) == "Platform specification 0.15, report.toml"
    assert source.link == (
        "https://github.com/buildpacks/spec/blob/b745fcfd90d7139d6a04cca2878b47ec402be943/"
        "platform.md#reporttoml-toml"
    )


@pytest.mark.parametrize(
    ("api", "name", "revision", "anchor"),
    [
        ("0.7", "0.7", "6ae550e868508ed242eeac6685bda6bb99cae7f4", "outputs-6"),
        ("0.11", "0.11", "5e9784721a20b57dc5e3eb43dd135628c7e688c4", "outputs-7"),
        ("0.15", "0.15", "b745fcfd90d7139d6a04cca2878b47ec402be943", "outputs-7"),
        ("0.16", "0.15", "b745fcfd90d7139d6a04cca2878b47ec402be943", "outputs-7"),
    ],
)
def test_a_source_is_cited_from_the_text_of_the_tested_api(
    api: str, name: str, revision: str, anchor: str
) -> None:
    source = load_catalogue()["rebase.layers"].sources_at(PlatformApi.parse(api), DRAFT)[0]
    assert str(source) == f"Platform specification {name}, rebaser: Outputs"
    assert source.link.endswith(f"/blob/{revision}/platform.md#{anchor}")


def test_a_section_that_an_older_text_does_not_have_is_cited_from_the_newest() -> None:
    sources = load_catalogue()["export.labels.base.inherited"].sources_at(PlatformApi(0, 11), DRAFT)
    assert [str(each) for each in sources] == [
        "Platform specification 0.11, exporter: Outputs",
        "Platform specification 0.15, Target Data",
    ]


def test_every_platform_api_has_a_text() -> None:
    published = load_catalogue().documents["P"]
    assert {*published.editions, PLATFORM_APIS[-1]} == set(PLATFORM_APIS)
    for edition in published.editions.values():
        assert {*edition.lacks, *edition.sections} <= set(published.sections)


def test_each_profile_cites_the_text_that_it_is_named_after() -> None:
    image = load_catalogue()["report.run-image.image"]
    for profile, name in (
        (Profile.RFC_0129_DRAFT, "RFC 0129, first draft"),
        (Profile.RFC_0129, "RFC 0129, approved"),
    ):
        sources = image.sources_at(PLATFORM_APIS[-1], load_text(profile))
        assert {source.document.name for source in sources} == {name}


def test_what_rests_on_another_rfc_alone_is_not_part_of_the_published_specification() -> None:
    for requirement in load_catalogue():
        # what is only observed asks for nothing that the published specification does not
        if Profile.PLATFORM_SPEC in requirement.profiles and requirement.level is not Level.MAY:
            assert "P" in {source.document.key for source in requirement.sources}, requirement.id


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["report.image.digest"], ["report.image.digest"]),
        (["report.run-image.reference"], ["report.run-image.reference"]),
        (
            ["report.run-image.reference.*"],
            ["report.run-image.reference.immutable", "report.run-image.reference.form"],
        ),
        (
            ["rebase.labels.*.removed", "rebase.labels.stack.rem?ved", "report.written"],
            ["report.written", "rebase.labels.stack.removed", "rebase.labels.base.removed"],
        ),
    ],
)
def test_globs_match_whole_identifiers(patterns: list[str], expected: list[str]) -> None:
    assert [requirement.id for requirement in load_catalogue().select(patterns)] == expected


def test_a_star_selects_everything_and_no_pattern_selects_nothing() -> None:
    catalogue = load_catalogue()
    assert catalogue.select(["*"]) == catalogue.requirements
    assert catalogue.select([]) == ()


@pytest.mark.parametrize(
    ("pattern", "near"),
    [
        ("report.run-image.top-layers", "report.run-image.top-layer"),
        ("report.image", "report.image.tags"),
        ("rebase.label.*", "rebase.labels.boundary"),
        ("REPORT.WRITTEN", "report.written"),
    ],
)
def test_a_pattern_that_matches_nothing_names_what_is_near(pattern: str, near: str) -> None:
    with pytest.raises(UnknownRequirementError) as error:
        load_catalogue().select(["report.written", pattern])
    assert error.value.pattern == pattern
    assert near in error.value.near
    assert near in str(error.value)


def test_a_pattern_like_nothing_there_says_where_the_identifiers_are_listed() -> None:
    with pytest.raises(UnknownRequirementError, match="cnb-conformance requirements") as error:
        load_catalogue().select(["zzz"])
    assert error.value.near == ()


def test_one_requirement_by_its_identifier() -> None:
    catalogue = load_catalogue()
    assert "report.written" in catalogue
    assert "report" not in catalogue
    with pytest.raises(UnknownRequirementError):
        catalogue["report"]


@pytest.mark.parametrize(
    ("identifier", "where", "reason"),
    [
        ("report.written", "rebaser daemon 0.7 platform-spec", None),
        (
            "report.run-image.image",
            "exporter registry 0.14 platform-spec",
            "not part of profile platform-spec",
        ),
        (
            "report.default-path",
            "rebaser registry 0.14 rfc-0129",
            "does not apply to the rebaser",
        ),
        (
            "report.image.digest",
            "exporter daemon 0.14 rfc-0129",
            "does not apply to a daemon",
        ),
        (
            "rebase.target.forced",
            "rebaser registry 0.9 rfc-0129",
            "required from platform API 0.12; this is 0.9",
        ),
        ("rebase.target.forced", "rebaser registry 0.12 rfc-0129", None),
    ],
)
def test_why_a_requirement_does_not_apply(identifier: str, where: str, reason: str | None) -> None:
    phase, target, api, profile = where.split()
    requirement = load_catalogue()[identifier]
    why = requirement.why_not_applicable(
        Phase(phase), Target(target), PlatformApi.parse(api), load_text(Profile(profile))
    )
    assert why == reason


def test_a_minimal_row_is_judged_everywhere() -> None:
    (requirement,) = parse_catalogue(DOCUMENTS, {"area": MINIMAL})
    assert requirement.phases == (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)
    assert requirement.targets == tuple(Target)
    assert requirement.profiles == tuple(Profile)
    assert requirement.since is None
    assert not requirement.derived


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('level = "MUST"', 'level = "SHALL"', "requirement a.b: 'SHALL' is not a valid Level"),
        ('level = "MUST"', "", "requirement a.b: required field missing @ $.level"),
        ('level = "MUST"', 'level = "MUST"\nfault = 1', r"requirement a.b: .*\(fault\)"),
        ('level = "MUST"', 'level = "MUST"\nderived = 1', "1 is neither true nor false"),
        (
            'level = "MUST"',
            'level = "MUST"\nphases = ["builder"]',
            "'builder' is not a valid Phase",
        ),
        ('level = "MUST"', 'level = "MUST"\nphases = []', "requirement a.b: phases is empty"),
        ('level = "MUST"', 'level = "MUST"\ntargets = ["daemon", "daemon"]', "given twice"),
        ('level = "MUST"', 'level = "MUST"\nsince = "12"', "'12' is not a platform API version"),
        ('title = "A title"', 'title = " "', "requirement a.b: ' ' is not a string"),
        ('section = "First" }]', 'section = "Last" }]', "A text has no section 'Last'"),
        ('document = "X"', 'document = "Y"', "requirement a.b: .*names no document"),
        ('revision = "0123"', "revision = 123", "document X: 123 is not a string"),
        ("[documents.X]", "surprise = 1\n[documents.X]", "documents: unknown key surprise"),
    ],
)
def test_a_wrong_row_is_refused_by_name(old: str, new: str, message: str) -> None:
    assert old in DOCUMENTS + MINIMAL
    with pytest.raises(ValueError, match=message.replace("$", r"\$")):
        parse_catalogue(DOCUMENTS.replace(old, new), {"area": MINIMAL.replace(old, new)})


def test_an_identifier_that_occurs_twice_is_refused() -> None:
    row = MINIMAL[MINIMAL.index("[[requirement]]") :]
    with pytest.raises(ValueError, match=r"given twice: a\.b"):
        parse_catalogue(DOCUMENTS, {"area": MINIMAL + row})

"""The catalogue holds every requirement, once, at its level, and says where it applies."""

from __future__ import annotations

import pytest

from pytest_cnb_report.requirements.catalogue import (
    UnknownRequirementError,
    load_catalogue,
    parse_catalogue,
)
from pytest_cnb_report.values import PLATFORM_APIS, Level, Phase, PlatformApi, Profile, Target

LETTERS = {"E": Phase.EXPORTER, "C": Phase.CREATOR, "B": Phase.REBASER}
TARGETS = {"reg": Target.REGISTRY, "dmn": Target.DAEMON}

# Reports, known-failure files and people key on these: identifier, level, phases, targets.
FIXED = """
report.written                       MUST   ECB reg,dmn
report.default-path                  MUST   EC  reg,dmn
report.valid-toml                    MUST   ECB reg,dmn
report.replaced                      MUST   ECB reg,dmn
report.absent-on-failure             SHOULD ECB reg,dmn
report.termination-message-size      MAY    ECB reg,dmn
report.image.tags                    MUST   ECB reg,dmn
report.image.digest                  MUST   ECB reg
report.image.manifest-size           MUST   ECB reg
report.image.image-id                MUST   ECB dmn
report.run-image.image               MUST   ECB reg,dmn
report.run-image.reference           MUST   ECB reg,dmn
report.run-image.reference.immutable MUST   ECB reg,dmn
report.run-image.reference.form      MAY    ECB reg,dmn
report.run-image.top-layer           MUST   ECB reg,dmn
report.run-image.layout              MUST   ECB reg,dmn
report.run-image.after-rebase        MUST   B   reg,dmn
report.run-image.coherent            MUST   ECB reg,dmn
report.run-image.matches-label       MUST   ECB reg,dmn
report.run-image.image.resolved      MUST   ECB reg,dmn
report.run-image.mirrors             MUST   ECB reg,dmn
report.run-image.forced-unlisted     MUST   B   reg,dmn
export.succeeds                      MUST   EC  reg,dmn
export.layers                        MUST   EC  reg,dmn
export.labels.stack.inherited        MUST   EC  reg,dmn
export.labels.base.inherited         MUST   EC  reg,dmn
export.metadata.top-layer            MUST   EC  reg,dmn
export.metadata.reference            MUST   EC  reg,dmn
export.metadata.image                MUST   EC  reg,dmn
export.metadata.mirrors              MUST   EC  reg,dmn
export.metadata.stack-same           MUST   EC  reg,dmn
rebase.labels.stack.added            MUST   B   reg,dmn
rebase.labels.stack.replaced         MUST   B   reg,dmn
rebase.labels.stack.copied           MUST   B   reg,dmn
rebase.labels.stack.removed          MUST   B   reg,dmn
rebase.labels.stack.named            MUST   B   reg,dmn
rebase.labels.stack.optional         MUST   B   reg,dmn
rebase.labels.base.added             MUST   B   reg,dmn
rebase.labels.base.replaced          MUST   B   reg,dmn
rebase.labels.base.copied            MUST   B   reg,dmn
rebase.labels.base.removed           MUST   B   reg,dmn
rebase.labels.other.preserved        MUST   B   reg,dmn
rebase.labels.other.not-copied       MUST   B   reg,dmn
rebase.labels.boundary               MUST   B   reg,dmn
rebase.labels.idempotent             MUST   B   reg,dmn
rebase.succeeds                      MUST   B   reg,dmn
rebase.layers                        MUST   B   reg,dmn
rebase.config.unchanged              MUST   B   reg,dmn
rebase.metadata.reference            MUST   B   reg,dmn
rebase.metadata.top-layer            MUST   B   reg,dmn
rebase.metadata.rest-unchanged       MUST   B   reg,dmn
rebase.metadata.unknown-kept         MAY    B   reg,dmn
rebase.metadata.forced-unlisted      MUST   B   reg,dmn
rebase.tags.same-image               MUST   B   reg,dmn
rebase.previous-image.untouched      MUST   B   reg,dmn
rebase.run-image.default             MUST   B   reg,dmn
rebase.inputs.environment            MUST   B   reg,dmn
rebase.unlisted.refused              MUST   B   reg,dmn
rebase.rebasable-false.refused       MUST   B   reg,dmn
rebase.target.mismatch-refused       MUST   B   reg,dmn
rebase.target.unchanged              MUST   B   reg,dmn
rebase.target.forced                 MUST   B   reg,dmn
rebase.refusal.exit-code             MUST   B   reg,dmn
rebase.refusal.untouched             MUST   B   reg,dmn
rebase.created.constant              SHOULD B   reg,dmn
rebase.reproducible                  SHOULD B   reg,dmn
"""

RUN_IMAGE_IN_REPORT = "report.run-image.*"
APPROVED_ONLY = (
    "report.termination-message-size",
    "report.run-image.image.resolved",
    "report.run-image.mirrors",
    "report.run-image.forced-unlisted",
)
FROM_0_12 = (
    "report.run-image.image.resolved",
    "report.run-image.mirrors",
    "report.run-image.forced-unlisted",
    "export.labels.base.inherited",
    "export.metadata.image",
    "export.metadata.mirrors",
    "export.metadata.stack-same",
    "rebase.labels.base.*",
    "rebase.metadata.forced-unlisted",
    "rebase.unlisted.refused",
    "rebase.rebasable-false.refused",
    "rebase.target.*",
    "rebase.refusal.*",
)

MINIMAL = """
[areas]
area = "An area"
[documents.X]
name = "A text"
url = "https://example.org/repository"
revision = "0123"
path = "text.md"
sections = { "First" = "first" }
[[requirement]]
id = "a.b"
area = "area"
level = "MUST"
title = "A title"
text = "A text."
gist = "A hint."
sources = [{ document = "X", section = "First" }]
"""


def test_every_identifier_is_there_once_in_order_at_its_level_and_place() -> None:
    fixed = [line.split() for line in FIXED.strip().splitlines()]
    expected = [
        (
            identifier,
            Level(level),
            tuple(LETTERS[letter] for letter in phases),
            tuple(TARGETS[target] for target in targets.split(",")),
        )
        for identifier, level, phases, targets in fixed
    ]
    assert [(r.id, r.level, r.phases, r.targets) for r in load_catalogue()] == expected


def test_each_level_is_counted() -> None:
    levels = [requirement.level for requirement in load_catalogue()]
    assert [levels.count(level) for level in Level] == [60, 3, 3]


def test_profiles() -> None:
    catalogue = load_catalogue()
    in_report = {requirement.id for requirement in catalogue.select([RUN_IMAGE_IN_REPORT])}
    for requirement in catalogue:
        if requirement.id in APPROVED_ONLY:
            assert requirement.profiles == (Profile.RFC_0129,)
        elif requirement.id in in_report:
            assert requirement.profiles == (Profile.RFC_0129_DRAFT, Profile.RFC_0129)
        else:
            assert requirement.profiles == tuple(Profile)


def test_what_came_with_a_later_platform_api() -> None:
    catalogue = load_catalogue()
    late = {
        requirement.id: str(requirement.since)
        for requirement in catalogue
        if requirement.since is not None and requirement.since > PLATFORM_APIS[0]
    }
    from_0_12 = {requirement.id: "0.12" for requirement in catalogue.select(FROM_0_12)}
    assert late == {**from_0_12, "rebase.previous-image.untouched": "0.11"}


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
            "not asked of the rebaser",
        ),
        (
            "report.image.digest",
            "exporter daemon 0.14 rfc-0129",
            "not asked where the image goes to a daemon",
        ),
        (
            "rebase.target.forced",
            "rebaser registry 0.9 rfc-0129",
            "asked from platform API 0.12, and this is 0.9",
        ),
        ("rebase.target.forced", "rebaser registry 0.12 rfc-0129", None),
    ],
)
def test_why_a_requirement_does_not_apply(identifier: str, where: str, reason: str | None) -> None:
    phase, target, api, profile = where.split()
    requirement = load_catalogue()[identifier]
    why = requirement.why_not_applicable(
        Phase(phase), Target(target), PlatformApi.parse(api), Profile(profile)
    )
    assert why == reason


def test_a_minimal_row_is_judged_everywhere() -> None:
    (requirement,) = parse_catalogue(MINIMAL)
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
        ('area = "area"', 'area = "other"', "requirement a.b: no area is called 'other'"),
        ('title = "A title"', 'title = " "', "requirement a.b: ' ' is not a string"),
        ('section = "First" }]', 'section = "Last" }]', "A text has no section 'Last'"),
        ('document = "X"', 'document = "Y"', "requirement a.b: .*names no document"),
        ('revision = "0123"', "revision = 123", "document X: 123 is not a string"),
        ("[areas]", "surprise = 1\n[areas]", "catalogue: unknown key surprise"),
    ],
)
def test_a_wrong_row_is_refused_by_name(old: str, new: str, message: str) -> None:
    assert old in MINIMAL
    with pytest.raises(ValueError, match=message.replace("$", r"\$")):
        parse_catalogue(MINIMAL.replace(old, new))


def test_an_identifier_that_occurs_twice_is_refused() -> None:
    row = MINIMAL[MINIMAL.index("[[requirement]]") :]
    with pytest.raises(ValueError, match=r"given twice: a\.b"):
        parse_catalogue(MINIMAL + row)

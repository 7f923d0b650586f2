"""What a maintainer of the specification may write, and what every mistake in it is told as."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_cnb_report.requirements.amendment import amended, judged_text, misfits
from pytest_cnb_report.requirements.amendment_file import AmendmentError, parse_amendment
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Level, PlatformApi, Profile, Target

DRAFT = load_text(Profile.RFC_0129_DRAFT)
PUBLISHED = load_text(Profile.PLATFORM_SPEC)
SAID = 'text = "a change"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(AmendmentError) as raised:
        parse_amendment(text, "change.toml")
    return list(raised.value.problems)


def test_every_part_of_a_text_can_be_changed() -> None:
    read = parse_amendment(
        SAID
        + """
[reading]
stale-labels = "b"
if-present = "either"

[level]
"rebase.labels.*.removed" = "SHOULD"

[since]
"report.run-image.*" = "0.16"
"report.run-image.image" = "0.15"

[fields]
table = "image.runImage"
spelling = "camelCase"
reference-forms = ["digest-reference"]

[fields.label-reference-forms]
daemon = ["image-id", "short-image-id"]
""",
        "change.toml",
    )
    text = amended(DRAFT, read)
    catalogue = load_catalogue()
    assert (text.reading("stale-labels"), text.reading("if-present")) == ("b", "either")
    assert catalogue["rebase.labels.base.removed"].level_in(text) is Level.SHOULD
    assert catalogue["report.run-image.reference"].since_in(text) == PlatformApi(0, 16)
    assert catalogue["report.run-image.image"].since_in(text) == PlatformApi(0, 15)
    assert text.layout.path("top-layer") == "image.runImage.topLayer"
    assert text.reference_forms["report", Target.DAEMON] == {"digest-reference"}
    assert ("label", Target.REGISTRY) not in text.reference_forms
    assert text.reference_forms["label", Target.DAEMON] == {"image-id", "short-image-id"}


def test_either_spelling_may_be_permitted() -> None:
    read = parse_amendment(SAID + '[fields]\nspelling = "either"\n', "change.toml")
    (layout,) = amended(DRAFT, read).layouts
    assert layout.keys("top-layer") == ("top-layer", "topLayer")


def test_the_text_says_how_it_was_amended() -> None:
    read = parse_amendment(SAID + '[reading]\nstale-labels = "b"\n', "change.toml")
    amendment = amended(DRAFT, read).amended
    assert amendment is not None
    assert (amendment.text, amendment.file) == ("a change", "change.toml")
    (change,) = amendment.changes
    assert (change.key, change.line) == ("reading stale-labels", 3)
    assert change.was.startswith("A: It is removed")
    assert change.becomes.startswith("B: It stays")
    assert change.changes


def test_what_the_text_says_already_is_no_change() -> None:
    read = parse_amendment(SAID + '[reading]\nstale-labels = "a"\n', "change.toml")
    amendment = amended(DRAFT, read).amended
    assert amendment is not None
    assert [each.changes for each in amendment.changes] == [False]


def test_an_identifier_needs_no_quotes() -> None:
    read = parse_amendment(SAID + '[level]\nrebase.layers = "SHOULD"\n', "change.toml")
    assert [each.requirements for each in read.settings] == [("rebase.layers",)]
    assert [each.line for each in read.settings] == [3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: nothing says what the change is"),
        ('text = " "\n', "1: nothing says what the change is"),
        (SAID, "1: nothing is changed: add [reading]"),
        (SAID + "[reading", "2: not TOML"),
        (SAID + 'levels = "x"\n', "2: 'levels' means nothing here: did you mean 'level'?"),
        (SAID + 'level = "MUST"\n', "2: level is a table: write [level]"),
        (SAID + '[reading]\nstale = "b"\n', "3: there is no open question 'stale'"),
        (
            SAID + '[reading]\nstale-labels = "B"\n',
            "3: 'B' is not an interpretation: expected 'a', 'b'",
        ),
        (
            SAID + '[reading]\n"rebase.labels.stack.removed" = "b"\n',
            (
                "3: rebase.labels.stack.removed is a requirement, not an open question: it rests on"
                " stale-labels"
            ),
        ),
        (SAID + '[level]\n"rebase.layer" = "MUST"\n', "3: no requirement matches 'rebase.layer'"),
        (SAID + '[level]\n"rebase.layers" = "must"\n', "3: 'must' is not a level: expected MUST"),
        (SAID + '[level]\n"rebase.layers" = "MUST NOT"\n', "3: 'MUST NOT' would ask for the oppo"),
        (SAID + '[since]\n"rebase.layers" = 0.10\n', "3: a platform API is a string"),
        (SAID + '[since]\n"rebase.layers" = "v1"\n', "3: 'v1' is not a platform API version"),
        (SAID + '[since]\n"rebase.layers" = "0.17"\n', "3: the suite knows no platform API 0.17"),
        (SAID + '[fields]\nplace = "x"\n', "3: 'place' means nothing in [fields]"),
        (SAID + '[fields]\ntable = "a b"\n', "3: 'a b' is not the path of a table"),
        (SAID + '[fields]\nspelling = "snake"\n', "3: 'snake' is not a spelling: expected kebab"),
        (SAID + "[fields]\nreference-forms = []\n", "3: [] is not a list of forms"),
        (
            SAID + '[fields]\nreference-forms = [\n  "digest",\n]\n',
            "3: 'digest' is no form of a reference",
        ),
        (
            SAID + '[fields.reference-forms]\nregister = ["tag"]\n',
            "3: 'register' is no destination: expected registry, daemon",
        ),
        (
            SAID + '[level]\n"rebase.*" = "MAY"\n"*.layers" = "MUST"\n',
            "4: rebase.* and *.layers both match rebase.layers",
        ),
        (
            SAID + '[level]\nreport.written = "MAY"\nreport.written.x = "MUST"\n',
            "4: not TOML: Cannot overwrite a value (column 26); put identifiers with dots in",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    assert problems(text)[0].startswith(f"change.toml:{said}")


def test_every_mistake_is_told_at_once() -> None:
    found = problems(SAID + '[reading]\na = "b"\n[since]\nb = "c"\n')
    assert [each.split(":")[1] for each in found] == ["3", "5", "5"]


def test_a_whole_identifier_is_stronger_than_a_pattern() -> None:
    read = parse_amendment(
        SAID + '[level]\n"rebase.layers" = "SHOULD"\n"rebase.*" = "MAY"\n', "change.toml"
    )
    text = amended(DRAFT, read)
    assert load_catalogue()["rebase.layers"].level_in(text) is Level.SHOULD
    assert load_catalogue()["rebase.succeeds"].level_in(text) is Level.MAY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[fields]\ntable = "x"\n', "table is about the report's run image fields, which profile"),
        (
            '[level]\n"rebase.image.identical" = "MUST"\n',
            "rebase.image.identical only observes, so that nothing could fail it",
        ),
        (
            '[level]\n"rebase.metadata.unknown-kept" = "MUST"\n',
            (
                "rebase.metadata.unknown-kept only observes, so that nothing could fail it; the"
                " reading unknown-metadata-keys would make it a requirement"
            ),
        ),
        (
            '[fields]\nlabel-reference-forms = ["tag"]\n',
            "label-reference-forms permits a tag, which the text refuses",
        ),
    ],
)
def test_what_means_nothing_to_a_profile_is_told(text: str, said: str) -> None:
    (problem,) = misfits(PUBLISHED, parse_amendment(SAID + text, "change.toml"))
    assert problem.startswith(f"change.toml:3: {said}")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(AmendmentError, match=r"nowhere\.toml: cannot be read: No such file"):
        judged_text(Profile.RFC_0129_DRAFT, tmp_path / "nowhere.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"\n# \xe9")
    with pytest.raises(AmendmentError, match=r"latin\.toml:2: is not UTF-8"):
        judged_text(Profile.RFC_0129_DRAFT, latin)


def test_a_profile_alone_is_its_own_text() -> None:
    assert judged_text(Profile.RFC_0129_DRAFT, None) == DRAFT

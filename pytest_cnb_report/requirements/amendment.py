"""Lay an amendment over the text of a profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pytest_cnb_report.judge.text import (
    Amended,
    ByReading,
    Change,
    Choice,
    FieldPlaces,
    ReferenceForm,
    ReferenceHolder,
    Text,
)
from pytest_cnb_report.requirements.amendment_file import (
    LABEL_FORMS,
    REPORT_FORMS,
    Amendment,
    AmendmentError,
    Setting,
    is_glob,
    read_amendment,
)
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.interpretations import Reading, load_register
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Level, PlatformApi, Profile, Target

_HOLDERS: Mapping[str, ReferenceHolder] = {REPORT_FORMS: "report", LABEL_FORMS: "label"}


def judged_text(profile: Profile, amendment: Path | None) -> Text:
    """Return the text to judge by: a profile's, with the amendment in a file laid over it.

    Raises AmendmentError for a file that cannot be used, or that does not fit the profile.
    """
    text = load_text(profile)
    if amendment is None:
        return text
    read = read_amendment(amendment)
    problems = misfits(text, read)
    if problems:
        raise AmendmentError(problems)
    return amended(text, read)


def misfits(text: Text, amendment: Amendment) -> tuple[str, ...]:
    """Return what of an amendment means nothing to a text, each with its file and line."""
    result = amended(text, amendment)
    problems = [
        *_without_fields(text, amendment),
        *_only_observed(result, amendment),
        *_tags_refused(result, amendment),
    ]
    return tuple(f"{amendment.file}:{line}: {problem}" for line, problem in problems)


def _without_fields(text: Text, amendment: Amendment) -> Iterator[tuple[int, str]]:
    if text.profile is not Profile.PLATFORM_SPEC:
        return
    for each in amendment.of("fields"):
        if each.key != LABEL_FORMS:
            yield (
                each.line,
                (
                    f"{each.key} is about the report's run image fields, which profile"
                    f" {text.profile.value} does not have: choose another with --profile"
                ),
            )


def _only_observed(result: Text, amendment: Amendment) -> Iterator[tuple[int, str]]:
    """Yield levels that bind where the rule only looks: nothing could fail."""
    unamended = replace(result, levels={})
    for each in amendment.of("level"):
        for requirement in _requirements(each.requirements):
            if requirement.level_in(unamended) is Level.MAY and each.value != Level.MAY.value:
                varied = ", ".join(v.reading for v in requirement.variations if v.level)
                how = f"; the reading {varied} would make it a requirement" if varied else ""
                yield (
                    each.line,
                    f"{requirement.id} only observes, so that nothing could fail it{how}",
                )


def _tags_refused(result: Text, amendment: Amendment) -> Iterator[tuple[int, str]]:
    if result.accepts("tag-as-reference", "b"):
        return
    for each in amendment.of("fields"):
        if any("tag" in forms for forms in _forms(each).values()):
            yield (
                each.line,
                (
                    f'{each.key} permits a tag, which the text refuses: add tag-as-reference = "b"'
                    " under [reading] as well"
                ),
            )


def amended(text: Text, amendment: Amendment) -> Text:
    """Return a text with an amendment laid over it."""
    levels: dict[str, Level] = {}
    since: dict[str, PlatformApi] = {}
    # a whole identifier comes last, and is stronger than a pattern
    for each in sorted(amendment.settings, key=lambda each: not is_glob(each.key)):
        if each.table == "level":
            levels |= dict.fromkeys(each.requirements, Level(each.value))
        elif each.table == "since":
            since |= dict.fromkeys(each.requirements, PlatformApi.parse(str(each.value)))
    fields = {each.key: each for each in amendment.of("fields")}
    forms = {
        (_HOLDERS[each.key], target): permitted
        for each in amendment.of("fields")
        for target, permitted in _forms(each).items()
    }
    readings = {each.key: cast("Choice", each.value) for each in amendment.of("reading")}
    places = FieldPlaces(
        table=str(fields["table"].value) if "table" in fields else text.fields.table,
        spelling=str(fields["spelling"].value) if "spelling" in fields else text.fields.spelling,
    )
    result = replace(
        text,
        readings={**text.readings, **readings},
        fields=places,
        levels={**text.levels, **levels},
        since={**text.since, **since},
        reference_forms={**text.reference_forms, **forms},
    )
    changes = tuple(_change(each, text, result) for each in amendment.settings)
    return replace(result, amended=Amended(amendment.text, amendment.file, changes))


def _forms(setting: Setting) -> Mapping[Target, frozenset[ReferenceForm]]:
    """Return the forms of a reference that a key permits, by target; none of another key."""
    if setting.key not in _HOLDERS:
        return {}
    value = cast("Any", setting.value)
    by_target = value if isinstance(value, Mapping) else {t.value: value for t in Target}
    return {Target(target): frozenset(forms) for target, forms in by_target.items()}


def _change(setting: Setting, before: Text, after: Text) -> Change:
    was, becomes = (_in_words(setting, text) for text in (before, after))
    return Change(setting.named, was, becomes, setting.line)


def _in_words(setting: Setting, text: Text) -> str:
    """Say what a text has for a key of an amendment."""
    if setting.table == "reading":
        return _reading_in_words(load_register()[setting.key], text)
    requirements = _requirements(setting.requirements)
    if setting.table == "level":
        return ", ".join(dict.fromkeys(each.level_in(text).value for each in requirements))
    if setting.table == "since":
        since = dict.fromkeys(each.since_in(text) for each in requirements)
        return ", ".join("every platform API" if api is None else f"from {api}" for api in since)
    if setting.key in _HOLDERS:
        return _forms_in_words(_HOLDERS[setting.key], text)
    return _place_in_words(setting.key, text)


def _place_in_words(key: str, text: Text) -> str:
    if text.profile is Profile.PLATFORM_SPEC:
        return "no such fields"
    value = text.fields.table if key == "table" else text.fields.spelling
    return " or ".join(value.values(text.readings)) if isinstance(value, ByReading) else value


def _reading_in_words(reading: Reading, text: Text) -> str:
    choice = text.readings[reading.id]
    if choice == "either":
        return "either reading passes"
    return f"{choice.upper()}: {reading.reading_a if choice == 'a' else reading.reading_b}"


def _forms_in_words(holder: ReferenceHolder, text: Text) -> str:
    by_target = {
        target: ", ".join(sorted(text.reference_forms[holder, target]))
        for target in Target
        if (holder, target) in text.reference_forms
    }
    if not by_target:
        return "what the open questions permit"
    if len(set(by_target.values())) == 1 and len(by_target) == len(Target):
        return next(iter(by_target.values()))
    return "; ".join(f"{forms} at a {target.value}" for target, forms in by_target.items())


def _requirements(identifiers: Iterable[str]) -> tuple[Requirement, ...]:
    catalogue = load_catalogue()
    return tuple(catalogue[identifier] for identifier in identifiers)

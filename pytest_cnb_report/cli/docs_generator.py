"""The two generated pages of the documentation, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pytest_cnb_report.cli.experiments_table import recorded_lines
from pytest_cnb_report.report.experiments import Told
from pytest_cnb_report.requirements.catalogue import Catalogue, Requirement, Source, Variation
from pytest_cnb_report.requirements.interpretations import JudgedBy, Reading, Register
from pytest_cnb_report.values import Level, Profile

REQUIREMENTS = "requirements.md"
OPEN_QUESTIONS = "open-questions.md"

_GENERATED = (
    "<!-- Generated from pytest_cnb_report/requirements by "
    "`python -m pytest_cnb_report.cli.requirements --write docs`; do not edit. -->"
)
_PROFILE_NOTES = {
    Profile.RFC_0129_DRAFT: "the run image fields are in a top-level table `[run-image]`",
    Profile.RFC_0129: "the run image fields are under `[image]`, with `mirrors`",
    Profile.PLATFORM_SPEC: "the published specification alone, without the run image fields",
}


def requirements_page(
    catalogue: Catalogue, register: Register, sentences: Mapping[str, Sequence[str]]
) -> str:
    """Return the page of requirements: an overview, then each one by area.

    `sentences` are links to the sentences that each requirement tests, by its identifier.
    """
    return "\n".join(
        (
            _GENERATED,
            "# Requirements",
            "",
            _introduction(catalogue),
            "## Documents",
            "",
            *_documents(catalogue),
            "",
            "## Profiles",
            "",
            *(f"- `{profile.value}`: {note}" for profile, note in _PROFILE_NOTES.items()),
            "",
            "## Overview",
            "",
            *_overview(catalogue),
            "",
            *_areas(catalogue, register, sentences),
        )
    )


def open_questions_page(
    catalogue: Catalogue, register: Register, recorded: Mapping[str, Sequence[Told]]
) -> str:
    """Return the page of open questions: a list, then both sides of each.

    `recorded` is what published records say of a question, by its identifier.
    """
    count = len(register)
    introduction = (
        f"For maintainers of the specification: {count} questions that the sources do not "
        "answer and that affect results of this suite. Each has two interpretations, the one that "
        "the suite uses and why, and what real lifecycles do. A table shows which recorded "
        "lifecycles pass under which interpretation; `cnb-conformance whatif` "
        "[answers further questions](evaluate-a-change.md) from the records. An answer to a "
        "question decides the results of the requirements that it lists."
    )
    return "\n".join(
        (
            _GENERATED,
            "# Open questions",
            "",
            introduction,
            "",
            *(f"- [{reading.question}](#{reading.id})" for reading in register),
            "",
            *(
                line
                for reading in register
                for line in _reading(reading, catalogue, recorded.get(reading.id, ()))
            ),
        )
    )


def _introduction(catalogue: Catalogue) -> str:
    levels = Counter(requirement.level for requirement in catalogue)
    counts = ", ".join(f"{levels[level]} {level.value}" for level in Level)
    derived = sum(requirement.derived for requirement in catalogue)
    return (
        f"For everybody who implements or reviews a lifecycle: all {len(catalogue)} requirements "
        f"({counts}), each with its text, its source and what to do if it fails. SHALL in a source "
        f"counts as MUST. {derived} are *derived*: the source states them in prose, without the "
        "keyword. If a result depends on an interpretation of the sources, the requirement names "
        f"the [open question]({OPEN_QUESTIONS}).\n"
    )


def _documents(catalogue: Catalogue) -> Iterator[str]:
    yield "| key | document | revision |"
    yield "|---|---|---|"
    for document in catalogue.documents.values():
        revision = f"[`{document.revision[:12]}`]({document.link()})"
        yield f"| {document.key} | {document.name} | {revision} |"
    yield ""
    for document in catalogue.documents.values():
        if document.editions:
            editions = ", ".join(
                f"{api} (`{edition.revision[:12]}`)" for api, edition in document.editions.items()
            )
            yield f"{document.name}: a report cites the text of the tested API, {editions}."


def _overview(catalogue: Catalogue) -> Iterator[str]:
    yield "| requirement | level | phases | destinations | since | sources |"
    yield "|---|---|---|---|---|---|"
    for requirement in catalogue:
        cells = (
            _link(requirement.id),
            _level(requirement),
            ", ".join(phase.value for phase in requirement.phases),
            ", ".join(target.value for target in requirement.targets),
            str(requirement.since or ""),
            ", ".join(_distinct(source.document.key for source in requirement.sources)),
        )
        yield f"| {' | '.join(cells)} |"


def _areas(
    catalogue: Catalogue, register: Register, sentences: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    for area, heading in catalogue.areas.items():
        yield f"## {heading}"
        yield ""
        for requirement in catalogue:
            if requirement.area == area:
                yield from _requirement(requirement, register, sentences.get(requirement.id, ()))


def _requirement(
    requirement: Requirement, register: Register, sentences: Sequence[str]
) -> Iterator[str]:
    yield f'<a id="{requirement.id}"></a>'
    yield ""
    yield f"### `{requirement.id}`"
    yield ""
    yield f"**{_escaped(requirement.title)}.** {_level(requirement)}."
    yield ""
    yield requirement.text
    yield ""
    yield f"- Applies to: {_where(requirement)}"
    if requirement.condition:
        yield f"- When: {requirement.condition}"
    yield f"- Source: {_sources(requirement.sources)}"
    if sentences:
        yield f"- Sentences: {'; '.join(sentences)}"
    for reading in register.behind(requirement):
        question = f"[{reading.question}]({OPEN_QUESTIONS}#{reading.id})"
        yield f"- Open question: {question} {_judged_by(reading)}"
    for variation in requirement.variations:
        question = f"[{variation.reading}]({OPEN_QUESTIONS}#{variation.reading})"
        which = f"interpretation {variation.read_as.upper()} of {question}"
        yield f"- With {which}: {_varied(variation)}"
    yield f"- If it fails: {requirement.hint}"
    yield ""


def _reading(reading: Reading, catalogue: Catalogue, recorded: Sequence[Told]) -> Iterator[str]:
    yield f'<a id="{reading.id}"></a>'
    yield ""
    yield f"## {reading.question}"
    yield ""
    yield f"- Interpretation A: {reading.reading_a}"
    yield f"- Interpretation B: {reading.reading_b}"
    yield f"- Sources: {_sources(reading.sources)}"
    if reading.issues:
        yield f"- Discussed: {', '.join(map(_issue, reading.issues))}"
    yield f"- {_judged_by(reading)} {reading.because}"
    yield f"- Observed: {reading.observed}"
    if reading.no_effect is not None:
        yield f"- No effect on any result: {reading.no_effect}"
    requirements = (catalogue[identifier] for identifier in reading.requirements)
    yield f"- Affects: {', '.join(_link(r.id, page=REQUIREMENTS) for r in requirements)}"
    yield from recorded_lines(recorded)
    yield ""


def _judged_by(reading: Reading) -> str:
    if reading.judged_by is JudgedBy.EITHER:
        return "Either passes."
    return f"The suite uses {reading.judged_by.value.upper()}."


def _where(requirement: Requirement) -> str:
    phases = ", ".join(phase.value for phase in requirement.phases)
    targets = " and ".join(target.value for target in requirement.targets)
    where = f"{phases}; {targets}"
    if requirement.since is not None:
        where += f"; from platform API {requirement.since}"
    if requirement.profiles != tuple(Profile):
        where += f"; profile {' and '.join(f'`{p.value}`' for p in requirement.profiles)}"
    return where


def _varied(variation: Variation) -> str:
    parts = [variation.level.value] if variation.level is not None else []
    if variation.targets is not None:
        parts.append(" and ".join(target.value for target in variation.targets))
    if variation.since is not None:
        parts.append(f"from platform API {variation.since}")
    return "; ".join(parts)


def _level(requirement: Requirement) -> str:
    return requirement.level.value + (", derived" if requirement.derived else "")


def _sources(sources: Iterable[Source]) -> str:
    return "; ".join(f"[{source}]({source.link})" for source in sources)


def _issue(name: str) -> str:
    repository, _, number = name.partition("#")
    return f"[{name}](https://github.com/{repository}/issues/{number})"


def _link(identifier: str, page: str = "") -> str:
    return f"[`{identifier}`]({page}#{identifier})"


def _escaped(text: str) -> str:
    """Keep plain text plain in Markdown."""
    return text.replace("*", r"\*").replace("<", r"\<").replace("_", r"\_")


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

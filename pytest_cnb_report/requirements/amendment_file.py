"""The file of an amendment, read and checked: every mistake in it with its line."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import tomli

from pytest_cnb_report.judge.text import REFERENCE_FORMS
from pytest_cnb_report.platform_apis import UPCOMING
from pytest_cnb_report.requirements.catalogue import UnknownRequirementError, load_catalogue
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.requirements.toml_loading import line_of
from pytest_cnb_report.values import PLATFORM_APIS, Level, PlatformApi, Target

REPORT_FORMS = "reference-forms"
LABEL_FORMS = "label-reference-forms"
SPELLINGS = ("kebab-case", "camelCase", "either")
CHOICES = ("a", "b", "either")
_TABLES = ("reading", "level", "since", "fields")
_KEYS = ("text", *_TABLES)
_TABLE_PATH = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class AmendmentError(ValueError):
    """An amendment that cannot be used: every mistake in it, with its file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Setting:
    """One key of the file and its value; `line` is counted from 1.

    `requirements` are the identifiers that the key of a level or a platform API stands for.
    """

    table: str
    key: str
    value: object
    line: int
    requirements: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """Table and key, as a reader finds them in the file."""
        return f"{self.table} {self.key}"


@dataclass(frozen=True)
class Amendment:
    """A change of the text: what it is, in words, and every key that says it."""

    text: str
    file: str
    settings: tuple[Setting, ...]

    def of(self, table: str) -> tuple[Setting, ...]:
        """Return the keys of one table."""
        return tuple(each for each in self.settings if each.table == table)


def read_amendment(path: Path) -> Amendment:
    """Read the file at `path`; raises AmendmentError with all mistakes that are in it."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise AmendmentError((f"{path}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise AmendmentError((f"{path}:{line}: is not UTF-8, as TOML has to be",)) from error
    return parse_amendment(text, str(path))


def parse_amendment(text: str, file: str) -> Amendment:
    """Read the text of an amendment; raises AmendmentError as `read_amendment` does."""
    text = text.replace("\r\n", "\n")
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        hint = _quoting_hint(error.msg)
        problem = f"{file}:{error.lineno}: not TOML: {error.msg} (column {error.colno}){hint}"
        raise AmendmentError((problem,)) from error
    except RecursionError as error:
        raise AmendmentError((f"{file}: is nested too deeply to be read",)) from error
    settings = tuple(_settings(data, text))
    problems = [*_outline_problems(data, text, settings)]
    for each in settings:
        problems += [(each.line, problem) for problem in _PROBLEMS[each.table](each)]
    problems += _contradictions(settings)
    if problems:
        raise AmendmentError(
            tuple(f"{file}:{line}: {problem}" for line, problem in sorted(problems))
        )
    return Amendment(str(data["text"]).strip(), file, settings)


def _quoting_hint(message: str) -> str:
    """Say what to do where two identifiers with dots collide, of which one begins the other."""
    if "overwrite" in message or "mutate" in message:
        return '; put identifiers with dots in quotes: "report.written" = "SHOULD"'
    return ""


def _settings(data: Mapping[str, object], text: str) -> Iterator[Setting]:
    for table in _TABLES:
        content = data.get(table)
        if not isinstance(content, Mapping):
            continue
        # the parser takes an identifier without quotes for tables in tables
        nested = table in {"level", "since"}
        for path, value in _flattened(content) if nested else _flat(content):
            key = ".".join(path)
            if key in {REPORT_FORMS, LABEL_FORMS} and isinstance(value, Mapping) and value:
                # each destination is a key of its own, on its own line
                for target, forms in value.items():
                    yield Setting(table, key, {target: forms}, line_of(text, table, key, target))
                continue
            ids = _selected(key) if nested else ()
            yield Setting(table, key, value, line_of(text, table, *path), ids)


def _flat(table: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        yield (key,), value


def _flattened(table: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            for path, inner in _flattened(value):
                yield (key, *path), inner
        else:
            yield (key,), value


def _selected(pattern: str) -> tuple[str, ...]:
    try:
        return tuple(each.id for each in load_catalogue().select((pattern,)))
    except UnknownRequirementError:
        return ()


def _outline_problems(
    data: Mapping[str, object], text: str, settings: tuple[Setting, ...]
) -> Iterator[tuple[int, str]]:
    for key, value in data.items():
        line = line_of(text, key)
        if key not in _KEYS:
            yield line, f"{key!r} means nothing here{_near(key, _KEYS)}; there is {_listed(_KEYS)}"
        elif key != "text" and not isinstance(value, Mapping):
            yield line, f"{key} is a table: write [{key}], and its keys below it"
    said = data.get("text")
    if not isinstance(said, str) or not said.strip():
        example = 'text = "Labels that only the app image has stay"'
        yield (
            line_of(text, "text"),
            f"nothing says what the change is, for reports to name it: {example}",
        )
    elif not settings and not data.keys() - {"text"}:
        yield (
            line_of(text, "text"),
            f"nothing is changed: add {_listed([f'[{t}]' for t in _TABLES])}",
        )


def _reading_problems(setting: Setting) -> Iterator[str]:
    known = [reading.id for reading in load_register()]
    if setting.key not in known:
        requirement = next((r for r in load_catalogue() if r.id == setting.key), None)
        if requirement is not None:
            rests_on = _listed(requirement.readings) or "none"
            yield f"{setting.key} is a requirement, not an open question: it rests on {rests_on}"
            return
        where = "docs/open-questions.md lists them"
        yield f"there is no open question {setting.key!r}{_near(setting.key, known)} ({where})"
    if setting.value not in CHOICES:
        yield f"{setting.value!r} is not an interpretation: expected {_listed(map(repr, CHOICES))}"


def _requirement_problems(setting: Setting) -> Iterator[str]:
    if not setting.requirements:
        try:
            load_catalogue().select((setting.key,))
        except UnknownRequirementError as problem:
            yield str(problem)


def _level_problems(setting: Setting) -> Iterator[str]:
    yield from _requirement_problems(setting)
    levels = [level.value for level in Level]
    if setting.value in levels:
        return
    if isinstance(setting.value, str) and "NOT" in setting.value.upper():
        readings = _listed(
            question
            for each in load_catalogue()
            if each.id in setting.requirements
            for question in each.readings
        )
        other = f"; its open questions are {readings}" if readings else ""
        yield (
            f"{setting.value!r} would ask for the opposite, which is another requirement: change"
            f" the reading of an open question under [reading]{other}"
        )
    else:
        yield f"{setting.value!r} is not a level: expected {_listed(levels)}"


def _since_problems(setting: Setting) -> Iterator[str]:
    yield from _requirement_problems(setting)
    known = f"{PLATFORM_APIS[0]} to {UPCOMING}"
    if not isinstance(setting.value, str):
        yield f'a platform API is a string, such as "0.10": {setting.value!r} would lose its zeros'
        return
    try:
        api = PlatformApi.parse(setting.value)
    except ValueError as problem:
        yield f"{problem}: expected {known}"
        return
    if api not in {*PLATFORM_APIS, UPCOMING}:
        yield f"the suite knows no platform API {api}: expected {known}"


def _field_problems(setting: Setting) -> Iterator[str]:
    keys = ("table", "spelling", REPORT_FORMS, LABEL_FORMS)
    if setting.key not in keys:
        near = _near(setting.key, keys)
        yield f"{setting.key!r} means nothing in [fields]{near}; there is {_listed(keys)}"
    elif setting.key == "table":
        if not isinstance(setting.value, str) or not _TABLE_PATH.fullmatch(setting.value):
            yield (
                f"{setting.value!r} is not the path of a table, such as run-image or"
                " image.run-image"
            )
    elif setting.key == "spelling":
        if setting.value not in SPELLINGS:
            yield f"{setting.value!r} is not a spelling: expected {_listed(SPELLINGS)}"
    else:
        yield from _form_problems(setting.value)


def _form_problems(value: object) -> Iterator[str]:
    targets = [target.value for target in Target]
    if isinstance(value, Mapping):
        for target, forms in value.items():
            if target not in targets:
                yield f"{target!r} is no destination: expected {_listed(targets)}"
            yield from _form_list_problems(forms)
        if not value:
            yield f"names no destination: expected {_listed(targets)}"
    else:
        yield from _form_list_problems(value)


def _form_list_problems(forms: object) -> Iterator[str]:
    if not isinstance(forms, list) or not forms:
        yield (
            f"{forms!r} is not a list of forms: expected one or more of {_listed(REFERENCE_FORMS)}"
        )
        return
    for form in forms:
        if form not in REFERENCE_FORMS:
            near = _near(str(form), REFERENCE_FORMS)
            yield f"{form!r} is no form of a reference{near}; there is {_listed(REFERENCE_FORMS)}"


_PROBLEMS: Mapping[str, Callable[[Setting], Iterator[str]]] = {
    "reading": _reading_problems,
    "level": _level_problems,
    "since": _since_problems,
    "fields": _field_problems,
}


def _contradictions(settings: tuple[Setting, ...]) -> Iterator[tuple[int, str]]:
    """Say where two keys of one table, equally strong, give a requirement different values."""
    for other, one in itertools.combinations(settings, 2):
        both = set(one.requirements) & set(other.requirements)
        alike = one.table == other.table and is_glob(one.key) is is_glob(other.key)
        if both and alike and one.value != other.value:
            values = f"{other.value!r} and {one.value!r}"
            problem = f"{other.key} and {one.key} both match {min(both)}, and give it {values}"
            yield max(one.line, other.line), problem


def is_glob(key: str) -> bool:
    """Whether a key is a pattern; a whole identifier is stronger than one."""
    return any(sign in key for sign in "*?[")


def _near(given: str, known: Iterable[str]) -> str:
    near = get_close_matches(given, list(known), n=1)
    return f": did you mean {near[0]!r}?" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))

"""Reports that say the same in another spelling of TOML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.report import Report

from .toml_style import Document, Style
from .variation import APPROVED_ONLY, BOTH, Variation

Spell = Callable[[dict[str, Any]], str]


def report_as(spell: Spell, encode: Callable[[str], bytes] = str.encode) -> type[Report]:
    """Return the part that spells reports in this way."""

    class Spelled(Report):
        def encoded(self) -> bytes:
            return encode(spell(self.document()))

    return Spelled


def changed(change: Callable[[str], str]) -> Spell:
    """Spell a report as the reference does, and change the text of it."""
    return lambda document: change(tomltext.write(document))


def _toml(section: str, what: str) -> str:
    return f"TOML 1.0, {section}: {what}."


def _several_lines(items: Sequence[str]) -> str:
    return "\n".join(["[ # every tag", *(f"\t{item}, # one of them" for item in items), "]"])


def _escaped(text: str) -> str:
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


def _long_escaped(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


def _folded(text: str) -> str:
    half = len(text) // 2
    return f'"""\\\n   {text[:half]}\\\n\n\t {text[half:]}\\\n  """'


def _comments(text: str) -> str:
    lines = [f"{line} # [image] digest = 'no'" if line else "#" for line in text.splitlines()]
    return "\n".join(["# tags = []", *lines, '# [run-image]\n# reference = "none"', ""])


def _inner_first(document: Document) -> str:
    image = dict(document["image"])
    run_image = image.pop("run-image")
    return tomltext.write({"image": {"run-image": run_image}}).replace(
        "[image]\n\n", ""
    ) + tomltext.write({"image": image})


def _fields_in_image(document: Document) -> str:
    image = dict(document["image"])
    dotted = {f"run-image.{key}": value for key, value in image.pop("run-image").items()}
    return Style().write({"image": {**dotted, **image}})


def _reversed(table: Document) -> dict[str, Any]:
    return {
        key: _reversed(value) if isinstance(value, Mapping) else value
        for key, value in reversed(list(table.items()))
    }


def _styled(name: str, what: str, why: str, style: Style, **more: Any) -> Variation:  # noqa: ANN401
    return Variation(name, what, why, (report_as(style.write),), **more)


def _edited(name: str, what: str, why: str, change: Callable[[str], str]) -> Variation:
    return Variation(name, what, why, (report_as(changed(change)),))


_DOTTED = Style(tables="dotted")
_INLINE = Style(tables="inline")

STRINGS = (
    _styled(
        "literal-strings",
        "Strings stand in single quotation marks.",
        _toml("String", "a literal string is the string that a basic one is"),
        Style(string=lambda text: f"'{text}'"),
    ),
    _styled(
        "multi-line-basic-strings",
        "Strings stand in three quotation marks.",
        _toml("String", "there are multi-line basic strings, of one line as well"),
        Style(string=lambda text: f'"""{text}"""'),
    ),
    _styled(
        "multi-line-literal-strings",
        "Strings stand in three single quotation marks, on a line of their own.",
        _toml("String", "a line end behind the opening quotation marks is left out"),
        Style(string=lambda text: f"'''\n{text}'''"),
    ),
    _styled(
        "folded-strings",
        "Strings are folded with a backslash at the end of lines.",
        _toml("String", "such a backslash takes all white space behind it away"),
        Style(string=_folded),
    ),
    _styled(
        "unicode-escapes",
        "Every character of a string is escaped with four digits.",
        _toml("String", "any Unicode scalar value may be escaped"),
        Style(string=_escaped),
    ),
    _styled(
        "long-unicode-escapes",
        "Every character of a string is escaped with eight digits.",
        _toml("String", "any Unicode scalar value may be escaped"),
        Style(string=_long_escaped),
    ),
    _styled(
        "hexadecimal-escapes",
        "Every character of a string is escaped with two digits.",
        "TOML 1.1, String: adds \\xHH, and the question toml-version accepts 1.1.",
        Style(string=lambda text: '"' + "".join(f"\\x{ord(c):02x}" for c in text) + '"'),
    ),
)

KEYS = (
    _styled(
        "quoted-keys",
        "Every key and every name of a table is quoted.",
        _toml("Keys", "a quoted key is the same as a bare one"),
        Style(key=lambda key: f'"{key}"'),
        profiles=BOTH,
    ),
    _styled(
        "literal-keys",
        "Every key and every name of a table is quoted with single quotation marks.",
        _toml("Keys", "a quoted key may be a literal string"),
        Style(key=lambda key: f"'{key}'"),
    ),
    _styled(
        "escaped-keys",
        "Every character of a key is escaped.",
        _toml("Keys", "a quoted key follows the rules of basic strings"),
        Style(key=_escaped),
    ),
    _styled(
        "dotted-keys",
        "The tables are written as dotted keys.",
        _toml("Keys", "dotted keys make the tables that headers make"),
        _DOTTED,
        profiles=BOTH,
    ),
    _styled(
        "spaced-dotted-keys",
        "The tables are written as dotted, quoted keys with white space around each dot.",
        _toml("Keys", "white space around the dots is left out"),
        replace(_DOTTED, dot=" \t. ", key=lambda key: f'"{key}"'),
        profiles=APPROVED_ONLY,
    ),
    _styled(
        "white-space-in-headers",
        "The names of tables have white space around them.",
        _toml("Table", "white space around the name is left out"),
        Style(header="  [ \t{} ]\t", dot=" . "),
        profiles=BOTH,
    ),
)

TABLES = (
    _styled(
        "inline-tables",
        "The tables are inline ones.",
        _toml("Inline Table", "it is a table like any other"),
        _INLINE,
        profiles=BOTH,
    ),
    _styled(
        "inline-tables-on-many-lines",
        "The tables are inline ones with line ends, comments and a comma at the end.",
        "TOML 1.1, Inline Table: allows all three, and the question toml-version accepts 1.1.",
        replace(
            _INLINE,
            inline=lambda pairs: "{ # begins\n" + "".join(f"  {p},\n" for p in pairs) + "}",
        ),
        profiles=BOTH,
    ),
    _styled(
        "inline-tables-of-dotted-keys",
        "The document is dotted keys whose innermost table is an inline one.",
        _toml("Inline Table", "a dotted key may have one for its value"),
        Style(tables="inline", inline=lambda pairs: f"{{{','.join(pairs)}}}", equals="="),
        profiles=APPROVED_ONLY,
    ),
    Variation(
        "inner-table-first",
        "The table below `[image]` comes before it.",
        _toml("Table", "the order of tables is free, and a super-table may follow"),
        (report_as(_inner_first),),
        profiles=APPROVED_ONLY,
    ),
    Variation(
        "keys-in-reverse",
        "Tables and keys come in reverse order.",
        _toml("Table", "key/value pairs are in no particular order"),
        (report_as(lambda document: tomltext.write(_reversed(document))),),
        profiles=BOTH,
    ),
    _styled(
        "arrays-on-many-lines",
        "Arrays have a line for each item, with comments and a comma at the end.",
        _toml("Array", "it may have line ends, comments and a comma at the end"),
        Style(array=_several_lines),
    ),
    Variation(
        "tables-of-dotted-keys-in-a-table",
        "The run image's fields are dotted keys in `[image]`.",
        "RFC 0129 as approved, What it is: its examples write `run-image.*` below `[image]`.",
        (report_as(_fields_in_image),),
        profiles=APPROVED_ONLY,
    ),
)

NUMBERS = tuple(
    _styled(
        f"size-{name}",
        f"The manifest's size is {what}.",
        _toml("Integer", "it is the same integer however it is written"),
        Style(integer=spelled),
        cases=("exporter plain", "creator plain", "rebaser plain"),
    )
    for name, what, spelled in (
        ("hexadecimal", "hexadecimal", lambda size: f"0x{size:04X}"),
        ("octal", "octal", lambda size: f"0o{size:o}"),
        ("binary", "binary", lambda size: f"0b{size:b}"),
        ("signed", "written with a plus sign", lambda size: f"+{size}"),
        ("grouped", "grouped by underscores", lambda size: f"{size:_}"),
    )
)

WHITE_SPACE = (
    _edited(
        "comments",
        "There are comments before, between and behind the lines, with TOML in them.",
        _toml("Comment", "it goes to the end of the line and says nothing"),
        _comments,
    ),
    _edited(
        "comment-banner",
        "The report has a banner of hash signs.",
        _toml("Comment", "it may consist of anything but control characters"),
        lambda text: f"{'#' * 60}\n# report\n{'#' * 60}\n{text}\n" + f"{'#' * 70}\n" * 20,
    ),
    Variation(
        "long-comment-lines",
        "The report has a comment line of 200 hash signs.",
        _toml("Comment", "it may be of any length"),
        (report_as(changed(lambda text: f"{text}\n{'#' * 200}\n")),),
        false_alarm="report.replaced takes 79 hash signs for the report that stood there before;"
        " it is to look for a random mark instead",
    ),
    _edited(
        "long-comment-of-words",
        "The report has a comment line of 3,000 characters.",
        _toml("Comment", "it may be of any length"),
        lambda text: f"# {'a long comment ' * 200}\n{text}",
    ),
    _edited(
        "carriage-returns",
        "Lines end with a carriage return and a line feed.",
        _toml("Spec", "a line end is either of the two"),
        lambda text: text.replace("\n", "\r\n"),
    ),
    _edited(
        "mixed-line-ends",
        "Some lines end with a carriage return and a line feed, others do not.",
        _toml("Spec", "a line end is either of the two"),
        lambda text: text.replace("\n", "\r\n", 3),
    ),
    _edited(
        "no-line-end",
        "The last line has no end.",
        _toml("Keys", "a pair ends with a line end or with the file"),
        lambda text: text.rstrip("\n"),
    ),
    _edited(
        "blank-lines",
        "There are blank lines, some of them with white space, at the end above all.",
        _toml("Spec", "white space and blank lines mean nothing"),
        lambda text: "\n \n\t\n" + text.replace("\n", "\n\n") + "\n" * 500 + " ",
    ),
    _styled(
        "no-white-space",
        "There is no white space that is not needed.",
        _toml("Keys", "white space around a key and its value is left out"),
        Style(equals="=", array=lambda items: f"[{','.join(items)}]"),
    ),
    _styled(
        "much-white-space",
        "Lines are indented, and there is white space around keys and values.",
        _toml("Spec", "indentation is white space, which is left out"),
        Style(
            indent="\t  ",
            equals="\t  = \t",
            array=lambda items: f"[ {' ,  '.join(items)} ]\t",
        ),
        profiles=BOTH,
    ),
    _edited(
        "comment-in-other-scripts",
        "A comment has letters of many scripts, and some outside of the first plane.",
        _toml("Spec", "a document is UTF-8"),
        lambda text: f"# \u4e2d\u6587 \u0420\u0443\u0441 \U0001f4e6 \u202e\ufeff\u2028\n{text}",
    ),
    Variation(
        "byte-order-mark",
        "The report begins with a UTF-8 byte-order mark.",
        "The question byte-order-mark, by its reading B: a mark is valid UTF-8 and to be ignored.",
        (report_as(tomltext.write, lambda text: text.encode("utf-8-sig")),),
        readings={"byte-order-mark": "b"},
    ),
)


SPELLINGS = (*STRINGS, *KEYS, *TABLES, *NUMBERS, *WHITE_SPACE)

"""JSON and TOML that anybody may have written, and the references in them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cnb_report.observe.image import AppImage, NoImage
from pytest_cnb_report.observe.json_text import DEEPEST, read_object
from pytest_cnb_report.observe.references import references_in, table_in
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.observe.toml_text import (
    DEEPEST_BRACKETS,
    LONGEST_KEY,
    MOST_WORK,
    TOO_DEEP,
    parse_toml,
)

NOTHING = NoImage("there is no image of that name")


@pytest.mark.parametrize("text", ['{"a": [1, {"b": null}]}', "{}", ' {"a": "\u00e9"}\n'])
def test_an_object_is_read_from_text_and_bytes(text: str) -> None:
    assert read_object(text) == read_object(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"a": "\xe9"}', "not UTF-8: byte 0xe9"),
        ("", "not JSON: "),
        ("{", "not JSON: "),
        ('{"a": NaN}', "not JSON: NaN is not a JSON number"),
        ('{"a": -Infinity}', "not JSON: -Infinity is not a JSON number"),
        ("[]", "not a JSON object"),
        ('"a"', "not a JSON object"),
        ("null", "not a JSON object"),
    ],
)
def test_what_is_no_object_says_what_it_is(content: bytes | str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}"):
        read_object(content)


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return f'{{"a": {opening * (depth - 1)}1{closing * (depth - 1)}}}'


def test_so_deep_and_no_deeper() -> None:
    assert read_object(nested(DEEPEST))
    assert read_object(nested(DEEPEST, '{"a": ', "}"))
    for text in (nested(DEEPEST + 1), nested(DEEPEST + 1, '{"a": ', "}")):
        with pytest.raises(
            ValueError, match=f"^nested too deeply: more than {DEEPEST} objects or arrays$"
        ):
            read_object(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "[{" * 200 + '"}',
        '{"a": "\\"' + "[{" * 200 + '"}',
        '{"a": [' + ",".join(["[]"] * 200) + "]}",
        '{"a": [' + ",".join(["{}"] * 200) + "]}",
        '{"' + "[" * 200 + '": ' + "[" * 90 + "]" * 90 + "}",
        '{"a": [' + "[[1], [2]], " * 60 + "[" * (DEEPEST - 2) + "]" * (DEEPEST - 2) + "]}",
    ],
)
def test_what_only_looks_deep_is_read(text: str) -> None:
    assert read_object(text) == json.loads(text)


def test_brackets_that_close_too_often_are_no_json() -> None:
    for text in ("]" * 200 + "[" * 101, "{" * 101 + "}" * 101 + "]" * 200 + "[" * 5):
        with pytest.raises(ValueError, match=r"^n"):
            read_object(text)
    assert _problem("]" * 200 + "[" * 100 + "{") == "nested too deeply"
    assert _problem("]" * 200 + "[" * 99 + "{" + " " * 5 + "[]".replace("[", "")) == "not JSON"


def _problem(text: str) -> str:
    with pytest.raises(ValueError, match=r".") as refused:
        read_object(text)
    return str(refused.value).partition(":")[0]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(), st.none() | st.text() | st.lists(st.text()), max_size=5))
def test_any_object_is_read_as_json_has_it(document: dict[str, Any]) -> None:
    assert read_object(json.dumps(document)) == document


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "a = 1 #",
        "a = 1\n[b]\nc = 'd'\n",
        "a = {b = 1,\n}",
        '"a.b".c = [[1], [2]]',
        "a = '''\n[[['''\n# ]\n",
    ],
)
def test_toml_is_read(text: str) -> None:
    assert parse_toml(text.encode()) == tomli.loads(text)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a = '\xff'", "not UTF-8: byte 0xff at offset 5"),
        (b"a = ", "not TOML: "),
        (b"a = 1\na = 2", "not TOML: "),
        (b"a = 2024-13-45", "not TOML: "),
        (b"a = " + b"9" * 5000, "not TOML: "),
        (
            b"a = " + b"[" * 101 + b"]" * 101,
            f"{TOO_DEEP}: more than 100 arrays or tables one in another",
        ),
        (b"a = " + b"{a=" * 101, f"{TOO_DEEP}: more than 100 arrays or tables"),
        (b"a." * 400 + b"a = 1", f"{TOO_DEEP}: a key of more than 400 parts"),
        (b"['" + b"a'.'" * 400 + b"a']", f"{TOO_DEEP}: a key of more than 400 parts"),
    ],
)
def test_what_is_no_toml_says_why(content: bytes, problem: str) -> None:
    found = parse_toml(content)
    assert isinstance(found, str)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "text",
    [
        f"a = {'[' * DEEPEST_BRACKETS}{']' * DEEPEST_BRACKETS}",
        f"a = {'{a=' * DEEPEST_BRACKETS}1{'}' * DEEPEST_BRACKETS}",
        f"a = [{'[],' * 200}]",
        f"{'a.' * (LONGEST_KEY - 1)}a = 1",
        f"[{'a.' * (LONGEST_KEY - 1)}a]",
        "\n".join(f"k{n}.a = 1" for n in range(1000)),
        'a = "' + "[" * 200 + '"',
        "# " + "[" * 200,
        "a = '" + "a." * 500 + "'",
        '"' + "a." * 500 + '" = 1',
        "\n".join(f"a{n} = [ # ]\n]" for n in range(DEEPEST_BRACKETS + 1)),
        "\n".join(f"a{n} = [1]" for n in range(DEEPEST_BRACKETS + 1)),
    ],
    ids=range(12),
)
def test_as_much_as_is_allowed_is_read(text: str) -> None:
    assert isinstance(parse_toml(text.encode()), dict)


def test_the_work_of_dotted_keys_is_measured() -> None:
    """A key of n parts in a table whose name has m costs n times n + m steps."""
    table, key = 390, 10
    each = key * (key + table)
    fits = (MOST_WORK - table * (table + table)) // each
    lines = [f"[{'.'.join('a' * table)}]"] + [
        f"b{n}." + ".".join("a" * (key - 1)) + " = 1" for n in range(fits + 1)
    ]
    assert isinstance(parse_toml("\n".join(lines[:-1]).encode()), dict)
    assert parse_toml("\n".join(lines).encode()) == (
        f"{TOO_DEEP}: {fits + 2} dotted keys of up to {table} parts"
    )


def test_brackets_that_close_too_often_open_no_room() -> None:
    too_deep = f"{TOO_DEEP}: more than 100 arrays or tables one in another"
    assert parse_toml(("]" * 10 + "[" * 101).encode()) == too_deep
    # as deep as is allowed, so that it is the parser that finds the wrong bracket
    found = parse_toml(("]" * 10 + "[" * 100).encode())
    assert isinstance(found, str)
    assert found.startswith("not TOML: ")


def report(text: str) -> ReportFile:
    return ReportFile("report.toml", text.encode(), regular=True, size=len(text))


def labelled(metadata: object) -> AppImage:
    labels = {"io.buildpacks.lifecycle.metadata": json.dumps(metadata)}
    config = json.dumps({"config": {"Labels": labels}}).encode()
    return AppImage(None, None, None, "", config, ())


def test_every_text_of_the_report_and_of_the_label_may_be_a_reference() -> None:
    text = (
        'x = "far"\n[image]\ntags = ["a", "b", 5, ["c"]]\n'
        '[run-image]\nreference = "r"\nimage = "i"\n'
    )
    label = {"runImage": {"reference": "l", "mirrors": ["m"]}, "stack": {"a": "not this"}}
    assert references_in(report(text), labelled(label)) == (
        *("r", "l"),
        *("a", "b", "c"),
        *("i", "m"),
        "far",
    )


@pytest.mark.parametrize("table", ["run-image", "runImage", "image.run-image", "image.runImage"])
def test_a_reference_comes_first_wherever_a_text_has_it(table: str) -> None:
    many = ", ".join(f'"{n}"' for n in range(100))
    text = f'a = [{many}]\n[image]\ntags = [{many}]\n[{table}]\nreference = "r"\n'
    found = references_in(report(text), NOTHING)
    assert found[0] == "r"
    assert len(found) == 64


def test_tags_come_before_all_that_is_not_judged() -> None:
    many = ", ".join(f'"{n}"' for n in range(60))
    text = f'[image]\ntags = ["t"]\n[run-image]\na = [{many}]\nb = [{many}, "u"]\n'
    found = references_in(report(text), NOTHING)
    assert found[0] == "t"
    assert "u" in found


def test_of_a_long_list_and_a_deep_one_the_beginning_is_looked_at() -> None:
    text = "a = [" + ", ".join(f'"{n % 10}"' for n in range(64)) + ', "x"]'
    assert references_in(report(text), NOTHING) == tuple("0123456789")
    deep = 'a = {b = {c = {d = "in", e = {f = "out"}}}}'
    assert references_in(report(deep), NOTHING) == ("in",)


def test_empty_and_endless_texts_lead_nowhere() -> None:
    text = f'a = ""\nb = "{"x" * 1024}"\nc = "{"x" * 1025}"\n'
    assert references_in(report(text), NOTHING) == ("x" * 1024,)


@pytest.mark.parametrize("what", ["", "=", "image = 1\nrun-image = 2"])
def test_there_may_be_none(what: str) -> None:
    assert references_in(report(what), NOTHING) == ()
    assert references_in(report(what), labelled([])) == ()
    assert references_in(report(what), labelled({"runImage": 5})) == ()
    assert references_in(ReportFile("report.toml"), labelled({"runImage": {"a": "b"}})) == ("b",)


def test_a_table_of_a_document() -> None:
    assert table_in({"a": {"b": 1}}, "a") == {"b": 1}
    assert table_in({"a": 5}, "a") == {}
    assert table_in({}, "a") == {}
    assert table_in(5, "a") == {}


def test_a_report_knows_what_it_is() -> None:
    assert not ReportFile("a").there
    assert ReportFile("a").document == "there is no report"
    assert ReportFile("a").table is None
    assert ReportFile("a", problem="a directory").document == "a directory"
    assert ReportFile("a", problem="a directory").there
    assert report("").there
    assert report("a = 1").table == {"a": 1}
    assert replace(report(""), content=b"=").table is None

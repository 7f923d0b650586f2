"""What TOML 1.1 added is told from what TOML 1.0 has."""

from __future__ import annotations

import pytest
import tomli

from pytest_cnb_report.judge.toml_version import newer_than_toml_1_0

COMMA = "a comma at the end of an inline table"
LINES = "an inline table on several lines"
ESCAPE = r"an escape of TOML 1.1 (\e or \x)"
TIME = "a time without seconds"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("a = { b = 1, }", COMMA),
        ("a = { b = 1,\n}", COMMA),
        ("a = {\n b = 1 }", LINES),
        ("a = { b = [\n 1 ],\n c = 2 }", LINES),
        ("a = [ 1 ]\nb = { c = { d = 1 },\n e = 2 }", LINES),
        ("a = { # a comment, }\n b = 1 }", LINES),
        ('a = { b = "]",\n c = 1 }', LINES),
        ("a = [ { b = 1 }, { c = 2, } ]", COMMA),
        (r'a = "\e[0m"', ESCAPE),
        (r'a = "\x41"', ESCAPE),
        ('a = """x\\e"""""', ESCAPE),
        ("a = 07:32", TIME),
        ("a = 1979-05-27T07:32", TIME),
        ("a = 1979-05-27 07:32+01:00", TIME),
        ("a = 07:32#in the morning", TIME),
    ],
)
def test_newer_than_1_0(text: str, new: str) -> None:
    assert tomli.loads(text)
    assert newer_than_toml_1_0(text) == new


@pytest.mark.parametrize(
    "text",
    [
        "a = { b = 1 }",
        "a = [\n { b = 1 },\n { c = 2 },\n]",
        "a = { b = [\n 1,\n 2, ] }",
        r'a = "\\e \\x41 07:32 { b = 1, }"',
        r"a = '\e \x41'",
        "a = '''\n\\e {\n'''",
        "a = 07:32:00",
        "a = 1979-05-27T07:32:00+01:00",
        "# a = { b = 1, } at 07:32\na = 1",
        '"07:32" = 1',
        'a = """"x""""\nb = "{\\n"',
        "a = 1 # 07:32 {\nb = 2",
        "'07:32' = [ { a = 1 } ]\nb = 2\nc = 3",
        "a = [ [\n { b = 1 } ],\n 2 ]",
    ],
)
def test_as_old_as_1_0(text: str) -> None:
    assert tomli.loads(text)
    assert newer_than_toml_1_0(text) is None

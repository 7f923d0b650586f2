"""What TOML 1.1 added is told from what TOML 1.0 has."""

from __future__ import annotations

import pytest
import tomli

from pytest_cnb_report.judge.toml_version import newer_than_toml_1_0


@pytest.mark.parametrize(
    "text",
    [
        "a = { b = 1, }",
        "a = {\n b = 1 }",
        "a = { b = [\n 1 ],\n c = 2 }",
        "a = [ { b = 1 }, { c = 2, } ]",
        r'a = "\e[0m"',
        r'a = "\x41"',
        'a = """x\\e"""""',
        "a = 07:32",
        "a = 1979-05-27T07:32",
        "a = 1979-05-27 07:32+01:00",
    ],
)
def test_newer_than_1_0(text: str) -> None:
    assert tomli.loads(text)
    assert newer_than_toml_1_0(text)


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
    ],
)
def test_as_old_as_1_0(text: str) -> None:
    assert tomli.loads(text)
    assert newer_than_toml_1_0(text) is None

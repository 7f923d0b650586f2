"""TOML of any shape is read, or refused, in bounded time, whatever parser is installed."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from pytest_cnb_report.observe.toml_text import DEEPEST_BRACKETS, LONGEST_KEY, parse_toml


def arrays(depth: int) -> str:
    return f"a = {'[' * depth}{']' * depth}"


def inline_tables(depth: int) -> str:
    return f"a = {'{a=' * depth}1{'}' * depth}"


def dotted_key(parts: int) -> str:
    return f"{'.'.join('a' * parts)} = 1"


def table_name(parts: int) -> str:
    return f"[{'.'.join('a' * parts)}]"


AT_THE_LIMIT = {
    "arrays": (arrays, DEEPEST_BRACKETS),
    "inline tables": (inline_tables, DEEPEST_BRACKETS),
    "a dotted key": (dotted_key, LONGEST_KEY),
    "the name of a table": (table_name, LONGEST_KEY),
}


@pytest.mark.parametrize("what", AT_THE_LIMIT)
def test_so_deep_and_no_deeper(what: str) -> None:
    make, limit = AT_THE_LIMIT[what]
    assert isinstance(parse_toml(make(limit).encode()), dict)
    refused = parse_toml(make(limit + 1).encode())
    assert isinstance(refused, str)
    assert refused.startswith("nested too deeply to read: ")


FLAT = {
    "dots in a string": 'a = "' + "a." * 1000 + '"',
    "dots in a literal string": "a = '" + "a." * 1000 + "'",
    "dots in lines": 'a = """\n' + "a." * 1000 + '"""',
    "dots in literal lines": "a = '''\n" + "a." * 1000 + "'''",
    "dots in a quoted key": '"' + "a." * 1000 + '" = 1',
    "dots in a comment": "# " + "a." * 1000,
    "brackets in a string": 'a = "' + "[{" * 1000 + '"',
    "brackets in a literal string": "a = '\\" + "[{" * 1000 + "'",
    "brackets in lines": 'a = """\\"""' + "[{" * 1000 + '"""',
    "brackets in literal lines": "a = '''''" + "[{" * 1000 + "'''''",
    "brackets in a comment": "# " + "[{" * 1000,
    "brackets behind an escaped quote": 'a = "\\"' + "[{" * 1000 + '"',
    "brackets one after another": "a = [" + "[]," * 1000 + "]",
    "tables one after another": "\n".join(f"[t{n}]" for n in range(1000)),
    "an array of tables": "[[t]]\n" * 1000,
    "numbers with a point": "a = [" + "1.5, " * 1000 + "]",
    "times": "a = [" + "2024-05-12T05:17:02.5Z, " * 1000 + "]",
    "a quote that closes at once": "a = ''\nb = \"\"\n",
}


@pytest.mark.parametrize("what", FLAT)
def test_what_only_looks_deep_is_read(what: str) -> None:
    assert isinstance(parse_toml(FLAT[what].encode()), dict)


SIZE = 1024 * 1024

COSTLY = {
    "one dotted key": "a." * (SIZE // 2) + "a = 1",
    "one table name": "[" + "a." * (SIZE // 2) + "a]",
    "dotted keys just short enough": (
        "\n".join(f"k{n}." + "a." * (LONGEST_KEY - 2) + "a = 1" for n in range(1000))
    ),
    "table names just short enough": (
        "\n".join(f"[k{n}." + "a." * (LONGEST_KEY - 2) + "a]" for n in range(1000))
    ),
    "dotted keys in a deep table": (
        f"[{'a.' * 390}a]\n" + "\n".join(f"b.c{n} = 1" for n in range(80_000))
    ),
    "quotes that never close": '"\\' * (SIZE // 2),
    "triple quotes that never close": '"""\\"' * (SIZE // 5),
    "literal quotes": "'''" * (SIZE // 3),
    "a word that never ends": "a" * SIZE,
    "a number that never ends": "a = " + "9" * SIZE,
    "blanks": "a" + " " * SIZE,
    "words with blanks": ("a" + " " * 1000) * (SIZE // 1001),
    "brackets": "[" * SIZE,
    "brackets that close": "]" * SIZE,
    "keys": "\n".join(f"a{n} = 1" for n in range(70_000)),
    "tables": "\n".join(f"[a{n}]" for n in range(70_000)),
    "values": "a = [" + "1," * (SIZE // 2) + "]",
    "escapes": 'a = "' + "\\u0041" * (SIZE // 6) + '"',
    "comments": "#\n" * (SIZE // 2),
}


@pytest.mark.parametrize("what", COSTLY)
def test_a_megabyte_of_anything_is_looked_at_in_bounded_time(what: str) -> None:
    content = COSTLY[what].encode()
    began = time.process_time()
    parse_toml(content)
    assert time.process_time() - began < 8


@pytest.mark.parametrize("what", ["one dotted key", "table names just short enough"])
def test_a_megabyte_of_anything_takes_bounded_memory(what: str) -> None:
    content = COSTLY[what].encode()
    tracemalloc.start()
    parse_toml(content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 32 * SIZE

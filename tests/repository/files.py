"""The files of the checkout that tell people and programs how to work on it."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).parents[2]


def text(path: str) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8")


def document(path: str) -> dict[Any, Any]:
    """Read a YAML file. Its key `on` is True, as YAML 1.1 has it."""
    loaded = yaml.safe_load(text(path))
    assert isinstance(loaded, dict), path
    return loaded


def _tox() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text("tox.ini"))
    return parser


def expanded(name: str) -> list[str]:
    """Expand the first braces of `py{310,313}`, and so on."""
    braces = re.search(r"\{([^{}]*)\}", name)
    if braces is None:
        return [name]
    before, after = name[: braces.start()], name[braces.end() :]
    return [each for word in braces[1].split(",") for each in expanded(before + word + after)]


def environments() -> dict[str, list[str]]:
    """Every environment of tox, with its commands, each on one line."""
    parser = _tox()
    return {
        name: parser[section]["commands"].replace("\\\n", " ").strip().splitlines()
        for section in parser.sections()
        if section.startswith("testenv:")
        for name in expanded(section.removeprefix("testenv:"))
    }


def default_environments() -> set[str]:
    """What `tox` runs when it is not told which environments."""
    listed = re.split(r",\s*(?![^{]*\})", _tox()["tox"]["env_list"])
    return {name for word in listed for name in expanded(word.strip())}

"""Recorded scenarios as JSON text, and back: byte-exact, typed, and nothing is executed.

Every run of bytes (manifests, configs, layers, reports) is written once and referred to by number;
a `Blobs` holds them for as many scenarios as share them.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.preconf.json import JsonConverter, make_converter
from cattrs.strategies import configure_tagged_union

from pytest_cnb_report.drive.cases import Build, Rebase
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.observe.image import AppImage, NoImage
from pytest_cnb_report.record.requests import in_columns, rows_of
from pytest_cnb_report.registry.protocol import Request
from pytest_cnb_report.values import PlatformApi

T = TypeVar("T")


class RecordError(ValueError):
    """A record cannot be used; the message says what is wrong with it and what to do."""


@dataclass
class Blobs:
    """Bytes by number; those that were taken are not kept.

    `known` has numbers by digest; `new` are those that were added since they were last taken.
    """

    known: dict[bytes, int] = field(default_factory=dict)
    by_number: dict[int, bytes] = field(default_factory=dict)
    new: list[int] = field(default_factory=list)

    def number_of(self, content: bytes) -> int:
        """Return the number of some bytes, a new one where they were not seen before."""
        digest = hashlib.sha256(content).digest()
        number = self.known.get(digest)
        if number is None:
            number = len(self.known)
            self.known[digest] = number
            self.by_number[number] = content
            self.new.append(number)
        return number

    def forget(self) -> None:
        """Forget all bytes: what comes next stands on its own."""
        self.known.clear()
        self.by_number.clear()
        self.new.clear()

    def take_new(self) -> dict[str, str]:
        """Return what was added since the last time as JSON; UTF-8 text stays readable."""
        taken = {str(number): _as_text(self.by_number.pop(number)) for number in self.new}
        self.new.clear()
        return taken

    def add(self, blobs: Mapping[str, Any]) -> None:
        """Take over what `take_new` returned; raises RecordError where it is anything else."""
        for number, text in blobs.items():
            if not number.isdecimal() or not isinstance(text, str):
                raise RecordError("a blob has no number or no content")
            self.by_number[int(number)] = _as_bytes(text)


def _as_text(content: bytes) -> str:
    try:
        return "t" + content.decode("utf-8")
    except UnicodeDecodeError:
        return "b" + base64.b64encode(content).decode("ascii")


def _as_bytes(text: str) -> bytes:
    kind, rest = text[:1], text[1:]
    try:
        if kind == "t":
            return rest.encode("utf-8")
        if kind == "b":
            return base64.b64decode(rest, validate=True)
    except ValueError as problem:
        raise RecordError(f"a blob is damaged: {problem}") from problem
    raise RecordError("a blob is neither text nor base64")


class Codec:
    """Turns values of a record into plain JSON values and back, with the blobs of one record."""

    def __init__(self) -> None:
        self.blobs = Blobs()

    @functools.cached_property
    def _converter(self) -> JsonConverter:
        # most runs on a terminal neither write a record nor have workers, and start without it
        return _converter(self)

    def plain(self, value: object) -> Any:  # noqa: ANN401 - JSON
        """Return a value of the record as plain JSON values."""
        return self._converter.unstructure(value)

    def value(self, data: object, shape: type[T]) -> T:
        """Read what `plain` returned; raises RecordError where it is anything else."""
        try:
            return self._converter.structure(data, shape)
        except (BaseValidationError, ForbiddenExtraKeysError) as problem:
            raise RecordError(f"not a {shape.__name__}: {_first(problem)}") from problem
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as problem:
            raise RecordError(f"not a {shape.__name__}: {problem}") from problem


def _first(problem: BaseException) -> str:
    """Return the innermost of the causes that cattrs gives, which says what it is about."""
    while isinstance(problem, BaseValidationError) and problem.exceptions:
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}"


def _converter(codec: Codec) -> JsonConverter:
    converter = make_converter(forbid_extra_keys=True, omit_if_default=True)

    def number(value: bytes) -> int:
        return codec.blobs.number_of(value)

    def content(value: Any, _: object) -> bytes:  # noqa: ANN401 - whatever the file has
        found = codec.blobs.by_number.get(value) if type(value) is int else None
        if found is None:
            raise RecordError(f"{value!r} is not the number of a blob that is there")
        return found

    converter.register_unstructure_hook(bytes, number)
    converter.register_structure_hook(bytes, content)
    converter.register_unstructure_hook(PlatformApi, str)
    converter.register_structure_hook(PlatformApi, lambda text, _: PlatformApi.parse(text))
    converter.register_structure_hook_func(lambda shape: shape is object, lambda value, _: value)

    def requests(value: Any, _: object) -> tuple[Request, ...]:  # noqa: ANN401 - as above
        rows = rows_of(value) if isinstance(value, dict) else value  # format 1 has a list
        return tuple(converter.structure(row, Request) for row in rows)

    converter.register_unstructure_hook_func(lambda shape: shape == tuple[Request, ...], in_columns)
    converter.register_structure_hook_func(lambda shape: shape == tuple[Request, ...], requests)
    for union in (Build | Rebase, AppImage | NoImage, Image | Index):
        configure_tagged_union(union, converter, tag_name="kind")
    return converter

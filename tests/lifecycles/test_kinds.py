"""The table of lifecycle kinds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pytest_cnb_report.lifecycles import kinds
from pytest_cnb_report.lifecycles.kinds import KINDS, kind_named, open_lifecycle, resolve
from pytest_cnb_report.lifecycles.lifecycle import LifecycleError
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.values import Phase

from .made_up import MADE_UP

DRAFT = "rfc-0129-draft"


def kind_of(given: str) -> str | None:
    return next((kind.name for kind in KINDS if kind.takes(given)), None)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("reference", "reference"),
        ("reference:values-trimmed", "reference"),
        ("command:reference", "command"),
        ("image:registry.example/lifecycle.tgz", "image"),
        ("container:builder", "container"),
        ("lifecycle.tgz", "archive"),
        ("phases", "directory"),
        ("lifecycle", "binary"),
        ("nowhere", None),
        ("references", None),
    ],
)
def test_each_value_is_of_one_kind_whatever_files_there_are(
    given: str, name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("reference", "phases", "command:reference", "lifecycle.tgz"):
        Path(folder).mkdir()
    for file in ("lifecycle", "container:builder"):
        Path(file).touch()
    assert kind_of(given) == name


def test_no_two_kinds_have_one_name() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(kind_named(kind.name) is kind for kind in KINDS)
    with pytest.raises(LifecycleError, match="unknown kind of lifecycle 'oci'; known kinds:"):
        kind_named("oci")


def test_every_kind_that_can_be_used_is_named_in_the_help_and_in_the_message() -> None:
    marked = next(option.help for option in OPTIONS if option.name == "lifecycle")
    help_text = marked.replace("`", "")
    with pytest.raises(LifecycleError) as refusal:
        resolve("nowhere", phases=tuple(Phase), profile=DRAFT)
    for kind in KINDS:
        for text in (help_text, str(refusal.value)):
            assert (kind.spelled in text) == kind.offered, kind.name


@pytest.mark.parametrize("profile", ["rfc-0128", "", "RFC-0129"])
def test_an_unknown_profile_is_not_taken_for_the_default(profile: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Profile"):
        resolve("reference", phases=tuple(Phase), profile=profile)


def test_what_a_kind_needs_is_there_while_the_lifecycle_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setattr(kinds, "KINDS", (MADE_UP, *KINDS))
    with open_lifecycle(f"made-up:{log}", phases=tuple(Phase), profile=DRAFT) as lifecycle:
        assert lifecycle.kind is MADE_UP
        assert lifecycle.environment["MADE_UP_LOG"] == str(log)
        assert log.read_text() == "opened main\n"
    assert log.read_text() == "opened main\nclosed main\n"


def test_a_kind_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        KINDS[0].name = "another"  # type: ignore[misc]

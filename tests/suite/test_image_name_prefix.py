from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from pytest_cnb_report import image_name_prefix as module
from pytest_cnb_report.daemon.image_reference import is_name
from pytest_cnb_report.image_name_prefix import (
    is_dead,
    is_prefix,
    prefix_for,
    prefix_of,
    prefixes_in,
)
from pytest_cnb_report.scratch import scratch_folder

ELSEWHERE = "cnb-conformance-0123456789ab-{start:08x}-6162636465666768"


def test_a_prefix_can_stand_in_front_of_an_image_name() -> None:
    with scratch_folder("run") as folder:
        prefix = prefix_for(folder)
    assert is_prefix(prefix)
    assert is_name(f"{prefix}/app:latest")


def test_a_run_is_alive_while_it_holds_its_folder() -> None:
    with scratch_folder("run") as folder:
        prefix = prefix_for(folder)
        assert not is_dead(prefix)
    assert is_dead(prefix)


def test_a_run_is_dead_whose_folder_nobody_holds() -> None:
    with scratch_folder("other") as other:
        folder = other.parent / "run-abcdefgh"
        folder.mkdir()
        try:
            assert is_dead(prefix_for(folder))
        finally:
            folder.rmdir()


def test_two_runs_have_different_prefixes() -> None:
    with scratch_folder("run") as one, scratch_folder("run") as two:
        assert prefix_for(one) != prefix_for(two)


def test_a_run_of_another_machine_is_dead_only_after_a_week() -> None:
    day = 24 * 3600
    assert not is_dead(ELSEWHERE.format(start=int(time.time()) - 6 * day))
    assert is_dead(ELSEWHERE.format(start=int(time.time()) - 8 * day))


def test_another_temporary_folder_is_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch_folder("run") as folder:
        prefix = prefix_for(folder)
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(tmp_path))
    assert not is_dead(prefix)


@pytest.mark.parametrize(
    "text", ["", "library", "cnb-conformance", ELSEWHERE, ELSEWHERE.format(start=1) + "/app"]
)
def test_what_is_no_prefix_is_never_dead(text: str) -> None:
    assert not is_prefix(text)
    assert not is_dead(text)


def test_a_run_part_that_is_no_folder_of_ours_is_never_dead() -> None:
    with scratch_folder("run") as folder:
        prefix = prefix_for(folder)
    outside = b"../../..".hex()
    assert not is_dead(f"{prefix.rpartition('-')[0]}-{outside}")


def test_a_folder_of_another_kind_has_no_prefix(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a scratch folder"):
        prefix_for(tmp_path)


def test_the_prefix_of_a_name() -> None:
    prefix = ELSEWHERE.format(start=1)
    assert prefix_of(f"{prefix}/app:latest") == prefix
    assert prefix_of(f"{prefix}/a/b:latest") == prefix
    for name in (prefix, f"{prefix}:latest", f"{prefix}/", f"x/{prefix}/app", "ubuntu:latest", ""):
        assert prefix_of(name) is None


def test_prefixes_are_found_in_a_text() -> None:
    one, two = ELSEWHERE.format(start=1), ELSEWHERE.format(start=2)
    text = (
        f'{{"image": "{one}/run:1", "mirrors": ["index.docker.io/{two}/run"], "other": "{one}x/"}}'
    )
    assert prefixes_in(text) == {one, two}
    assert module.prefixes_in("nothing") == set()

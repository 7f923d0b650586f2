from __future__ import annotations

import pytest

from pytest_cnb_report.daemon.image_reference import id_digits, is_name, names_digest, with_tag

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "ubuntu",
        "ubuntu:22.04",
        "library/ubuntu",
        "localhost:5000/run:1",
        "[::1]:5000/run",
        "Registry.Example/run_image/with-dashes--and__more.v1:Tag_1.2-3",
        f"run@{DIGEST}",
        f"run:1@{DIGEST}",
    ],
)
def test_names(name: str) -> None:
    assert is_name(name)
    assert names_digest(name) == ("@" in name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "a:",
        "a@",
        "A",
        "a//b",
        "/a",
        "a/",
        "-a",
        "a/../b",
        "a?b",
        "a b",
        "a\n",
        "a:" + "b" * 129,
        f"a@{DIGEST[:20]}",
        f"@{DIGEST}",
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("a", "a"),
        ("sha256:a", "a"),
        (DIGEST, "0a" * 32),
        ("0a" * 32, "0a" * 32),
        ("", None),
        ("sha256:", None),
        ("A", None),
        ("g", None),
        ("a" * 65, None),
        ("sha512:a", None),
        ("a\n", None),
    ],
)
def test_image_ids(text: str, digits: str | None) -> None:
    assert id_digits(text) == digits


@pytest.mark.parametrize(
    ("name", "tagged"),
    [
        ("a", "a:latest"),
        ("a:1", "a:1"),
        ("h:5000/a", "h:5000/a:latest"),
        ("h:5000/a:1", "h:5000/a:1"),
    ],
)
def test_a_name_without_a_tag_means_latest(name: str, tagged: str) -> None:
    assert with_tag(name) == tagged

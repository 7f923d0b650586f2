"""What the reference reads and writes with code of its own: names, TOML, credentials, HTTP."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.inputs import parse_api
from pytest_cnb_report.reference.names import Name, same_tag
from pytest_cnb_report.reference.registry import authorization, in_family_of, is_loopback
from pytest_cnb_report.reference.resolution import Entry, Resolution
from pytest_cnb_report.reference.wire import Wire, WireError
from pytest_cnb_report.registry.misbehave import Misbehaviour

from .lab import Lab

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ubuntu", ("index.docker.io", "library/ubuntu", "latest", "")),
        ("some/app:1", ("index.docker.io", "some/app", "1", "")),
        ("docker.io/ubuntu:1", ("index.docker.io", "library/ubuntu", "1", "")),
        ("localhost/app", ("localhost", "app", "latest", "")),
        ("localhost:5000/app:1", ("localhost:5000", "app", "1", "")),
        ("127.0.0.1:5000/a/b/c", ("127.0.0.1:5000", "a/b/c", "latest", "")),
        (f"here.io/app@{DIGEST}", ("here.io", "app", "latest", DIGEST)),
        (f"here.io/app:1@{DIGEST}", ("here.io", "app", "1", DIGEST)),
    ],
)
def test_names_are_read_as_docker_reads_them(text: str, name: tuple[str, ...]) -> None:
    assert Name.parse(text) == name


@pytest.mark.parametrize(
    "text", ["", ":1", "here.io/", "App", "a b", "app:", "app:.x", "app@", "app@sha256:12", "a@b@c"]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="could not parse reference"):
        Name.parse(text)


def test_a_digest_does_not_make_another_tag() -> None:
    assert same_tag("ubuntu", f"docker.io/library/ubuntu:latest@{DIGEST}")
    assert not same_tag("ubuntu:1", f"ubuntu@{DIGEST}")
    assert not same_tag("ubuntu", "NOT A NAME")


@pytest.mark.parametrize(
    ("text", "api"),
    [("0.9", (0, 9)), ("0.12", (0, 12)), ("1", (1, 0)), ("0.", None), ("", None), ("a.b", None)],
)
def test_platform_apis(text: str, api: tuple[int, int] | None) -> None:
    assert parse_api(text) == api


@pytest.mark.parametrize(
    ("registry", "loopback"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("127.1.2.3", True),
        ("[::1]:5000", True),
        ("localhost.example:5000", False),
        ("here.io", False),
    ],
)
def test_loopback_registries_need_no_tls(registry: str, loopback: bool) -> None:
    assert is_loopback(registry) is loopback


def test_the_registry_of_the_app_image_comes_first() -> None:
    entry = Entry("one.io/run", ("two.io/run", "three.io/run"))
    order = Resolution().candidates(entry, "three.io/app")
    assert order == ["three.io/run", "one.io/run", "two.io/run"]


def test_unknown_media_types_are_left_alone() -> None:
    foreign = {"mediaType": "application/vnd.example"}
    assert in_family_of("application/vnd.oci.image.manifest.v1+json", foreign) == foreign


TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.dates(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXT, values, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_written_toml_reads_back(table: dict[str, Any]) -> None:
    assert tomli.loads(tomltext.write(table)) == table


def test_what_toml_has_no_word_for_is_left_out() -> None:
    table = {"a": None, "b": {"c": None, "d": [None, 1]}, "e": [{"f": None}]}
    assert tomli.loads(tomltext.write(table)) == {"b": {"d": [1]}, "e": [{}]}


def test_dates_are_spelt_as_toml_does() -> None:
    table = {"on": date(2020, 1, 2), "at": datetime(2020, 1, 2, 3, 4, tzinfo=timezone.utc)}
    assert tomli.loads(tomltext.write(table)) == table


def test_credentials(tmp_path: Path) -> None:
    assert authorization({"DOCKER_CONFIG": str(tmp_path)}) == {}
    auth = base64.b64encode(b"user:password").decode()
    auths = {"here.io": {"auth": auth}, "https://index.docker.io/v1/": {"auth": auth}, "no.io": {}}
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
    found = authorization({"DOCKER_CONFIG": str(tmp_path)})
    assert found == {"here.io": f"Basic {auth}", "index.docker.io": f"Basic {auth}"}
    given = {"DOCKER_CONFIG": str(tmp_path), "CNB_REGISTRY_AUTH": '{"here.io": "Bearer x"}'}
    assert authorization(given) == {"here.io": "Bearer x"}
    with pytest.raises(WireError, match="CNB_REGISTRY_AUTH"):
        authorization({"CNB_REGISTRY_AUTH": "Bearer x"})


def test_a_redirect_is_followed_and_a_circle_is_not(lab: Lab) -> None:
    digest = lab.registry.put_blob("some/blob", b"content")
    url = f"http://{lab.host}/v2/some/blob/blobs/{digest}"
    wire = Wire()
    once = Misbehaviour(path="*/blobs/*", status=307, headers=(("Location", url),), times=1)
    with lab.registry.misbehaving(once):
        assert wire.request("GET", url).body == b"content"
    always = Misbehaviour(path="*/blobs/*", status=307, headers=(("Location", url),))
    with lab.registry.misbehaving(always), pytest.raises(WireError, match="redirects"):
        wire.request("GET", url)
    wire.close()


def test_credentials_stay_with_the_server_that_they_are_for(lab: Lab) -> None:
    elsewhere = lab.host.replace("127.0.0.1", "localhost")
    url = f"http://{lab.host}/v2/some/blob/blobs/{DIGEST}"
    away = Misbehaviour(
        path="*/blobs/*",
        status=307,
        headers=(("Location", url.replace(lab.host, elsewhere)),),
        times=1,
    )
    env = {"CNB_REGISTRY_AUTH": json.dumps({lab.host: "Bearer secret"})}
    wire = Wire()
    with lab.registry.misbehaving(away):
        headers = {"Authorization": authorization(env)[lab.host]}
        assert wire.request("GET", url, headers).url.startswith(f"http://{elsewhere}")
    wire.close()
    assert headers == {"Authorization": "Bearer secret"}

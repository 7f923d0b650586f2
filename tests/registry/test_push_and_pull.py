"""What a registry does over the wire (OCI distribution specification); see docs/registry.md too."""

from __future__ import annotations

import contextlib
import json
import socket
from urllib.parse import quote

import pytest

from pytest_cnb_report.images.build import Flavour, build_index
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.journal import Journal

from .made import image, push, referrer
from .wire import Wire, codes, with_digest

CONTENT = bytes(range(256)) * 4
UNKNOWN = digest_of(b"nowhere")


def test_it_says_that_it_is_a_registry(wire: Wire) -> None:
    answer = wire("GET", "/v2/")
    assert answer.status == 200
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_blob_pushed_in_one_request_or_two_is_pulled_again(wire: Wire, algorithm: str) -> None:
    digest = digest_of(CONTENT, algorithm)
    one = wire("POST", f"/v2/one/blobs/uploads/?digest={quote(digest)}", CONTENT)
    two = wire("PUT", with_digest(wire.begin_upload("two"), digest), CONTENT)
    for answer in (one, two):
        assert answer.status == 201
        assert answer.headers["Docker-Content-Digest"] == digest
        assert wire("GET", answer.headers["Location"]).data == CONTENT


def test_head_tells_the_size_and_sends_nothing(wire: Wire) -> None:
    digest = wire.push_blob("some", CONTENT)
    answer = wire("HEAD", f"/v2/some/blobs/{digest}")
    assert (answer.status, answer.headers["Content-Length"], answer.data) == (200, "1024", b"")


def test_an_answer_to_head_is_followed_by_the_next_answer_alone(embedded: EmbeddedRegistry) -> None:
    """A body behind an answer to HEAD would be read as the beginning of the next answer."""
    with contextlib.closing(Wire(embedded.address)) as wire:
        digest = wire.push_blob("some", CONTENT)
    host, _, port = embedded.address.partition(":")
    places = (f"/v2/some/blobs/{digest}", "/v2/", "/v2/some/tags/none")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        for place in places:
            connection.sendall(f"HEAD {place} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        connection.sendall(
            f"GET /v2/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    *heads, last = received.split(b"HTTP/1.1 ")[1:]
    assert [answer.partition(b"\r\n\r\n")[2] for answer in heads] == [b"", b"", b""]
    assert last.endswith(b"\r\n\r\n{}")


def test_a_blob_is_in_the_repository_that_it_was_pushed_to_alone(wire: Wire) -> None:
    digest = wire.push_blob("one", CONTENT)
    answer = wire("GET", f"/v2/two/blobs/{digest}")
    assert (answer.status, codes(answer)) == (404, ["BLOB_UNKNOWN"])


@pytest.mark.parametrize(
    "digest", [digest_of(b"another"), "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", ""]
)
def test_a_blob_that_is_not_what_its_digest_says_is_refused(wire: Wire, digest: str) -> None:
    for answer in (
        wire("POST", f"/v2/some/blobs/uploads/?digest={quote(digest)}", CONTENT),
        wire("PUT", with_digest(wire.begin_upload("some"), digest), CONTENT),
    ):
        assert (answer.status, codes(answer)) == (400, ["DIGEST_INVALID"])


def test_a_blob_is_mounted_from_another_repository(wire: Wire) -> None:
    digest = wire.push_blob("one", CONTENT)
    answer = wire("POST", f"/v2/two/blobs/uploads/?mount={quote(digest)}&from=one")
    assert answer.status == 201
    assert wire("GET", answer.headers["Location"]).data == CONTENT


def test_a_blob_is_found_for_mounting_without_being_told_where_it_is(wire: Wire) -> None:
    digest = wire.push_blob("one", CONTENT)
    assert wire("POST", f"/v2/two/blobs/uploads/?mount={quote(digest)}").status == 201
    assert wire("GET", f"/v2/two/blobs/{digest}").status == 200


def test_what_cannot_be_mounted_is_uploaded_instead(wire: Wire) -> None:
    digest = wire.push_blob("one", CONTENT)
    answer = wire("POST", f"/v2/two/blobs/uploads/?mount={quote(digest)}&from=three")
    assert answer.status == 202
    assert wire("PUT", with_digest(answer.headers["Location"], digest), CONTENT).status == 201


@pytest.mark.parametrize(
    ("asked", "status", "told", "content"),
    [
        ("bytes=0-9", 206, "bytes 0-9/1024", CONTENT[:10]),
        ("bytes=1000-", 206, "bytes 1000-1023/1024", CONTENT[1000:]),
        ("bytes=1000-5000", 206, "bytes 1000-1023/1024", CONTENT[1000:]),
        ("bytes=-5", 206, "bytes 1019-1023/1024", CONTENT[-5:]),
        ("bytes=-5000", 206, "bytes 0-1023/1024", CONTENT),
        ("bytes=1024-", 416, "bytes */1024", None),
        ("bytes=9-0", 416, "bytes */1024", None),
        ("bytes=-0", 416, "bytes */1024", None),
        ("bytes=0-1,5-6", 200, None, CONTENT),
        ("lines=0-9", 200, None, CONTENT),
        ("bytes=-", 200, None, CONTENT),
    ],
)
def test_a_part_of_a_blob_is_pulled(
    wire: Wire, asked: str, status: int, told: str | None, content: bytes | None
) -> None:
    digest = wire.push_blob("some", CONTENT)
    answer = wire("GET", f"/v2/some/blobs/{digest}", headers={"Range": asked})
    assert (answer.status, answer.headers.get("Content-Range")) == (status, told)
    assert content is None or answer.data == content


@pytest.mark.parametrize("flavour", ["docker", "oci"])
def test_an_image_comes_back_byte_for_byte_under_tag_and_digest(
    wire: Wire, client: RegistryClient, flavour: Flavour
) -> None:
    made = image(flavour=flavour)
    push(client, "some/app", "latest", made)
    for reference in ("latest", made.digest):
        answer = wire("GET", f"/v2/some/app/manifests/{reference}")
        assert answer.data == made.manifest
        assert answer.headers["Content-Type"] == made.media_type
        assert answer.headers["Docker-Content-Digest"] == made.digest


@pytest.mark.parametrize("flavour", ["docker", "oci"])
def test_an_index_comes_back_with_the_images_that_it_lists(
    wire: Wire, client: RegistryClient, flavour: Flavour
) -> None:
    made = build_index([image(1, flavour=flavour), image(2, flavour=flavour)], flavour=flavour)
    push(client, "some/app", "latest", made)
    answer = wire("GET", "/v2/some/app/manifests/latest")
    assert (answer.data, answer.headers["Content-Type"]) == (made.manifest, made.media_type)
    for each in made.images:
        assert wire("GET", f"/v2/some/app/manifests/{each.digest}").data == each.manifest


def test_a_tag_moves(wire: Wire, client: RegistryClient) -> None:
    for made in (image(1), image(2)):
        push(client, "some/app", "latest", made)
        assert wire("GET", "/v2/some/app/manifests/latest").data == made.manifest
    assert wire("GET", f"/v2/some/app/manifests/{image(1).digest}").status == 200


def test_a_manifest_pushed_by_digest_takes_the_tags_beside_it(
    wire: Wire, client: RegistryClient
) -> None:
    made = image()
    push(client, "some/app", "latest", made)
    answer = wire(
        "PUT",
        f"/v2/some/app/manifests/{made.digest}?tag=one&tag=two",
        made.manifest,
        {"Content-Type": made.media_type},
    )
    assert (answer.status, answer.headers["OCI-Tag"]) == (201, "one, two")
    assert wire("GET", "/v2/some/app/tags/list").json()["tags"] == ["latest", "one", "two"]


def test_a_manifest_without_a_content_type_has_the_one_that_it_names(
    wire: Wire, client: RegistryClient
) -> None:
    made = image()
    push(client, "some", "latest", made)
    assert wire("PUT", "/v2/some/manifests/again", made.manifest).status == 201
    assert wire("GET", "/v2/some/manifests/again").headers["Content-Type"] == made.media_type


@pytest.mark.parametrize("missing", ["config", "layer"])
def test_an_image_whose_parts_are_not_there_is_refused(wire: Wire, missing: str) -> None:
    made = image()
    wire.push_blob("some", made.layers[0].blob if missing == "config" else made.config)
    answer = wire("PUT", "/v2/some/manifests/latest", made.manifest)
    assert (answer.status, codes(answer)) == (404, ["MANIFEST_BLOB_UNKNOWN"])


def test_an_index_whose_images_are_not_there_is_refused(wire: Wire) -> None:
    made = build_index([image()])
    answer = wire("PUT", "/v2/some/manifests/latest", made.manifest)
    assert (answer.status, codes(answer)) == (404, ["MANIFEST_BLOB_UNKNOWN"])


def test_layers_that_live_elsewhere_need_not_be_there(wire: Wire) -> None:
    config = wire.push_blob("some", b"{}")
    media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar"
    layer = {"mediaType": media_type, "digest": UNKNOWN, "size": 7}
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"mediaType": "application/x", "digest": config, "size": 2},
            "layers": [layer],
        }
    )
    assert wire("PUT", "/v2/some/manifests/latest", manifest.encode()).status == 201


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"[]",
        b"7",
        b"{}",
        b'{"schemaVersion": 1, "config": {}, "layers": []}',
        b'{"schemaVersion": 2, "config": [], "layers": []}',
        b'{"schemaVersion": 2, "mediaType": "application/other"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_manifest_is_refused(wire: Wire, content: bytes) -> None:
    headers = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
    answer = wire("PUT", "/v2/some/manifests/latest", content, headers)
    assert (answer.status, codes(answer)) == (400, ["MANIFEST_INVALID"])
    assert wire("GET", "/v2/some/tags/list").status == 404


def test_a_manifest_of_more_than_four_megabytes_is_refused(wire: Wire) -> None:
    answer = wire("PUT", "/v2/some/manifests/latest", b" " * ((4 << 20) + 1))
    assert (answer.status, codes(answer)) == (413, ["SIZE_INVALID"])


@pytest.mark.parametrize(
    ("reference", "code"),
    [(UNKNOWN, "DIGEST_INVALID"), ("sha256:abc", "DIGEST_INVALID"), ("-x", "MANIFEST_INVALID")],
)
def test_a_manifest_under_a_reference_that_is_not_its_own_is_refused(
    wire: Wire, client: RegistryClient, reference: str, code: str
) -> None:
    made = image()
    push(client, "some", "latest", made)
    answer = wire("PUT", f"/v2/some/manifests/{reference}", made.manifest)
    assert (answer.status, codes(answer)) == (400, [code])


@pytest.mark.parametrize(
    ("query", "tags", "more"),
    [
        ("", ["A", "a", "b", "c"], None),
        ("?n=0", [], None),
        ("?n=2", ["A", "a"], "/v2/some/tags/list?n=2&last=a"),
        ("?n=2&last=a", ["b", "c"], None),
        ("?n=4", ["A", "a", "b", "c"], None),
        ("?n=1000", ["A", "a", "b", "c"], None),
        ("?last=b", ["c"], None),
        ("?last=zzz", [], None),
    ],
)
def test_tags_are_listed_in_order_and_in_pages(
    wire: Wire, client: RegistryClient, query: str, tags: list[str], more: str | None
) -> None:
    for tag in ("c", "a", "A", "b"):
        push(client, "some", tag, image())
    answer = wire("GET", f"/v2/some/tags/list{query}")
    assert answer.json() == {"name": "some", "tags": tags}
    assert answer.headers.get("Link") == (more and f'<{more}>; rel="next"')


def test_the_tags_of_a_repository_that_is_not_there_are_not_found(wire: Wire) -> None:
    answer = wire("GET", "/v2/some/tags/list")
    assert (answer.status, codes(answer)) == (404, ["NAME_UNKNOWN"])


def test_a_page_of_tags_has_to_be_a_number_long(wire: Wire, client: RegistryClient) -> None:
    push(client, "some", "latest", image())
    assert wire("GET", "/v2/some/tags/list?n=all").status == 400


def test_repositories_are_listed_in_order_and_in_pages(wire: Wire) -> None:
    for repository in ("b", "a/b", "a"):
        wire.push_blob(repository, CONTENT)
    assert wire("GET", "/v2/_catalog").json() == {"repositories": ["a", "a/b", "b"]}
    answer = wire("GET", "/v2/_catalog?n=1&last=a")
    assert answer.json() == {"repositories": ["a/b"]}
    assert answer.headers["Link"] == '</v2/_catalog?n=1&last=a%2Fb>; rel="next"'


def test_what_refers_to_a_manifest_is_listed_and_filtered(wire: Wire) -> None:
    config = wire.push_blob("some", b"{}")
    plain = referrer(UNKNOWN, config, 2)
    typed = referrer(UNKNOWN, config, 2, artifactType="application/sbom", annotations={"a": "b"})
    for content in (plain, typed):
        answer = wire("PUT", f"/v2/some/manifests/{digest_of(content)}", content)
        assert (answer.status, answer.headers["OCI-Subject"]) == (201, UNKNOWN)
    every = wire("GET", f"/v2/some/referrers/{UNKNOWN}")
    assert every.headers["Content-Type"] == "application/vnd.oci.image.index.v1+json"
    found = {each["digest"]: each for each in every.json()["manifests"]}
    assert set(found) == {digest_of(plain), digest_of(typed)}
    assert found[digest_of(plain)]["artifactType"] == "application/x"
    assert "annotations" not in found[digest_of(plain)]
    assert found[digest_of(typed)]["annotations"] == {"a": "b"}
    filtered = wire("GET", f"/v2/some/referrers/{UNKNOWN}?artifactType=application/sbom")
    assert filtered.headers["OCI-Filters-Applied"] == "artifactType"
    assert [each["digest"] for each in filtered.json()["manifests"]] == [digest_of(typed)]


def test_nothing_refers_to_what_nobody_knows(wire: Wire) -> None:
    assert wire("GET", f"/v2/some/referrers/{UNKNOWN}").json()["manifests"] == []
    answer = wire("GET", "/v2/some/referrers/sha256:abc")
    assert (answer.status, codes(answer)) == (400, ["DIGEST_INVALID"])


def test_a_deleted_manifest_takes_its_tags_with_it(wire: Wire, client: RegistryClient) -> None:
    made = image()
    push(client, "some", "one", made)
    push(client, "some", "two", made)
    assert wire("DELETE", f"/v2/some/manifests/{made.digest}").status == 202
    for reference in (made.digest, "one", "two"):
        answer = wire("GET", f"/v2/some/manifests/{reference}")
        assert (answer.status, codes(answer)) == (404, ["MANIFEST_UNKNOWN"])
    assert wire("GET", "/v2/some/tags/list").json()["tags"] == []
    assert wire("DELETE", f"/v2/some/manifests/{made.digest}").status == 404


def test_a_deleted_tag_leaves_the_manifest(wire: Wire, client: RegistryClient) -> None:
    made = image()
    push(client, "some", "one", made)
    assert wire("DELETE", "/v2/some/manifests/one").status == 202
    assert wire("GET", "/v2/some/manifests/one").status == 404
    assert wire("GET", f"/v2/some/manifests/{made.digest}").status == 200
    assert wire("DELETE", "/v2/some/manifests/one").status == 404


def test_a_blob_is_deleted_from_one_repository(wire: Wire) -> None:
    digest = wire.push_blob("one", CONTENT)
    wire.push_blob("two", CONTENT)
    assert wire("DELETE", f"/v2/one/blobs/{digest}").status == 202
    assert wire("GET", f"/v2/one/blobs/{digest}").status == 404
    assert wire("GET", f"/v2/two/blobs/{digest}").status == 200
    assert wire("DELETE", f"/v2/one/blobs/{digest}").status == 404


@pytest.mark.parametrize("name", ["Some", "some//app", "-some", "some/_app", "some..app"])
def test_a_name_that_no_repository_can_have_is_refused(wire: Wire, name: str) -> None:
    answer = wire("GET", f"/v2/{name}/tags/list")
    assert (answer.status, codes(answer)) == (400, ["NAME_INVALID"])


@pytest.mark.parametrize("name", ["manifests", "blobs/uploads", "a/manifests/b", "tags/list"])
def test_a_repository_may_be_called_like_an_endpoint(wire: Wire, name: str) -> None:
    digest = wire.push_blob(name, CONTENT)
    assert wire("GET", f"/v2/{name}/blobs/{digest}").data == CONTENT


def test_what_is_no_endpoint_is_not_found(wire: Wire) -> None:
    for path in ("/", "/v1/some", "/v2/some", "/v2/some/layers/x"):
        assert wire("GET", path).status == 404


def test_a_method_that_an_endpoint_does_not_have_is_refused(wire: Wire) -> None:
    answer = wire("PATCH", "/v2/some/manifests/latest", b"")
    assert (answer.status, codes(answer)) == (405, ["UNSUPPORTED"])
    assert answer.headers["Allow"] == "GET, PUT, DELETE"


def test_every_request_is_on_record(wire: Wire, embedded: EmbeddedRegistry) -> None:
    digest = wire.push_blob("some", CONTENT)
    since = embedded.requests()[-1].number
    wire("GET", f"/v2/some/blobs/{digest}?a=b", headers={"User-Agent": "somebody/1"})
    wire("HEAD", "/v2/some/manifests/latest")
    one, two = embedded.requests(since)
    assert (one.method, one.path, one.status) == ("GET", f"/v2/some/blobs/{digest}?a=b", 200)
    assert (one.received, one.sent, one.user_agent) == (0, 1024, "somebody/1")
    assert (two.method, two.path, two.status) == ("HEAD", "/v2/some/manifests/latest", 404)
    assert two.sent == 0
    assert (two.number, one.number) == (since + 2, since + 1)
    assert embedded.requests(two.number) == ()


def test_what_is_put_in_the_process_is_not_among_the_requests(embedded: EmbeddedRegistry) -> None:
    push(embedded, "some", "latest", image())
    assert embedded.get_manifest("some", "latest")
    assert embedded.requests() == ()


def test_of_very_many_requests_the_last_are_on_record() -> None:
    journal = Journal(limit=3)
    for number in range(5):
        journal.add(Call("GET", f"/{number}"), Answer(200))
    assert [request.path for request in journal.since(0)] == ["/2", "/3", "/4"]
    assert [request.number for request in journal.since(4)] == [5]
    assert journal.since(5) == ()

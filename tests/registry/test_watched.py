"""A registry tells what is changed in it, and refuses the one push that it is told to."""

from __future__ import annotations

import json

import pytest
import urllib3

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.inventory import Inventory
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.protocol import Change, RegistryInProcess

from .made import image, push
from .wire import Wire

OLD, NEW = image(1), image(2)


def test_changes_are_told_of_from_first_to_last(embedded: EmbeddedRegistry) -> None:
    push(embedded, "some", "moved", OLD)
    push(embedded, "some", "deleted", OLD)

    def do() -> str:
        push(embedded, "some", "moved", image(3))
        push(embedded, "some", "moved", NEW)
        embedded.delete_manifest("some", image(3).digest)
        embedded.delete_manifest("some", "deleted")
        push(embedded, "other", "same", OLD)
        embedded.delete_manifest("other", OLD.digest)
        return "done"

    done, changes = embedded.changes_during(do)
    assert done == "done"
    assert set(changes) == {
        Change("some", "moved", OLD.digest, NEW.digest),
        Change("some", "deleted", OLD.digest, None),
        Change("some", NEW.digest, None, NEW.digest),
    }
    assert embedded.changes_during(lambda: None) == (None, ())


def test_the_tags_of_a_deleted_manifest_are_changes(embedded: EmbeddedRegistry) -> None:
    push(embedded, "some", "one", OLD)
    _, changes = embedded.changes_during(lambda: embedded.delete_manifest("some", OLD.digest))
    assert {change.reference: change.after for change in changes} == {OLD.digest: None, "one": None}


def test_a_blob_is_missed_where_an_older_manifest_needs_it(
    embedded: EmbeddedRegistry, wire: Wire
) -> None:
    push(embedded, "some", "old", OLD)
    lost, own = OLD.layers[0].digest, NEW.image_id

    def do() -> None:
        push(embedded, "some", "new", NEW)
        for digest in (lost, own, embedded.put_blob("some", b"spare")):
            wire("DELETE", f"/v2/some/blobs/{digest}")

    _, changes = embedded.changes_during(do)
    assert [change for change in changes if change.blob] == [
        Change("some", lost, lost, None, blob=True)
    ]
    assert embedded.changes_during(lambda: None) == (None, ())


def test_what_is_put_back_is_not_missed(embedded: EmbeddedRegistry, wire: Wire) -> None:
    push(embedded, "some", "old", OLD)

    def do() -> None:
        wire("DELETE", f"/v2/some/blobs/{OLD.layers[0].digest}")
        embedded.put_blob("some", OLD.layers[0].blob)

    assert embedded.changes_during(do) == (None, ())


def test_a_refused_push_is_answered_as_a_registry_does(
    embedded: EmbeddedRegistry, wire: Wire
) -> None:
    push(embedded, "some", "there", OLD)
    headers = {"Content-Type": OLD.media_type}
    with embedded.refusing("some", "one", 403):
        for name, status in (("one", 403), ("two", 201)):
            answer = wire("PUT", f"/v2/some/manifests/{name}", OLD.manifest, headers=headers)
            assert answer.status == status
            if status == 403:
                assert json.loads(answer.data)["errors"][0]["code"] == "DENIED"
    assert embedded.tags("some") == ("there", "two")


@pytest.mark.parametrize("in_process", [True, False])
def test_a_host_tells_what_stands_there_around_something(
    embedded: EmbeddedRegistry, client: RegistryClient, in_process: bool
) -> None:
    """Of a registry elsewhere the tags are seen, and where the names lead that are asked about."""
    registry = embedded if in_process else client
    assert isinstance(registry, RegistryInProcess) is in_process
    host = RegistryHost(registry, "mine")
    assert host.refuses_on_request is in_process
    kept, moved, new, beside = (host.name("app", tag) for tag in ("kept", "moved", "new", "beside"))
    host.put(OLD, kept, moved, host.name("app", "unmoved"))

    watched = host.watched((kept, moved, new), lambda: push(embedded, "mine/app", "beside", NEW))
    assert watched.before == Inventory({kept: OLD.digest, moved: OLD.digest})
    repository = kept.rpartition(":")[0]
    assert watched.after == (
        Inventory(
            {kept: OLD.digest, moved: OLD.digest, beside: NEW.digest},
            (f"{repository}@{NEW.digest}",),
        )
        if in_process
        else Inventory({kept: OLD.digest, moved: OLD.digest, beside: None})
    )

    watched = host.watched((kept, moved, new), lambda: push(embedded, "mine/app", "moved", NEW))
    assert watched.before.tags == {kept: OLD.digest, moved: OLD.digest}
    assert watched.after.tags == {kept: OLD.digest, moved: NEW.digest}


def test_a_registry_elsewhere_cannot_be_told_to_refuse(client: RegistryClient) -> None:
    host = RegistryHost(client, "mine")
    with pytest.raises(ValueError, match="cannot be told to refuse"):
        host.refusing(host.name("app"), 403)


def test_what_a_lifecycle_deleted_is_put_anew(embedded: EmbeddedRegistry) -> None:
    host = RegistryHost(embedded, "mine")
    name = host.name("app", "kept")
    host.put(OLD, name)
    for layer in OLD.layers:
        url = f"http://{embedded.address}/v2/mine/app/blobs/{layer.digest}"
        assert urllib3.request("DELETE", url).status == 202
    host.put(OLD, name)
    found = host.fetch(name)
    assert found is not None
    assert None not in dict(found.blobs).values()

"""The embedded registry: in the process and in memory, with nothing to install."""

from __future__ import annotations

import contextlib
import json
from glob import escape
from typing import TYPE_CHECKING

from pytest_cnb_report.registry.api import Api
from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.http_types import Refusal
from pytest_cnb_report.registry.journal import Journal
from pytest_cnb_report.registry.kind import RegistryKind
from pytest_cnb_report.registry.limits import UNLIMITED, Limits
from pytest_cnb_report.registry.misbehave import Misbehaviour, Misbehaviours
from pytest_cnb_report.registry.protocol import Change, Manifest, RegistryError, Request
from pytest_cnb_report.registry.server import serve
from pytest_cnb_report.registry.service import Service
from pytest_cnb_report.registry.store import Store
from pytest_cnb_report.registry.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_cnb_report.registry.protocol import Done


class EmbeddedRegistry:
    """An OCI registry that lifecycles reach over HTTP, and the suite directly.

    Made by `embedded_registry`. It satisfies `RegistryInProcess`; its methods may be
    called from any thread.
    """

    has_tls = False

    def __init__(
        self,
        address: str,
        store: Store,
        uploads: Uploads,
        journal: Journal,
        misbehaviours: Misbehaviours,
    ) -> None:
        self.address = address
        self._store = store
        self._uploads = uploads
        self._journal = journal
        self._misbehaviours = misbehaviours

    def put_blob(self, repository: str, content: bytes) -> str:
        """Store a blob and return its sha256 digest."""
        digest = digest_of(content)
        self._store.put_blob(repository, content, digest)
        return digest

    def put_manifest(self, repository: str, reference: str, content: bytes, media_type: str) -> str:
        """Store a manifest or an index under a tag or a digest; return its digest.

        Raises RegistryError where it is malformed, or refers to what the repository has not got.
        """
        try:
            return self._store.put_manifest(repository, reference, content, media_type).digest
        except Refusal as refusal:
            asked = f"put manifest {repository} {reference}"
            answered = f"{refusal.status} {refusal.code}: {refusal.message}"
            raise RegistryError(self.address, asked, answered) from refusal

    def get_manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return the manifest under a tag or a digest; None where there is none."""
        stored = self._store.get_manifest(repository, reference)
        return None if stored is None else stored.manifest

    def get_blob(self, repository: str, digest: str) -> bytes | None:
        """Return the blob with this digest; None where there is none."""
        return self._store.get_blob(repository, digest)

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return the tags of a repository, sorted."""
        return self._store.tags(repository) or ()

    def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete a manifest by digest, or a tag; False where it is not there."""
        return self._store.delete_manifest(repository, reference)

    def requests(self, since: int = 0) -> tuple[Request, ...]:
        """Return the requests numbered above `since`; of very many, the last 10,000."""
        return self._journal.since(since)

    def empty(self) -> None:
        """Forget every image, and every upload that was begun."""
        self._store.empty()
        self._uploads.forget()

    def changes_during(self, do: Callable[[], Done]) -> tuple[Done, tuple[Change, ...]]:
        """Do something; return also what anybody changed meanwhile."""
        return self._store.changes_during(do)

    def refusing(
        self, repository: str, reference: str, status: int
    ) -> contextlib.AbstractContextManager[None]:
        """Answer every push of this manifest with an HTTP status for the length of a block."""
        code = "DENIED" if status < 500 else "UNKNOWN"
        error = {"code": code, "message": f"{reference} is not taken", "detail": None}
        return self.misbehaving(
            Misbehaviour(
                method="PUT",
                path=escape(f"/v2/{repository}/manifests/{reference}"),
                status=status,
                body=json.dumps({"errors": [error]}).encode(),
                headers=(("Content-Type", "application/json"),),
            )
        )

    def misbehaving(self, *misbehaviours: Misbehaviour) -> contextlib.AbstractContextManager[None]:
        """Answer some requests wrongly for the length of a block."""
        return self._misbehaviours.during(*misbehaviours)


@contextlib.contextmanager
def embedded_registry(port: int = 0, limits: Limits = UNLIMITED) -> Iterator[EmbeddedRegistry]:
    """Run an empty registry on 127.0.0.1 for the length of a block; 0 takes a free port.

    `limits` are for those that push to it over HTTP.

    Raises RegistryUnavailable where the port cannot be had.
    """
    store, uploads, journal, misbehaviours = Store(), Uploads(), Journal(), Misbehaviours()
    service = Service(Api(store, uploads, limits), journal, misbehaviours)
    with serve(service.answer, port, longest_body=limits.body) as address:
        yield EmbeddedRegistry(address, store, uploads, journal, misbehaviours)


EMBEDDED = RegistryKind(
    name="embedded",
    spelled="embedded",
    takes=lambda given: given == "embedded",
    open=lambda options: embedded_registry(limits=options.limits),
    needs=("embedded registry",),
    owned_by_worker=True,
)

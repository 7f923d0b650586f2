"""Repositories in memory: blobs, manifests and tags, every digest verified on the way in."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.registry.digests import digest_of, is_digest, matches
from pytest_cnb_report.registry.http_types import Refusal
from pytest_cnb_report.registry.manifests import Parsed, listed, parse_manifest
from pytest_cnb_report.registry.protocol import Change, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_cnb_report.registry.protocol import Done

_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


@dataclass(frozen=True)
class Stored:
    """A manifest under the digest that it was pushed with."""

    digest: str
    manifest: Manifest
    parsed: Parsed


@dataclass
class _Repository:
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, Stored] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def digest(self, reference: str) -> str | None:
        return reference if reference in self.manifests else self.tags.get(reference)


@dataclass(eq=False)
class _Watch:
    """What was changed since it began: where each reference led before, and blobs that went."""

    references: dict[tuple[str, str], str | None] = field(default_factory=dict)
    blobs: set[tuple[str, str]] = field(default_factory=set)


class Store:
    """What a registry holds. Safe to use from several threads; nothing is ever written to disk."""

    def __init__(self) -> None:
        self._repositories: dict[str, _Repository] = {}
        self._contents: dict[str, bytes] = {}
        """Every blob once, in however many repositories it is."""
        self._size = 0
        self._watches: list[_Watch] = []
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of all that was put since it was empty, a blob counted once."""
        return self._size

    def empty(self) -> None:
        """Forget everything."""
        with self._lock:
            self._repositories.clear()
            self._contents.clear()
            self._size = 0

    def put_blob(self, repository: str, content: bytes, digest: str) -> None:
        """Store `content`; raises Refusal where `digest` is not that of the content."""
        _verify(digest, content)
        with self._lock:
            if digest not in self._contents:
                self._contents[digest] = content
                self._size += len(content)
            self._repository(repository).blobs.setdefault(digest, self._contents[digest])

    def get_blob(self, repository: str, digest: str) -> bytes | None:
        """Return the blob; None where this repository does not have it."""
        with self._lock:
            found = self._repositories.get(repository)
            return None if found is None else found.blobs.get(digest)

    def delete_blob(self, repository: str, digest: str) -> bool:
        """Take the blob out of this repository; False where it was not there."""
        with self._lock:
            found = self._repositories.get(repository)
            if found is None or found.blobs.pop(digest, None) is None:
                return False
            for watch in self._watches:
                watch.blobs.add((repository, digest))
            return True

    def mount(self, repository: str, digest: str, source: str | None) -> bool:
        """Put a blob of `source`, or of any repository where that is None, into this one too."""
        with self._lock:
            if source is None:
                places: Iterable[_Repository] = self._repositories.values()
            else:
                places = filter(None, [self._repositories.get(source)])
            content = next((place.blobs[digest] for place in places if digest in place.blobs), None)
            if content is None:
                return False
            self._repository(repository).blobs.setdefault(digest, content)
            return True

    def put_manifest(
        self,
        repository: str,
        reference: str,
        content: bytes,
        content_type: str | None,
        tags: Iterable[str] = (),
    ) -> Stored:
        """Store a manifest under a digest or a tag, and under `tags` as well.

        Raises Refusal where it is malformed, is not what the digest says, or refers to something
        that the repository does not have. The subject alone may be missing.
        """
        by_digest = ":" in reference
        if by_digest:
            _verify(reference, content)
        names = (*tags,) if by_digest else (reference, *tags)
        for name in names:
            if not _TAG.fullmatch(name):
                raise Refusal(400, "MANIFEST_INVALID", f"{name!r} cannot be a tag")
        parsed = parse_manifest(content, content_type)
        digest = reference if by_digest else digest_of(content)
        stored = Stored(digest, Manifest(content, parsed.media_type), parsed)
        with self._lock:
            place = self._repositories.get(repository, _Repository())
            missing = [blob for blob in parsed.blobs if blob not in place.blobs]
            missing += [child for child in parsed.manifests if child not in place.manifests]
            if missing:
                message = f"not in {repository}: {', '.join(missing)}"
                raise Refusal(404, "MANIFEST_BLOB_UNKNOWN", message)
            self._repositories[repository] = place
            self._note(repository, place, (digest, *names))
            place.manifests[digest] = stored
            self._size += len(content)
            place.tags.update(dict.fromkeys(names, digest))
        return stored

    def get_manifest(self, repository: str, reference: str) -> Stored | None:
        """Return the manifest under a tag or a digest; None where there is none."""
        with self._lock:
            found = self._repositories.get(repository)
            digest = None if found is None else found.digest(reference)
            return None if found is None or digest is None else found.manifests[digest]

    def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete a tag, or a manifest with all its tags; False where it was not there."""
        with self._lock:
            found = self._repositories.get(repository)
            if found is None:
                return False
            tags = [tag for tag, digest in found.tags.items() if digest == reference]
            self._note(repository, found, (reference, *tags))
            if found.manifests.pop(reference, None) is None:
                return found.tags.pop(reference, None) is not None
            for tag in tags:
                del found.tags[tag]
            return True

    def changes_during(self, do: Callable[[], Done]) -> tuple[Done, tuple[Change, ...]]:
        """Do something; return also what was changed meanwhile.

        What it takes depends on how much was written, not on how much there is.
        """
        watch = _Watch()
        with self._lock:
            self._watches.append(watch)
        try:
            done = do()
        finally:
            with self._lock:
                self._watches.remove(watch)
        with self._lock:
            changes = (
                Change(repository, reference, before, self._leads_to(repository, reference))
                for (repository, reference), before in watch.references.items()
            )
            missing = (
                Change(repository, digest, digest, None, blob=True)
                for repository, digest in sorted(watch.blobs)
                if self._is_missed(repository, digest, watch)
            )
            return done, (*(each for each in changes if each.before != each.after), *missing)

    def _is_missed(self, repository: str, digest: str, watch: _Watch) -> bool:
        """Whether a blob is gone that a manifest needs which was there before the watch."""
        place = self._repositories[repository]
        needing = (
            stored.digest for stored in place.manifests.values() if digest in stored.parsed.blobs
        )
        old = (watch.references.get((repository, each), each) is not None for each in needing)
        return digest not in place.blobs and any(old)

    def _note(self, repository: str, place: _Repository, references: Iterable[str]) -> None:
        """Note for every watch what references lead to that are about to change."""
        for watch in self._watches:
            for reference in references:
                watch.references.setdefault((repository, reference), place.digest(reference))

    def _leads_to(self, repository: str, reference: str) -> str | None:
        found = self._repositories.get(repository)
        return None if found is None else found.digest(reference)

    def tags(self, repository: str) -> tuple[str, ...] | None:
        """Return the tags, sorted by code point; None where there is no such repository."""
        with self._lock:
            found = self._repositories.get(repository)
            return None if found is None else tuple(sorted(found.tags))

    def repositories(self) -> tuple[str, ...]:
        """Return the names of the repositories, sorted by code point."""
        with self._lock:
            return tuple(sorted(self._repositories))

    def referrers(self, repository: str, subject: str) -> list[dict[str, Any]]:
        """Return the descriptors of the manifests whose subject is this digest."""
        with self._lock:
            found = self._repositories.get(repository)
            every = () if found is None else tuple(found.manifests.values())
        return [
            listed(stored.parsed, stored.digest, len(stored.manifest.content))
            for stored in every
            if stored.parsed.subject == subject
        ]

    def _repository(self, name: str) -> _Repository:
        return self._repositories.setdefault(name, _Repository())


def _verify(digest: str, content: bytes) -> None:
    if not is_digest(digest):
        raise Refusal(400, "DIGEST_INVALID", f"{digest!r} is not a sha256 or sha512 digest")
    if not matches(digest, content):
        message = f"said to be {digest}, but is {digest_of(content, digest.partition(':')[0])}"
        raise Refusal(400, "DIGEST_INVALID", message)

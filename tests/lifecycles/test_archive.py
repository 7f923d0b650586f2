"""A release archive as a lifecycle: what it tells, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from plugin.caller import ONE_ITEM, Caller
from pytest_cnb_report.lifecycles import archive as module
from pytest_cnb_report.lifecycles.archive import ARCHIVE
from pytest_cnb_report.lifecycles.kinds import open_lifecycle
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError
from pytest_cnb_report.lifecycles.negotiate import negotiate
from pytest_cnb_report.lifecycles.tar_entries import Limits
from pytest_cnb_report.values import Phase, PlatformApi

from .made import (
    REFERENCE,
    Entry,
    archive,
    device,
    hard_link,
    link,
    release,
    tar_of,
)

SAYS_ALL = b'#!/bin/sh\necho "$(basename "$0")|$*"\n'
EVIL = Entry("lifecycle/rebaser", b"evil")


def opened(path: Path, then: Callable[[Lifecycle], None] = lambda _: None) -> None:
    with open_lifecycle(str(path), phases=tuple(Phase), profile="rfc-0129-draft") as lifecycle:
        then(lifecycle)


@pytest.mark.parametrize("ending", ["tgz", "tar.gz"])
def test_an_archive_says_version_and_apis_itself(tmp_path: Path, ending: str) -> None:
    path = archive(tmp_path / f"lifecycle.{ending}", release(b"#!/bin/sh\nexit 99\n"))

    def look(lifecycle: Lifecycle) -> None:
        assert lifecycle.kind is ARCHIVE
        assert lifecycle.version == "1.2.3"
        assert lifecycle.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        folder, phase = str(tmp_path), Phase.REBASER
        api = negotiate(lifecycle, None, directory=folder, phase=phase)
        assert api == PlatformApi(0, 12)
        wanted = PlatformApi(0, 9)
        assert negotiate(lifecycle, wanted, directory=folder, phase=phase) == wanted
        with pytest.raises(
            LifecycleError, match=r"not support platform API 0.11; it supports 0.9, 0."
        ):
            negotiate(lifecycle, PlatformApi(0, 11), directory=folder, phase=phase)

    opened(path, look)


@pytest.mark.parametrize(
    "entries",
    [
        release(SAYS_ALL),
        [
            *release(SAYS_ALL, phases=()),
            *(hard_link(f"lifecycle/{phase.value}", "lifecycle/lifecycle") for phase in Phase),
        ],
        [
            Entry("./lifecycle.toml", release()[0].content),
            *(Entry(f"./lifecycle/{phase.value}", SAYS_ALL) for phase in Phase),
        ],
    ],
    ids=["links", "hard-links", "files"],
)
def test_phases_are_called_by_their_names(tmp_path: Path, entries: Sequence[Entry]) -> None:
    def look(lifecycle: Lifecycle) -> None:
        place = Path(lifecycle.commands[Phase.REBASER].executable)
        assert not place.is_symlink()
        call = lifecycle.call(
            Phase.REBASER,
            ["app"],
            platform_api=PlatformApi(0, 12),
            environment={},
            directory=str(tmp_path),
            timeout=20,
        )
        assert call.stdout == "rebaser|app\n"
        places.append(place)

    places: list[Path] = []
    opened(archive(tmp_path / "lifecycle.tgz", entries), look)
    assert not places[0].exists()


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([Entry("../evil", b"x")], r"'../evil' has \.\. in its name"),
        ([Entry("lifecycle/../../evil", b"x")], r"has \.\. in its name"),
        ([Entry("/etc/evil", b"x")], "/etc/evil has an absolute name"),
        ([link("lifecycle/creator", "/bin/sh")], "is a link to /bin/sh, which leads outside"),
        ([link("lifecycle/creator", "../../bin/sh")], r"is a link to \.\./\.\./bin/sh, which"),
        ([link("lifecycle/creator", "creator")], "lifecycle/creator is a link to itself"),
        ([hard_link("lifecycle/creator", "/etc/passwd")], "is a hard link to /etc/passwd, which"),
        ([hard_link("lifecycle/creator", "lifecycle/none")], "is not a file below it"),
        ([link("way", "lifecycle"), Entry("way/rebaser", b"evil")], "leads through way, which"),
        ([Entry("lifecycle/rebaser/evil", b"x")], "leads through lifecycle/rebaser, which"),
        ([device("lifecycle/creator")], "lifecycle/creator is a device or a pipe"),
        ([device("null")], "null is a device or a pipe"),
        ([Entry("large", bytes(2049))], "large has 0 MB; files of more than"),
        ([Entry(f"file-{number}", b"") for number in range(50)], "more than 40 entries"),
        ([Entry(f"file-{number}", bytes(2000)) for number in range(20)], "more than 0 MB when"),
        ([Entry("x" * 300, b"")], "cannot unpack .*: File name too long"),
        ([Entry("x/" * 600_000, b"")], "the header of an entry has 1,200,[0-9]+ bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_unpacked(
    tmp_path: Path, entries: list[Entry], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = 40_000 if len(entries) > 1 else 10_000_000
    monkeypatch.setattr(module, "_LIMITS", Limits(entries=40, file=2048, total=total))
    path = archive(
        tmp_path / "lifecycle.tgz", [*release(SAYS_ALL, phases=[Phase.REBASER]), *entries]
    )
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Exception, match=why) as refusal:
        opened(path)
    assert str(path) in str(refusal.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_later_entry_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    """As every unpacker has it; a link is replaced, and not written through."""
    entries = [*release(SAYS_ALL), Entry("lifecycle/rebaser", b"#!/bin/sh\necho other\n")]

    def look(lifecycle: Lifecycle) -> None:
        contents = {
            phase: Path(command.executable).read_bytes()
            for phase, command in lifecycle.commands.items()
        }
        assert contents[Phase.REBASER] == b"#!/bin/sh\necho other\n"
        assert contents[Phase.CREATOR] == SAYS_ALL

    opened(archive(tmp_path / "lifecycle.tgz", entries), look)


def damaged_in_the_middle(content: bytes) -> bytes:
    tar = bytearray(gzip.decompress(content))
    tar[1024 : 1024 + 512] = b"\1" * 512  # the second header
    return gzip.compress(bytes(tar))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: content[: len(content) // 2], "damaged or incomplete"),
        (lambda content: content[:-8], "damaged or incomplete"),
        (lambda content: content[:-8] + bytes(8), "damaged or incomplete: CRC"),
        (damaged_in_the_middle, "an entry does not begin with the header of one"),
        (lambda _: b"", "not a tar archive"),
        (lambda _: b"<!DOCTYPE html>" * 100, "not a tar archive"),
        (lambda _: gzip.compress(tar_of([Entry("README", b"x")])), "lifecycle.toml is missing"),
        (
            lambda _: gzip.compress(tar_of([Entry("lifecycle.toml", b"[apis")])),
            "lifecycle.toml: not TOML",
        ),
        (
            lambda _: gzip.compress(tar_of([Entry("lifecycle.toml", b"[lifecycle]")])),
            "lifecycle.toml: apis.platform.supported is missing",
        ),
        (
            lambda _: gzip.compress(
                tar_of([Entry("lifecycle.toml", b"[apis.platform]\nsupported = ['new']")])
            ),
            "apis.platform has an invalid API version",
        ),
        (
            lambda _: gzip.compress(tar_of(release(phases=()))),
            "no phase executable in lifecycle/; a release archive has",
        ),
        (
            lambda _: gzip.compress(
                tar_of([*release(phases=()), Entry("lifecycle/rebaser.exe", b"MZ")])
            ),
            "its phases are Windows programs; name a release for linux/",
        ),
    ],
)
def test_what_is_no_release(tmp_path: Path, change: Callable[[bytes], bytes], why: str) -> None:
    path = archive(tmp_path / "lifecycle.tgz", release())
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(LifecycleError, match=why):
        opened(path)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(11) + b"\xb7\x00" + bytes(100), "for linux/arm64"),
        (b"\x7fELF\x02\x02\x01" + bytes(11) + b"\x00\x16" + bytes(100), "for linux/s390x"),
        (b"\xcf\xfa\xed\xfe" + bytes(100), "for macOS; name one for linux/"),
        (b"MZ" + bytes(100), "for Windows"),
        (b"#!/no/such/shell\n", "is run by /no/such/shell, which is not on this machine"),
        (b"hello", "it is not a program; name one for linux/"),
        (b"\x7fELF\x02", "it is incomplete; get a complete copy"),
    ],
)
def test_a_program_that_does_not_start(tmp_path: Path, program: bytes, why: str) -> None:
    def start(lifecycle: Lifecycle) -> None:
        lifecycle.introduced(directory=str(tmp_path))

    path = archive(tmp_path / "lifecycle.tgz", release(program))
    with pytest.raises(LifecycleError, match=why):
        opened(path, start)


def test_a_run_of_an_archive_says_what_was_judged(caller: Caller) -> None:
    path = archive(caller.folder / "lifecycle.tgz", release(REFERENCE))
    ended = caller.inside(*ONE_ITEM, "--lifecycle", "lifecycle.tgz", "--output", "out")
    assert ended.code == 0, ended.said
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert caller.report()["lifecycle"] == {
        "given": "lifecycle.tgz",
        "kind": "archive",
        "version": "1.2.3",
        "sha256": digest,
    }
    assert caller.report()["app_images"] == ""
    for name in ("report.md", "report.html", "junit.xml"):
        written = (caller.folder / "out" / name).read_text()
        assert "1.2.3" in written, name
        assert digest[:12] in written, name
    refused = caller.inside(*ONE_ITEM, "--lifecycle", "other.tgz")
    assert refused.code == 2
    assert "--lifecycle other.tgz: there is no such file" in refused.said

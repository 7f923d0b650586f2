"""Nothing that a lifecycle sees says that it is judged, or what it is asked about."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pytest_cnb_report.drive.drawn_names import NameSource, distinct_word
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.lifecycles.forked import fork_server
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.planning.context import prepare
from pytest_cnb_report.planning.plan import all_cases
from pytest_cnb_report.planning.session import JudgingSession
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.plausible_words import WORDS
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile, Target

CASES = {f"{case.phase.value} {case.name}": case for case in all_cases()}
SCENARIOS = (
    *("exporter plain", "exporter several-tags", "exporter second-entry", "exporter unlisted"),
    *("exporter report-flag-over-environment", "exporter many-labels", "creator plain"),
    *("rebaser plain", "rebaser mirror", "rebaser several-images", "rebaser new-name"),
    *("rebaser forced-unlisted", "rebaser repeated", "rebaser twice", "rebaser same-run-image"),
    *("rebaser run-image-flag-over-environment", "rebaser default-run-image-mirror"),
    *("rebaser named-homepage", "rebaser other-distro-name"),
)

REVEALING = {
    *("cnb", "conformance", "conform", "pytest", "scenario", "suite", "test", "xdist", "exported"),
    *("old", "new", "first", "second", "decoy", "other", "listed", "mirror", "unlisted", "rebased"),
    *("kept", "removed", "elsewhere", "before", "edition", "newer", "older", "plain", "control"),
    *(case.name for case in CASES.values() if "-" in case.name),
}
SPECIFIED = re.compile(
    r"CNB_[A-Z_]+|^cnb$|\bcnb/lifecycle\b|/cnb\b|\bcnb/process\b|\"Test\"|io\.buildpacks\.[A-Za-z_.-]+|vnd\.[a-z0-9.+-]+"
    r"|\"(?:previous-image|[a-z-]*sha256:[0-9a-f]+)\""
)
"""What the specifications say themselves, and may therefore be read."""


@dataclass
class Spy:
    """A lifecycle that remembers everything it is shown, and then does its work."""

    inner: object
    bench: Bench | None = None
    seen: list[tuple[str, str]] = field(default_factory=list)
    """What a text is, and the text."""

    def execute(
        self,
        command: Command,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
    ) -> Invocation:
        shown = [("argument", word) for word in arguments]
        shown += [
            ("variable", f"{key}={value}")
            for key, value in environment.items()
            # what the user has on PATH, and which reference it is, are the user's own
            if key != "PATH" and not key.startswith("CNB_REFERENCE_")
        ]
        for path in Path(directory).rglob("*"):
            shown.append(("path", str(path)))
            if path.is_file():
                shown.append(("file", path.read_text(errors="replace")))
        shown += [("beside", each.name) for each in Path(directory).parent.iterdir()]
        names = {name for _, text in shown for name in re.findall(r"127[^\s\",=]+/[^\s\",]+", text)}
        for name in filter(ImageName.parse, sorted(names)):
            shown += self._image(name)
        self.seen += shown
        return self.inner.execute(  # type: ignore[attr-defined, no-any-return]
            command,
            arguments,
            environment=environment,
            directory=directory,
            timeout=timeout,
        )

    def _image(self, name: str) -> Iterator[tuple[str, str]]:
        stored = None if self.bench is None else self.bench.host.fetch(name)
        if stored is None or stored.manifest is None:
            return
        yield "manifest", stored.manifest.content.decode()
        for _, blob in stored.blobs:
            if blob is None or blob.startswith(b"{"):
                yield "config", (blob or b"").decode()
                continue
            content = gzip.decompress(blob) if blob.startswith(b"\x1f\x8b") else blob
            with (
                contextlib.suppress(tarfile.TarError),
                tarfile.open(fileobj=io.BytesIO(content)) as tar,
            ):
                for each in tar:
                    yield "path in a layer", each.name
                    if each.isfile() and each.size < 10_000:
                        found = tar.extractfile(each)
                        yield (
                            "file in a layer",
                            found.read().decode(errors="replace") if found else "",
                        )


@pytest.fixture(scope="module")
def seen() -> list[tuple[str, str]]:
    """Everything that a lifecycle is shown in some scenarios."""
    given = {option.name: option.default for option in OPTIONS}
    settings = read_settings({**given, "target": "registry", "lifecycle": "reference"})
    with prepare(settings) as context, fork_server() as server:
        lifecycle = forked_reference(server, profile=Profile.RFC_0129_DRAFT.value, fault=None)
        spy = Spy(lifecycle.kind)
        lifecycle = replace(lifecycle, kind=replace(lifecycle.kind, execute=spy.execute))
        session = JudgingSession(
            settings, replace(context, lifecycle=lifecycle), load_text(Profile.RFC_0129_DRAFT)
        )
        with contextlib.closing(session):
            spy.bench = session.bench(Target.REGISTRY)
            for name in SCENARIOS:
                observation = carry_out(spy.bench, CASES[name])
                assert observation.call is not None, (name, observation.blocked)
                assert (observation.call.exit_code == 0) == (CASES[name].expect.value == "success")
    return spy.seen


def revealing(text: str) -> set[str]:
    """Return what gives something away: whole words, and the suite's own anywhere."""
    rest = SPECIFIED.sub(" ", text)
    words = set(re.findall(r"[a-z]+", rest.lower()))
    found = words & REVEALING
    found |= {each for each in REVEALING if "-" in each and each in rest}
    return found | {each for each in ("cnb", "conform", "pytest") if each in rest.lower()}


def test_the_spy_sees_what_there_is_to_see(seen: list[tuple[str, str]]) -> None:
    kinds = {kind for kind, _ in seen}
    assert kinds >= {"argument", "variable", "path", "file", "manifest", "config", "beside"}
    assert kinds >= {"path in a layer", "file in a layer"}


def test_nothing_gives_away_the_suite_or_the_scenario(seen: list[tuple[str, str]]) -> None:
    found = {
        (kind, word, text[max(0, text.lower().find(word) - 60) :][:160])
        for kind, text in dict.fromkeys(seen)
        for word in revealing(text)
    }
    assert "\n".join(map(str, sorted(found))) == ""


def test_a_process_is_not_told_of_pytest(tmp_path: Path) -> None:
    """The variables of the process itself, as it is started from within a test."""
    log = tmp_path / "log"
    spy = tmp_path / "rebaser"
    spy.write_text(
        f"#!{sys.executable} -I\nimport json, os, pathlib\n"
        f"pathlib.Path({str(log)!r}).write_text(json.dumps([dict(os.environ), os.getcwd()]))\n"
    )
    spy.chmod(0o755)
    given = {option.name: option.default for option in OPTIONS}
    values = {"target": "registry", "lifecycle": f"command:{spy}", "phase": "rebaser"}
    with prepare(read_settings({**given, **values, "platform-api": "0.12"})) as context:
        session = JudgingSession(
            read_settings({**given, **values}), context, load_text(Profile.RFC_0129_DRAFT)
        )
        with contextlib.closing(session):
            bench = session.bench(Target.REGISTRY)
            bench.call(CASES["rebaser plain"].phase, [], environment={}, directory=bench.place())
    variables, folder = json.loads(log.read_text())
    assert set(variables) <= {"PATH", "HOME", "TMPDIR", "CNB_PLATFORM_API", "LC_CTYPE"}
    assert revealing(folder) == set()


def test_words_give_nothing_away() -> None:
    assert len(set(WORDS)) == len(WORDS) > 100
    for word in WORDS:
        assert re.fullmatch("[a-z]{3,10}", word)
        assert revealing(word) == set()
        assert not any(each in word for each in ("old", "new", "list", "test", "case"))


def test_the_same_seed_draws_the_same_names_and_none_twice() -> None:
    one, other = NameSource("a seed"), NameSource("a seed")
    names = [one.repository() for _ in range(5000)]
    assert len(set(names)) == len(names)
    assert names == [other.repository() for _ in range(5000)]
    assert names[0] != NameSource("another").repository() != NameSource().repository()
    assert one.edition("a") == one.edition("a") != one.edition("b")


def test_each_worker_has_a_word_of_its_own() -> None:
    words = [distinct_word("a prefix", number) for number in range(300)]
    assert len(set(words)) == 300
    assert words[0] != distinct_word("another prefix", 0)

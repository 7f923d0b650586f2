"""Bad input: one clear message, exit code 2, no traceback, nothing left behind."""

from __future__ import annotations

import shlex
import socket
from pathlib import Path

import pytest

from .caller import ONE_ITEM, REGISTRY, Caller, Ended


def is_refused(ended: Ended, *words: str) -> None:
    """Assert that a run was refused with one message that has these words in it."""
    assert ended.code == 2, ended.said
    assert "Traceback" not in ended.said
    assert "Error:" not in ended.said
    message = " ".join(ended.stderr.split())
    for word in words:
        assert word in message
    assert "test session starts" not in ended.stdout


REFUSED = {
    "--lifecycle nowhere": "--lifecycle nowhere … no such file or directory",
    "--lifecycle empty": "--lifecycle empty … no executable for analyzer, exporter, creator",
    "--lifecycle notes.txt": "notes.txt is not an executable file … chmod +x",
    "--lifecycle data": "data/analyzer: Exec format error",
    "--lifecycle command:": "no command after command:",
    """--lifecycle "command:a 'b" """: "No closing quotation in the command",
    "--lifecycle command:no-such-program": "no-such-program is not an executable on PATH",
    "--lifecycle reference:no-such-fault": "no fault is called 'no-such-fault'",
    "--lifecycle lifecycle-v1.tgz": "there is no such file",
    "--lifecycle image:127.0.0.1:1/x": "registry 127.0.0.1:1 … cannot connect",
    "--lifecycle container:Upper": "neither an image name nor an image ID",
    "--app-images mine": "--app-images mine … lifecycle or reference",
    "--platform-api 0.99": "--platform-api 0.99 … 0.7 to 0.15",
    "--platform-api new": "--platform-api new … 0.7 to 0.15",
    "--profile rfc-129": "--profile rfc-129 … rfc-0129-draft, rfc-0129",
    "--target cloud": "--target cloud … registry, daemon or registry,daemon",
    "--registry mine": "--registry mine … embedded, container, process, http://",
    "--registry http://127.0.0.1:1": "127.0.0.1:1",
    "--target daemon --daemon unix:///nowhere.sock": "/nowhere.sock",
    # a word that names none is refused where a daemon would only be used if there is one, too
    "--daemon privat": "--daemon privat … give auto, private, container,",
    "--phase analyzer": "--phase analyzer … exporter, creator and rebaser",
    "--phase builder": "--phase builder … exporter, creator",
    "--examples none": "--examples none … a whole number",
    "--examples 0": "--examples 0 … at least 1",
    "--timeout -1": "--timeout -1 … at least",
    "--timeout nan": "--timeout nan",
    "--seed x": "--seed x … a whole number",
    "--requirement report.writen": "report.writen … report.written",
    "--requirement rebase.*,nothing.*": "nothing.*",
    "--known-failures nowhere.toml": "nowhere.toml",
    "--known-failures notes.txt": "notes.txt:1",
    "--output notes.txt": "cannot write … notes.txt",
    "--output notes.txt/out": "cannot write … notes.txt/out",
    "--output /proc/out": "cannot write /proc/out",
    "--write-known-failures notes.txt/x.toml": "cannot write … notes.txt",
    "--write-known-failures empty": "cannot write … empty",
    "--lifecycel x": "unrecognized arguments: --lifecycel",
    "-n many": "'many' is not a number of workers",
}
"""Options, and what the message about them says; dots stand for what lies between."""


@pytest.mark.parametrize(("options", "message"), REFUSED.items(), ids=REFUSED)
def test_a_bad_value_is_refused(caller: Caller, options: str, message: str) -> None:
    (caller.folder / "empty").mkdir()
    (caller.folder / "notes.txt").write_text("notes\n")
    (caller.folder / "data").mkdir()
    for phase in ("analyzer", "exporter", "creator", "rebaser"):
        path = caller.folder / "data" / phase
        path.write_bytes(b"\x7fELF" + bytes(60))
        path.chmod(0o755)
    is_refused(caller.inside(*REGISTRY, *shlex.split(options)), *message.split(" … "))


def test_the_environment_is_named_where_it_is_what_is_wrong(caller: Caller) -> None:
    is_refused(caller.inside(CNB_CONFORMANCE_STRICT="perhaps"), "CNB_CONFORMANCE_STRICT", "perhaps")


def test_a_lifecycle_that_speaks_no_platform_api(caller: Caller) -> None:
    caller.script("old", "exit 11")
    said = caller.inside("--lifecycle", "command:./old", *REGISTRY)
    is_refused(said, "command:./old", "none of the platform APIs 0.7 to 0.15", "exits 11")


def test_a_lifecycle_that_does_not_speak_the_platform_api_that_is_asked_for(caller: Caller) -> None:
    caller.script("old", 'case "$CNB_PLATFORM_API" in 0.7|0.8) exit 3;; esac', "exit 11")
    options = ("--lifecycle", "command:./old", "--platform-api", "0.12", *REGISTRY)
    is_refused(caller.inside(*options), "does not support platform API 0.12", "supports 0.7, 0.8")


def test_a_lifecycle_that_hangs_when_asked_for_its_platform_api(caller: Caller) -> None:
    caller.script("slow", "sleep 1000")
    said = caller.inside("--lifecycle", "command:./slow", "--timeout", "0.5", *REGISTRY)
    is_refused(said, "command:./slow", "did not end within", "Reproduce it with: env -i")


def test_a_registry_port_that_something_else_holds(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        host, port = other.getsockname()
        said = caller.inside(
            "--registry", f"http://{host}:{port}", "--timeout", "1", "--target", "registry"
        )
    is_refused(said, f"{host}:{port}")


@pytest.mark.parametrize(
    "words", [[], ["judge"], ["run", "stray"], ["requirements", "--", "-k", "x"]]
)
def test_bad_usage_of_the_console_script(caller: Caller, words: list[str]) -> None:
    said = caller.program("cnb-conformance", *words)
    assert said.code == 2
    assert said.stderr.startswith("usage: cnb-conformance")
    assert "Traceback" not in said.said


def test_it_is_the_same_as_a_shell_sees_it(caller: Caller) -> None:
    is_refused(caller.conformance("--lifecycle", "nowhere"), "--lifecycle nowhere")


def test_plain_pytest_refuses_as_pytest_does(caller: Caller) -> None:
    (caller.folder / "out").mkdir()
    (caller.folder / "out" / "report.json").write_text("an earlier run's")
    words = ("--cnb-lifecycle", "nowhere", "--cnb-output", "out")
    said = caller.pytest("--pyargs", "pytest_cnb_report.conformance", *words)
    assert said.code == 4, said.said  # pytest's own code for bad usage
    assert said.stderr.startswith("ERROR: --lifecycle nowhere")
    assert list((caller.folder / "out").iterdir()) == []


def test_the_disk_may_be_asked_for_a_folder_that_is_not_there_yet(caller: Caller) -> None:
    assert caller.inside(*ONE_ITEM, "--output", "a/b/c").code == 0
    found = {path.name for path in Path(caller.folder, "a/b/c").iterdir()}
    assert found == {
        "badge.json",
        "junit.xml",
        "record.xz",
        "report.html",
        "report.json",
        "report.md",
    }

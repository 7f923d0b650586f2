"""Rules on rebases that a registry does not take, and on what else a rebase changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.observe.observation import Observation

from .examples import Example, observes, right, untestable, wrong
from .observations import Edit, call, config, config_key, control, failed
from .rebase_edits import in_general

REBASE = "draft/rebaser-plain"
DAEMON = "daemon/rebaser-plain"
SUCCEEDS = "rebase.succeeds"
PUSH = "rebase.push-failure"
IDENTICAL = "rebase.image.identical"
FIRST_REFUSED = "draft/rebaser-first-push-refused"
LATER_REFUSED = "draft/rebaser-later-push-refused"


def answered(status: int, method: str = "PUT", path: str = "/v2/app/manifests/latest") -> Edit:
    """Let the call have made one request."""

    def edit(seen: Observation) -> Observation:
        request = replace(seen.requests[0], method=method, path=path, status=status)
        return replace(seen, requests=(request,))

    return edit


def call_of(seen: Observation) -> Invocation:
    assert seen.call is not None
    return seen.call


PUSHES = (
    right(PUSH, "refused", FIRST_REFUSED, words="the rebaser exited 72, a code for rebase errors"),
    right(PUSH, "a later one", LATER_REFUSED),
    right(PUSH, "generic code", FIRST_REFUSED, failed, words="exited 1, a code for any error"),
    right(PUSH, "a code of exports", FIRST_REFUSED, call(exit_code=62), words="for any error"),
    wrong(
        PUSH,
        "overlooked",
        LATER_REFUSED,
        call(exit_code=0),
        words="the registry refused an app image, and the rebaser exited 0",
        expected="an exit code other than 0",
        actual=0,
    ),
    wrong(
        PUSH,
        "a crash",
        FIRST_REFUSED,
        call(exit_code=-11),
        words="an app image, and the rebaser crashed: it was ended by signal",
        expected="an exit code that the specification defines for errors",
        actual=lambda seen: call_of(seen).last_lines or call_of(seen).ending,
    ),
    right(PUSH, "the lowest status of a refusal", FIRST_REFUSED, answered(400)),
    *(
        untestable(
            PUSH,
            what,
            FIRST_REFUSED,
            edit,
            words="did not push the manifest that the registry refuses",
        )
        for what, edit in {
            "a manifest that was taken": answered(399),
            "a manifest that was not found": answered(404, method="GET"),
            "a layer that was refused": answered(404, path="/v2/app/blobs/uploads/1"),
        }.items()
    ),
    untestable(
        PUSH,
        "unable",
        FIRST_REFUSED,
        control(failed),
        words="also fails where it has to succeed",
        cause=SUCCEEDS,
    ),
)

IDENTICAL_EXAMPLES = (
    observes(IDENTICAL, "nothing", REBASE, words="nothing else changed"),
    observes(IDENTICAL, "at a daemon", DAEMON, words="nothing else changed"),
    observes(
        IDENTICAL,
        "as v0.20.20 does",
        REBASE,
        config(lambda document: document.pop("os.version")),
        config_key("container", ""),
        words="changed as well: container, os.version",
        actual={
            "container": {"was": "0123456789abcdef", "is": ""},
            "os.version": {"was": "1.2.3", "is": None},
        },
    ),
    observes(IDENTICAL, "what is judged", REBASE, config_key("config.Cmd", ["x"]), words="nothing"),
    observes(
        IDENTICAL,
        "of a container",
        REBASE,
        config_key("config.Domainname", "x"),
        words="changed as well: config.Domainname",
    ),
    *in_general(IDENTICAL, REBASE),
)

EXAMPLES: tuple[Example, ...] = (*PUSHES, *IDENTICAL_EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    example.check()

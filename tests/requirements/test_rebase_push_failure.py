"""Rules on rebases that a registry does not take, and on what else a rebase changes."""

from __future__ import annotations

import pytest

from .examples import Example, observes, right, untestable, wrong
from .observations import call, config, config_key, control, failed
from .rebase_edits import in_general

REBASE = "draft/rebaser-plain"
DAEMON = "daemon/rebaser-plain"
SUCCEEDS = "rebase.succeeds"
PUSH = "rebase.push-failure"
IDENTICAL = "rebase.image.identical"
FIRST_REFUSED = "draft/rebaser-first-push-refused"
LATER_REFUSED = "draft/rebaser-later-push-refused"

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
    untestable(
        PUSH,
        "unable",
        FIRST_REFUSED,
        control(failed),
        words="does not succeed where it has to either",
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

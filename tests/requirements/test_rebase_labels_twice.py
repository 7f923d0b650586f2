"""Labels when the same rebase is made twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rebase_labels.label_changes import BASE, STACK

from .examples import Example, right, untestable, wrong
from .label_edits import MAINTAINER, labels
from .observations import (
    METADATA,
    NO_DIGEST,
    again,
    app_of,
    call,
    chain,
    failed,
    label,
    metadata,
    metadata_key,
    metadata_of,
    metadata_text,
    no_app,
)

TWICE = "draft/rebaser-twice"
IDEMPOTENT = "rebase.labels.idempotent"


def _without_again(seen: Observation) -> Observation:
    return replace(seen, again=None)


def _without_call(seen: Observation) -> Observation:
    return replace(seen, call=None)


def spaced(seen: Observation) -> Observation:
    """Write the metadata label with its keys in another order and on many lines."""
    return metadata_text(json.dumps(dict(reversed(metadata_of(app_of(seen)).items())), indent=2))(
        seen
    )


def without_false(seen: Observation) -> Observation:
    """Leave out of the metadata label every boolean that is false."""

    def change(metadata: dict[str, Any]) -> None:
        for buildpack in metadata["buildpacks"]:
            for layer in buildpack["layers"].values():
                for key in [key for key, value in layer.items() if value is False]:
                    del layer[key]

    return metadata(change)(seen)


IDEMPOTENTS = (
    right(IDEMPOTENT, "the same labels", TWICE),
    right(IDEMPOTENT, "below platform API 0.12", "api-0.11/rebaser-twice"),
    wrong(
        IDEMPOTENT,
        "counted",
        "fault-rebases-counted/rebaser-twice",
        words="a second rebase onto the same run image changed labels",
    ),
    wrong(
        IDEMPOTENT,
        "one more",
        TWICE,
        again(label("a", "b")),
        words="a second rebase onto the same run image changed labels",
        expected={"a": None},
        actual={"a": "b"},
    ),
    wrong(
        IDEMPOTENT,
        "many fewer",
        TWICE,
        *(labels(f"own.{n}", str(n), None, str(n)) for n in range(7)),
        again(chain(*(label(f"own.{n}", None) for n in range(7)))),
        words="changed labels",
        expected={f"own.{n}": str(n) for n in range(5)},
        actual={f"own.{n}": None for n in range(5)},
    ),
    right(IDEMPOTENT, "the metadata label with other spaces", TWICE, again(spaced)),
    right(IDEMPOTENT, "a false left out", TWICE, again(without_false)),
    wrong(
        IDEMPOTENT,
        "another top layer in the metadata label",
        TWICE,
        again(metadata_key("runImage.topLayer", NO_DIGEST)),
        words="a second rebase onto the same run image changed labels",
    ),
    wrong(
        IDEMPOTENT,
        "no metadata label any more",
        TWICE,
        again(label(METADATA, None)),
        words="a second rebase onto the same run image changed labels",
    ),
    wrong(
        IDEMPOTENT,
        "refused",
        "fault-second-rebase-refused/rebaser-twice",
        words="the second of two equal rebases exited ",
        expected="exit code 0",
    ),
    wrong(
        IDEMPOTENT,
        "timed out",
        TWICE,
        again(call(exit_code=None, duration=30.0)),
        words="the second of two equal rebases did not end within 30 s",
        actual="did not end within 30 s",
    ),
    wrong(
        IDEMPOTENT,
        "no image",
        TWICE,
        again(no_app("gone")),
        words="the second of two equal rebases left no image",
        actual="gone",
    ),
    wrong(
        IDEMPOTENT,
        "not done",
        TWICE,
        _without_again,
        words="the second of two equal rebases not done",
        actual="not done",
    ),
    wrong(
        IDEMPOTENT,
        "not called",
        TWICE,
        again(_without_call),
        words="the second of two equal rebases not done",
    ),
    untestable(
        IDEMPOTENT,
        "wrong already",
        TWICE,
        label("a", "b"),
        words="labels were already wrong after the first rebase",
    ),
    *(
        untestable(
            IDEMPOTENT,
            f"wrong already by {key}",
            TWICE,
            labels(key, *values),
            words="labels were already wrong after the first rebase",
        )
        for key, values in {
            "org.example": ("own", None, None),
            "io.buildpacks.stacks": ("own", None, None),
            f"{STACK}added": (None, "new", None),
            f"{STACK}replaced": ("old", "new", "old"),
            f"{STACK}copied": (None, "new", "third"),
            f"{BASE}removed": ("old", None, "old"),
            MAINTAINER: ("old", "new", "old"),
        }.items()
    ),
    untestable(IDEMPOTENT, "failed", TWICE, failed, words="exited 1", cause="rebase.succeeds"),
)

EXAMPLES: tuple[Example, ...] = (*IDEMPOTENTS,)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_labels_of_a_second_rebase(example: Example) -> None:
    example.check()

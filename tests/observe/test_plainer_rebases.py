"""A rebase that fails comes with plainer ones, which say what is to blame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.values import Phase

from .judging import carried_out, failures, judgements

DEFAULT = "rebase.run-image.default"


def refusing(lifecycle: Lifecycle, when: Callable[[Sequence[str]], bool]) -> Lifecycle:
    """Return a lifecycle whose rebaser refuses what has such arguments."""
    do = lifecycle.kind.execute

    def execute(
        command: Command,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
    ) -> Invocation:
        refused = command == lifecycle.commands[Phase.REBASER] and when(arguments)
        # a flag that nobody knows ends the call before it changes anything
        given = ["-not-today", *arguments] if refused else arguments
        call = do(
            command,
            given,
            environment=environment,
            directory=directory,
            timeout=timeout,
        )
        if not refused:
            return call
        return replace(call, arguments=tuple(arguments), exit_code=72, stderr="ERROR: not today\n")

    return replace(lifecycle, kind=replace(lifecycle.kind, execute=execute))


@pytest.mark.parametrize(
    "case", ["default-run-image", "default-run-image-mirror", "default-run-image-stack"]
)
@pytest.mark.parametrize("blamed", [True, False])
def test_the_default_is_blamed_for_nothing_else(bench: Bench, case: str, *, blamed: bool) -> None:
    refuse = (lambda words: "-run-image" not in words) if blamed else (lambda _: True)
    faulty = bench.handed_to(refusing(bench.lifecycle, refuse), bench.folder, with_exported=True)
    seen = carried_out(faulty, "rebaser", case)
    if blamed:
        assert list(failures(seen)) == [DEFAULT]
        return
    assert failures(seen) == {}
    verdict = judgements(seen)[DEFAULT].verdict
    assert verdict.cause == "rebase.succeeds"
    assert "the rebaser exited 72" in verdict.message


@pytest.mark.parametrize("case", ["run-image-by-environment", "run-image-by-deprecated-flag"])
def test_the_plainer_one_finds_the_same_images(
    bench: Bench, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what a repository holds decides which blobs a rebase has to push to it
    places: list[tuple[str, tuple[str, ...]]] = []
    put = Bench.put

    def placed(bench: Bench, image: Image | Index, *names: str) -> None:
        places.append((image.digest, names))
        put(bench, image, *names)

    monkeypatch.setattr(Bench, "put", placed)
    refuses = refusing(bench.lifecycle, lambda _: True)
    seen = carried_out(bench.handed_to(refuses, bench.folder, with_exported=True), "rebaser", case)
    assert seen.asked is not None
    assert seen.asked.old_run_image is not None
    run_images = {*seen.asked.old_run_image.digests, *seen.asked.run_image.digests}
    listed = {name for entry in seen.asked.listed for name in entry.names}
    moved = [each for each in places if each[0] in run_images and listed.issuperset(each[1])]
    tried, by_flag = moved[:2], moved[2:4]  # the old run image, and then the new one
    assert len(tried[1][1]) == 1
    assert by_flag == tried

"""Records of shards that make one run, and those that do not belong together."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.planning.merge_records import (
    MergeError,
    RecordedPart,
    check_files,
    check_together,
    merged,
)
from pytest_cnb_report.planning.plan import Scenario, plan
from pytest_cnb_report.planning.selection import Selection
from pytest_cnb_report.planning.settings import JUDGED_PHASES, Settings, read_settings
from pytest_cnb_report.planning.shards import digest_of, divided
from pytest_cnb_report.record.file import Record
from pytest_cnb_report.record.model import (
    RecordedLifecycle,
    RecordedRun,
    RecordedScenario,
    RecordedShard,
    RecordedTarget,
    RepeatCommand,
)
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Extent, Phase, PlatformApi, Profile, Shard, Target
from pytest_cnb_report.version import VERSION

API = PlatformApi(0, 14)
TEXT: Text = load_text(Profile.RFC_0129_DRAFT)
ALL = Selection(frozenset(each.id for each in load_catalogue()), frozenset(JUDGED_PHASES))
COUNT = 3


def run_of(number: int) -> RecordedRun:
    """Return the heading of a shard, which was on a machine with other paths and another clock."""
    given = f"/builds/{number}/lifecycle"
    words = ("cnb-conformance", "run", "--lifecycle", given, "--profile", "rfc-0129-draft")
    return RecordedRun(
        suite=VERSION,
        lifecycle=RecordedLifecycle(given, "binary", "0.20.20", "0" * 64),
        platform_api=API,
        profile=Profile.RFC_0129_DRAFT,
        targets={Target.REGISTRY: RecordedTarget(True), Target.DAEMON: RecordedTarget(False, "-")},
        phases=JUDGED_PHASES,
        seed=0,
        examples=50,
        started=f"2026-11-25T10:0{9 - number}:00Z",
        wall_s=10.0 * number,
        repeat=RepeatCommand(dict.fromkeys(Target, words)),
        part=RecordedShard(Shard(number, COUNT)),
    )


@functools.cache
def planned() -> tuple[Scenario, ...]:
    return plan(
        load_catalogue(),
        phases=JUDGED_PHASES,
        targets=(Target.REGISTRY,),
        platform_api=API,
        text=TEXT,
    ).scenarios


@functools.cache
def shards() -> tuple[RecordedPart, ...]:
    parts = divided(planned(), COUNT, examples=50)
    return tuple(
        RecordedPart.of(
            f"shards/{number}/record.xz",
            Record(
                run_of(number), tuple(RecordedScenario(each.case, each.target, ()) for each in part)
            ),
        )
        for number, part in enumerate(parts, 1)
    )


def changed(part: RecordedPart, change: Callable[[RecordedRun], RecordedRun]) -> RecordedPart:
    return RecordedPart.of(part.name, replace(part.record, run=change(part.record.run)))


def with_part(run: RecordedRun, **changes: object) -> RecordedRun:
    assert run.part is not None
    return replace(run, part=replace(run.part, **changes))  # type: ignore[arg-type]  # any field


def settings(known_failures: Path | None) -> Settings:
    values: dict[str, str | None] = {each.name: each.default for each in OPTIONS}
    return read_settings({**values, "known-failures": str(known_failures or "")})


def whole() -> Record:
    record, there = merged(shards(), TEXT, ALL, command="cnb-conformance merge shards")
    assert there.scenarios == planned()
    return record


def test_merged_shards_have_the_scenarios_of_the_plan_in_its_order() -> None:
    check_together(shards())
    assert [each.id for each in whole().scenarios] == [each.id for each in planned()]


def test_a_merged_run_is_a_whole_one() -> None:
    run = whole().run
    assert (run.part, run.cut_short) == (None, None)
    assert (run.started, run.wall_s) == ("2026-11-25T10:06:00Z", 30.0)
    assert run.command == "cnb-conformance merge shards"
    assert run.repeat == run_of(1).repeat


def test_shards_may_be_given_in_any_order() -> None:
    check_together(shards()[::-1])
    backwards, _ = merged(shards()[::-1], TEXT, ALL, command="")
    assert backwards.scenarios == whole().scenarios


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda run: replace(run, suite="0.0.9"), "version of the suite: .* found 0.0.9"),
        (
            lambda run: replace(run, lifecycle=replace(run.lifecycle, sha256="1" * 64)),
            "lifecycle: expected binary 0.20.20, sha256 000.*found binary 0.20.20, sha256 111",
        ),
        (lambda run: replace(run, platform_api=PlatformApi(0, 13)), "platform API: .* found 0.13"),
        (lambda run: replace(run, profile=Profile.RFC_0129), "profile: .* found rfc-0129;"),
        (
            lambda run: replace(run, targets=dict.fromkeys(Target, RecordedTarget(True))),
            "targets: expected registry, .* found registry, daemon",
        ),
        (lambda run: replace(run, phases=(Phase.REBASER,)), "phases: .* found rebaser"),
        (lambda run: replace(run, seed=1), "seed: .* found 1"),
        (lambda run: replace(run, examples=9), "examples: .* found 9"),
        (lambda run: replace(run, extent=Extent.QUICK), "extent: .* found quick"),
        (
            lambda run: replace(
                run, repeat=RepeatCommand(dict.fromkeys(Target, ("run", "--timeout", "5")))
            ),
            "options: .*--timeout 5",
        ),
        (lambda run: with_part(run, shard=Shard(2, 4)), "number of shards: .* found 4"),
        (lambda run: with_part(run, strict=True), "--strict: .* found yes"),
        (lambda run: with_part(run, requirements=("rebase.*",)), "--requirement: .* rebase"),
        (lambda run: with_part(run, amend="ab" * 32), "--amend.* found abababababab;"),
        (lambda run: with_part(run, known_failures="c" * 64), "--known-failures.* found cccc"),
    ],
)
def test_shards_of_different_runs(
    change: Callable[[RecordedRun], RecordedRun], problem: str
) -> None:
    one, two, three = shards()
    with pytest.raises(MergeError, match=f"^shards/2/record.xz: {problem}"):
        check_together((one, changed(two, change), three))


def test_a_lifecycle_without_a_digest_is_known_by_what_was_given() -> None:
    def adapter(run: RecordedRun) -> RecordedRun:
        given = "command:docker" if run.part and run.part.shard.number == 1 else "command:podman"
        return replace(run, lifecycle=RecordedLifecycle(given, "command"))

    with pytest.raises(MergeError, match=r"lifecycle: expected .*docker.* found .*podman"):
        check_together([changed(each, adapter) for each in shards()])


def test_a_shard_that_is_missing_or_twice() -> None:
    one, two, three = shards()
    with pytest.raises(MergeError, match=r"^missing: shard 2/3; give"):
        check_together((one, three))
    with pytest.raises(MergeError, match=r"^missing: shard 1/3, 3/3;"):
        check_together((two,))
    copy = replace(two, name="copy/record.xz")
    with pytest.raises(MergeError, match=r"^copy/record.xz: shard 2/3 is also in shards/2/"):
        check_together((one, two, three, copy))


def test_a_version_that_divides_otherwise() -> None:
    old = [changed(each, lambda run: replace(run, suite="0.0.9")) for each in shards()]
    with pytest.raises(MergeError, match=r"version 0\.0\.9 of the suite, .*merge with that"):
        check_together(old)


def test_the_files_that_shards_were_run_with_have_to_be_given(tmp_path: Path) -> None:
    known, other = tmp_path / "known.toml", tmp_path / "other.toml"
    known.write_text("# none")
    other.write_text("# none either")
    without = shards()[0]
    part = changed(without, lambda run: with_part(run, known_failures=digest_of(known)))
    check_files(part, settings(known))
    with pytest.raises(MergeError, match=r"run with --known-failures: give the same file"):
        check_files(part, settings(None))
    with pytest.raises(MergeError, match=r"other.toml: is not the file that the shards"):
        check_files(part, settings(other))
    with pytest.raises(MergeError, match=r"known.toml: the shards were run without it; omit it"):
        check_files(without, settings(known))


def test_what_is_no_whole_shard() -> None:
    one = shards()[0]
    with pytest.raises(MergeError, match=r"expected a shard, and it is a run without --shard"):
        changed(one, lambda run: replace(run, part=None))
    with pytest.raises(MergeError, match=r"shard 1/3 is incomplete \(interrupted\); run it again"):
        changed(one, lambda run: replace(run, cut_short="interrupted"))
    with pytest.raises(MergeError, match=r"there is no shard 4/3"):
        changed(one, lambda run: with_part(run, shard=Shard(4, 3)))


def test_a_shard_without_all_of_its_scenarios_or_with_others() -> None:
    one, two, three = shards()

    def merge_with(*scenarios: RecordedScenario) -> None:
        there = replace(two, record=replace(two.record, scenarios=scenarios))
        merged((one, there, three), TEXT, ALL, command="")

    first, second, *others = two.record.scenarios
    foreign = one.record.scenarios[0]
    with pytest.raises(MergeError, match=f"shard 2/3 is without {first.id}, {second.id};"):
        merge_with(*others)
    with pytest.raises(MergeError, match=f"shard 2/3 has, of another .*, {foreign.id};"):
        merge_with(first, second, *others, foreign)
    with pytest.raises(MergeError, match=r"a scenario is there twice"):
        merge_with(first, first, second, *others)

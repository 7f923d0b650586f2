"""What a lifecycle may choose otherwise than the reference does is met, and nobody's mistake."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
import zstandard

from pytest_cnb_report.drive.shapes import Shape, build_run_image
from pytest_cnb_report.images.build import with_config as with_settings
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.build_phase import export_app
from pytest_cnb_report.observe.image import decompress, read_image
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.references import references_in
from pytest_cnb_report.values import Outcome, Phase, PlatformApi, Profile

from .judging import PROFILE, carried_out, failures, judgements
from .test_images import METADATA, Json, config_of, left_by, with_after, with_config

REST = "rebase.metadata.rest-unchanged"
CREATED = "rebase.created.constant"


def outcome(seen: Observation, requirement: str, profile: Profile = PROFILE) -> Outcome:
    return judgements(seen, profile)[requirement].outcome


def rebased(
    bench: Bench,
    right: Observation,
    before: Callable[[Json], object],
    after: Callable[[Json], object],
) -> Observation:
    """The same rebase with other configs before and after it."""
    assert right.asked is not None
    app = right.asked.images[0]
    stored = left_by(bench, right)
    config, was = config_of(stored), config_of(stored)
    after(config)
    was["comment"] = "what was written is not what was there"
    before(was)
    state = read_image(with_config(stored, json.dumps(was).encode()))
    seen = with_after(right, with_config(stored, json.dumps(config).encode()))
    return replace(seen, before={**right.before, app: state})


def with_label(change: Callable[[Json], object]) -> Callable[[Json], object]:
    """Change the lifecycle metadata label of a config."""

    def edit(config: Json) -> None:
        labels = config["config"]["Labels"]
        metadata = json.loads(labels[METADATA])
        change(metadata)
        labels[METADATA] = json.dumps(metadata)

    return edit


def stack_with(reference: str) -> Callable[[Json], object]:
    return lambda metadata: metadata.update(
        stack={"runImage": {**metadata["runImage"], "reference": reference, "topLayer": reference}}
    )


def layer_with(**data: object) -> Callable[[Json], object]:
    layers = {"layer": {"sha": "sha256:1", "launch": True, **data}}
    return lambda metadata: metadata.update(buildpacks=[{"key": "a", "layers": layers}])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (stack_with("old"), stack_with("new"), Outcome.PASS),
        (stack_with("old"), lambda metadata: metadata.update(stack={}), Outcome.FAIL),
        (layer_with(data=None), layer_with(), Outcome.PASS),
        (layer_with(), layer_with(build=False, cache=False, data=None), Outcome.PASS),
        (layer_with(data={"a": None}), layer_with(data={}), Outcome.FAIL),
        (layer_with(), layer_with(build=True), Outcome.FAIL),
    ],
    ids=[
        "the stack key moves along",
        "the stack key is lost",
        "null is lost",
        "false and null",
        "a buildpack's own null is lost",
        "another flag",
    ],
)
def test_what_the_metadata_label_may_say(
    before: Callable[[Json], object],
    after: Callable[[Json], object],
    expected: Outcome,
    rebase: Observation,
    bench: Bench,
) -> None:
    seen = rebased(bench, rebase, with_label(before), with_label(after))
    assert outcome(seen, REST) is expected


def created(time: object) -> Callable[[Json], object]:
    return lambda config: config.update(created=time)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("2001-01-01T00:00:00Z", "NOW", Outcome.WARN),
        ("NOW", "NOW", Outcome.PASS),
        ("2001-01-01T00:00:00Z", "0001-01-01T00:00:00", Outcome.PASS),
        ("2001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", Outcome.PASS),
        ("2001-01-01T00:00:00Z", None, Outcome.PASS),
        ("2001-01-01T00:00:00Z", "1980-01-01t00:00:01z", Outcome.PASS),
        ("2001-01-01T00:00:00Z", "1990-12-31T23:59:60.5Z", Outcome.PASS),
        ("2001-01-01T00:00:00Z", "0000-02-29T00:00:00Z", Outcome.PASS),
        ("2001-01-01T00:00:00Z", "1990-12-31T23:60:60Z", Outcome.WARN),
    ],
)
def test_the_created_time_may_be_any_that_the_rebase_does_not_set(
    before: str, after: str | None, expected: Outcome, rebase: Observation, bench: Bench
) -> None:
    assert rebase.call is not None
    now = datetime.fromtimestamp(rebase.call.started, timezone.utc)
    times = {"NOW": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    seen = rebased(
        bench,
        rebase,
        created(times.get(before, before)),
        created(times.get(after or "", after)),
    )
    assert outcome(seen, CREATED) is expected


def test_mirrors_of_the_wrong_kind_are_judged(rebase: Observation, bench: Bench) -> None:
    five = with_label(lambda metadata: metadata["runImage"].update(mirrors=5))
    seen = rebased(bench, rebase, lambda _: None, five)
    judged = judgements(seen, Profile.RFC_0129)
    assert Outcome.ERROR not in {judgement.outcome for judgement in judged.values()}
    assert outcome(seen, REST) is Outcome.FAIL


def test_a_layer_may_begin_with_a_frame_to_be_skipped() -> None:
    frame = zstandard.ZstdCompressor().compress(b"a tar")
    assert decompress(struct.pack("<II", 0x184D2A5A, 4) + b"skip" + frame) == b"a tar"


def adapter(bench: Bench, folder: Path, *lines: str) -> Bench:
    """The reference behind a shell script that does something of its own after it."""
    script = folder / "lifecycle"
    reference = f'{sys.executable} -m pytest_cnb_report.reference "$@" || exit $?'
    script.write_text("\n".join(["#!/bin/sh", *lines[:-1], reference, lines[-1], ""]))
    script.chmod(0o755)
    lifecycle = resolve(f"command:{script}", phases=tuple(Phase), profile=PROFILE.value)
    return bench.handed_to(lifecycle, folder, with_exported=False)


REPORT = (
    'while [ $# -gt 0 ]; do [ "$1" != -report ] || report=$2; shift; done\n[ -z "$report" ] || '
)


def test_a_report_may_say_much_more(bench: Bench, tmp_path: Path) -> None:
    more = "".join(f'key-{n} = "value {n}"\n' for n in range(200))
    (tmp_path / "more").write_text(f"[build]\n{more}")
    put_before = (
        f'{{ cat {tmp_path}/more "$report" >{tmp_path}/new; cp {tmp_path}/new "$report"; }}'
    )
    seen = carried_out(adapter(bench, tmp_path, REPORT + put_before), "exporter", "plain")
    assert failures(seen) == {}
    assert len(references_in(seen.report, seen.app)) == 64


def test_a_phase_may_want_to_be_told_that_a_registry_has_no_tls(
    bench: Bench, tmp_path: Path
) -> None:
    told = 'case "$*" in *"-insecure-registry 127.0.0.1:"*) ;; *) exit 7;; esac'
    seen = carried_out(adapter(bench, tmp_path, told, ":"), "rebaser", "plain")
    assert failures(seen) == {}
    older = replace(adapter(bench, tmp_path, told, ":"), platform_api=PlatformApi(0, 12))
    assert carried_out(older, "rebaser", "plain").blocked


def test_an_exporter_may_forbid_the_rebase_of_what_it_made(bench: Bench, tmp_path: Path) -> None:
    """As the specification's sentence about `io.buildpacks.rebasable` says by the letter."""
    exported = export_app(bench, Shape())
    config = json.loads(exported.image.config)
    config["config"]["Labels"]["io.buildpacks.rebasable"] = "false"
    own = bench.handed_to(bench.lifecycle, tmp_path, with_exported=False)
    own.exported[repr(Shape())] = replace(exported, image=with_settings(exported.image, config))
    assert failures(carried_out(own, "rebaser", "plain")) == {}
    assert failures(carried_out(own, "rebaser", "rebasable-false")) == {}


def test_what_an_export_broke_is_not_the_rebaser_s(bench: Bench, tmp_path: Path) -> None:
    on_another = build_run_image(Shape(), edition="another")
    own = bench.handed_to(bench.lifecycle, tmp_path, with_exported=False)
    own.exported[repr(Shape())] = replace(export_app(bench, Shape()), old=on_another)
    seen = carried_out(own, "rebaser", "app-without-history")
    verdict = judgements(seen)["rebase.layers"].verdict
    assert verdict.cause == "export.layers"


def test_a_report_that_is_not_at_its_default_path_fails_once(bench: Bench, tmp_path: Path) -> None:
    gone = 'while [ $# -gt 0 ]; do [ "$1" != -layers ] || rm -f "$2/report.toml"; shift; done'
    seen = carried_out(adapter(bench, tmp_path, gone), "exporter", "report-by-default")
    assert set(failures(seen)) == {"report.default-path"}
    causes = {j.verdict.cause for j in judgements(seen).values()} - {None}
    assert causes == {"report.default-path"}

"""What a fault cannot reach is not tried again: the lists that say so are true."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.plan import all_cases
from pytest_cnb_report.reference import entry
from pytest_cnb_report.reference.lifecycle import Lifecycle as Reference
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.selftest.affected_phases import (
    AFTER_THE_IMAGE,
    JUDGED_PHASES,
    REBASER_PARTS,
    parts_replaced,
    phases_reached,
    reaches_exported_image,
    reaches_labels,
)
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi, Target

BUILDS = [
    case
    for case in all_cases()
    if case.phase is not Phase.REBASER and Target.REGISTRY in case.targets
]


def execute_here(
    command: Command,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str,
    timeout: float,  # noqa: ARG001
) -> Invocation:
    """Call the reference lifecycle in this very process, where its parts can be replaced."""
    words = tuple(arguments)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = entry.run([command.arguments[-1], *words], environment)
    said = (out.getvalue(), err.getvalue())
    return Invocation(command, words, environment, directory, code, *said, 0.0)


@dataclass(frozen=True)
class _Lab:
    bench: Bench
    monkeypatch: pytest.MonkeyPatch

    def without(self, parts: frozenset[str], case: Case) -> Observation:
        """Carry a case out by a lifecycle in which these parts cannot even be made."""
        usual: dict[str, type] = Reference()._asdict()
        broken = {part: _never(usual[part]) for part in parts}
        with self.monkeypatch.context() as patch:
            patch.setattr(entry, "lifecycle_for", lambda _: Reference(**broken))
            return carry_out(self.bench, case)


def _never(part: type) -> type:
    def __init__(*_: object, **__: object) -> None:  # noqa: N807
        raise AssertionError(f"{part.__name__} is used")

    return type(part.__name__, (part,), {"__init__": __init__})


@pytest.fixture(params=[PlatformApi(0, 7), PLATFORM_APIS[-1]], ids=str)
def lab(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Lab]:
    plain = resolve("reference", phases=tuple(Phase), profile="rfc-0129-draft")
    lifecycle = replace(plain, kind=replace(plain.kind, execute=execute_here))
    with embedded_registry() as registry, scratch_folder("test") as folder:
        folder.chmod(0o711)  # for the user that a creator drops to
        host = RegistryHost(registry, "reach")
        yield _Lab(Bench(lifecycle, request.param, host, folder, 30), monkeypatch)


def test_a_build_needs_no_part_of_the_rebaser(lab: _Lab) -> None:
    for case in BUILDS:
        if not case.generated and case.exists_at(Target.REGISTRY, lab.bench.platform_api):
            seen = lab.without(REBASER_PARTS, case)
            assert seen.call is not None
            assert (seen.call.exit_code == 0) == (case.expect.value == "success"), case.name


def test_an_app_image_is_written_before_the_report_is_made(
    lab: _Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = next(case for case in BUILDS if (case.phase, case.name) == (Phase.EXPORTER, "plain"))
    drawn: list[str] = []
    draw = Bench.draw_names

    def draw_names(bench: Bench, count: int, **how: Any) -> tuple[str, ...]:  # noqa: ANN401
        drawn.extend(draw(bench, count, **how))
        return tuple(drawn)

    monkeypatch.setattr(Bench, "draw_names", draw_names)
    with pytest.raises(AssertionError, match="Report is used"):
        lab.without(AFTER_THE_IMAGE, replace(plain, name="without"))
    (name,) = drawn
    left = lab.bench.read([name])[name]
    assert isinstance(left, AppImage)
    assert tuple(layer.diff_id for layer in left.layers) == left.diff_ids


def test_every_fault_replaces_parts_that_there_are() -> None:
    for fault in FAULTS.values():
        assert parts_replaced(fault.part), fault.name
        assert set(phases_reached(fault.part)) <= set(JUDGED_PHASES)


def test_reach_follows_from_the_parts() -> None:
    reach = {
        name: (phases_reached(f.part), reaches_exported_image(f.part), reaches_labels(f.part))
        for name, f in FAULTS.items()
    }
    assert reach["stack-values-trimmed"] == ((Phase.REBASER,), False, True)
    assert reach["no-report-after-rebase"] == ((Phase.REBASER,), False, False)
    assert reach["no-tags"] == (JUDGED_PHASES, False, False)
    assert reach["no-stack-key"] == (JUDGED_PHASES, True, False)
    assert reach["report-variable-ignored"] == (JUDGED_PHASES, True, False)

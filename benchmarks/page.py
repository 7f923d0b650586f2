"""`docs/performance.md`: what was measured, on what machine, and what overhead remains and why."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_cnb_report.drive.process import usable_cores
from pytest_cnb_report.record.model import RecordedRun
from pytest_cnb_report.visible_text import visible_line


@dataclass
class Figure:
    """Something that was measured several times; a ratio where `unit` is empty.

    `aim` is what it should be at most.
    """

    name: str
    what: str
    unit: str
    aim: float | None = None
    note: str = ""
    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """Add what was measured once."""
        self.values.append(value)

    @property
    def median(self) -> float:
        """The median of all that was measured."""
        return statistics.median(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the median is what it should be."""
        return self.aim is None or self.median <= self.aim


@dataclass(frozen=True)
class Machine:
    """What it was measured on. `load` is the load average when it began."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    load: float

    @classmethod
    def here(cls) -> Machine:
        """Describe this machine."""
        information = Path("/proc/cpuinfo").read_text("utf-8", "replace")
        named = [line for line in information.splitlines() if line.startswith("model name")]
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return cls(
            processor=named[0].partition(":")[2].strip() if named else platform.machine(),
            cores=usable_cores(),
            memory_gb=pages / 1e9,
            system=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            load=os.getloadavg()[0],
        )


_HEAD = """\
<!-- made by `python -m benchmarks`; do not edit -->
# Performance

For everybody who wants to know how much time the suite adds to that of the lifecycle. A *call* is
one lifecycle invocation. Measured by `python -m benchmarks` on {day}, exporting to a registry:
{lifecycle}, platform API {api}, profile {profile},
`--examples {examples}`. Measurements that are compared alternate within each of {rounds} rounds.

Machine: {machine.processor}, {machine.cores} cores for this process, {machine.memory_gb:.1f} GB,
{machine.system}, Python {machine.python}; load average {machine.load:.1f} at the beginning{busy}.

| measured | median | from | to | times | aim |
|---|---|---|---|---|---|
"""

_BUSY = ", which is busy: take these figures for upper bounds"

_REMAINS = """
## What overhead remains, and why

- **A quick run** starts Python and pytest, plans, and asks the lifecycle for its version and
  platform API, before its first call. That takes longer than its few calls. It imports only what
  it needs, and plans what it leaves out while its calls run.
- **One call at a time:** images are pushed and read before and after each call, and every
  requirement is judged on what was read. A second thread does this during the calls of the first,
  if a core is free.
- **All cores:** no core is free, so Python and the embedded registry share the cores with the
  lifecycle.
- **Reports and record:** the record is compressed during the run. What remains are the last
  scenarios, which are the generated ones, and the reports. `report.html` and `report.json` contain
  everything that was observed.
"""


def page(
    run: RecordedRun, machine: Machine, figures: Iterable[Figure], missing: Mapping[str, str]
) -> str:
    """Write the page of what was measured; `missing` says what was not, and why."""
    figures = list(figures)
    named = f"lifecycle {run.lifecycle.version or run.lifecycle.given}"
    head = _HEAD.format(
        examples=run.examples,
        day=time.strftime("%Y-%m-%d", time.gmtime()),
        lifecycle=visible_line(named),
        api=run.platform_api,
        profile=run.profile.value,
        rounds=min((len(each.values) for each in figures if each.name == "one"), default=0),
        machine=machine,
        busy=_BUSY if machine.load > machine.cores / 2 else "",
    )
    rows = "".join(map(_row, figures))
    notes = "".join(f"- {each.what}: {each.note}.\n" for each in figures if each.note)
    absent = "".join(f"- {what}: {visible_line(why)}.\n" for what, why in missing.items())
    return (
        f"{head}{rows}\n{notes}" + (f"\n## Not measured\n\n{absent}" if absent else "") + _REMAINS
    )


def _row(figure: Figure) -> str:
    unit = f" {figure.unit}" if figure.unit else ""
    shown = (figure.median, min(figure.values), max(figure.values))
    cells = [f"{value:.2f}{unit}" for value in shown]
    aim = "" if figure.aim is None else f"≤ {figure.aim:g}{unit}"
    sign = "" if figure.aim is None else " ✓" if figure.is_met else " ✗"
    return f"| {' | '.join([figure.what, *cells, str(len(figure.values)), aim + sign])} |\n"

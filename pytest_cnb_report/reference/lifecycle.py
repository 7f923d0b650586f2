"""The parts that a lifecycle is made of."""

from __future__ import annotations

from typing import NamedTuple

from pytest_cnb_report.reference.analysis import Analysis
from pytest_cnb_report.reference.analyzer import Analyzer
from pytest_cnb_report.reference.creator import Creator
from pytest_cnb_report.reference.daemon import Daemon
from pytest_cnb_report.reference.export import Export
from pytest_cnb_report.reference.exported import ExportedConfig, ExportedLayers, ExportedMetadata
from pytest_cnb_report.reference.exporter import Exporter
from pytest_cnb_report.reference.inputs import Inputs
from pytest_cnb_report.reference.permission import Permission
from pytest_cnb_report.reference.rebased import (
    RebasedConfig,
    RebasedLabels,
    RebasedLayers,
    RebasedMetadata,
)
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.registry import Registry
from pytest_cnb_report.reference.report import Report
from pytest_cnb_report.reference.resolution import Resolution


class Lifecycle(NamedTuple):
    """A conformant lifecycle, as long as no part of it is replaced."""

    inputs: type[Inputs] = Inputs
    resolution: type[Resolution] = Resolution
    registry: type[Registry] = Registry
    daemon: type[Daemon] = Daemon
    analyzer: type[Analyzer] = Analyzer
    analysis: type[Analysis] = Analysis
    exporter: type[Exporter] = Exporter
    creator: type[Creator] = Creator
    export: type[Export] = Export
    exported_layers: type[ExportedLayers] = ExportedLayers
    exported_metadata: type[ExportedMetadata] = ExportedMetadata
    exported_config: type[ExportedConfig] = ExportedConfig
    rebaser: type[Rebaser] = Rebaser
    permission: type[Permission] = Permission
    rebased_layers: type[RebasedLayers] = RebasedLayers
    rebased_labels: type[RebasedLabels] = RebasedLabels
    rebased_metadata: type[RebasedMetadata] = RebasedMetadata
    rebased_config: type[RebasedConfig] = RebasedConfig
    report: type[Report] = Report

    def with_part(self, part: type) -> Lifecycle:
        """Put `part` in the place of the class that it derives from."""
        return self._replace(
            **{field: part for field, usual in self._asdict().items() if issubclass(part, usual)}
        )

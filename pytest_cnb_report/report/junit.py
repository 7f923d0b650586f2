"""`junit.xml`: one test case for each result, for CI systems."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from pytest_cnb_report.report.difference import expected_and_found
from pytest_cnb_report.report.visible_run import visible_run
from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Result, Run

_KINDS = {
    Outcome.FAIL: "failure",
    Outcome.ERROR: "error",
    Outcome.KNOWN_FAILURE: "skipped",
    Outcome.NOT_APPLICABLE: "skipped",
    Outcome.UNTESTABLE: "skipped",
}
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def dumps(run: Run) -> str:
    """Write `run` as JUnit XML: the requirement is the class, the scenario the name."""
    run = visible_run(run)
    kinds = Counter(_KINDS.get(result.outcome) for result in run.results)
    cut = run.cut_short is not None
    suite = ElementTree.Element(
        "testsuite",
        name=f"{run.suite.name} {run.profile.value}{run.reservation}",
        tests=str(len(run.results) + cut),
        failures=str(kinds["failure"]),
        errors=str(kinds["error"] + cut),
        skipped=str(kinds["skipped"]),
        time=f"{run.timing.wall_s:.3f}",
        timestamp=run.started,
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _facts(run).items():
        ElementTree.SubElement(properties, "property", name=name, value=_xml(value))
    if run.cut_short is not None:
        # CI systems count test cases and look at nothing else
        whole = ElementTree.SubElement(suite, "testcase", classname="run", name="whole")
        ElementTree.SubElement(
            whole, "error", message=_xml(f"the run was cut short: {run.cut_short}")
        )
    for result in run.results:
        _add(suite, result)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root, " ")
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        + ElementTree.tostring(root, encoding="unicode")
        + "\n"
    )


def _facts(run: Run) -> dict[str, str]:
    """Say which lifecycle was judged, and whether the run was cut short."""
    lifecycle = run.lifecycle
    facts = {
        "lifecycle": lifecycle.given,
        "lifecycle.kind": lifecycle.kind,
        "lifecycle.version": lifecycle.version,
        "lifecycle.sha256": lifecycle.sha256,
        "app_images": run.app_images,
        "cut_short": run.cut_short,
    }
    return {name: value for name, value in facts.items() if value}


def _add(suite: ElementTree.Element, result: Result) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=result.requirement,
        name=result.scenario,
    )
    properties = ElementTree.SubElement(case, "properties")
    for name, value in (
        ("requirement", result.requirement),
        ("level", result.level.value),
        ("phase", result.phase.value),
        ("outcome", result.outcome.value),
    ):
        ElementTree.SubElement(properties, "property", name=name, value=value)
    kind = _KINDS.get(result.outcome)
    if kind is None:
        return
    told = ElementTree.SubElement(case, kind, message=_xml(_message(result)))
    expected, found = expected_and_found(result.expected, result.actual)
    lines = [f"expected: {expected}", f"found: {found}"]
    if result.reproduce:
        lines.append(f"reproduce: {result.reproduce}")
    if kind != "skipped":
        told.text = _xml("\n".join(lines))


def _message(result: Result) -> str:
    if result.outcome is Outcome.KNOWN_FAILURE:
        return f"known failure: {result.reason}: {result.message}"
    if result.outcome in {Outcome.NOT_APPLICABLE, Outcome.UNTESTABLE}:
        return f"{result.outcome.value}: {result.message}"
    return result.message


def _xml(text: str) -> str:
    """Make characters visible that XML has no form for."""
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

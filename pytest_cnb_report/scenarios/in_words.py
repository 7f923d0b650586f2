"""A point of a space in words, as reports and the page of all scenarios say it."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.scenarios.space import Point
from pytest_cnb_report.scenarios.tables import space_of
from pytest_cnb_report.values import Phase, Target

CALLS: Mapping[Phase, str] = {
    Phase.EXPORTER: "An export",
    Phase.CREATOR: "A creator's build",
    Phase.REBASER: "A rebase",
}

IMAGES: Mapping[str, str] = {
    "run": "Run image",
    "old": "Old run image",
    "new": "New run image",
    "app": "App image",
}
"""The image that a dimension is about, by how its name begins."""

_CALL = "Call"

OF_AN_IMAGE: Mapping[str, str] = {
    "layers": "{}",
    "top": "{}",
    "history": "{}",
    "compression": "{}",
    "types": "{}",
    "index": "{}",
    "stack": "{}",
    "stack-id": "stack: {}",
    "config": "{}",
    "variant": "{}",
    "distribution": "distribution: {}",
    "os": "operating system: {}",
    "architecture": "architecture: {}",
    "rebasable": "io.buildpacks.rebasable: {}",
    "metadata": "metadata label: {}",
    "age": "{}",
    "created": "created time: {}",
    "mirrors": "{}",
}
"""How a value of such a dimension is said behind the name of its image."""

OF_THE_CALL: Mapping[str, str] = {
    "given": "run image given: {}",
    "named": "named by {}",
    "mirrors": "{} in each entry",
    "tags": "{}",
    "images": "{}",
    "rebuild": "before the build, the app image's name refers to {}",
    "launch-cache": "launch cache: {}",
    "process": "default process: {}",
    "epoch": "SOURCE_DATE_EPOCH {}",
    "inputs": "inputs {}",
    "force": "{}",
    "previous": "rebased: {}",
    "report-by": "report's path: {}",
    "report-before": "{} at the report's path",
    "report-name": "report's name: {}",
    "daemon-by": "{}",
    "moved": "after the analysis the run image's names refer to {}",
    "contents": "app: {}",
    "taken": "before the invocation, the additional names refer to {}",
    "naming": "names: {}",
}
"""How a value of every other dimension is said. Which phase calls is said first."""


def page_of(phase: Phase, target: Target) -> str:
    """Return the name of the page that has the scenario, below `docs`, without its ending."""
    return f"scenarios/rebases-{target.value}" if phase is Phase.REBASER else "scenarios/builds"


def anchor_of(phase: Phase, case: str) -> str:
    """Return the name of a scenario's place on its page."""
    return f"{phase.value}-{case}"


def differences_in_words(phase: Phase, point: Point) -> str:
    """Return what is not plain at a point: `new run image: OCI media types; call: -force`.

    Raises KeyError for a value that the space does not have.
    """
    parts = _differences(phase, point)
    return "; ".join(f"{_lower(about)}: {', '.join(said)}" for about, said in parts.items())


def value_in_words(phase: Phase, dimension: str, value: str) -> str:
    """Return one value as `differences_in_words` has it; as it is where the space lacks it."""
    try:
        parts = _differences(phase, {dimension: value})
        plain = space_of(phase).dimension(dimension)
        words = plain.value(value).words
    except KeyError:  # of another version of the suite
        return f"{dimension} {value}"
    if not parts:
        return f"{plain.words}: {words}"
    ((about, (said,)),) = parts.items()
    return said if about == _CALL else f"{_lower(about)}: {said}"


def scenario_sentence(phase: Phase, why: str, point: Point) -> str:
    """Return a sentence about a scenario: of a point from its values, else from why it is there.

    What is special about an image stands behind its name. Raises KeyError for a value that the
    space does not have.
    """
    if not point:
        return why[:1].upper() + why[1:] + "."
    parts = _differences(phase, point)
    told = " ".join(f"{about}: {'; '.join(said)}." for about, said in parts.items())
    return f"{CALLS[phase]}. {told}" if told else f"{CALLS[phase]} with nothing special."


def _differences(phase: Phase, point: Point) -> dict[str, list[str]]:
    """Return what is not plain, by what it is about: images, labels, the call."""
    images: dict[str, list[str]] = {}
    call: list[str] = []
    for dimension, value in space_of(phase).differences(point):
        of, _, rest = dimension.name.partition("-")
        if of in IMAGES:
            images.setdefault(IMAGES[of], []).append(OF_AN_IMAGE[rest].format(value.words))
        elif dimension.name == "labels":
            images["Labels"] = [value.words]
        elif dimension.name != "phase":
            call.append(OF_THE_CALL[dimension.name].format(value.words))
    return {**images, **({_CALL: call} if call else {})}


def _lower(about: str) -> str:
    return about[:1].lower() + about[1:]

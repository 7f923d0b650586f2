"""What an app image shows of the inputs that a build was given by variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cnb_report.drive.names import normalised
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation

LAUNCHER = "/cnb/lifecycle/launcher"
"""What starts an app without a default process (platform specification, exporter: Outputs)."""


@dataclass(frozen=True)
class Trace:
    """One thing on an app image that follows from an input, as it has to be and as it is."""

    variable: str
    what: str
    expected: object
    found: object
    right: bool


def wrong_traces(observation: Observation) -> tuple[Trace, ...]:
    """Return what does not show the input that counts, of those that a variable says something of.

    Platform specification, exporter: Outputs. The flag counts where there is one, else the
    variable.
    """
    call, app = observation.call, observation.app
    if call is None or not isinstance(app, AppImage):
        return ()
    return tuple(each for each in _traces(observation, call, app) if not each.right)


def missing_by_flags(control: Observation) -> set[str]:
    """Return the variables whose input a control, the same build by flags, does not show either."""
    missing = {each.variable for each in wrong_traces(control)}
    if control.call is not None and isinstance(control.app, AppImage):
        by_flag = entrypoint(control.call, control.app)  # for `export.entrypoint` to say
        missing |= set() if by_flag.right else {by_flag.variable}
    return missing


def _traces(observation: Observation, call: Invocation, app: AppImage) -> Iterator[Trace]:
    for flag, variable in (("-layers", "CNB_LAYERS_DIR"), ("-app", "CNB_APP_DIR")):
        path = _counting(call, flag, variable)
        if variable in call.environment:
            found = _environment(app).get(variable)
            yield Trace(variable, f"{variable} of the app image", path, found, found == path)
    if "CNB_PROCESS_TYPE" in call.environment:
        yield entrypoint(call, app)
    for variable in ("CNB_RUN_PATH", "CNB_STACK_PATH"):
        if variable in call.environment:
            yield _name_from_run_file(observation, app, variable)


def entrypoint(call: Invocation, app: AppImage) -> Trace:
    """Say whether the app image starts the process type that was given, by flag or variable.

    Where none was, it starts the launcher: no buildpack of the suite has a default process.
    """
    variable = "CNB_PROCESS_TYPE"
    process = _counting(call, "-process-type", variable)
    expected = [LAUNCHER if process is None else f"/cnb/process/{process}"]
    found = app.settings.get("Entrypoint")
    return Trace(variable, "the entrypoint", expected, found, right=found == expected)


def _counting(call: Invocation, flag: str, variable: str) -> str | None:
    """Return the value of an input: that of its flag, else of its variable, else None."""
    if flag in call.arguments:
        return call.arguments[call.arguments.index(flag) + 1]
    return call.environment.get(variable)


def _environment(app: AppImage) -> dict[str, str]:
    pairs = (entry.partition("=") for entry in app.env)
    return {name: value for name, _, value in pairs}


def _name_from_run_file(observation: Observation, app: AppImage, variable: str) -> Trace:
    """Say whether the metadata label has a name that only the run file gives."""
    asked = observation.asked
    listed = [name for entry in (asked.listed if asked else ()) for name in entry.names]
    metadata: Mapping[str, Any] = {} if isinstance(app.metadata, str) else app.metadata
    names = [_image(metadata), _image(metadata.get("stack"))]
    found = next((name for name in names if name is not None), None)
    right = found is not None and normalised(found) in set(map(normalised, listed))
    return Trace(
        variable, "the run image's name in the metadata label", {"one of": listed}, found, right
    )


def _image(holder: object) -> str | None:
    """Return `runImage.image` of an object; None where it has no such text."""
    run_image = holder.get("runImage") if isinstance(holder, Mapping) else None
    image = run_image.get("image") if isinstance(run_image, Mapping) else None
    return image if isinstance(image, str) else None

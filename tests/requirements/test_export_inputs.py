"""What a build is given by variables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.observation import Observation

from .examples import Example, right, untestable, wrong
from .export_edits import SUCCEEDS, base
from .observations import (
    Edit,
    app_of,
    asked_of,
    blocked,
    call,
    chain,
    config_key,
    control,
    diff_ids,
    failed,
    metadata_key,
    not_called,
    recorded,
)

INPUTS = "export.inputs.environment"
LAYERS = "export.layers"
BY_VARIABLES = "variables/exporter-inputs-by-environment"
BY_BOTH = "variables/exporter-inputs-flag-over-environment"
RUN_IMAGE = "variables/creator-run-image-by-environment"
LAYERS_IGNORED = "fault-layers-variable-ignored/exporter-inputs-by-environment"
RUN_IMAGE_IGNORED = "fault-run-image-variable-ignored-at-build/creator-run-image-by-environment"
PROCESS_IGNORED = "fault-process-type-variable-ignored/creator-inputs-by-environment"


def by_flags(where: str = "draft/exporter-plain") -> Edit:
    """Add the control: the same build by flags."""
    return lambda seen: replace(seen, control=recorded(*where.split("/")))


def environment(name: str, value: str) -> Edit:
    """Give the app image another value of a variable."""

    def edit(seen: Observation) -> Observation:
        entries = app_of(seen).settings["Env"]
        assert isinstance(entries, list)
        kept = [entry for entry in entries if not entry.startswith(f"{name}=")]
        return config_key("config/Env", [*kept, f"{name}={value}"])(seen)

    return edit


def on_another_run_image(seen: Observation) -> Observation:
    own = len(base(seen))
    others = [f"sha256:{number:064}" for number in range(own)]
    return diff_ids(lambda layers: [*others, *layers[own:]])(seen)


TRACES: dict[str, tuple[Edit, str, str]] = {
    "layers": (environment("CNB_LAYERS_DIR", "/layers"), "CNB_LAYERS_DIR", "/layers"),
    "app": (environment("CNB_APP_DIR", "/workspace"), "CNB_APP_DIR", "/workspace"),
    "process type": (
        config_key("config/Entrypoint", ["/cnb/lifecycle/launcher"]),
        "CNB_PROCESS_TYPE",
        "/cnb/lifecycle/launcher",
    ),
    "run file": (
        chain(
            metadata_key("runImage/image", "r.example/other:tag"),
            metadata_key("stack/runImage/image", "r.example/other:tag"),
        ),
        "CNB_RUN_PATH",
        "r.example/other:tag",
    ),
}
"""What to change on the app image, the variable that it says was ignored, and what stands there."""

EXAMPLES: tuple[Example, ...] = (
    right(INPUTS, "folders and files", BY_VARIABLES),
    right(INPUTS, "flags before variables", BY_BOTH),
    right(INPUTS, "of a creator", "variables/creator-inputs-by-environment"),
    right(INPUTS, "the run image", RUN_IMAGE),
    right(INPUTS, "the run image to analyze", "variables/exporter-run-image-by-environment"),
    right(
        INPUTS,
        "the flag before the run image's variable",
        "variables/creator-run-image-flag-over-environment",
    ),
    right(INPUTS, "before run.toml", "unlisted/creator-run-image-by-environment"),
    right(SUCCEEDS, "by variables", BY_VARIABLES),
    wrong(
        INPUTS,
        "a layers directory that is ignored",
        LAYERS_IGNORED,
        words="an input was ignored: the exporter exited",
        expected="exit code 0",
    ),
    wrong(
        INPUTS,
        "another run image",
        RUN_IMAGE_IGNORED,
        words="an input was ignored: another run image was used",
        expected=lambda seen: list(base(seen)),
        actual=lambda seen: list(app_of(seen).diff_ids),
    ),
    wrong(
        INPUTS,
        "a process type that is ignored",
        PROCESS_IGNORED,
        words="an input was ignored: the entrypoint is not what the input asks for",
        expected={"CNB_PROCESS_TYPE": ["/cnb/process/web"]},
        actual={"CNB_PROCESS_TYPE": ["/cnb/lifecycle/launcher"]},
    ),
    *(
        wrong(
            INPUTS,
            f"{what} ignored {how}",
            where,
            edit,
            words="an input was ignored: ",
            actual=lambda _, variable=variable, found=found: {
                variable: [found] if variable == "CNB_PROCESS_TYPE" else found
            },
        )
        for what, (edit, variable, found) in TRACES.items()
        for how, where in (("from a variable", BY_VARIABLES), ("from a flag", BY_BOTH))
    ),
    wrong(
        INPUTS,
        "an analysis that fails",
        BY_VARIABLES,
        blocked("the analyzer exited 1"),
        by_flags(),
        words="an input was ignored: the exporter was not run: the analyzer exited 1",
    ),
    *(
        right(
            INPUTS,
            f"{what} that flags do not give either",
            BY_VARIABLES,
            edit,
            lambda seen: replace(seen, control=seen),
        )
        for what, (edit, _, _) in TRACES.items()
    ),
    untestable(
        INPUTS,
        "never exports",
        BY_VARIABLES,
        failed,
        by_flags(),
        control(failed),
        words="the exporter also fails where it has to succeed",
        cause=SUCCEEDS,
    ),
    untestable(INPUTS, "not reached", BY_VARIABLES, blocked(), words="was not run"),
    untestable(INPUTS, "not called", BY_VARIABLES, not_called, words="was not called"),
    untestable(
        INPUTS,
        "another run image by flags too",
        BY_VARIABLES,
        on_another_run_image,
        lambda seen: replace(seen, control=seen),
        words="the same build by flags uses another run image too",
        cause=LAYERS,
    ),
    wrong(
        SUCCEEDS,
        "failed by flags too",
        BY_VARIABLES,
        failed,
        by_flags(),
        control(call(exit_code=3)),
        words="the exporter exited 3",
    ),
    untestable(
        SUCCEEDS, "failed by variables", LAYERS_IGNORED, words="the exporter exited", cause=INPUTS
    ),
    untestable(
        LAYERS,
        "another run image by a variable",
        RUN_IMAGE_IGNORED,
        words="another run image was used",
        cause=INPUTS,
    ),
    untestable(
        LAYERS,
        "another process by a variable",
        PROCESS_IGNORED,
        words="the entrypoint is not what the input asks for",
        cause=INPUTS,
    ),
    untestable(
        LAYERS,
        "failed by flags too",
        BY_VARIABLES,
        failed,
        by_flags(),
        control(failed),
        words="the exporter exited 1",
        cause=SUCCEEDS,
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    example.check()


def test_the_mirror_that_is_given_alone_leads_to_the_run_image() -> None:
    asked = asked_of(recorded(*RUN_IMAGE.split("/")))
    staged = recorded(*RUN_IMAGE.split("/")).staged
    assert asked.given is not None
    same = [name for name, image in staged.items() if image == staged[asked.given]]
    assert same == [asked.given]

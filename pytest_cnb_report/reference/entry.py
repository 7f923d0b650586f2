"""The way in: from a command line and an environment to an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence

from pytest_cnb_report.reference.errors import INVALID_ARGUMENTS, INVALID_FLAGS, PhaseError
from pytest_cnb_report.reference.inputs import platform_api
from pytest_cnb_report.reference.lifecycle import Lifecycle
from pytest_cnb_report.reference.phase import Phase
from pytest_cnb_report.reference.report import DRAFT, PROFILES


def run(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run the phase `argv[0]` with the arguments behind it; return its exit code.

    All that comes from outside is in `argv` and `env`: the process's own environment is not looked
    at, and nothing but its output streams and the phase's own outputs is written.
    """
    try:
        lifecycle = lifecycle_for(env)
        profile = profile_for(env)
        api = platform_api(env)
        phases: tuple[type[Phase], ...] = (
            lifecycle.analyzer,
            lifecycle.exporter,
            lifecycle.creator,
            lifecycle.rebaser,
        )
        named = {phase.name: phase for phase in phases}
        if not argv or argv[0] not in named:
            raise PhaseError(INVALID_ARGUMENTS, f"expected a phase, one of {', '.join(named)}")
        named[argv[0]](lifecycle, profile, api, argv[1:], env).run()
    except PhaseError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return error.code
    return 0


def profile_for(env: Mapping[str, str]) -> str:
    """Read `CNB_REFERENCE_PROFILE`: which text the run image fields of the report follow."""
    profile = env.get("CNB_REFERENCE_PROFILE") or DRAFT
    if profile not in PROFILES:
        raise PhaseError(
            INVALID_FLAGS, f"CNB_REFERENCE_PROFILE: {profile!r} is none of {', '.join(PROFILES)}"
        )
    return profile


def lifecycle_for(env: Mapping[str, str]) -> Lifecycle:
    """Read `CNB_REFERENCE_FAULT`: the lifecycle as it should be, or with that one mistake."""
    name = env.get("CNB_REFERENCE_FAULT")
    if not name:
        return Lifecycle()
    # by name: the lifecycle knows nothing of what judges it, and a sound one starts sooner
    faults = importlib.import_module("pytest_cnb_report.requirements.faults").FAULTS

    if name not in faults:
        import difflib  # noqa: PLC0415 - only a misspelt name needs it

        near = difflib.get_close_matches(name, faults)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise PhaseError(
            INVALID_FLAGS,
            f"CNB_REFERENCE_FAULT: no fault is called {name!r}{hint}"
            " (`cnb-conformance self-test --list` lists them)",
        )
    return Lifecycle().with_part(faults[name].part)

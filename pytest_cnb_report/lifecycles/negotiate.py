"""Find out which platform APIs a lifecycle speaks, and agree on the one to judge it by."""

from __future__ import annotations

from pytest_cnb_report.lifecycles.lifecycle import PROBE_TIMEOUT, Lifecycle, LifecycleError
from pytest_cnb_report.platform_apis import PLATFORM_APIS, PlatformApi
from pytest_cnb_report.values import Phase

API_NOT_SPOKEN = 11
"""The exit code of a lifecycle that does not speak the platform API it is given."""


def speaks(
    lifecycle: Lifecycle,
    api: PlatformApi,
    *,
    directory: str,
    phase: Phase,
    timeout: float = PROBE_TIMEOUT,
) -> bool:
    """Tell whether a lifecycle speaks a platform API, by calling `phase` without arguments.

    One that does not exits 11 before it looks at anything else (platform specification, Platform
    API Compatibility). It is not called where what it was found in says which it supports. Raises
    LifecycleError where it does not end.
    """
    if lifecycle.platform_apis is not None:
        return api in lifecycle.platform_apis
    answer = lifecycle.call(
        phase,
        [],
        platform_api=api,
        environment={},
        directory=directory,
        timeout=timeout,
    )
    if answer.timed_out:
        raise LifecycleError(
            f"{lifecycle.given}: {phase.value} without arguments {answer.ending}; it was asked"
            f" whether it supports platform API {api}. Reproduce it with: {answer.shell}"
        )
    return answer.exit_code != API_NOT_SPOKEN


def negotiate(
    lifecycle: Lifecycle,
    wanted: PlatformApi | None,
    *,
    directory: str,
    phase: Phase,
    timeout: float = PROBE_TIMEOUT,
) -> PlatformApi:
    """Return the platform API to judge by: the wanted one, else the newest that both know.

    Raises LifecycleError where it does not speak what is wanted, or nothing that the suite knows.
    """

    def spoken(api: PlatformApi) -> bool:
        return speaks(lifecycle, api, directory=directory, phase=phase, timeout=timeout)

    newest_first = tuple(reversed(PLATFORM_APIS))
    found = next(filter(spoken, newest_first if wanted is None else (wanted,)), None)
    if found is not None:
        return found
    known = [] if wanted is None else [str(api) for api in PLATFORM_APIS if spoken(api)]
    if not known:
        said = f"{phase.value} exits {API_NOT_SPOKEN} for each of them"
        if lifecycle.platform_apis is not None:
            said = f"its lifecycle.toml names {', '.join(map(str, lifecycle.platform_apis))}"
        raise LifecycleError(
            f"{lifecycle.given}: supports none of the platform APIs {PLATFORM_APIS[0]} to"
            f" {PLATFORM_APIS[-1]}: {said}"
        )
    raise LifecycleError(
        f"{lifecycle.given}: does not support platform API {wanted}; it supports"
        f" {', '.join(known)}: give one with --platform-api"
    )

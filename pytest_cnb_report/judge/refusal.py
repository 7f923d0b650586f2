"""Whether a rebase has to be refused, and which of the platform APIs at a rebase counts."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.situation import Evidence, platform_api_in
from pytest_cnb_report.judge.resolution import is_unlisted
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, not_applicable
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import REBASE_REFUSALS
from pytest_cnb_report.values import PlatformApi

UNLISTED = "rebase.unlisted.refused"
REBASABLE_FALSE = "rebase.rebasable-false.refused"
MISMATCH = "rebase.target.mismatch-refused"


def app_api(observation: Observation) -> PlatformApi:
    """Return the platform API that the app image was built at, else the call's own."""
    before = observation.app_before
    if Evidence.APP_BEFORE not in observation.situation.known:
        before = observation.app  # a rebase leaves the environment alone
    stated = platform_api_in(before.env) if isinstance(before, AppImage) else None
    return stated or observation.platform_api


def too_old(observation: Observation, text: Text) -> Verdict | None:
    """Return the verdict where target data does not count at this rebase; None where it does."""
    api = app_api(observation)
    if text.accepts("differing-platform-apis", "a"):
        api = min(api, observation.platform_api)
    if api >= REBASE_REFUSALS:
        return None
    return not_applicable(f"required from platform API {REBASE_REFUSALS}; this is {api}")


def reasons_to_refuse(observation: Observation, text: Text) -> Iterator[str]:
    """Yield the requirements that every accepted reading has forbid what was asked."""
    situation, asked = observation.situation, observation.asked
    if (
        situation.unlisted
        and (asked is None or is_unlisted(asked, text))
        and not text.accepts("unlisted-run-image", "b")
    ):
        yield UNLISTED
    if too_old(observation, text) is not None:
        return
    if situation.rebasable_false:
        yield REBASABLE_FALSE
    mismatch = situation.differing or (
        situation.half_given and not text.accepts("target-data-missing", "a")
    )
    if mismatch and not text.accepts("target-mismatch", "b"):
        yield MISMATCH


def may_be_done(observation: Observation, text: Text) -> bool:
    """Whether some accepted reading allows what a case expects to be refused."""
    situation = observation.situation
    reason = situation.unlisted or situation.rebasable_false or situation.differing
    if situation.expect is not Expect.REFUSAL or not (reason or situation.half_given):
        return False
    return next(reasons_to_refuse(observation, text), None) is None


def done_where_allowed(observation: Observation, text: Text) -> bool:
    """Whether a call succeeded that a case expects to be refused, and a reading allows it."""
    call = observation.call
    return call is not None and call.exit_code == 0 and may_be_done(observation, text)

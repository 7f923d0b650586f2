"""What stands between a connection and the registry's API: the record, and the misbehaviour."""

from __future__ import annotations

from pytest_cnb_report.registry.api import Api
from pytest_cnb_report.registry.http_types import Answer, Call, Refusal
from pytest_cnb_report.registry.journal import Journal
from pytest_cnb_report.registry.misbehave import Misbehaviours


class Service:
    """Answers requests, records them, and misbehaves where it is told to."""

    def __init__(self, api: Api, journal: Journal, misbehaviours: Misbehaviours) -> None:
        self._api = api
        self._journal = journal
        self._misbehaviours = misbehaviours

    def answer(self, call: Call) -> Answer:
        """Answer one request."""
        misbehaviour = self._misbehaviours.choose(call.method, call.target)
        if misbehaviour is None:
            answer = self._due(call)
        elif misbehaviour.status is None:
            answer = misbehaviour.spoil(self._due(call))
        else:
            answer = misbehaviour.spoil(Answer(misbehaviour.status))
        self._journal.add(call, answer)
        return answer

    def _due(self, call: Call) -> Answer:
        try:
            return self._api.answer(call)
        except Exception as error:  # noqa: BLE001 - whoever asks is told of the registry's own fault
            return Refusal(500, "UNKNOWN", f"the registry's own fault: {error!r}").answer()

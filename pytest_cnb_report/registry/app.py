"""The registry as an ASGI application: from the server's messages to the API and back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.registry.answer import Answer
from pytest_cnb_report.registry.api import Call

if TYPE_CHECKING:
    from pytest_cnb_report.registry.api import Api
    from pytest_cnb_report.registry.journal import Journal
    from pytest_cnb_report.registry.misbehave import Misbehaviours

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class RegistryApp:
    """Serves an API over HTTP, records what it was asked and misbehaves where it is told to."""

    def __init__(self, api: Api, journal: Journal, misbehaviours: Misbehaviours) -> None:
        self._api = api
        self._journal = journal
        self._misbehaviours = misbehaviours

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. One whose body does not arrive whole changes nothing."""
        started = time.perf_counter()
        body = await _body(receive)
        if body is None:
            return
        call = _call(scope, body)
        target = f"{call.path}?{call.query}" if call.query else call.path
        answer = await self._answer(call, target)
        sent = b"" if call.method == "HEAD" else answer.body[: answer.cut_after]
        await _send(send, answer, sent)
        self._journal.add(
            method=call.method,
            path=target,
            headers=call.headers,
            status=answer.status,
            received=len(body),
            sent=len(sent),
            seconds=time.perf_counter() - started,
        )

    async def _answer(self, call: Call, target: str) -> Answer:
        misbehaviour = self._misbehaviours.choose(call.method, target)
        if misbehaviour is None:
            return self._api.answer(call)
        await asyncio.sleep(misbehaviour.delay)
        if misbehaviour.status is None:
            return misbehaviour.spoil(self._api.answer(call))
        return misbehaviour.spoil(Answer(misbehaviour.status))


async def _body(receive: Receive) -> bytes | None:
    """Read a request's body to its end; None where the client goes away before that."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _call(scope: MutableMapping[str, Any], body: bytes) -> Call:
    return Call(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        body=body,
    )


async def _send(send: Send, answer: Answer, sent: bytes) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status not in {204, 304}:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    cut = answer.cut_after is not None
    await send({"type": "http.response.body", "body": sent, "more_body": cut})

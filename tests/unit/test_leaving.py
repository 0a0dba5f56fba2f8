"""A client that goes away ends the work that was done for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.errors import InvalidRequest
from gateway.http.exchange import Exchange


def exchange(*messages: str) -> Exchange:
    """A request whose connection says these things and then nothing more."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return {"type": left.pop(0)}

    return Exchange(scope={}, receive=receive)


async def test_work_for_a_client_that_stays_has_its_result() -> None:
    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    assert await exchange("http.request").while_connected(work()) == "done"


async def test_what_the_work_raises_is_passed_on() -> None:
    async def work() -> str:
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        await exchange().while_connected(work())


async def test_work_ends_when_the_client_leaves() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(InvalidRequest, match="went away"):
        await exchange("http.request", "http.disconnect").while_connected(work())
    await cancelled.wait()


async def test_work_ends_when_the_request_is_cancelled() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    request = asyncio.ensure_future(exchange().while_connected(work()))
    await begun.wait()
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    await cancelled.wait()

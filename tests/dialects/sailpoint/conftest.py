"""Clients with a token, and one without."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import httpx2
import pytest

from tests.dialects.sailpoint.speaking import Speaker, token_of
from tests.serving import CLIENT, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server


class SpeakerFactory(Protocol):
    """Makes clients with a token; they are closed with the module."""

    def __call__(self, server: Server, client_id: str = CLIENT, secret: str = SECRET) -> Speaker:
        """A client of the server."""
        ...


@pytest.fixture(scope="module")
def speaker_at() -> Iterator[SpeakerFactory]:
    """For tests that need a server or a client of their own."""
    with ExitStack() as stack:

        def make(server: Server, client_id: str = CLIENT, secret: str = SECRET) -> Speaker:
            headers = {"Authorization": f"Bearer {token_of(server.url, client_id, secret)}"}
            client = httpx2.Client(base_url=server.url, headers=headers, timeout=30)
            return Speaker(stack.enter_context(client))

        yield make


@pytest.fixture(scope="module")
def sailpoint(server: Server, speaker_at: SpeakerFactory) -> Speaker:
    """A client with all rights at the shared server."""
    return speaker_at(server)


@pytest.fixture(scope="module")
def anonymous(server: Server) -> Iterator[httpx2.Client]:
    """Somebody without a token."""
    with httpx2.Client(base_url=server.url, timeout=30) as client:
        yield client

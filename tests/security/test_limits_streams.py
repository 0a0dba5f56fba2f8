"""Event streams: so many at the same time, and none for those who do not read."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.serving import ADMINISTRATOR, PASSWORD, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import ServerFactory
    from tests.serving import Server


@pytest.fixture
def client(make_server: ServerFactory) -> Iterator[httpx2.Client]:
    server = make_server(max_streams_per_user=2, max_streams=3)
    with administrator(server) as opened:
        yield opened


def administrator(server: Server) -> httpx2.Client:
    return httpx2.Client(base_url=server.url, auth=(ADMINISTRATOR, PASSWORD), timeout=20)


def status(client: httpx2.Client, stack: ExitStack, auth: tuple[str, str] | None = None) -> int:
    """The status of a stream that stays open with the stack."""
    login = (ADMINISTRATOR, PASSWORD) if auth is None else auth
    stream = client.stream("GET", "/-/events", auth=login)
    return stack.enter_context(stream).status_code


def test_one_user_has_so_many_streams(client: httpx2.Client) -> None:
    with ExitStack() as stack:
        assert [status(client, stack) for _ in range(3)] == [200, 200, 429]
        answer = client.get("/-/events")
        assert "TASKGATE_MAX_STREAMS_PER_USER" in answer.text

    def freed() -> bool:
        with ExitStack() as again:
            return status(client, again) == 200

    wait_until(freed)


def test_all_together_have_so_many_streams(client: httpx2.Client) -> None:
    for name in ("one", "two"):
        body = {"name": name, "password": PASSWORD, "roles": ["viewer"]}
        assert client.post("/-/accounts", json=body).status_code == 201
    with ExitStack() as stack:
        given = [status(client, stack) for _ in range(2)]
        given += [status(client, stack, (name, PASSWORD)) for name in ("one", "two")]
        assert given == [200, 200, 200, 429]
        answer = client.get("/-/events", auth=("two", PASSWORD))
        assert "TASKGATE_MAX_STREAMS is" in answer.text

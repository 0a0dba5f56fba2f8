"""What strangers can ask of the server before anybody knows who they are."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from gateway.http.connections import (
    RESERVE,
    ConnectionLimits,
    Connections,
    most_connections,
    source_of,
)
from gateway.http.protocol import Connection
from tests.serving import wait_until

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from tests.conftest import ServerFactory
    from tests.serving import Server

PLAIN = b"GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n"


def opened(server: Server) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def whole(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    with closing(connection):
        while part := connection.recv(65_536):
            found += part
    return found


def answer_to(server: Server, *parts: bytes) -> bytes:
    """What the server says to these parts; it may close before it has taken all of them."""
    connection = opened(server)
    try:
        for part in parts:
            connection.sendall(part)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return whole(connection)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def megabyte_of(name: bytes) -> bytes:
    return PLAIN + name + b": " + b"a" * 1_000_000


class TestHeads:
    def test_a_header_without_end_is_refused_after_its_first_bytes(self, server: Server) -> None:
        said = answer_to(server, megabyte_of(b"x-long"))
        assert status_of(said) == 431
        assert b"TASKGATE_MAX_HEADER_BYTES" in said

    def test_many_headers_that_are_long_together_are_refused(self, server: Server) -> None:
        headers = b"".join(b"x-%d: %s\r\n" % (n, b"a" * 1_000) for n in range(80))
        assert status_of(answer_to(server, PLAIN + headers + b"\r\n")) == 431

    def test_too_many_headers_are_refused(self, server: Server) -> None:
        said = answer_to(server, PLAIN + b"a: b\r\n" * 300 + b"\r\n")
        assert status_of(said) == 431
        assert b"TASKGATE_MAX_HEADERS" in said

    @pytest.mark.parametrize("length", [70_000, 1_000_000])
    def test_a_url_that_is_too_long_is_refused(self, server: Server, length: int) -> None:
        said = answer_to(server, b"GET /" + b"a" * length + b" HTTP/1.1\r\n\r\n")
        assert status_of(said) == 414
        assert b"TASKGATE_MAX_URL" in said

    def test_what_is_within_the_limits_is_answered(self, server: Server) -> None:
        headers = b"".join(b"x-%d: %s\r\n" % (n, b"a" * 600) for n in range(100))
        close = b"connection: close\r\n\r\n"
        assert status_of(answer_to(server, PLAIN + headers + close)) == 200

    def test_each_of_many_requests_on_one_connection_may_have_long_headers(
        self, server: Server
    ) -> None:
        long = b"x-long: " + b"a" * 50_000 + b"\r\n"
        request = PLAIN + long + b"\r\n"
        said = answer_to(server, request * 4 + PLAIN + b"connection: close\r\n\r\n")
        assert said.count(b"HTTP/1.1 200") == 5

    def test_what_is_no_request_is_refused_without_a_line_in_the_log(
        self, make_server: ServerFactory
    ) -> None:
        server = make_server()
        assert status_of(answer_to(server, b"\x16\x03\x01 no request\r\n\r\n")) == 400
        assert "Invalid HTTP request" not in server.log.read_text()


class TestTime:
    def test_half_a_head_is_refused_when_its_time_is_over(self, make_server: ServerFactory) -> None:
        said = answer_to(make_server(head_seconds=0.2), PLAIN)
        assert status_of(said) == 408
        assert b"TASKGATE_HEAD_SECONDS" in said

    def test_who_says_nothing_is_let_go(self, make_server: ServerFactory) -> None:
        assert answer_to(make_server(head_seconds=0.2)) == b""

    def test_empty_lines_do_not_hold_a_connection(self, make_server: ServerFactory) -> None:
        server = make_server(head_seconds=0.2)
        with closing(opened(server)) as connection:
            connection.sendall(PLAIN + b"\r\n")
            assert b"200 OK" in connection.recv(65_536)
            connection.sendall(b"\r\n")
            assert whole(connection).startswith((b"HTTP/1.1 408", b'{"status":"up"}'))

    def test_half_a_body_is_refused_when_its_time_is_over(self, make_server: ServerFactory) -> None:
        server = make_server(body_seconds=0.2)
        said = answer_to(server, b"POST /login HTTP/1.1\r\ncontent-length: 1000\r\n\r\n{")
        assert status_of(said) == 408
        assert b"TASKGATE_BODY_SECONDS" in said
        assert "exception" not in server.log.read_text()

    def test_a_connection_that_nobody_uses_is_closed(self, make_server: ServerFactory) -> None:
        said = answer_to(make_server(idle_seconds=0.2), PLAIN + b"\r\n")
        assert said.startswith(b"HTTP/1.1 200")

    def test_so_is_one_whose_body_comes_after_its_answer(self, make_server: ServerFactory) -> None:
        connection = opened(make_server(idle_seconds=0.2))
        connection.sendall(PLAIN + b"content-length: 4\r\n\r\n")
        said = b""
        while not said.endswith(b"}"):
            said += connection.recv(65_536)
        assert status_of(said) == 200
        connection.sendall(b"late")
        assert whole(connection) == b""


class TestBodies:
    @pytest.mark.parametrize("path", ["/login", "/oauth/token"])
    def test_who_logs_in_cannot_send_a_large_body(self, server: Server, path: str) -> None:
        head = f"POST {path} HTTP/1.1\r\ncontent-length: 65537\r\n\r\n".encode()
        with closing(opened(server)) as connection:
            connection.sendall(head)
            assert status_of(connection.recv(65_536)) in (400, 413)

    @pytest.mark.parametrize(
        "path",
        [
            "/midpoint/ws/rest/users",
            "/-/accounts",
            "/-/clients",
            "/operations-manager/jobs/start",
            "/v2025/task-status/0123456789abcdef0123456789abcdef",
        ],
    )
    def test_the_body_of_a_stranger_is_not_waited_for(self, server: Server, path: str) -> None:
        method = "PATCH" if "task-status" in path else "POST"
        head = f"{method} {path} HTTP/1.1\r\ncontent-length: 8000000\r\n\r\n".encode()
        with closing(opened(server)) as connection:
            connection.sendall(head)
            assert status_of(connection.recv(65_536)) == 401


class TestConnections:
    def test_one_address_cannot_take_all_connections(self, make_server: ServerFactory) -> None:
        server = make_server(max_connections_per_source=3)
        with ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(closing(opened(server)))
            said = answer_to(server, PLAIN + b"\r\n")
        assert status_of(said) == 429
        assert b"TASKGATE_MAX_CONNECTIONS_PER_SOURCE" in said
        closes = PLAIN + b"connection: close\r\n\r\n"
        wait_until(lambda: status_of(answer_to(server, closes)) == 200)

    def test_who_is_silent_makes_room_for_who_speaks(self, make_server: ServerFactory) -> None:
        server = make_server(max_connections=5)
        with ExitStack() as stack:
            silent = [stack.enter_context(closing(opened(server))) for _ in range(5)]
            assert status_of(answer_to(server, PLAIN + b"connection: close\r\n\r\n")) == 200
            assert silent[0].recv(1) == b""
        wait_until(lambda: "connections_refused" in server.log.read_text())


class Wire:
    """A transport that remembers what was done to it."""

    def __init__(self, host: str) -> None:
        self.host, self.written, self.is_over = host, b"", False
        self.unsent = 0

    def get_extra_info(self, name: str) -> Any:
        return (self.host, 1) if name in ("peername", "sockname") else None

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_over = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_over

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.unsent


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = uvloop.new_event_loop()
    yield made
    made.close()


async def nothing(scope: object, receive: object, send: object) -> None:
    """An application that nobody asks."""


def connected(
    loop: asyncio.AbstractEventLoop, connections: Connections, host: str
) -> tuple[Connection, Wire]:
    config = Config(nothing, http=cast("Any", partial(Connection, connections)), log_config=None)
    wire = Wire(host)
    made = Connection(connections, config, ServerState(), {}, loop)
    made.connection_made(cast("Any", wire))
    return made, wire


class TestSources:
    def test_a_proxy_speaks_for_many(self, loop: asyncio.AbstractEventLoop) -> None:
        connections = Connections(
            ConnectionLimits(per_source=1), is_proxy=lambda host: host == "10.0.0.1"
        )
        hosts = ["10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.2"]
        wires = [connected(loop, connections, host)[1] for host in hosts]
        assert [wire.written[:12] for wire in wires] == [b"", b"", b"", b"HTTP/1.1 429"]

    def test_who_leaves_makes_room(self, loop: asyncio.AbstractEventLoop) -> None:
        connections = Connections(ConnectionLimits(per_source=1))
        connection, _ = connected(loop, connections, "10.0.0.1")
        connection.connection_lost(None)
        assert not connected(loop, connections, "10.0.0.1")[1].written
        assert len(connections) == 1

    @pytest.mark.parametrize(
        ("host", "source"),
        [
            ("10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:db8::2", "2001:db8::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("testclient", "testclient"),
        ],
    )
    def test_all_that_a_subscriber_has_is_one_source(self, host: str, source: str) -> None:
        assert source_of(host) == source


def test_an_answer_that_nobody_takes_is_given_up(loop: asyncio.AbstractEventLoop) -> None:
    connections = Connections(ConnectionLimits(send_seconds=10))
    connection, wire = connected(loop, connections, "10.0.0.1")
    connection._due = float("inf")
    wire.unsent = 100
    connection.pause_writing()
    began = loop.time()
    connections.sweep(began + 9)
    wire.unsent = 50
    connections.sweep(began + 11)
    assert not wire.is_over
    connections.sweep(began + 22)
    assert wire.is_over


def test_the_server_waits_for_nobody_whom_it_does_not_read(
    loop: asyncio.AbstractEventLoop,
) -> None:
    connections = Connections(ConnectionLimits(body_seconds=10))
    connection, wire = connected(loop, connections, "10.0.0.1")
    connection._is_between = connection._is_head = False
    connection.flow.read_paused = True
    connections.sweep(loop.time() + 100)
    assert not wire.is_over


def test_connections_leave_descriptors_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, int]] = [(1_024, 2_048)]
    module = "gateway.http.connections.resource."
    monkeypatch.setattr(f"{module}getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(f"{module}setrlimit", lambda _, limit: limits.append(limit))
    assert most_connections(100_000) == 2_048 - RESERVE
    assert limits[-1] == (2_048, 2_048)
    assert most_connections(500) == 500

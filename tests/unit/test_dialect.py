"""The way of a request through any dialect: routes, methods, errors and counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from gateway.errors import (
    MethodNotAllowed,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TaskgateError,
    Throttled,
    TooLarge,
)
from gateway.http.dialect import ApiDialect, Match, Route, RouteTable, below, error_headers
from gateway.http.exchange import Answer, Exchange

if TYPE_CHECKING:
    from starlette.types import Message, Scope

TABLE = RouteTable(
    {
        "/jobs/{id}": {"GET": "one", "DELETE": "delete"},
        "/jobs/start": {"POST": "start"},
        "/jobs/{id}/steps/{step}": {"POST": "step"},
        "/lists": {"GET": "list", "HEAD": "count"},
        "": {"GET": "index"},
        "/{tenant}/lists": {"GET": "theirs"},
    }
)


@pytest.mark.parametrize(
    ("method", "path", "route", "values"),
    [
        ("GET", "/jobs/7", "one", ("7",)),
        ("HEAD", "/jobs/7", "one", ("7",)),
        ("HEAD", "/lists", "count", ()),
        ("POST", "/jobs/start", "start", ()),
        ("POST", "/jobs/7/steps/8", "step", ("7", "8")),
        ("GET", "", "index", ()),
        ("GET", "/acme/lists", "theirs", ("acme",)),
    ],
)
def test_a_route_is_found_by_path_and_method(
    method: str, path: str, route: str, values: tuple[str, ...]
) -> None:
    found = TABLE.find(method, [part for part in path.split("/") if part])
    assert found == Match(route, values)


@pytest.mark.parametrize("path", ["jobs", "jobs/7/steps", "nothing", "jobs/7/8/9"])
def test_no_route_is_found_where_no_path_fits(path: str) -> None:
    assert TABLE.find("GET", path.split("/")) is None


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "jobs/7", ("GET", "DELETE", "HEAD")),
        ("GET", "jobs/start", ("POST",)),
        ("POST", "lists", ("GET", "HEAD")),
    ],
)
def test_a_method_that_is_not_served_is_told_those_that_are(
    method: str, path: str, allow: tuple[str, ...]
) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        TABLE.find(method, path.split("/"))
    assert refused.value.allow == allow


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (MethodNotAllowed("no", allow=("GET", "HEAD")), [(b"Allow", b"GET, HEAD")]),
        (Throttled(7), [(b"Retry-After", b"7")]),
        (TooLarge("no"), [(b"connection", b"close")]),
        (NotFound("no"), []),
    ],
)
def test_http_is_told_of_errors_what_it_wants_to_know(
    error: TaskgateError, headers: list[tuple[bytes, bytes]]
) -> None:
    assert list(error_headers(error)) == headers


@dataclass(frozen=True)
class Called:
    """What a handler of the small API is given."""

    caller: str
    values: tuple[str, ...]


async def shown(services: str, call: Called) -> Answer:
    return Answer(status=200, body=f"{services} {call.caller} {call.values}".encode())


async def broken(services: str, call: Called) -> Answer:
    raise ZeroDivisionError(services, call)


async def opened(services: str, exchange: Exchange) -> Answer:
    return Answer(status=200, body=f"{services} {exchange.method}".encode())


class SmallApi(ApiDialect[str, str, Match[Route[str, Called]]]):
    """As little as a dialect can be."""

    paths = below(["/small"])
    table = RouteTable(
        {
            "/small/{id}": {"GET": Route(shown, "show")},
            "/small/{id}/broken": {"POST": Route(broken, "break")},
        }
    )

    async def authenticate(self, exchange: Exchange) -> str:
        name = exchange.header(b"authorization")
        if name is None:
            raise NotAuthenticated
        return name

    def find(self, exchange: Exchange, caller: str) -> Match[Route[str, Called]]:
        found = self.table.find(exchange.method, self.segments(exchange.scope))
        if found is None:
            raise NotFound(f"{caller} looks for nothing")
        return found

    def admit(self, caller: str, match: Match[Route[str, Called]]) -> None:
        if caller == "stranger":
            raise NotAllowed(match.route.operation)

    async def call(
        self, exchange: Exchange, caller: str, match: Match[Route[str, Called]]
    ) -> Answer:
        assert exchange.method
        return await match.route.handler(self.services, Called(caller, match.values))

    def error(
        self,
        scope: Scope,
        error: TaskgateError,
        match: Match[Route[str, Called]] | None = None,
    ) -> Answer:
        operation = scope["path"] if match is None else match.route.operation
        body = f"{operation}: {error.message}".encode()
        return Answer(status=error.status, body=body, headers=error_headers(error))

    def headers(self, scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
        return ((b"x-path", scope["path"].encode()),)


class Small:
    """A small API, asked in process."""

    def __init__(self) -> None:
        self.api = SmallApi("served", {"/small/open/door": {"GET": opened}})

    async def __call__(
        self, method: str, path: str, caller: str | None = "ann"
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        sent: list[Any] = []
        given = [] if caller is None else [(b"authorization", caller.encode())]

        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": given}
        await self.api(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


async def test_a_request_goes_from_who_asks_to_the_handler() -> None:
    status, headers, body = await Small()("GET", "/small/7")
    assert (status, headers[b"x-path"], body) == (200, b"/small/7", b"served ann ('7',)")


async def test_head_is_get_without_a_body() -> None:
    status, headers, body = await Small()("HEAD", "/small/7")
    assert (status, headers[b"content-length"], body) == (200, b"17", b"")


@pytest.mark.parametrize(
    ("method", "path", "caller", "status"),
    [
        ("GET", "/small/open/door", None, 200),
        ("POST", "/small/open/door", None, 405),
        ("GET", "/small/nothing/at/all", None, 401),
        ("GET", "/small/nothing/at/all", "ann", 404),
        ("GET", "/small/7", "stranger", 403),
        ("PUT", "/small/7", "stranger", 405),
    ],
)
async def test_who_asks_comes_before_what_is_asked(
    method: str, path: str, caller: str | None, status: int
) -> None:
    assert (await Small()(method, path, caller))[0] == status


async def test_what_breaks_is_told_in_the_apis_form_and_in_one_line_of_the_log() -> None:
    with structlog.testing.capture_logs() as lines:
        status, headers, body = await Small()("POST", "/small/7/broken")
    assert (status, headers[b"x-path"]) == (500, b"/small/7/broken")
    assert body.startswith(b"break: ")
    assert b"ZeroDivision" not in body
    assert [(line["event"], line["path"]) for line in lines] == [
        ("request_broke", "/small/7/broken")
    ]


async def test_answers_and_refusals_are_counted_by_status() -> None:
    small = Small()
    await small("GET", "/small/7")
    await small("GET", "/small/7")
    await small("GET", "/small/7", None)
    scope = {"path": "/small/7", "method": "GET", "headers": []}
    refused = small.api.refusal(scope, NotAllowed("not from there"))
    assert (refused.status, refused.body) == (403, b"/small/7: not from there")
    assert small.api.answers == {200: 2, 401: 1, 403: 1}


def test_paths_are_below_a_mount_or_single() -> None:
    paths = below(["/a", "/v[0-9]"], beside=["/health.x"])
    fits = ["/a", "/a/b", "/v1/c/d", "/health.x", "/health.x/"]
    assert all(map(paths.fullmatch, fits))
    assert not any(map(paths.fullmatch, ["/ab", "/v", "/health.x/y", "/healthyx"]))

"""What strangers try, at the default limits: refused in time, with the one shape of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import psutil
import pytest

from tests.serving import IN_JSON, PASSWORD, REST, Api, assert_operation_result, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server

JSON = {"content-type": "application/json"}
MEBIBYTE = b" " * 2**20


@pytest.fixture(autouse=True)
def within_a_second(server: Server) -> Iterator[None]:
    """Each of these costs the server less than a second of work, however busy the machine is."""
    process = psutil.Process(server.process.pid)
    before = process.cpu_times()
    yield
    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < 1


def megabytes(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield MEBIBYTE


@pytest.fixture
def memory(server: Server) -> Iterator[None]:
    """The server needs hardly more memory afterwards."""
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    yield
    assert process.memory_info().rss - before < 64 * 2**20


@pytest.mark.parametrize("route", ["POST /tasks", "POST /tasks/search", "PUT /users/x"])
def test_a_body_of_a_hundred_megabytes_is_cut_off(server: Server, memory: None, route: str) -> None:
    method, path = route.split()
    # A fresh connection: the server closes it, maybe before we have sent everything.
    with httpx2.Client(auth=("administrator", PASSWORD), headers=IN_JSON) as sender:
        try:
            answer = sender.request(
                method, server.url + REST + path, content=megabytes(100), headers=JSON
            )
        except httpx2.TransportError:
            return
    assert_operation_result(answer, 413)


NESTED: dict[str, bytes] = {
    "lists": b'{"query":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects": b'{"query":' + b'{"filter":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "unended": b"[" * 100_000,
    "just too deep": b'{"user":{"name":"x","extension":{"x":' + b"[" * 100 + b"]" * 100 + b"}}}",
}


@pytest.mark.parametrize("body", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("path", ["/users", "/users/search"])
def test_json_without_bottom_is_refused(client: httpx2.Client, path: str, body: bytes) -> None:
    assert_operation_result(client.post(path, content=body, headers=JSON), 400)


FILTERS: dict[str, str] = {
    "a megabyte": "name = '" + "x" * 2**20 + "'",
    "a megabyte of conditions": " or ".join(["name = 'x'"] * 80_000),
    "parentheses": "(" * 10_000 + "name = 'x'" + ")" * 10_000,
    "parentheses without end": "(" * 10_000,
    "negations": "not " * 10_000 + "name = 'x'",
    "inner conditions": "assignment matches (" * 5_000 + "description = 'x'" + ")" * 5_000,
    "a nul": "name = 'a\0b'",
    "a path": "/".join(["assignment"] * 5_000) + " = 'x'",
}


@pytest.mark.parametrize("text", FILTERS.values(), ids=FILTERS)
def test_a_filter_without_measure_is_refused(client: httpx2.Client, text: str) -> None:
    body = {"query": {"filter": {"text": text}}}
    assert_operation_result(client.post("/users/search", json=body), 400)


@pytest.mark.parametrize(
    "body",
    [
        b'{"user":{"name":"a\\u0000b"}}',
        b'{"user":{"name":"x","a\\u0000b":1}}',
        b'{"user":{"name":"a\x00b"}}',
        b'{"user":{"name":"\\ud800"}}',
        b'{"user":{"name":"\\udfff\\ud800"}}',
        b'{"user":{"name":"\xed\xa0\x80"}}',
        b'{"user":{"name":"\xff"}}',
        b'\xff\xfe{\x00"\x00u\x00',
        b'{"user":{"name":"x","oid":"\\u0000"}}',
    ],
)
def test_text_that_is_no_text_is_refused(client: httpx2.Client, body: bytes) -> None:
    assert_operation_result(client.post("/users", content=body, headers=JSON), 400)


LISTS: dict[str, bytes] = {
    "numbers": b'{"user":{"name":"x","subtype":[' + b"1," * 1_000_000 + b"1]}}",
    "objects": b'{"user":{"name":"x","assignment":[' + b"{}," * 1_000_000 + b"{}]}}",
    "open": b'{"user":{"name":"x","extension":{"x":[' + b"1," * 1_000_000 + b"1]}}}",
    "deltas": b'{"objectModification":{"itemDelta":[' + b"{}," * 1_000_000 + b"{}]}}",
}


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
def test_a_list_of_a_million_values_is_refused(client: httpx2.Client, body: bytes) -> None:
    assert_operation_result(client.post("/users", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    "paging", [{"offset": -1}, {"maxSize": -1}, {"offset": 10**30}, {"offset": "1" * 5_000}]
)
def test_a_page_beyond_measure_is_refused(client: httpx2.Client, paging: dict[str, Any]) -> None:
    answer = client.post("/users/search", json={"query": {"paging": paging}})
    assert_operation_result(answer, 400)


@pytest.mark.parametrize(
    "query",
    ["include=%00", "include=%FF", "options=%C0%80", "include=" + "a/" * 10_000, "x=1&" * 3_000],
)
def test_a_query_string_beyond_measure_is_refused(client: httpx2.Client, query: str) -> None:
    assert_operation_result(client.get(f"/users?{query}"), 400)


@pytest.mark.parametrize("path", ["/users/%00", "/users/%FF", "/%00", "/users/..%2F..%2Fetc"])
def test_a_path_that_is_no_path_is_not_found(client: httpx2.Client, path: str) -> None:
    assert_operation_result(client.get(path), 404)


def test_a_number_of_thousands_of_digits_is_refused(client: httpx2.Client) -> None:
    digits = b"9" * 10_000
    for body in (
        b'{"org":{"name":"x","displayOrder":' + digits + b"}}",
        b'{"org":{"name":"x","displayOrder":"' + digits + b'"}}',
        b'{"org":{"name":"x","assignment":{"@id":"' + digits + b'"}}}',
    ):
        assert_operation_result(client.post("/orgs", content=body, headers=JSON), 400)


def test_names_in_every_script_are_kept_and_found(api: Api) -> None:
    for script in ("Ján Žltý", "Привет", "你好", "مرحبا", "👩‍🚀", "a\u0301", "%_'\"\\"):
        name = unique(script)
        oid = api.create("tasks", {"name": name})
        assert api.get("tasks", oid)["name"] == name


def test_the_server_still_works_after_all_that(api: Api) -> None:
    assert api.when_closed(api.task(schedulingState="ready"))["resultStatus"] == "success"

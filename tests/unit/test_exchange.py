"""Query strings and bodies as they come over ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.errors import InvalidRequest, TooLarge
from gateway.http.exchange import Exchange, Parameters, read_body

if TYPE_CHECKING:
    from starlette.types import Message, Receive


def chunks(*parts: bytes, disconnects: bool = False) -> Receive:
    """A client that sends these parts of a body."""
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": disconnects or n < len(parts) - 1}
        for n, part in enumerate(parts)
    ]
    if disconnects:
        messages.append({"type": "http.disconnect"})
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive


def scope(*headers: tuple[bytes, bytes], **more: object) -> dict[str, object]:
    return {"type": "http", "method": "GET", "headers": list(headers), "query_string": b""} | more


def test_values_may_be_repeated_or_separated_by_commas() -> None:
    parameters = Parameters(b"options=raw&options=force, noFetch&other=1")
    assert parameters.values("options") == ["raw", "force", "noFetch"]
    assert parameters.values("missing") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [(b"", False), (b"f=true", True), (b"f=True", True), (b"f=TRUE", True), (b"f=False", False)],
)
def test_a_flag_is_false_unless_it_says_true(query: bytes, expected: bool) -> None:
    assert Parameters(query).flag("f") is expected


@pytest.mark.parametrize("query", [b"f=1", b"f=", b"f", b"f=truth", b"f=%20true"])
def test_a_flag_that_is_no_boolean_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidRequest, match="'f' must be true or false"):
        Parameters(query).flag("f")


@pytest.mark.parametrize("query", [b"f=true&f=false", b"f=true&f=true"])
def test_a_flag_is_given_once(query: bytes) -> None:
    with pytest.raises(InvalidRequest, match="'f' must be given once"):
        Parameters(query).flag("f")


@pytest.mark.parametrize("query", [b"a=%FF", b"a=\xff", b"a=" + b"&a=" * 2_000])
def test_a_query_string_that_is_not_encoded_text_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidRequest, match="query string"):
        Parameters(query)


@pytest.mark.parametrize("query", [b"a=%00", b"%00=a"])
def test_a_nul_in_the_query_string_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidRequest, match="NUL"):
        Parameters(query)


async def test_a_body_in_parts_is_put_together() -> None:
    assert await read_body(scope(), chunks(b"ab", b"", b"cd"), 4) == b"abcd"


async def test_a_body_that_is_announced_as_too_large_is_not_read() -> None:
    with pytest.raises(TooLarge, match="has 5 bytes; at most 4"):
        await read_body(scope((b"content-length", b"5")), chunks(), 4)


async def test_a_body_that_grows_too_large_is_refused_on_the_way() -> None:
    with pytest.raises(TooLarge, match="longer than 4 bytes"):
        await read_body(scope(), chunks(b"abc", b"de", b"never read"), 4)


async def test_a_client_that_goes_away_leaves_no_body() -> None:
    with pytest.raises(InvalidRequest, match="went away"):
        await read_body(scope(), chunks(b"ab", disconnects=True), 10)


def test_the_base_url_is_the_one_that_the_client_used() -> None:
    named = Exchange(scope=scope((b"host", b"gate.example:8443"), scheme="https"), receive=chunks())
    assert named.base_url() == "https://gate.example:8443"


def test_without_a_host_header_the_base_url_is_the_servers_address() -> None:
    bare = Exchange(scope=scope(server=("127.0.0.1", 8080)), receive=chunks())
    assert bare.base_url() == "http://127.0.0.1:8080"
    assert (
        Exchange(scope=scope(server=("pipe", None)), receive=chunks()).base_url() == "http://pipe"
    )

"""JSON bodies from strangers, and which media types they may have."""

from __future__ import annotations

import time

import pytest

from gateway.errors import MalformedBody
from gateway.http.json_body import BodyLimits, parse_json

LIMITS = BodyLimits(size=1_000_000, depth=10, values=100)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"1" + b"]" * depth


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"a": [1, null]}', {"a": [1, None]}), (b' "x" ', "x"), (b"1.5", 1.5)]
)
def test_json_is_read(body: bytes, value: object) -> None:
    assert parse_json(body, LIMITS) == value


@pytest.mark.parametrize("body", [b"", b"   ", b"\n"])
def test_a_missing_body_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="no body"):
        parse_json(body, LIMITS)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": 1} x',
        b"<task/>",
        b"\xff\xfe",
        b'"\\ud800"',
        b'"\x00"',
        b"NaN",
        b"{\xef\xbb\xbf}",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b'"unended',
    ],
)
def test_what_is_not_json_is_refused_with_the_reason(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="not JSON"):
        parse_json(body, LIMITS)


def test_a_byte_order_mark_before_the_value_is_read_over() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}', LIMITS) == {"a": 1}
    with pytest.raises(MalformedBody, match="no body"):
        parse_json(b"\xef\xbb\xbf", LIMITS)


def test_nesting_up_to_the_limit_is_read_and_beyond_it_refused() -> None:
    parse_json(nested(LIMITS.depth), LIMITS)
    with pytest.raises(MalformedBody, match="deeper than 10 levels"):
        parse_json(nested(LIMITS.depth + 1), LIMITS)


def test_flat_bodies_with_many_brackets_are_not_deep() -> None:
    assert parse_json(b"[" + b"[]," * 50 + b"[]]", LIMITS) == [[]] * 51


def test_nesting_without_end_is_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(MalformedBody):
        parse_json(nested(100_000), LIMITS)
    assert time.process_time() - started < 0.5


def test_a_list_up_to_the_limit_is_read_and_beyond_it_refused() -> None:
    parse_json(b"[" + b"1," * 99 + b"1]", LIMITS)
    with pytest.raises(MalformedBody, match="more than 100 values"):
        parse_json(b"[" + b"1," * 100 + b"1]", LIMITS)


@pytest.mark.parametrize(
    "body", [b'{"a": "x\\u0000y"}', b'{"x\\u0000y": 1}', b'["\\u0000"]', b'{"a":{"b":["\\u0000"]}}']
)
def test_a_nul_character_is_refused_wherever_it_is(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="NUL"):
        parse_json(body, LIMITS)


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert parse_json(b'"\\\\u0000"', LIMITS) == "\\u0000"

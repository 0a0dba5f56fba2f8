"""JSON bodies from strangers: parsed, and refused when they are too deep, too long or unprintable."""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from gateway.errors import MalformedBody

if TYPE_CHECKING:
    from gateway.model.documents import Json

#: Bytes from which on a body is read in a thread.
LARGE = 4 * 1024
#: Values of one body, for each value that a list may have; as in the other forms.
VALUES_PER_VALUE = 12
#: Bytes of a body that is read before it is known who sends it.
STRANGERS = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyLimits:
    """How large and how deep a body may be."""

    size: int
    depth: int
    values: int


def parse_json(body: bytes, limits: BodyLimits) -> Json:
    """The value; `MalformedBody` says what is wrong with it."""
    # RFC 8259 lets readers ignore it, and tools of Windows write it.
    body = body.removeprefix(BOM_UTF8)
    if not body.strip():
        raise MalformedBody("The request has no body.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"The body is not JSON: {error}.") from error
    # Counting bytes is much cheaper than walking; most bodies are cleared by it.
    nests = body.count(b"{") + body.count(b"[") > limits.depth
    if nests or body.count(b",") >= limits.values or b"\\u0000" in body:
        _check(value, limits)
    return value


async def read_json(body: bytes, limits: BodyLimits) -> Json:
    """As `parse_json`, a large body off the event loop."""
    if len(body) <= LARGE:
        return parse_json(body, limits)
    return await asyncio.to_thread(parse_json, body, limits)


def _check(value: Json, limits: BodyLimits) -> None:
    level, left = [value], limits.values * VALUES_PER_VALUE
    for _ in range(limits.depth + 1):
        following: list[Json] = []
        for each in level:
            following += _children(each, limits)
        if not following:
            return
        left -= len(following)
        if left < 0:
            raise MalformedBody("The body has too many values.")
        level = following
    raise MalformedBody(f"The body is nested deeper than {limits.depth} levels.")


def _children(value: Json, limits: BodyLimits) -> list[Json]:
    if isinstance(value, str):
        if "\0" in value:
            raise MalformedBody("A text in the body contains a NUL character.")
        return []
    if isinstance(value, list):
        if len(value) > limits.values:
            raise MalformedBody(f"A list in the body has more than {limits.values} values.")
        return value
    if isinstance(value, dict):
        if len(value) > limits.values:
            raise MalformedBody(f"An object in the body has more than {limits.values} names.")
        if any("\0" in key for key in value):
            raise MalformedBody("A name in the body contains a NUL character.")
        return list(value.values())
    return []

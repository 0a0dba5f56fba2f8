"""Request bodies: an object of known keys, read strictly; an empty one is an empty object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.dialects.itential.names import SHORT_ID
from gateway.errors import InvalidRequest
from gateway.http.json_body import read_json

if TYPE_CHECKING:
    from gateway.http.exchange import Exchange
    from gateway.http.json_body import BodyLimits
    from gateway.model.documents import Document

#: Ids that one request may name.
MAX_IDS = 1_000
_KINDS: dict[type, str] = {str: "a text", dict: "an object", list: "a list"}


async def read_body(exchange: Exchange, limits: BodyLimits) -> Document:
    """The JSON object of the body, whatever its media type is said to be; none is an empty one."""
    raw = await exchange.body(limits.size)
    if not raw.strip():
        return {}
    parsed = await read_json(raw, limits)
    if not isinstance(parsed, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return parsed


def check_body(
    body: Document, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Document:
    """The body, if it has all required keys and none that is unknown."""
    missing = [key for key in required if key not in body]
    if missing:
        raise InvalidRequest(f"Missing Params: {', '.join(missing)}")
    unknown = [key for key in body if key not in (*required, *optional)]
    if unknown:
        raise InvalidRequest(f"The body has the unknown key '{unknown[0][:80]}'.")
    return body


def read_typed(body: Document, key: str, kind: type, default: Any = None) -> Any:
    """The value of a key, if it is of the type; the default if it is missing."""
    if key not in body:
        return default
    value = body[key]
    if not isinstance(value, kind):
        raise InvalidRequest(f"'{key}' must be {_KINDS[kind]}.")
    return value


def read_short_ids(body: Document, key: str) -> list[str]:
    """A list of ids of 24 hex digits."""
    values = read_typed(body, key, list, [])
    if len(values) > MAX_IDS:
        raise InvalidRequest(f"'{key}' names more than {MAX_IDS} ids.")
    for value in values:
        if not isinstance(value, str) or not SHORT_ID.fullmatch(value):
            raise InvalidRequest(f"'{key}' is a list of ids of 24 hex digits, not {value!r:.80}.")
    return list(dict.fromkeys(values))

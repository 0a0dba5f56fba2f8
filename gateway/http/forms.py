"""Forms from strangers: parameters from the query string and the body together, each said once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.errors import InvalidRequest
from gateway.http.negotiation import media_type_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection

    from gateway.http.exchange import Exchange

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
#: Most bytes of a form, and most fields.
LARGEST, MOST = 64 * 1024, 100


async def form(exchange: Exchange, names: Collection[str]) -> dict[str, str]:
    """Those of the named parameters that are given; `InvalidRequest` for one with two values.

    A body of another media type, or none, leaves those of the query string. Others are ignored.
    """
    body = await exchange.body(LARGEST)
    media_type = media_type_of(exchange.header(b"content-type"))
    found: dict[str, str] = {}
    pairs = list(exchange.parameters().pairs)
    if media_type == URLENCODED:
        pairs += _parse_urlencoded(body)
    elif media_type == MULTIPART:
        pairs += await _multipart(exchange, body)
    for name, value in pairs:
        if name in names and found.setdefault(name, value) != value:
            raise InvalidRequest(f"The parameter '{name}' is given with two values.")
    return found


def _parse_urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidRequest("The body is not a percent-encoded form in UTF-8.") from error


async def _multipart(exchange: Exchange, body: bytes) -> list[tuple[str, str]]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        Headers(raw=exchange.scope["headers"]), stream(), max_files=0, max_fields=MOST
    )
    try:
        read: FormData = await parser.parse()
    except (MultiPartException, FormParserError, KeyError, UnicodeDecodeError) as error:
        raise InvalidRequest("The body is not a form of parts.") from error
    return [(k, v) for k, v in read.multi_items() if not isinstance(v, UploadFile)]

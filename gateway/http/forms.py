"""Forms from strangers: parameters from the query string and the body together, each said once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from gateway.http.exchange import Exchange

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
#: Most bytes of a form, and most fields.
LARGEST, MOST = 64 * 1024, 100


async def form(exchange: Exchange) -> dict[str, str]:
    """The parameters of a request; `InvalidRequest` for one that is said in two ways.

    A body of another media type, or none, leaves those of the query string.
    """
    body = await exchange.body(LARGEST)
    media_type = (exchange.header(b"content-type") or "").partition(";")[0].strip().lower()
    found: dict[str, str] = {}
    _take(found, exchange.parameters().pairs)
    if media_type == URLENCODED:
        _take(found, _urlencoded(body))
    elif media_type == MULTIPART:
        _take(found, await _multipart(exchange, body))
    return found


def _take(found: dict[str, str], pairs: Iterable[tuple[str, str]]) -> None:
    for name, value in pairs:
        if found.setdefault(name, value) != value:
            raise InvalidRequest(f"The parameter '{name[:80]}' is given with two values.")


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
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

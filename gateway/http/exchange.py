"""Requests and answers as values, and how they go over ASGI."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import parse_qsl

from gateway.errors import InvalidRequest, TooLarge
from gateway.http.numerals import is_digits, natural

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

    from starlette.types import Receive, Scope, Send

T = TypeVar("T")
#: Bytes of an answer that are handed over at once; of a longer one no more waits beside it.
PIECE = 256 * 1024
JSON = b"application/json"
#: Key of the scope: what links start with, where that does not follow from the request's own host.
BASE_URL = "taskgate.base_url"
#: Key of the scope: its headers by name, each once, or None if one of them is given twice.
BY_NAME = "taskgate.headers"


class CasedName(bytes):
    """The name of a header that goes out in the case it is written in.

    uvicorn's faster protocol lower-cases names, which HTTP allows and clients with plain
    dictionaries of headers do not survive; it does so by asking the name.
    """

    __slots__ = ()

    def lower(self) -> CasedName:
        """Itself."""
        return self


class HeaderBlock(bytes):
    """The name of a header, before which others go out that never change.

    The server looks at each header of each answer again; this one costs as much as any single one.
    It is asked for its name in lower case, like `CasedName`, and answers with the whole block.
    """

    _block: bytes

    def __new__(cls, headers: Sequence[tuple[bytes, bytes]], name: bytes) -> Self:
        """The name, and the headers to go before it."""
        made = super().__new__(cls, name)
        made._block = b"".join(b"%s: %s\r\n" % each for each in headers) + name
        return made

    def lower(self) -> bytes:
        """The block."""
        return self._block


#: For browsers, on every answer: its type is not guessed, and it names us to nobody.
ALWAYS = (
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
    (b"Referrer-Policy", b"no-referrer"),
)
#: On every answer with data: nothing in it runs, and nobody on the way keeps it.
POLICY = (b"Content-Security-Policy", b"default-src 'none'; frame-ancestors 'none'; sandbox")
STORE = (b"Cache-Control", b"no-store")
_SEALED = (HeaderBlock((*ALWAYS, POLICY), STORE[0]), STORE[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A status, headers and a body."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send, *, head_only: bool = False) -> None:
        """Write it, with what every answer tells browsers; statuses without a body get none, not even a length."""
        headers = [*self.headers, _SEALED]
        if self.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = b"" if head_only or self.status in (204, 304) else self.body
        start = 0
        while len(body) - start > PIECE:
            piece = body[start : start + PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            start += PIECE
        await send({"type": "http.response.body", "body": body[start:]})


@dataclass(slots=True)
class AnswerSize:
    """The size of an answer while it is put together."""

    #: Most bytes.
    limit: int
    size: int = 0

    def add(self, count: int) -> None:
        """So many bytes more; `TooLarge` if that is more than an answer may have."""
        self.size += count
        if self.size > self.limit:
            raise TooLarge(
                f"What is asked for has more than {self.limit} bytes; ask for fewer at a time, by "
                "paging. TASKGATE_MAX_ANSWER is the limit."
            )


def json_answer(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    """An answer in JSON; statuses without a body get no media type either."""
    typed = ((b"content-type", JSON),) if body else ()
    return Answer(status=status, body=body, headers=(*typed, *headers))


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request, as handlers see it."""

    scope: Scope
    receive: Receive

    @property
    def method(self) -> str:
        """The method in capitals."""
        return str(self.scope["method"])

    @property
    def source(self) -> str:
        """The address that the request comes from."""
        return source_of(self.scope)

    def header(self, name: bytes) -> str | None:
        """The first header of that (lower-case) name."""
        return header(self.scope, name)

    def headers(self, name: bytes) -> list[str]:
        """All headers of that (lower-case) name."""
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key == name]

    async def while_connected(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which ends when the client goes away (`InvalidRequest`)."""
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self._leave())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise InvalidRequest("The client went away before there was an answer.")
        finally:
            working.cancel()
            leaving.cancel()

    async def _leave(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def parameters(self) -> Parameters:
        """The query string's parameters."""
        return Parameters(self.scope["query_string"])

    async def body(self, limit: int) -> bytes:
        """The whole body; `TooLarge` as soon as it is known to be over the limit."""
        return await read_body(self.scope, self.receive, limit)

    def base_url(self) -> str:
        """Scheme, host, port and prefix as the client sees them; every link starts with them."""
        known = self.scope.get(BASE_URL)
        if known is not None:
            return str(known)
        scheme = self.scope.get("scheme", "http")
        host = self.header(b"host")
        if not host:
            server: Any = self.scope.get("server") or ("localhost", None)
            host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
        return f"{scheme}://{host}"


class Parameters:
    """A query string, decoded; `values` splits at commas as well."""

    def __init__(self, query: bytes) -> None:
        try:
            text = query.decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1_000)
        except (UnicodeDecodeError, ValueError) as error:
            raise InvalidRequest("The query string is not percent-encoded UTF-8.") from error
        self._pairs = pairs
        if any("\0" in name or "\0" in value for name, value in pairs):
            raise InvalidRequest("The query string contains a NUL character.")

    def __bool__(self) -> bool:
        return bool(self._pairs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names and values in order."""
        return self._pairs

    def only(self, name: str) -> str | None:
        """The one value of a parameter, None if it is missing; `InvalidRequest` for a second one."""
        given = [value for key, value in self._pairs if key == name]
        if len(given) > 1:
            raise InvalidRequest(f"The parameter '{name}' must be given once.")
        return given[0] if given else None

    def values(self, name: str) -> list[str]:
        """All values of the parameter, repeated or separated by commas, blank ones included."""
        found = [value for key, value in self._pairs if key == name]
        return [part.strip() for value in found for part in value.split(",")]

    def flag(self, name: str) -> bool:
        """A boolean parameter in any case, false if missing; `InvalidRequest` if it is something else."""
        given = self.only(name)
        found = False if given is None else truth_of(given)
        if found is None:
            raise InvalidRequest(f"The parameter '{name}' must be true or false.")
        return found


def truth_of(text: str) -> bool | None:
    """The boolean that a text says in any case, as .NET and Python write them; None if it says none."""
    return {"true": True, "false": False}.get(text.lower())


def source_of(scope: Scope) -> str:
    """The address that a request comes from; empty if the server does not know it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that (lower-case) name."""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body; `TooLarge` as soon as it is known to be over the limit."""
    announced = header(scope, b"content-length")
    if announced is not None and is_digits(announced) and natural(announced, limit) is None:
        raise TooLarge(f"The body has {announced} bytes; at most {limit} are read.")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("The client went away before the body was complete.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body is longer than {limit} bytes, which is the limit.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)

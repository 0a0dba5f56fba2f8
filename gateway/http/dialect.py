"""What every API has in common: a table of routes, and the way of a request through it.

    open route? -> who asks -> which route -> may they -> the handler

What is raised on the way becomes an answer in the API's own form. An API says by its hooks how each
step goes; it knows neither the server nor how answers are counted.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import structlog

from gateway.errors import MethodNotAllowed, TaskgateError, TooLarge
from gateway.http.exchange import Answer, CasedName, Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.types import Receive, Scope, Send

    from gateway.model.principal import Right

R = TypeVar("R")
#: What handlers work with, who asks, and what a request was found to be about.
S = TypeVar("S")
P = TypeVar("P")
M = TypeVar("M", bound="Match[Any]")
C = TypeVar("C")
Header: TypeAlias = tuple[bytes, bytes]
#: By template of a path, the routes of its methods.
Routes: TypeAlias = Mapping[str, Mapping[str, R]]
#: What answers without asking who is there.
OpenHandler: TypeAlias = Callable[[S, Exchange], Awaitable[Answer]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route(Generic[S, C]):
    """A handler, the vendor's name of the operation, and what a caller needs to be let in."""

    handler: Callable[[S, C], Awaitable[Answer]]
    operation: str
    #: Without a type one of them is needed on some object at least, with one each on all of it.
    rights: tuple[Right, ...] = ()
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Match(Generic[R]):
    """The route of a request, and what its path has where the template has braces."""

    route: R
    values: tuple[str, ...] = ()


class RouteTable(Generic[R]):
    """Finds routes by path and method; `{...}` in a template stands for one segment of any text."""

    def __init__(self, routes: Routes[R]) -> None:
        #: By number of parts and the first one, which is empty where it stands for anything.
        self._rows: dict[tuple[int, str], list[tuple[tuple[str, ...], Mapping[str, R]]]] = {}
        for template, methods in routes.items():
            parts = tuple(part for part in template.split("/") if part)
            first = "" if not parts or _is_open(parts[0]) else parts[0]
            self._rows.setdefault((len(parts), first), []).append((parts, methods))
        for rows in self._rows.values():
            # What is said in full is meant before what stands for anything.
            rows.sort(key=lambda row: [_is_open(part) for part in row[0]])

    def find(self, method: str, segments: Sequence[str]) -> Match[R] | None:
        """The route; None if no path fits, `MethodNotAllowed` if its methods do not."""
        count, first = len(segments), segments[0] if segments else ""
        for parts, methods in (
            *self._rows.get((count, first), ()),
            *self._rows.get((count, ""), ()),
        ):
            if all(p == s or _is_open(p) for p, s in zip(parts, segments, strict=True)):
                values = (s for p, s in zip(parts, segments, strict=True) if _is_open(p))
                return Match(_by_method(methods, method), tuple(values))
        return None


def _is_open(part: str) -> bool:
    return part[0] == "{"


def _by_method(methods: Mapping[str, R], method: str) -> R:
    """HEAD is served wherever GET is."""
    if method in methods:
        return methods[method]
    if method == "HEAD" and "GET" in methods:
        return methods["GET"]
    more = ("HEAD",) if "GET" in methods and "HEAD" not in methods else ()
    raise MethodNotAllowed(f"{method} is not served here.", allow=(*methods, *more))


def below(mounts: Iterable[str], *, beside: Iterable[str] = ()) -> re.Pattern[str]:
    """The mounts, as regular expressions, and all paths below them; `beside` are single paths."""
    single = "".join(f"|{re.escape(path)}/?" for path in beside)
    return re.compile(f"(?:{'|'.join(mounts)})(?:/.*)?{single}", re.DOTALL)


def error_headers(error: TaskgateError) -> tuple[Header, ...]:
    """What HTTP wants to be told beside a status, whatever the body is."""
    if isinstance(error, MethodNotAllowed):
        return ((CasedName(b"Allow"), ", ".join(error.allow).encode()),)
    if error.retry_after is not None:
        return ((CasedName(b"Retry-After"), b"%d" % error.retry_after),)
    if isinstance(error, TooLarge):
        return ((b"connection", b"close"),)
    return ()


class ApiDialect(ABC, Generic[S, P, M]):
    """An API as one ASGI application, for all of its mounts."""

    #: The paths that belong to it, from end to end.
    paths: re.Pattern[str]
    #: Paths that read what forms send.
    forms: tuple[str, ...] = ()

    def __init__(self, services: S, open_routes: Routes[OpenHandler[S]] | None = None) -> None:
        self.services = services
        self._open: RouteTable[OpenHandler[S]] = RouteTable(open_routes or {})
        #: How many answers there were, by status.
        self.answers: Counter[int] = Counter()

    @abstractmethod
    async def authenticate(self, exchange: Exchange) -> P:
        """Who asks; `NotAuthenticated` if that is nobody."""

    @abstractmethod
    def find(self, exchange: Exchange, caller: P) -> M:
        """The route; what an API says of paths that it does not have is an error of it."""

    @abstractmethod
    def admit(self, caller: P, match: M) -> None:
        """`NotAllowed` for who may not call this at all, before it is looked at what is asked."""

    @abstractmethod
    async def call(self, exchange: Exchange, caller: P, match: M) -> Answer:
        """What the route's handler answers."""

    @abstractmethod
    def error(self, scope: Scope, error: TaskgateError, match: M | None = None) -> Answer:
        """The error in the API's form.

        Args:
            scope: of the request.
            error: with the status that HTTP has for it.
            match: what was called; None if it did not come to that.
        """

    def segments(self, scope: Scope) -> list[str]:
        """The parts of the path."""
        return [part for part in scope["path"].split("/") if part]

    def open_route(self, exchange: Exchange) -> OpenHandler[S] | None:
        """What answers everybody, if it is that what is asked for."""
        found = self._open.find(exchange.method, self.segments(exchange.scope))
        return None if found is None else found.route

    def at_hand(self, scope: Scope) -> Answer | None:
        """An answer that needs no more than a look; None: it has to be worked out."""
        del scope
        return None

    def headers(self, scope: Scope) -> tuple[Header, ...]:
        """What every answer to a request tells."""
        del scope
        return ()

    def log_fields(self, scope: Scope) -> dict[str, str]:
        """By what a request is known in the log, beside its path."""
        del scope
        return {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ready = self.at_hand(scope)
        if ready is not None:
            self.answers[ready.status] += 1
            await ready.send(send)
            return
        answer = await self._answer(Exchange(scope=scope, receive=receive))
        answer = self._counted(scope, answer)
        await answer.send(send, head_only=scope["method"] == "HEAD")

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in."""
        return self._counted(scope, self.error(scope, error))

    def _counted(self, scope: Scope, answer: Answer) -> Answer:
        self.answers[answer.status] += 1
        more = self.headers(scope)
        return replace(answer, headers=(*answer.headers, *more)) if more else answer

    async def _answer(self, exchange: Exchange) -> Answer:
        match: M | None = None
        try:
            answers_all = self.open_route(exchange)
            if answers_all is not None:
                return await answers_all(self.services, exchange)
            # Authentication comes before the question what is asked.
            caller = await self.authenticate(exchange)
            match = self.find(exchange, caller)
            self.admit(caller, match)
            return await self.call(exchange, caller, match)
        except TaskgateError as error:
            return self.error(exchange.scope, error, match)
        except Exception:
            fields = self.log_fields(exchange.scope)
            log.exception("request_broke", path=exchange.scope["path"], **fields)
            broken = TaskgateError("An internal error; see the server's log.")
            return self.error(exchange.scope, broken, match)

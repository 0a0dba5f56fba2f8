"""SailPoint's routes as a table, and the order in which a request is checked.

token -> rate -> route -> experimental header -> right -> the handler's own: parameters, body, id
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

import structlog

from gateway.dialects.base import below
from gateway.dialects.sailpoint import handlers, oauth
from gateway.dialects.sailpoint.errors import (
    NoExperimentalHeader,
    NotServed,
    RateExceeded,
    error_answer,
)
from gateway.dialects.sailpoint.ids import oid_of
from gateway.dialects.sailpoint.rows import TASK_TYPE
from gateway.dialects.sailpoint.versions import ANNUAL, MOUNTS, VERSIONS, version_of
from gateway.engine.rights.entry import check_entry
from gateway.errors import MethodNotAllowed, NotAllowed, TaskgateError
from gateway.http.exchange import Answer, CasedName, Exchange, truth_of
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator

    from starlette.types import Receive, Scope, Send

    from gateway.dialects.sailpoint.handlers import Call, Services
    from gateway.dialects.sailpoint.ids import Ids
    from gateway.dialects.sailpoint.versions import Version
    from gateway.http.rates import Rates
    from gateway.http.tokens import Bearer, Tokens

log = structlog.get_logger(__name__)
REQUEST_ID = CasedName(b"SLPT-Request-ID")
EXPERIMENTAL = b"x-sailpoint-experimental"
#: The vendor's services.
TASK_STATUS, IDENTITIES = "task-status", "identities"


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, the right that it needs, and SailPoint's id of the operation."""

    handler: Callable[[Services, Call], Awaitable[Answer]]
    right: Right
    operation: str
    #: Only for a token that stands for a user.
    needs_user: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A path below a version's prefix, and its methods; `*` stands for an id."""

    segments: tuple[str, ...]
    methods: dict[str, Route]
    is_deprecated: bool = False
    service: str = TASK_STATUS


_LIST = {"GET": Route(handlers.list_tasks, Right.SEARCH, "getTaskStatusList")}
_ONE = {
    "GET": Route(handlers.get_task, Right.READ, "getTaskStatus"),
    "PATCH": Route(handlers.patch_task, Right.SUSPEND, "updateTaskStatus", needs_user=True),
}
_PENDING = {
    "GET": Route(handlers.pending_tasks, Right.SEARCH, "getPendingTasks"),
    "HEAD": Route(handlers.pending_tasks, Right.SEARCH, "getPendingTaskHeaders"),
}
_PROCESS = {"POST": Route(handlers.process_identities, Right.ADD, "startIdentityProcessing")}

#: By family of a version, in the order in which they are tried.
PATHS: dict[str, Path] = {
    "list": Path(("task-status",), _LIST),
    "pending": Path(("task-status", "pending-tasks"), _PENDING, is_deprecated=True),
    "one": Path(("task-status", "*"), _ONE),
    "process": Path(("identities", "process"), _PROCESS, service=IDENTITIES),
    "v1-list": Path((), _LIST),
    "v1-one": Path(("*",), _ONE),
    "v1-process": Path(("process",), _PROCESS, service=IDENTITIES),
}


def paths_of(version: Version) -> Iterator[Path]:
    """The paths of a version, those without an id first."""
    return (path for family, path in PATHS.items() if family in version.families)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Who is let in, how often, and where the experimental header is asked for."""

    tokens: Tokens
    rates: Rates
    #: Where the experimental header is asked for: versions, or a version and a service, as
    #: `v2025/identities`.
    experimental: Collection[str]
    ids: Ids


class SailpointApi:
    """The dialect as one ASGI application, for all of its mounts."""

    paths = below(MOUNTS)
    forms: tuple[str, ...] = ("/oauth/token",)

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate
        #: How many answers there were, by status.
        self.answers: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        tracking_id = secrets.token_hex(16)
        answer = await self._answer(Exchange(scope=scope, receive=receive), tracking_id)
        answer = replace(answer, headers=(*answer.headers, (REQUEST_ID, tracking_id.encode())))
        self.answers[answer.status] += 1
        await answer.send(send, head_only=scope["method"] == "HEAD")

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in."""
        tracking_id = secrets.token_hex(16)
        is_oauth = scope["path"].startswith("/oauth/")
        answer = oauth.refusal(error) if is_oauth else error_answer(error, tracking_id)
        answer = replace(answer, headers=(*answer.headers, (REQUEST_ID, tracking_id.encode())))
        self.answers[answer.status] += 1
        return answer

    async def _answer(self, exchange: Exchange, tracking_id: str) -> Answer:
        segments = _segments(exchange)
        try:
            if segments[0] == "oauth":
                return await oauth.answer(segments[1:], exchange, self._gate.tokens, self._gate.ids)
            return await self._called(exchange, segments)
        except TaskgateError as error:
            return error_answer(error, tracking_id)
        except Exception:
            log.exception("request_broke", path=exchange.scope["path"], tracking_id=tracking_id)
            return error_answer(TaskgateError(), tracking_id)

    async def _called(self, exchange: Exchange, segments: tuple[str, ...]) -> Answer:
        bearer = await self._bearer(exchange)
        version = version_of(segments)
        if version is None:
            raise _not_served(exchange)
        seconds = self._gate.rates.wait((bearer.client, version.counts_as))
        if seconds is not None:
            raise RateExceeded(seconds)
        path, id_ = _path(exchange, version, segments[len(version.prefix) :])
        self._check_header(exchange, version, path)
        route = _route(exchange.method, path)
        _check_right(bearer, route)
        call = handlers.Call(exchange=exchange, bearer=bearer, version=version, oid=oid_of(id_))
        answer = await route.handler(self._services, call)
        return replace(answer, headers=(*answer.headers, *_about(version, path)))

    async def _bearer(self, exchange: Exchange) -> Bearer:
        header = exchange.header(b"authorization")
        encoded = header.encode("latin-1") if header is not None else None
        return await self._gate.tokens.bearer(encoded)

    def _check_header(self, exchange: Exchange, version: Version, path: Path) -> None:
        if not wants_header(version, path, self._gate.experimental):
            return
        value = exchange.header(EXPERIMENTAL)
        if value is None or not truth_of(value.strip()):
            raise NoExperimentalHeader


def wants_header(version: Version, path: Path, experimental: Collection[str]) -> bool:
    """Whether a path wants the experimental header, by the names of `Gate`."""
    return not {version.name, f"{version.name}/{path.service}"}.isdisjoint(experimental)


def _segments(exchange: Exchange) -> tuple[str, ...]:
    """The parts of the path, decoded one by one: an id may have a slash in it."""
    raw: bytes = exchange.scope["raw_path"]
    return tuple(unquote(part) for part in raw.decode("latin-1").split("/") if part)


def _path(exchange: Exchange, version: Version, rest: tuple[str, ...]) -> tuple[Path, str]:
    for path in paths_of(version):
        if len(path.segments) == len(rest) and all(
            wanted in ("*", part) for wanted, part in zip(path.segments, rest, strict=True)
        ):
            return path, rest[-1] if "*" in path.segments else ""
    raise _not_served(exchange)


def template(version: Version, path: Path) -> str:
    """The path as documents write it."""
    return f"/{'/'.join((*version.prefix, *_named(path)))}"


def _named(path: Path) -> tuple[str, ...]:
    """The segments of a path as documents write them."""
    return tuple("{id}" if part == "*" else part for part in path.segments)


def _not_served(exchange: Exchange) -> NotServed:
    return NotServed(
        f"{exchange.method} {exchange.scope['path'][:200]} is not served here. {_served()}"
    )


@cache
def _served() -> str:
    """What is, in a sentence."""
    annual = [version for version in VERSIONS if version.families == ANNUAL]
    others = [version for version in VERSIONS if version.families != ANNUAL]
    paths = (template(version, path) for version in others for path in paths_of(version))
    return (
        f"Below {', '.join('/'.join(('', *version.prefix)) for version in annual)} there are "
        f"{', '.join('/'.join(_named(path)) for path in paths_of(annual[0]))}; beside them "
        f"{', '.join(paths)}."
    )


def _route(method: str, path: Path) -> Route:
    """HEAD is served wherever GET is."""
    found = path.methods.get(method) or (path.methods.get("GET") if method == "HEAD" else None)
    if found is None:
        raise MethodNotAllowed(f"{method} is not served here.", allow=allow(path))
    return found


def allow(path: Path) -> tuple[str, ...]:
    """The methods of a path."""
    more = ("HEAD",) if "GET" in path.methods and "HEAD" not in path.methods else ()
    return (*path.methods, *more)


def _check_right(bearer: Bearer, route: Route) -> None:
    check_entry(bearer.principal, route.right, every=TASK_TYPE)
    if route.needs_user and not bearer.has_user:
        raise NotAllowed("Only a client that stands for a user may do this.")


def _about(version: Version, path: Path) -> Iterator[tuple[bytes, bytes]]:
    if path.is_deprecated:
        yield CasedName(b"X-Deprecated"), b"true"
    if version.routed_to:
        yield CasedName(b"X-SailPoint-Route-Version"), version.routed_to.encode()

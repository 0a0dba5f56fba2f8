"""midPoint's REST routes as a table: which handler serves which method of which path."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from gateway.dialects.base import below
from gateway.dialects.midpoint import handlers
from gateway.dialects.midpoint.actions import REST
from gateway.dialects.midpoint.calls import Call
from gateway.dialects.midpoint.errors import error_answer
from gateway.dialects.midpoint.reply import USUAL, reply_for
from gateway.dialects.midpoint.views.large import is_handy
from gateway.dialects.midpoint.wire.names import COLLECTIONS, MOUNTS
from gateway.engine.rights.entry import check_entry
from gateway.errors import MethodNotAllowed, NotAllowed, NotFound, TaskgateError
from gateway.http.exchange import BY_NAME, Answer, Exchange
from gateway.model.principal import Principal, Right
from gateway.model.schema import nearest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from gateway.dialects.midpoint.calls import Services
    from gateway.dialects.midpoint.reply import Reply

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, and midPoint's names of the action that lets in and of the operation."""

    handler: Callable[[Services, Call], Awaitable[Answer]]
    action: str
    operation: str
    #: One of them must be allowed on some object at least, or it is refused without a look at it.
    rights: tuple[Right, ...] = ()


_CREATE = Route(handlers.create, "addObject", "addObject", (Right.ADD,))
_LIST = Route(handlers.list_all, "getObjects", "searchObjectsByType")
_SEARCH = Route(handlers.search, "searchObjects", "searchObjects")
_GET = Route(handlers.get, "getObject", "getObject", (Right.READ,))
_PUT = Route(handlers.put, "addObject", "addObject", (Right.ADD, Right.MODIFY))
_MODIFY = Route(handlers.modify, "modifyObject", "modifyObjectPatch", (Right.MODIFY,))
_DELETE = Route(handlers.delete, "deleteObject", "deleteObject", (Right.DELETE,))
_RUN = Route(handlers.run, "runTask", "scheduleTaskNow", (Right.RUN,))
_SUSPEND = Route(handlers.suspend, "suspendTask", "suspendTask", (Right.SUSPEND,))
_RESUME = Route(handlers.resume, "resumeTask", "resumeTask", (Right.RESUME,))
_GENERATE = Route(handlers.generate, "generateValue", "generateValue", (Right.READ,))
_VALIDATE = Route(handlers.validate, "validateValue", "validateValue", (Right.READ,))
_RPC_GENERATE = Route(handlers.generate, "rpcGenerateValue", "generateValueRpc")
_RPC_VALIDATE = Route(handlers.validate, "rpcValidateValue", "validateValue")
_UPSERT = Route(handlers.upsert, "modifyObject", "modifyObject", (Right.ADD, Right.MODIFY))
_OWN = Route(handlers.own, "getSelf", "self", (Right.READ,))

#: `Accept` headers of plain requests to what they get without further questions.
AT_HAND = {
    each.encode(): reply_for(each)
    for each in ("*/*", "application/json", "application/xml", "text/xml", "application/yaml")
}
SWITCH = b"switch-to-principal"
#: Headers that make a request more than a plain one.
SPECIAL = frozenset({b"prefer", SWITCH})
#: Path below the collection to methods; `*` stands for an oid. The first fitting path wins.
ROUTES: dict[tuple[str, ...], dict[str, Route]] = {
    (): {"GET": _LIST, "POST": _CREATE},
    ("search",): {"POST": _SEARCH},
    ("*",): {"GET": _GET, "PUT": _PUT, "PATCH": _MODIFY, "POST": _MODIFY, "DELETE": _DELETE},
    ("*", "generate"): {"POST": _GENERATE},
    ("*", "validate"): {"POST": _VALIDATE},
}
#: Path below the mount to methods, for what belongs to no object.
ROOT_ROUTES: dict[tuple[str, ...], dict[str, Route]] = {
    ("self",): {"GET": _OWN},
    ("rpc", "generate"): {"POST": _RPC_GENERATE},
    ("rpc", "validate"): {"POST": _RPC_VALIDATE},
    **{("upsert", name): {"PUT": _UPSERT} for name in COLLECTIONS},
}
TASK_ROUTES: dict[tuple[str, ...], dict[str, Route]] = {
    **ROUTES,
    ("*", "run"): {"POST": _RUN},
    ("*", "suspend"): {"POST": _SUSPEND},
    ("*", "resume"): {"POST": _RESUME},
}


def routes_of(collection: str) -> dict[tuple[str, ...], dict[str, Route]]:
    """The routes below a collection."""
    return TASK_ROUTES if collection == "tasks" else ROUTES


class MidpointApi:
    """The dialect as one ASGI application, for all of its mounts."""

    paths = below(MOUNTS)
    forms: tuple[str, ...] = ()

    def __init__(self, services: Services) -> None:
        self._services = services
        #: How many answers there were, by status.
        self.answers: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ready = self._at_hand(scope)
        if ready is not None:
            self.answers[ready.status] += 1
            await ready.send(send)
            return
        answer = await self._answer(Exchange(scope=scope, receive=receive))
        self.answers[answer.status] += 1
        await answer.send(send, head_only=scope["method"] == "HEAD")

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in."""
        accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
        try:
            reply = reply_for(accept.decode("latin-1"))
        except TaskgateError:
            reply = USUAL
        answer = self._error(scope["path"], error, reply)
        self.answers[answer.status] += 1
        return answer

    def _at_hand(self, scope: Scope) -> Answer | None:
        """The answer to a plain GET of an object that is at hand, for a caller who is known."""
        if scope["method"] != "GET" or scope["query_string"]:
            return None
        parts = scope["path"].rsplit("/", 2)
        kept = self._services.representations.kept(parts[-1])
        if kept is None or len(parts) != 3 or COLLECTIONS.get(parts[1], ("",))[0] != kept.type:
            return None
        if parts[0] not in MOUNTS:
            return None
        headers = _plain_headers(scope)
        if headers is None:
            return None
        authorization, etag, reply = headers
        principal = self._services.authenticator.remembered(authorization)
        if principal is None or not principal.enters(_GET.action):
            return None
        if not kept.is_for(principal):
            return None
        return handlers.represented(kept, reply, etag) if is_handy(kept, reply) else None

    async def _answer(self, exchange: Exchange) -> Answer:
        operation, reply = exchange.scope["path"], USUAL
        try:
            # Authentication comes before everything, even before the question what is asked.
            principal = await self._principal(exchange)
            reply = reply_for(",".join(exchange.headers(b"accept")))
            type_name, oid, route = _route(exchange)
            operation = route.operation
            if not principal.enters(route.action):
                return _turned_away(principal, route)
            if route.rights:
                check_entry(principal, *route.rights)
            call = Call(
                exchange=exchange,
                principal=principal,
                ask=partial(self._still, exchange, route),
                type=type_name,
                oid=oid,
                mount=_mount(exchange),
                reply=reply,
            )
            return await route.handler(self._services, call)
        except TaskgateError as error:
            return self._error(operation, error, reply)
        except Exception:
            log.exception("request_broke", path=exchange.scope["path"])
            broken = TaskgateError("An internal error; see the server's log.")
            return self._error(operation, broken, reply)

    async def _still(self, exchange: Exchange, route: Route) -> Principal:
        """Who asks, as of now; `NotAuthenticated` or `NotAllowed` if they would not be let in."""
        principal = await self._principal(exchange)
        if not principal.enters(route.action):
            raise NotAllowed(f"'{principal.name}' may not call this any more.")
        return principal

    async def _principal(self, exchange: Exchange) -> Principal:
        header = exchange.header(b"authorization")
        encoded = header.encode("latin-1") if header is not None else None
        principal = await self._services.authenticator.principal(encoded, exchange.source)
        target = exchange.header(SWITCH)
        return principal if target is None else await self._switched(principal, target)

    async def _switched(self, principal: Principal, target: str) -> Principal:
        """Who is acted as, by the right to act as that user (midpoint-rest 2.5)."""
        check_entry(principal, Right.ACT)
        other = await self._services.authenticator.standing_for(target)
        return await self._services.engine.acts_as(other, principal)

    def _error(self, operation: str, error: TaskgateError, reply: Reply) -> Answer:
        services = self._services
        now = services.clock.now()
        return error_answer(operation, error, now, reply, is_exact=services.is_exact)


def _turned_away(principal: Principal, route: Route) -> Answer:
    """Refused before it is looked at what is asked; a plain sentence, as no operation has begun."""
    sentence = (
        f"'{principal.name}' may not call this: none of the roles allows the action "
        f"{REST}{route.action}.\n"
    )
    headers = ((b"content-type", b"text/plain; charset=utf-8"),)
    return Answer(status=403, body=sentence.encode(), headers=headers)


def _plain_headers(scope: Scope) -> tuple[bytes, bytes | None, Reply] | None:
    """Login, validator and form of a request that asks for nothing special; else None."""
    found = scope[BY_NAME]
    if found is None or not SPECIAL.isdisjoint(found) or b"authorization" not in found:
        return None
    reply = AT_HAND.get(found.get(b"accept", b"*/*"))
    if reply is None:
        return None
    return found[b"authorization"], found.get(b"if-none-match"), reply


def _mount(exchange: Exchange) -> str:
    path = "/" + "/".join(part for part in exchange.scope["path"].split("/") if part)
    return next(m for m in MOUNTS if path == m or path.startswith(f"{m}/"))


def _route(exchange: Exchange) -> tuple[str, str, Route]:
    """Type of the collection and oid (or nothing), and the route of a request."""
    mount_length = _mount(exchange).count("/")
    parts = [part for part in exchange.scope["path"].split("/") if part][mount_length:]
    if tuple(parts) in ROOT_ROUTES:
        about = COLLECTIONS.get(parts[-1], ("",))[0]
        return about, "", _by_method(exchange, ROOT_ROUTES[tuple(parts)])
    collection, below = (parts[0], parts[1:]) if parts else ("", [])
    if collection not in COLLECTIONS:
        suggested = nearest(collection, COLLECTIONS)
        hint = f"did you mean '{suggested}'?" if suggested else "/openapi/midpoint.json lists them."
        raise NotFound(f"There is no collection '{collection[:80]}' here; {hint}")
    for pattern, methods in routes_of(collection).items():
        if len(pattern) == len(below) and all(
            wanted in ("*", part) for wanted, part in zip(pattern, below, strict=True)
        ):
            oid = below[0] if "*" in pattern else ""
            return COLLECTIONS[collection][0], oid, _by_method(exchange, methods)
    raise NotFound(f"There is nothing at '{'/'.join(below)[:80]}' below {collection}.")


def _by_method(exchange: Exchange, methods: dict[str, Route]) -> Route:
    method = "GET" if exchange.method == "HEAD" else exchange.method
    if method not in methods:
        allow = (*methods, "HEAD") if "GET" in methods else tuple(methods)
        raise MethodNotAllowed(f"{exchange.method} is not served here.", allow=allow)
    return methods[method]

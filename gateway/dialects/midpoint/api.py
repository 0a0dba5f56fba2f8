"""midPoint's REST routes as a table: which handler serves which method of which path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.dialects.midpoint import actuator, handlers
from gateway.dialects.midpoint.actions import REST
from gateway.dialects.midpoint.calls import MidpointCall, MidpointServices
from gateway.dialects.midpoint.errors import TurnedAway, answer_error
from gateway.dialects.midpoint.reply import USUAL, Reply, reply_for
from gateway.dialects.midpoint.views.large import is_handy
from gateway.dialects.midpoint.wire.names import COLLECTIONS, MOUNTS
from gateway.engine.rights.entry import check_entry
from gateway.errors import NotAcceptable, NotAllowed, NotFound
from gateway.http.dialect import ApiDialect, Match, Route, RouteTable, below
from gateway.http.exchange import BY_NAME
from gateway.model.principal import Principal, Right
from gateway.model.schema import nearest

if TYPE_CHECKING:
    from starlette.types import Scope

    from gateway.errors import TaskgateError
    from gateway.http.exchange import Answer, Exchange


@dataclass(frozen=True, slots=True)
class ActionRoute(Route[MidpointServices, MidpointCall]):
    """A route with midPoint's name of the action that lets in."""

    action: str = ""


@dataclass(frozen=True, slots=True)
class ObjectMatch(Match[ActionRoute]):
    """A route with the type of its objects, if it has one, and the form of the answer."""

    type: str = ""
    mount: str = ""
    reply: Reply = USUAL


_CREATE = ActionRoute(handlers.create, "addObject", (Right.ADD,), action="addObject")
_LIST = ActionRoute(handlers.list_all, "searchObjectsByType", action="getObjects")
_SEARCH = ActionRoute(handlers.search, "searchObjects", action="searchObjects")
_GET = ActionRoute(handlers.get, "getObject", (Right.READ,), action="getObject")
_PUT = ActionRoute(handlers.put, "addObject", (Right.ADD, Right.MODIFY), action="addObject")
_MODIFY = ActionRoute(handlers.modify, "modifyObjectPatch", (Right.MODIFY,), action="modifyObject")
_DELETE = ActionRoute(handlers.delete, "deleteObject", (Right.DELETE,), action="deleteObject")
_RUN = ActionRoute(handlers.run, "scheduleTaskNow", (Right.RUN,), action="runTask")
_SUSPEND = ActionRoute(handlers.suspend, "suspendTask", (Right.SUSPEND,), action="suspendTask")
_RESUME = ActionRoute(handlers.resume, "resumeTask", (Right.RESUME,), action="resumeTask")
_GENERATE = ActionRoute(handlers.generate, "generateValue", (Right.READ,), action="generateValue")
_VALIDATE = ActionRoute(handlers.validate, "validateValue", (Right.READ,), action="validateValue")
_RPC_GENERATE = ActionRoute(handlers.generate, "generateValueRpc", action="rpcGenerateValue")
_RPC_VALIDATE = ActionRoute(handlers.validate, "validateValue", action="rpcValidateValue")
_UPSERT = ActionRoute(
    handlers.upsert, "modifyObject", (Right.ADD, Right.MODIFY), action="modifyObject"
)
_OWN = ActionRoute(handlers.own, "self", (Right.READ,), action="getSelf")

#: `Accept` headers of plain requests to what they get without further questions.
AT_HAND = {
    each.encode(): reply_for(each)
    for each in ("*/*", "application/json", "application/xml", "text/xml", "application/yaml")
}
_MOUNTED = {mount: mount[1:].split("/") for mount in MOUNTS}
SWITCH = b"switch-to-principal"
#: Headers that make a request more than a plain one.
SPECIAL = frozenset({b"prefer", SWITCH})
#: Path below a collection to methods.
ROUTES: dict[str, dict[str, ActionRoute]] = {
    "": {"GET": _LIST, "POST": _CREATE},
    "/search": {"POST": _SEARCH},
    "/{oid}": {"GET": _GET, "PUT": _PUT, "PATCH": _MODIFY, "POST": _MODIFY, "DELETE": _DELETE},
    "/{oid}/generate": {"POST": _GENERATE},
    "/{oid}/validate": {"POST": _VALIDATE},
}
TASK_ROUTES: dict[str, dict[str, ActionRoute]] = {
    **ROUTES,
    "/{oid}/run": {"POST": _RUN},
    "/{oid}/suspend": {"POST": _SUSPEND},
    "/{oid}/resume": {"POST": _RESUME},
}
#: Path below the mount to methods, for what belongs to no object.
ROOT_ROUTES: dict[str, dict[str, ActionRoute]] = {
    "/self": {"GET": _OWN},
    "/rpc/generate": {"POST": _RPC_GENERATE},
    "/rpc/validate": {"POST": _RPC_VALIDATE},
    **{f"/upsert/{name}": {"PUT": _UPSERT} for name in COLLECTIONS},
}


def routes_of(collection: str) -> dict[str, dict[str, ActionRoute]]:
    """By path below the mount, the routes of a collection."""
    routes = TASK_ROUTES if collection == "tasks" else ROUTES
    return {f"/{collection}{path}": methods for path, methods in routes.items()}


_TABLE = RouteTable(
    ROOT_ROUTES
    | {path: methods for name in COLLECTIONS for path, methods in routes_of(name).items()}
)


class MidpointApi(ApiDialect[MidpointServices, Principal, ObjectMatch]):
    """The dialect as one ASGI application, for all of its mounts."""

    paths = below(MOUNTS, beside=actuator.ROUTES)

    def __init__(self, services: MidpointServices) -> None:
        super().__init__(services, actuator.ROUTES)

    def at_hand(self, scope: Scope) -> Answer | None:
        """The answer to a plain GET of an object that is at hand, for a caller who is known."""
        if scope["method"] != "GET" or scope["query_string"]:
            return None
        parts = scope["path"].rsplit("/", 2)
        kept = self.services.representations.find_kept(parts[-1])
        if kept is None or len(parts) != 3 or COLLECTIONS.get(parts[1], ("",))[0] != kept.type:
            return None
        if parts[0] not in MOUNTS:
            return None
        headers = _plain_headers(scope)
        if headers is None:
            return None
        authorization, etag, reply = headers
        principal = self.services.authenticator.recall(authorization)
        if principal is None or not principal.enters(_GET.action):
            return None
        if not kept.is_for(principal):
            return None
        return handlers.answer_representation(kept, reply, etag) if is_handy(kept, reply) else None

    async def authenticate(self, exchange: Exchange) -> Principal:
        """Who asks, or is acted as."""
        header = exchange.header(b"authorization")
        encoded = header.encode("latin-1") if header is not None else None
        principal = await self.services.authenticator.principal(encoded, exchange.source)
        target = exchange.header(SWITCH)
        return principal if target is None else await self._switched(principal, target)

    async def _switched(self, principal: Principal, target: str) -> Principal:
        """Who is acted as, by the right to act as that user (midpoint-rest 2.5)."""
        check_entry(principal, Right.ACT)
        other = await self.services.authenticator.act_for(target)
        return await self.services.engine.acts_as(other, principal)

    def find(self, exchange: Exchange, caller: Principal) -> ObjectMatch:
        """The route and the type of its objects, for a client that can read the answer."""
        del caller
        reply = reply_for(",".join(exchange.headers(b"accept")))
        segments = self.segments(exchange.scope)
        mount = next(m for m in MOUNTS if segments[: len(_MOUNTED[m])] == _MOUNTED[m])
        parts = segments[len(_MOUNTED[mount]) :]
        found = _TABLE.find(exchange.method, parts)
        if found is None:
            raise _nothing_at(parts)
        about = next((COLLECTIONS[part][0] for part in parts[:2] if part in COLLECTIONS), "")
        return ObjectMatch(found.route, found.values, about, mount, reply)

    def admit(self, caller: Principal, match: ObjectMatch) -> None:
        """By midPoint's actions, then by a right on some object."""
        route = match.route
        if not caller.enters(route.action):
            raise TurnedAway(
                f"'{caller.name}' may not call this: none of the roles allows the action "
                f"{REST}{route.action}."
            )
        if route.rights:
            check_entry(caller, *route.rights)

    async def call(self, exchange: Exchange, caller: Principal, match: ObjectMatch) -> Answer:
        """What the handler answers; it can ask again whether the caller is still let in."""
        call = MidpointCall(
            exchange=exchange,
            principal=caller,
            ask=partial(self._still, exchange, match.route),
            type=match.type,
            oid="".join(match.values),
            mount=match.mount,
            reply=match.reply,
        )
        return await match.route.handler(self.services, call)

    async def _still(self, exchange: Exchange, route: ActionRoute) -> Principal:
        """Who asks, as of now; `NotAuthenticated` or `NotAllowed` if they would not be let in."""
        principal = await self.authenticate(exchange)
        if not principal.enters(route.action):
            raise NotAllowed(f"'{principal.name}' may not call this any more.")
        return principal

    def error(self, scope: Scope, error: TaskgateError, match: ObjectMatch | None = None) -> Answer:
        """The result of the operation, in the client's form if that can be told."""
        operation = scope["path"] if match is None else match.route.operation
        reply = _usable_reply(scope) if match is None else match.reply
        now = self.services.clock.now()
        return answer_error(operation, error, now, reply, is_exact=self.services.is_exact)


def _usable_reply(scope: Scope) -> Reply:
    """The form that a client asks for, else the usual one."""
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    try:
        return reply_for(accept.decode("latin-1"))
    except NotAcceptable:
        return USUAL


def _nothing_at(parts: list[str]) -> NotFound:
    """What is not below a mount, and what could be meant."""
    collection = parts[0] if parts else ""
    if collection in COLLECTIONS:
        return NotFound(f"There is nothing at '{'/'.join(parts[1:])[:80]}' below {collection}.")
    suggested = nearest(collection, COLLECTIONS)
    hint = f"did you mean '{suggested}'?" if suggested else "/openapi/midpoint.json lists them."
    return NotFound(f"There is no collection '{collection[:80]}' here; {hint}")


def _plain_headers(scope: Scope) -> tuple[bytes, bytes | None, Reply] | None:
    """Login, validator and form of a request that asks for nothing special; else None."""
    found = scope[BY_NAME]
    if found is None or not SPECIAL.isdisjoint(found) or b"authorization" not in found:
        return None
    reply = AT_HAND.get(found.get(b"accept", b"*/*"))
    if reply is None:
        return None
    return found[b"authorization"], found.get(b"if-none-match"), reply

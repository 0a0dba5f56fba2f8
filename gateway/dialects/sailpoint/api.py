"""SailPoint's routes as a table, and the order in which a request is checked.

token -> rate -> route -> experimental header -> right -> the handler's own: parameters, body, id
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gateway.dialects.sailpoint import handlers, oauth
from gateway.dialects.sailpoint.calls import SailpointCall, SailpointServices
from gateway.dialects.sailpoint.errors import (
    NoExperimentalHeader,
    NotServed,
    RateExceeded,
    answer_error,
)
from gateway.dialects.sailpoint.ids import read_oid
from gateway.dialects.sailpoint.rows import TASK_TYPE
from gateway.dialects.sailpoint.versions import ANNUAL, MOUNTS, VERSIONS, find_version
from gateway.engine.rights.entry import check_entry
from gateway.errors import NotAllowed
from gateway.http.dialect import ApiDialect, Match, Route, RouteTable, below
from gateway.http.exchange import CasedName, truth_of
from gateway.http.tokens import Bearer
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from starlette.types import Scope

    from gateway.dialects.sailpoint.versions import Version
    from gateway.errors import TaskgateError
    from gateway.http.dialect import Header, OpenHandler
    from gateway.http.exchange import Answer, Exchange

REQUEST_ID = CasedName(b"SLPT-Request-ID")
EXPERIMENTAL = b"x-sailpoint-experimental"
#: Key of the scope: by what support finds a request.
TRACKING_ID = "taskgate.tracking_id"
#: The vendor's services.
TASK_STATUS, IDENTITIES = "task-status", "identities"


@dataclass(frozen=True, slots=True)
class VersionedRoute(Route[SailpointServices, SailpointCall]):
    """A route with the service that it belongs to."""

    service: str = TASK_STATUS
    #: Only for a token that stands for a user.
    needs_user: bool = False
    is_deprecated: bool = False


@dataclass(frozen=True, slots=True)
class VersionedMatch(Match[VersionedRoute]):
    """A route in a version."""

    version: Version = VERSIONS[0]


_GET_LIST = VersionedRoute(handlers.list_tasks, "getTaskStatusList", (Right.SEARCH,), TASK_TYPE)
_GET = VersionedRoute(handlers.get_task, "getTaskStatus", (Right.READ,), TASK_TYPE)
_PATCH = VersionedRoute(
    handlers.patch_task, "updateTaskStatus", (Right.SUSPEND,), TASK_TYPE, needs_user=True
)
_GET_PENDING = VersionedRoute(
    handlers.pending_tasks, "getPendingTasks", (Right.SEARCH,), TASK_TYPE, is_deprecated=True
)
_POST_PROCESS = VersionedRoute(
    handlers.process_identities,
    "startIdentityProcessing",
    (Right.ADD,),
    TASK_TYPE,
    service=IDENTITIES,
)
_LIST = {"GET": _GET_LIST}
_ONE = {"GET": _GET, "PATCH": _PATCH}
_PENDING = {"GET": _GET_PENDING, "HEAD": replace(_GET_PENDING, operation="getPendingTaskHeaders")}
_PROCESS = {"POST": _POST_PROCESS}

#: By family of a version, the path below its prefix and the methods.
FAMILIES: dict[str, tuple[str, dict[str, VersionedRoute]]] = {
    "list": ("/task-status", _LIST),
    "pending": ("/task-status/pending-tasks", _PENDING),
    "one": ("/task-status/{id}", _ONE),
    "process": ("/identities/process", _PROCESS),
    "v1-list": ("", _LIST),
    "v1-one": ("/{id}", _ONE),
    "v1-process": ("/process", _PROCESS),
}


def routes_of(version: Version) -> dict[str, dict[str, VersionedRoute]]:
    """By path, the routes of a version, those without an id first."""
    prefix = "".join(f"/{part}" for part in version.prefix)
    return {
        prefix + path: methods
        for family, (path, methods) in FAMILIES.items()
        if family in version.families
    }


_TABLE = RouteTable(
    {path: methods for version in VERSIONS for path, methods in routes_of(version).items()}
)


class SailpointApi(ApiDialect[SailpointServices, Bearer, VersionedMatch]):
    """The dialect as one ASGI application, for all of its mounts."""

    paths = below(MOUNTS)
    forms: tuple[str, ...] = ("/oauth/token",)

    def __init__(self, services: SailpointServices) -> None:
        super().__init__(services, oauth.ROUTES)

    def segments(self, scope: Scope) -> list[str]:
        """The parts of the path, decoded one by one: an id may have a slash in it."""
        raw: bytes = scope["raw_path"]
        return [unquote(part) for part in raw.decode("latin-1").split("/") if part]

    def headers(self, scope: Scope) -> tuple[Header, ...]:
        """By what support finds the request."""
        return ((REQUEST_ID, _tracking_id(scope).encode()),)

    def log_fields(self, scope: Scope) -> dict[str, str]:
        """The same."""
        return {"tracking_id": _tracking_id(scope)}

    def open_route(self, exchange: Exchange) -> OpenHandler[SailpointServices] | None:
        """Those of OAuth; nothing else is below it."""
        found = super().open_route(exchange)
        segments = self.segments(exchange.scope)
        if found is None and segments[0] == "oauth":
            unknown = "/".join(segments[1:])[:80]
            raise NotServed(f"Below /oauth there are token and info, and no {unknown}.")
        return found

    async def authenticate(self, exchange: Exchange) -> Bearer:
        """Whose token it is."""
        header = exchange.header(b"authorization")
        encoded = header.encode("latin-1") if header is not None else None
        return await self.services.tokens.bearer(encoded)

    def find(self, exchange: Exchange, caller: Bearer) -> VersionedMatch:
        """The route in its version, at whose rate the client may ask."""
        segments = self.segments(exchange.scope)
        version = find_version(tuple(segments))
        if version is None:
            raise _not_served(exchange)
        seconds = self.services.rates.wait((caller.client, version.counts_as))
        if seconds is not None:
            raise RateExceeded(seconds)
        found = _TABLE.find(exchange.method, segments)
        if found is None:
            raise _not_served(exchange)
        self._check_header(exchange, version, found.route)
        return VersionedMatch(found.route, found.values, version)

    def admit(self, caller: Bearer, match: VersionedMatch) -> None:
        """By the rights of whom the token stands for, which some routes want to be a user."""
        route = match.route
        check_entry(caller.principal, *route.rights, every=route.type)
        if route.needs_user and not caller.has_user:
            raise NotAllowed("Only a client that stands for a user may do this.")

    async def call(self, exchange: Exchange, caller: Bearer, match: VersionedMatch) -> Answer:
        """What the handler answers, and what is to be known about the version and the route."""
        oid = read_oid("".join(match.values))
        call = SailpointCall(exchange=exchange, bearer=caller, version=match.version, oid=oid)
        answer = await match.route.handler(self.services, call)
        return replace(answer, headers=(*answer.headers, *_about(match)))

    def error(
        self, scope: Scope, error: TaskgateError, match: VersionedMatch | None = None
    ) -> Answer:
        """SailPoint's, or OAuth's for what is wrong with a request for a token."""
        del match
        if scope["path"].startswith("/oauth/") and error.status < 500:
            return oauth.refusal(error)
        return answer_error(error, _tracking_id(scope))

    def _check_header(self, exchange: Exchange, version: Version, route: VersionedRoute) -> None:
        if not wants_header(version, route, self.services.experimental):
            return
        value = exchange.header(EXPERIMENTAL)
        if value is None or not truth_of(value.strip()):
            raise NoExperimentalHeader


def wants_header(version: Version, route: VersionedRoute, experimental: Collection[str]) -> bool:
    """Whether a route wants the experimental header, by the names of `Services`."""
    return not {version.name, f"{version.name}/{route.service}"}.isdisjoint(experimental)


def _tracking_id(scope: Scope) -> str:
    """One for each request, made when it is first asked for."""
    if TRACKING_ID not in scope:
        scope[TRACKING_ID] = secrets.token_hex(16)
    return str(scope[TRACKING_ID])


def _not_served(exchange: Exchange) -> NotServed:
    return NotServed(
        f"{exchange.method} {exchange.scope['path'][:200]} is not served here. {_served()}"
    )


@cache
def _served() -> str:
    """What is, in a sentence."""
    annual = [version for version in VERSIONS if version.families == ANNUAL]
    others = [version for version in VERSIONS if version.families != ANNUAL]
    paths = (path for version in others for path in routes_of(version))
    return (
        f"Below {', '.join('/'.join(('', *version.prefix)) for version in annual)} there are "
        f"{', '.join(FAMILIES[family][0][1:] for family in FAMILIES if family in ANNUAL)}; "
        f"beside them {', '.join(paths)}."
    )


def _about(match: VersionedMatch) -> Iterator[Header]:
    if match.route.is_deprecated:
        yield CasedName(b"X-Deprecated"), b"true"
    if match.version.routed_to:
        yield CasedName(b"X-SailPoint-Route-Version"), match.version.routed_to.encode()

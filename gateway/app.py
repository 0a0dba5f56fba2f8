"""The composition root: the only module that knows everyone.

settings -> store -> engine (scheduler, workers) -> dialects -> front
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from gateway.assembly import Gateway, gateway
from gateway.dialects.front import Front
from gateway.dialects.itential.api import ItentialApi
from gateway.dialects.itential.calls import Services as ItentialServices
from gateway.dialects.itential.job_views import JobViews
from gateway.dialects.itential.openapi.document import document as itential_document
from gateway.dialects.midpoint.api import MidpointApi
from gateway.dialects.midpoint.calls import Services
from gateway.dialects.midpoint.openapi.document import document
from gateway.dialects.midpoint.passwords import kept
from gateway.dialects.midpoint.query import QueryLimits, Searches
from gateway.dialects.midpoint.views.representation import Representations
from gateway.dialects.midpoint.wire.read import Reader
from gateway.dialects.sailpoint.api import SailpointApi
from gateway.dialects.sailpoint.calls import Services as SailpointServices
from gateway.dialects.sailpoint.ids import Ids
from gateway.dialects.sailpoint.openapi.document import document as sailpoint_document
from gateway.errors import TaskgateError
from gateway.http.about import account_adder, introspection, readiness
from gateway.http.guard import Guard, Hosts
from gateway.http.json_body import BodyLimits
from gateway.http.metrics import Metrics
from gateway.http.pages import Facts, OwnPages
from gateway.http.proxies import Proxies
from gateway.http.rates import Rate, Rates
from gateway.http.streams import Streams
from gateway.http.tokens import AnyLogin
from gateway.query import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from gateway.settings import Settings

log = structlog.get_logger(__name__)


class Application:
    """The ASGI application; its lifespan opens and closes the gateway."""

    def __init__(self, settings: Settings, *, runs_tasks: bool = True) -> None:
        self._settings = settings
        self._runs_tasks = runs_tasks
        self._context: Any = None
        self._front: Front | None = None
        self.gateway: Gateway | None = None
        #: Why it could not start.
        self.problem: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._front is not None:
            await self._front(scope, receive, send)

    def stopping(self) -> None:
        """Let go of those who stay as long as the server does."""
        if self.gateway is not None:
            self.gateway.events.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        context = gateway(self._settings, runs_tasks=self._runs_tasks)
        try:
            self.gateway = await context.__aenter__()
        except TaskgateError as error:
            self.problem = error.message
            await send({"type": "lifespan.startup.failed", "message": error.message})
            return
        self._front = compose(self.gateway)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await context.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})


def compose(running: Gateway) -> Front:
    """Routes over a running gateway."""
    settings = running.settings
    body_limits = BodyLimits(
        size=settings.max_body, depth=settings.max_depth, values=settings.max_list
    )
    midpoint_services = _midpoint(running, body_limits)
    midpoint = MidpointApi(midpoint_services)
    guard = _guard(settings)
    sailpoint = _sailpoint(running, body_limits)
    itential = ItentialApi(_itential(running, body_limits))
    login = AnyLogin(running.authenticator, running.tokens)
    facts = Facts(
        authenticator=login,
        insight=running.insight,
        store=running.store,
        streams=Streams(
            total=settings.max_streams,
            per_user=settings.max_streams_per_user,
        ),
        clock=running.clock,
        body_limits=body_limits,
        documents=_documents(settings),
        introspection=introspection(settings, running.store),
        add_account=account_adder(running.store, running.engine),
        is_ready=readiness(running.store),
        metrics=Metrics(
            running.events,
            running.store,
            running.clock,
            running=lambda: running.scheduler.running,
            answers={
                "midpoint": midpoint.answers,
                "sailpoint": sailpoint.answers,
                "itential": itential.answers,
            },
            refusals=running.refusals,
        ),
        sessions=running.sessions,
        passwords=running.authenticator,
        hashed=partial(kept, midpoint_services),
        is_open=_open_metrics(settings, guard),
        prefix=settings.public.prefix if settings.public else "",
    )
    return Front(guard, [midpoint, sailpoint, itential], OwnPages(facts))


def _guard(settings: Settings) -> Guard:
    """What looks at each request first."""
    public = settings.public
    hosts = Hosts(settings.host_names, settings.host, public)
    return Guard(hosts, Proxies(settings.trusted_networks), public)


def _open_metrics(settings: Settings, guard: Guard) -> Callable[[Scope], bool]:
    """Who may read the metrics without a login."""
    if settings.metrics == "loopback":
        return guard.is_local
    return lambda _: settings.metrics == "open"


def _documents(settings: Settings) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each dialect, with servers that callers can reach."""
    found = {
        "midpoint": document(),
        "sailpoint": sailpoint_document(settings.experimental_versions),
        "itential": itential_document(),
    }
    if settings.public is not None:
        for each in found.values():
            each["servers"] = [
                {"url": settings.public.base + server["url"].rstrip("/")}
                for server in each["servers"]
            ]
    return found


def _midpoint(running: Gateway, body_limits: BodyLimits) -> Services:
    """What midPoint's dialect works with."""
    settings = running.settings
    query_limits = QueryLimits(
        filter=Limits(
            length=settings.max_filter_length,
            depth=settings.max_filter_depth,
            values=settings.max_list,
        ),
        page=settings.max_page,
        zone=settings.zone,
    )
    return Services(
        engine=running.engine,
        events=running.events,
        representations=Representations(
            running.store, running.engine, settings.cache_mib * 1024 * 1024, running.clock
        ),
        authenticator=running.authenticator,
        reader=Reader(zone=settings.zone),
        body_limits=body_limits,
        query_limits=query_limits,
        searches=Searches(body_limits, query_limits),
        clock=running.clock,
        is_exact=settings.midpoint_exact,
        most_generated=settings.max_generated,
        answer_limit=settings.max_answer,
        is_ready=readiness(running.store),
    )


def _itential(running: Gateway, body_limits: BodyLimits) -> ItentialServices:
    """What Itential's dialect works with."""
    return ItentialServices(
        engine=running.engine,
        jobs=running.jobs,
        insight=running.insight,
        sessions=running.sessions,
        login=AnyLogin(running.authenticator, running.tokens),
        body_limits=body_limits,
        clock=running.clock,
        views=JobViews(running.store, running.settings.cache_mib * 1024 * 1024),
        answer_limit=running.settings.max_answer,
    )


def _sailpoint(running: Gateway, body_limits: BodyLimits) -> SailpointApi:
    """SailPoint's dialect over a running gateway."""
    settings = running.settings
    rate = Rate.of(settings.rate_limit) if settings.rate_limit else None
    ids = Ids(is_compact=settings.sailpoint_ids == "compact")
    services = SailpointServices(
        engine=running.engine,
        tokens=running.tokens,
        clock=running.clock,
        body_limits=body_limits,
        rates=Rates(rate, running.clock),
        experimental=settings.experimental_versions,
        retention=settings.sailpoint_retention_days,
        answer_limit=settings.max_answer,
        ids=ids,
    )
    return SailpointApi(services)

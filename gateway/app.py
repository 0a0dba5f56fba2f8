"""The composition root: the only module that knows everyone.

settings -> store -> engine (scheduler, workers) -> dialects -> front
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from gateway.assembly import Gateway, gateway
from gateway.dialects import load_dialects
from gateway.dialects.front import Front
from gateway.engine.verbs.accounts import hash_checked
from gateway.errors import TaskgateError
from gateway.http.about import account_adder, introspection, readiness
from gateway.http.guard import Guard, Hosts
from gateway.http.metrics import Metrics
from gateway.http.pages import Facts, OwnPages
from gateway.http.proxies import Proxies
from gateway.http.streams import Streams
from gateway.http.tokens import AnyLogin

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from gateway.dialects.base import Dialect
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
    guard = _guard(settings)
    dialects = load_dialects()
    apis = {each.name: each.build(running) for each in dialects}
    facts = Facts(
        authenticator=AnyLogin(running.authenticator, running.tokens),
        insight=running.insight,
        store=running.store,
        streams=Streams(
            total=settings.max_streams,
            per_user=settings.max_streams_per_user,
        ),
        clock=running.clock,
        body_limits=running.body_limits(),
        documents={each.name: _document(each, settings) for each in dialects},
        introspection=introspection(settings, running.store),
        add_account=account_adder(running.store, running.engine),
        is_ready=readiness(running.store),
        metrics=Metrics(
            running.events,
            running.store,
            running.clock,
            running=lambda: running.scheduler.running,
            answers={name: api.answers for name, api in apis.items()},
            refusals=running.refusals,
            families=[each.metrics for each in dialects],
        ),
        sessions=running.sessions,
        passwords=running.authenticator,
        hashed=partial(hash_checked, running.engine),
        is_open=_open_metrics(settings, guard),
        prefix=settings.public.prefix if settings.public else "",
    )
    return Front(guard, [*apis.values()], OwnPages(facts))


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


def _document(dialect: Dialect, settings: Settings) -> dict[str, Any]:
    """The OpenAPI document of a dialect, with servers that callers can reach."""
    found = dialect.document(settings)
    if settings.public is not None:
        found["servers"] = [
            {"url": settings.public.base + server["url"].rstrip("/")} for server in found["servers"]
        ]
    return found

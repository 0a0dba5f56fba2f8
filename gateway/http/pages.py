"""Our own pages: health, documents, introspection. Errors here are problem details (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway import __version__
from gateway.engine.permissions import allowed
from gateway.errors import NotAuthenticated, TaskgateError
from gateway.http import failures
from gateway.http.client_pages import ClientPages
from gateway.http.exchange import read_body
from gateway.http.json_body import read_json
from gateway.http.streams import StreamOf
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from gateway.clock import Clock
    from gateway.engine.engine import Engine
    from gateway.http.json_body import BodyLimits
    from gateway.http.metrics import Metrics
    from gateway.http.streams import Streams
    from gateway.http.tokens import Login
    from gateway.model.principal import Principal
    from gateway.store.base import Store

REALM = 'Basic realm="taskgate", charset="UTF-8"'
#: Everything that a page needs comes from here, and nothing may run that stands in the page itself.
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
#: What is served beside the APIs, and what for.
OWN = {
    "/-/events": "What happens to tasks, as server-sent events; <code>?names=</code> selects.",
    "/-/tasks/{oid}/events": "The same for one task.",
    "/-/errors": "Failed items and runs of all tasks, newest first; "
    "<code>?since=24h&amp;task=OID&amp;limit=100</code>.",
    "/-/versions": "What runs here.",
    "/-/settings": "With which settings.",
    "/-/activities": "What tasks can do.",
    "/-/operators": "What filters can say.",
    "/-/accounts": "Who may log in.",
    "/-/clients": "Which programs may.",
    "/livez": "Whether the process answers.",
    "/readyz": "Whether it can serve.",
    "/metrics": "Figures for Prometheus; also at <code>/prometheus_metrics</code>.",
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the pages show and who may see it."""

    authenticator: Login
    engine: Engine
    store: Store
    streams: Streams
    clock: Clock
    body_limits: BodyLimits
    #: By name, the OpenAPI document of each dialect.
    documents: Mapping[str, dict[str, Any]]
    #: By path below `/-/`, what introspection shows.
    introspection: Mapping[str, Callable[[], Awaitable[Any]]]
    #: Creates an account from a JSON body, for the caller.
    add_account: Callable[[Principal, Any], Awaitable[Any]]
    is_ready: Callable[[], Awaitable[bool]]
    metrics: Metrics


def pages(facts: Facts) -> Starlette:
    """The pages as an application."""
    own = _Pages(facts)
    clients = ClientPages(facts.store, facts.clock, facts.body_limits, own.principal)
    open_routes = [
        Route("/", own.index),
        Route("/livez", own.live),
        Route("/readyz", own.ready),
        Route("/midpoint/actuator/health", own.actuator_health),
        Route("/midpoint/actuator/info", own.actuator_info),
        Route("/openapi.json", own.documents),
        Route("/openapi/{name}.json", own.document),
        Route("/docs", own.docs),
        Route("/docs/{file}", own.docs_file),
        Route("/metrics", own.metrics),
        Route("/prometheus_metrics", own.metrics),
    ]
    guarded = [
        Route("/-/accounts", own.accounts, methods=["GET", "POST"]),
        *clients.routes(),
        Route("/-/events", own.events),
        Route("/-/tasks/{oid:uuid}/events", own.task_events),
        Route("/-/errors", own.errors),
        Route("/-/{name}", own.introspect),
    ]
    return Starlette(
        routes=[*open_routes, *guarded],
        exception_handlers={TaskgateError: own.problem, HTTPException: own.http_problem},
    )


def _json(value: object, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(orjson.dumps(value), status, media_type=media_type)


class _Pages:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    async def problem(self, _: Request, error: Exception) -> Response:
        """An error of ours."""
        known = error if isinstance(error, TaskgateError) else TaskgateError()
        answer = _problem(known.status, known.code, known.message)
        if isinstance(error, NotAuthenticated):
            answer.headers["www-authenticate"] = REALM
        return answer

    async def http_problem(self, _: Request, error: Exception) -> Response:
        """An error of the router's."""
        if not isinstance(error, HTTPException):
            raise error
        answer = _problem(error.status_code, "http", str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    async def index(self, _: Request) -> Response:
        """Where to look."""
        names = "".join(
            f'<li><a href="/openapi/{name}.json">{name}</a></li>' for name in self._facts.documents
        )
        return _html(
            f"<h1>Taskgate {__version__}</h1><p>An identity-task gateway. "
            '<a href="/docs">Documentation of its APIs</a>, <a href="/readyz">health</a>, '
            f'<a href="/metrics">metrics</a>; OpenAPI documents:</p><ul>{names}</ul>{_own_pages()}'
        )

    async def live(self, _: Request) -> Response:
        """The process answers."""
        return _json({"status": "up"})

    async def ready(self, _: Request) -> Response:
        """The store answers, too."""
        is_ready = await self._facts.is_ready()
        return _json({"status": "up" if is_ready else "down"}, 200 if is_ready else 503)

    async def actuator_health(self, _: Request) -> Response:
        """Readiness in the words of Spring's actuator, which midPoint's monitors ask for."""
        is_ready = await self._facts.is_ready()
        return _json({"status": "UP" if is_ready else "DOWN"}, 200 if is_ready else 503)

    async def actuator_info(self, _: Request) -> Response:
        """What runs here; clients look for the version at the top."""
        version = f"Taskgate {__version__}"
        return _json({"version": version, "app": {"name": "taskgate", "version": __version__}})

    async def documents(self, _: Request) -> Response:
        """Where each dialect's document is."""
        return _json({name: f"/openapi/{name}.json" for name in self._facts.documents})

    async def document(self, request: Request) -> Response:
        """The document of a dialect."""
        found = self._facts.documents.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return _json(found)

    async def docs(self, _: Request) -> Response:
        """A page that draws the documents."""
        names = "".join(f"<option>{name}</option>" for name in self._facts.documents)
        return _html(
            '<link rel="stylesheet" href="/docs/docs.css"><header><h1>Taskgate APIs</h1>'
            f'<label>API <select id="api">{names}</select></label>'
            '<input id="find" type="search" placeholder="Find an operation or a type" '
            f'aria-label="Find"></header>{_own_pages()}<main id="content">Loading the document…</main>'
            '<script src="/docs/docs.js"></script>'
        )

    async def docs_file(self, request: Request) -> Response:
        """The page's style and script."""
        name = request.path_params["file"]
        kinds = {"docs.css": "text/css", "docs.js": "text/javascript"}
        if name not in kinds:
            raise HTTPException(404)
        text = (files("gateway.http") / "static" / name).read_text(encoding="utf-8")
        return Response(text, media_type=kinds[name])

    async def metrics(self, request: Request) -> Response:
        """Prometheus metrics; open on loopback, else for those who may log in."""
        if request.client is None or request.client.host not in ("127.0.0.1", "::1"):
            await self.principal(request)
        return Response(await self._facts.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def events(self, request: Request) -> Response:
        """What happens to all tasks, from now on or from where the client was."""
        reader = await self._reader(request)
        return self._facts.streams.answer(reader.oid, StreamOf.asked(request))

    async def task_events(self, request: Request) -> Response:
        """What happens to one task."""
        reader = await self._reader(request)
        oid = str(request.path_params["oid"])
        await self._facts.engine.get(oid, "TaskType")
        return self._facts.streams.answer(reader.oid, StreamOf.asked(request, oid))

    async def errors(self, request: Request) -> Response:
        """Failed items and runs of all tasks, newest first."""
        await self._reader(request)
        query = request.scope["query_string"]
        wanted = failures.failure_search(query, self._facts.clock.now())
        found = await self._facts.store.failures(wanted)
        return _json([failures.shown(each) for each in found])

    async def introspect(self, request: Request) -> Response:
        """What the server says about itself."""
        await self.principal(request)
        show = self._facts.introspection.get(request.path_params["name"])
        if show is None:
            raise HTTPException(404)
        return _json(await show())

    async def accounts(self, request: Request) -> Response:
        """List accounts, or create one."""
        principal = await self.principal(request)
        allowed(principal, Right.ADMINISTER)
        if request.method == "GET":
            return _json(await self._facts.introspection["accounts"]())
        limits = self._facts.body_limits
        raw = await read_body(request.scope, request.receive, limits.size)
        body = await read_json(raw, limits)
        return _json(await self._facts.add_account(principal, body), 201)

    async def _reader(self, request: Request) -> Principal:
        reader = await self.principal(request)
        allowed(reader, Right.READ)
        return reader

    async def principal(self, request: Request) -> Principal:
        """Who asks."""
        header = request.headers.get("authorization")
        encoded = header.encode("latin-1") if header is not None else None
        return await self._facts.authenticator.principal(encoded)


def _problem(status: int, code: str, message: str) -> Response:
    value = {"status": status, "title": message, "code": code}
    return _json(value, status, "application/problem+json")


def _own_pages() -> str:
    rows = "".join(f"<dt><code>{path}</code></dt><dd>{text}</dd>" for path, text in OWN.items())
    return f"<aside><details><summary>Beside the APIs</summary><dl>{rows}</dl></details></aside>"


def _html(body: str) -> Response:
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Taskgate</title><meta name="viewport" content="width=device-width">{body}</html>'
    return HTMLResponse(page, headers={"content-security-policy": POLICY})

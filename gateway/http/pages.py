"""Our own pages: health, documents, introspection. Errors here are problem details (RFC 9457)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route

from gateway import __version__
from gateway.engine.rights.entry import EVERY_TYPE, check_entry
from gateway.errors import NotAuthenticated, TaskgateError
from gateway.http import failures
from gateway.http.client_pages import ClientPages
from gateway.http.exchange import ALWAYS, POLICY, STORE, Answer, read_body, source_of
from gateway.http.json_body import read_json
from gateway.http.password_page import PasswordPage
from gateway.http.session_pages import SessionPages
from gateway.http.sessions import token_of
from gateway.http.streams import HEARTBEAT, read_watched
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

    from gateway.clock import Clock
    from gateway.engine.verbs.insight import Insight
    from gateway.http.auth import Authenticator
    from gateway.http.json_body import BodyLimits
    from gateway.http.metrics import Metrics
    from gateway.http.sessions import Sessions
    from gateway.http.streams import Streams
    from gateway.http.tokens import Login
    from gateway.model.principal import Principal
    from gateway.store.base import Store

PROBLEM = "application/problem+json"
REALM = 'Basic realm="taskgate", charset="UTF-8"'
#: What introspection tells everybody who may log in; the rest tells of the machine and of people.
FOR_ALL = frozenset({"versions", "activities", "operators"})
#: Everything that a page needs comes from here, and nothing may run that stands in the page itself.
OF_PAGES = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
#: What is served beside the APIs, and what for.
OWN = {
    "/-/events": "What happens to tasks, as server-sent events; <code>?names=</code> selects.",
    "/-/tasks/{oid}/events": "The same for one task.",
    "/-/errors": "Failed items and runs of all tasks, newest first; "
    "<code>?since=24h&amp;task=OID&amp;limit=100</code>.",
    "/-/versions": "What runs here.",
    "/-/settings": "With which settings; for administrators.",
    "/-/activities": "What tasks can do.",
    "/-/operators": "What filters can say.",
    "/-/accounts": "Who may log in.",
    "/-/clients": "Which programs may.",
    "/-/password": "POST <code>old</code> and <code>new</code> to change your own.",
    "/-/sessions": "Who is logged in.",
    "/livez": "Whether the process answers.",
    "/readyz": "Whether it can serve.",
    "/metrics": "Figures for Prometheus; also at <code>/prometheus_metrics</code>.",
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the pages show and who may see it."""

    authenticator: Login
    insight: Insight
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
    sessions: Sessions
    #: Proves who somebody is that knows a password.
    passwords: Authenticator
    #: Makes a hash of a password that keeps the policy, or raises.
    hashed: Callable[[str], Awaitable[str]]
    #: Whether a request may see the metrics without a login.
    is_open: Callable[[Scope], bool]
    #: What a proxy puts in front of every path; empty if there is none.
    prefix: str


class OwnPages:
    """The pages as one application, for all paths that belong to no dialect."""

    paths = re.compile(".*", re.DOTALL)
    forms: tuple[str, ...] = ()

    def __init__(self, facts: Facts) -> None:
        self._app = _application(facts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_missing(message["headers"])]
            await send(message)

        await self._app(scope, receive, send_sealed)

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in."""
        del scope
        body = orjson.dumps(_problem_of(error.status, error.code, error.message))
        return Answer(
            status=error.status, body=body, headers=((b"content-type", PROBLEM.encode()),)
        )


def _missing(given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What an answer of ours has to tell browsers, and does not tell otherwise."""
    names = {name.lower() for name, _ in given}
    return [each for each in (*ALWAYS, POLICY, STORE) if each[0].lower() not in names]


def _application(facts: Facts) -> Starlette:
    own = _Pages(facts)
    clients = ClientPages(facts.store, facts.clock, facts.body_limits, own.principal)
    password = PasswordPage(
        facts.store,
        authenticator=facts.passwords,
        hashed=facts.hashed,
        limits=facts.body_limits,
        principal=own.principal,
    )
    open_routes = [
        Route("/", own.index),
        Route("/livez", own.live),
        Route("/readyz", own.ready),
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
        *password.routes(),
        *SessionPages(facts.sessions, own.principal).routes(),
        Route("/-/events", own.events),
        Route("/-/tasks/{oid:uuid}/events", own.task_events),
        Route("/-/errors", own.errors),
        Route("/-/{name}", own.introspect),
    ]
    application = Starlette(
        routes=[*open_routes, *guarded],
        exception_handlers={TaskgateError: own.problem, HTTPException: own.http_problem},
    )
    # It knows neither the public URL nor the prefix.
    application.router.redirect_slashes = False
    return application


def _missing_page(request: Request) -> HTTPException:
    """What is served to other methods only says so; anything else is not there."""
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is Match.PARTIAL:
            return HTTPException(405, headers={"allow": ", ".join(sorted(route.methods or ()))})
    return HTTPException(404)


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
        if known.retry_after is not None:
            answer.headers["retry-after"] = str(known.retry_after)
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
            f'<li><a href="openapi/{name}.json">{name}</a></li>' for name in self._facts.documents
        )
        return _html(
            f"<h1>Taskgate {__version__}</h1><p>An identity-task gateway. "
            '<a href="docs">Documentation of its APIs</a>, <a href="readyz">health</a>, '
            f'<a href="metrics">metrics</a>; OpenAPI documents:</p><ul>{names}</ul>{_own_pages()}'
        )

    async def live(self, _: Request) -> Response:
        """The process answers."""
        return _json({"status": "up"})

    async def ready(self, _: Request) -> Response:
        """The store answers, too."""
        is_ready = await self._facts.is_ready()
        return _json({"status": "up" if is_ready else "down"}, 200 if is_ready else 503)

    async def documents(self, _: Request) -> Response:
        """Where each dialect's document is."""
        prefix = self._facts.prefix
        found = {name: f"{prefix}/openapi/{name}.json" for name in self._facts.documents}
        return _public(_json(found))

    async def document(self, request: Request) -> Response:
        """The document of a dialect."""
        found = self._facts.documents.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return _public(_json(found))

    async def docs(self, _: Request) -> Response:
        """A page that draws the documents."""
        names = "".join(f"<option>{name}</option>" for name in self._facts.documents)
        return _html(
            '<link rel="stylesheet" href="docs/docs.css"><header><h1>Taskgate APIs</h1>'
            f'<label>API <select id="api">{names}</select></label>'
            '<input id="find" type="search" placeholder="Find an operation or a type" '
            f'aria-label="Find"></header>{_own_pages()}<main id="content">Loading the document…</main>'
            '<script src="docs/docs.js"></script>'
        )

    async def docs_file(self, request: Request) -> Response:
        """The page's style and script."""
        name = request.path_params["file"]
        kinds = {"docs.css": "text/css", "docs.js": "text/javascript"}
        if name not in kinds:
            raise HTTPException(404)
        text = (files("gateway.http") / "static" / name).read_text(encoding="utf-8")
        return _public(Response(text, media_type=kinds[name]))

    async def metrics(self, request: Request) -> Response:
        """Prometheus metrics; for those who may log in, where they are not open."""
        if not self._facts.is_open(request.scope):
            await self.principal(request)
        return Response(await self._facts.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def events(self, request: Request) -> Response:
        """What happens to all tasks, from now on or from where the client was."""
        return await self._stream(request, None)

    async def task_events(self, request: Request) -> Response:
        """What happens to one task."""
        return await self._stream(request, str(request.path_params["oid"]))

    async def _stream(self, request: Request, oid: str | None) -> Response:
        ask = partial(self.principal, request)
        reader = await ask()
        events = await self._facts.insight.events(read_watched(request, oid), ask, beat=HEARTBEAT)
        return self._facts.streams.answer(reader.oid, events, oid)

    async def errors(self, request: Request) -> Response:
        """Failed items and runs of all tasks, newest first."""
        principal = await self.principal(request)
        query = request.scope["query_string"]
        wanted = failures.failure_search(query, self._facts.clock.now())
        found = await self._facts.insight.failures(wanted, principal)
        return _json([failures.show_failure(each) for each in found])

    async def introspect(self, request: Request) -> Response:
        """What the server says about itself."""
        principal = await self.principal(request)
        name = request.path_params["name"]
        show = self._facts.introspection.get(name)
        if show is None:
            raise _missing_page(request)
        if name not in FOR_ALL:
            check_entry(principal, Right.ADMINISTER, every=EVERY_TYPE)
        return _json(await show())

    async def accounts(self, request: Request) -> Response:
        """List accounts, or create one."""
        principal = await self.principal(request)
        check_entry(principal, Right.ADMINISTER, every=EVERY_TYPE)
        if request.method == "GET":
            return _json(await self._facts.introspection["accounts"]())
        limits = self._facts.body_limits
        raw = await read_body(request.scope, request.receive, limits.size)
        body = await read_json(raw, limits)
        return _json(await self._facts.add_account(principal, body), 201)

    async def principal(self, request: Request) -> Principal:
        """Who asks, by a header or by the cookie of a session."""
        header = request.headers.get("authorization")
        token = token_of(request.headers.getlist("cookie")) if header is None else None
        if token:
            return await self._facts.sessions.principal(token)
        encoded = header.encode("latin-1") if header is not None else None
        return await self._facts.authenticator.principal(encoded, source_of(request.scope))


def _problem(status: int, code: str, message: str) -> Response:
    return _json(_problem_of(status, code, message), status, PROBLEM)


def _problem_of(status: int, code: str, message: str) -> dict[str, object]:
    return {"status": status, "title": message, "code": code}


def _public(answer: Response) -> Response:
    """The answer, marked as the same for everybody; whoever keeps it asks whether it still holds."""
    answer.headers["cache-control"] = "no-cache"
    return answer


def _own_pages() -> str:
    rows = "".join(f"<dt><code>{path}</code></dt><dd>{text}</dd>" for path, text in OWN.items())
    return f"<aside><details><summary>Beside the APIs</summary><dl>{rows}</dl></details></aside>"


def _html(body: str) -> Response:
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Taskgate</title><meta name="viewport" content="width=device-width">{body}</html>'
    return _public(HTMLResponse(page, headers={"content-security-policy": OF_PAGES}))

"""Itential's routes as a table, and how a caller is known: bearer, Basic, cookie or `?token=`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog

from gateway.dialects.base import below
from gateway.dialects.itential import job_handlers as jobs
from gateway.dialects.itential import platform_handlers as platform
from gateway.dialects.itential import task_handlers as tasks
from gateway.dialects.itential import workflow_handlers as workflows
from gateway.dialects.itential.calls import Call, Services
from gateway.dialects.itential.errors import error_answer
from gateway.dialects.itential.names import MOUNTS, OPERATIONS
from gateway.engine.objects.defaults import TASK_TYPE, WORKFLOW_TYPE
from gateway.engine.rights.entry import check_entry
from gateway.errors import MethodNotAllowed, NotAuthenticated, NotFound, TaskgateError
from gateway.http.exchange import Answer, Exchange
from gateway.http.sessions import COOKIE, token_of
from gateway.model.principal import Principal, Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, the right that it needs, and the vendor's name of the method."""

    handler: Callable[[Services, Call], Awaitable[Answer]]
    right: Right
    name: str
    #: Looked at are jobs, which are tasks, if nothing else is said.
    type: str = TASK_TYPE


def _read(handler: Callable[[Services, Call], Awaitable[Answer]], name: str) -> Route:
    return Route(handler, Right.READ, name)


def _list(handler: Callable[[Services, Call], Awaitable[Answer]], name: str) -> Route:
    return Route(handler, Right.SEARCH, name)


def _drawn(handler: Callable[[Services, Call], Awaitable[Answer]], name: str) -> Route:
    """One that shows workflows."""
    return Route(handler, Right.SEARCH, name, WORKFLOW_TYPE)


def _work(handler: Callable[[Services, Call], Awaitable[Answer]], name: str) -> Route:
    return Route(handler, Right.WORK, name)


#: Path to methods; `{...}` stands for an id. The first path that fits wins, so fixed ones come first.
OF_OPERATIONS: dict[str, dict[str, Route]] = {
    "/jobs/start": {"POST": _work(jobs.start, "startJob")},
    "/jobs/cancel": {"POST": _work(jobs.cancel, "cancelJobs")},
    "/jobs/pause": {"POST": _work(jobs.pause, "pauseJobs")},
    "/jobs/resume": {"POST": _work(jobs.resume, "resumeJobs")},
    "/jobs/watch": {"POST": _work(jobs.watch_many, "watchJobs")},
    "/jobs/unwatch": {"POST": _work(jobs.unwatch_many, "unwatchJobs")},
    "/jobs/delete": {"POST": _work(jobs.delete_many, "deleteJobs")},
    "/jobs/bulk-delete": {"POST": _work(jobs.bulk_delete, "bulkDeleteJobs")},
    "/jobs": {"GET": _list(jobs.list_jobs, "getJobs")},
    "/jobs/{jobId}": {
        "GET": _read(jobs.get, "getJob"),
        "DELETE": _work(jobs.delete, "deleteJob"),
    },
    "/jobs/{jobId}/continue": {"POST": _work(jobs.go_on, "continueJobFrom")},
    "/jobs/{jobId}/revert": {"POST": _work(jobs.revert, "revertJob")},
    "/jobs/{jobId}/watch": {"POST": _work(jobs.watch, "watchJob")},
    "/jobs/{jobId}/unwatch": {"POST": _work(jobs.unwatch, "unwatchJob")},
    "/jobs/{jobId}/add-watchers": {"POST": _work(jobs.add_watchers, "addWatchersToJob")},
    "/jobs/{jobId}/groups": {
        "POST": _work(jobs.add_group, "addJobGroup"),
        "PUT": _work(jobs.replace_groups, "replaceJobGroups"),
        "DELETE": _work(jobs.delete_groups, "deleteJobGroups"),
    },
    "/jobs/{jobId}/groups/{groupId}": {"DELETE": _work(jobs.delete_group, "deleteJobGroup")},
    "/jobs/{jobId}/tasks/{stepId}/finish": {"POST": _work(jobs.finish, "finishManualTask")},
    "/jobs/{jobId}/tasks/{stepId}/retry": {"POST": _work(jobs.retry, "retryTask")},
    "/jobs/{jobId}/tasks/{stepId}/manual-controller": {
        "GET": _read(jobs.manual_controller, "getManualTaskController")
    },
    "/tasks": {"GET": _list(tasks.list_tasks, "getTasks")},
    "/tasks/{taskId}": {"GET": _read(tasks.get, "getTask")},
    "/tasks/{taskId}/claim": {"POST": _work(tasks.claim, "claimTask")},
    "/tasks/{taskId}/release": {"POST": _work(tasks.release, "releaseTask")},
    "/tasks/{taskId}/assign": {"POST": _work(tasks.assign, "assignTask")},
    "/automations": {"GET": _drawn(workflows.automations, "getAutomations")},
    "/triggers": {"GET": _drawn(workflows.triggers, "getTriggers")},
    "/triggers/endpoint/{routeName}": {"POST": _work(workflows.run_endpoint, "runEndpointTrigger")},
    "/triggers/manual/{triggerId}/run": {"POST": _work(workflows.run_manual, "runManualTrigger")},
}
BESIDE: dict[str, dict[str, Route]] = {
    "/whoami": {"GET": _read(platform.whoami, "whoami")},
    "/authorization/accounts": {"GET": _list(platform.accounts, "getAccounts")},
    "/authorization/groups": {"GET": _list(platform.groups, "getGroups")},
    "/automation-studio/projects": {"GET": _list(workflows.projects, "getProjects")},
    "/automation-studio/workflows": {"GET": _drawn(workflows.list_workflows, "getWorkflows")},
    "/automation-studio/workflows/detailed/{name}": {
        "GET": _drawn(workflows.get_workflow, "getWorkflowDetailed")
    },
    "/automation-studio/automations/import": {
        "POST": Route(workflows.import_workflows, Right.AUTHOR, "importAutomations")
    },
    "/workflow_engine/jobs/metrics": {"GET": _list(platform.job_metrics, "getJobMetrics")},
    "/workflow_engine/tasks/metrics": {"GET": _list(platform.task_metrics, "getTaskMetrics")},
}
#: Open to everybody.
OPEN: dict[str, dict[str, Callable[[Services, Exchange], Awaitable[Answer]]]] = {
    "/login": {"POST": platform.login},
    "/health/server": {"GET": platform.health_server},
    "/health/status": {"GET": platform.health_status},
}
#: What clients may know from elsewhere, and what to do instead.
NOT_SERVED = {
    "operations-manager/large-data": "No value is stored apart from its job here: the variables of "
    "the job (GET /operations-manager/jobs/{id}) hold all of them whole.",
}
ROUTES: dict[str, dict[str, Route]] = BESIDE | {
    f"{OPERATIONS[0]}{path}": methods for path, methods in OF_OPERATIONS.items()
}
_PATTERNS = [(tuple(path.strip("/").split("/")), methods) for path, methods in ROUTES.items()]


class ItentialApi:
    """The dialect as one ASGI application, for all of its mounts."""

    paths = below(MOUNTS)
    forms: tuple[str, ...] = ()

    def __init__(self, services: Services) -> None:
        self._services = services
        #: How many answers there were, by status.
        self.answers: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = await self._answer(Exchange(scope=scope, receive=receive))
        self.answers[answer.status] += 1
        await answer.send(send, head_only=scope["method"] == "HEAD")

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in."""
        del scope
        answer = error_answer(error)
        self.answers[answer.status] += 1
        return answer

    async def _answer(self, exchange: Exchange) -> Answer:
        segments = [part for part in exchange.scope["path"].split("/") if part]
        try:
            path = f"/{'/'.join(segments)}"
            if path in OPEN:
                return await _by_method(exchange, OPEN[path])(self._services, exchange)
            principal = await self._principal(exchange)
            if segments[0] == OPERATIONS[1][1:]:
                segments[0] = OPERATIONS[0][1:]
            route, ids = _route(exchange, segments)
            check_entry(principal, route.right, every=route.type)
            call = Call(exchange=exchange, principal=principal, ids=ids)
            return await route.handler(self._services, call)
        except TaskgateError as error:
            return error_answer(error)
        except Exception:
            log.exception("request_broke", path=exchange.scope["path"])
            return error_answer(TaskgateError("An internal error; see the server's log."))

    async def _principal(self, exchange: Exchange) -> Principal:
        header = exchange.header(b"authorization")
        if header is not None:
            return await self._services.login.principal(header.encode("latin-1"), exchange.source)
        token = token_of(exchange.headers(b"cookie")) or exchange.parameters().only(COOKIE)
        if not token:
            raise NotAuthenticated
        return await self._services.sessions.principal(token)


def _route(exchange: Exchange, segments: list[str]) -> tuple[Route, tuple[str, ...]]:
    """The route of a request, and what stands in its path where the route has braces."""
    for pattern, methods in _PATTERNS:
        if len(pattern) == len(segments) and all(
            wanted[0] == "{" or wanted == part
            for wanted, part in zip(pattern, segments, strict=True)
        ):
            ids = tuple(
                part for wanted, part in zip(pattern, segments, strict=True) if wanted[0] == "{"
            )
            return _by_method(exchange, methods), ids
    reason = NOT_SERVED.get("/".join(segments[:2]))
    raise NotFound(reason or f"There is nothing at '{exchange.scope['path'][:200]}'.")


def _by_method(exchange: Exchange, methods: Mapping[str, T]) -> T:
    method = "GET" if exchange.method == "HEAD" else exchange.method
    if method not in methods:
        allow = (*methods, "HEAD") if "GET" in methods else tuple(methods)
        raise MethodNotAllowed(f"{exchange.method} is not served here.", allow=allow)
    return methods[method]

"""Itential's routes as a table, and how a caller is known: bearer, Basic, cookie or `?token=`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from gateway.dialects.itential import job_handlers as jobs
from gateway.dialects.itential import platform_handlers as platform
from gateway.dialects.itential import task_handlers as tasks
from gateway.dialects.itential import workflow_handlers as workflows
from gateway.dialects.itential.calls import ItentialCall, ItentialServices
from gateway.dialects.itential.errors import answer_error
from gateway.dialects.itential.names import MOUNTS, OPERATIONS
from gateway.engine.objects.defaults import WORKFLOW_TYPE
from gateway.engine.rights.entry import check_entry
from gateway.errors import NotAuthenticated, NotFound
from gateway.http.dialect import ApiDialect, Match, Route, RouteTable, below
from gateway.http.exchange import Answer
from gateway.http.sessions import COOKIE, token_of
from gateway.model.principal import Principal, Right
from gateway.model.task_document import TASK_TYPE

if TYPE_CHECKING:
    from starlette.types import Scope

    from gateway.errors import TaskgateError
    from gateway.http.dialect import OpenHandler, Routes
    from gateway.http.exchange import Exchange

JobRoute: TypeAlias = Route[ItentialServices, ItentialCall]
Handler: TypeAlias = Callable[[ItentialServices, ItentialCall], Awaitable[Answer]]


def _read(handler: Handler, name: str) -> JobRoute:
    return Route(handler, name, (Right.READ,), TASK_TYPE)


def _list(handler: Handler, name: str) -> JobRoute:
    return Route(handler, name, (Right.SEARCH,), TASK_TYPE)


def _make_drawing_route(handler: Handler, name: str) -> JobRoute:
    """One that shows workflows."""
    return Route(handler, name, (Right.SEARCH,), WORKFLOW_TYPE)


def _make_working_route(handler: Handler, name: str) -> JobRoute:
    return Route(handler, name, (Right.WORK,), TASK_TYPE)


#: Path to methods; `{...}` stands for an id.
OF_OPERATIONS: dict[str, dict[str, JobRoute]] = {
    "/jobs/start": {"POST": _make_working_route(jobs.start, "startJob")},
    "/jobs/cancel": {"POST": _make_working_route(jobs.cancel, "cancelJobs")},
    "/jobs/pause": {"POST": _make_working_route(jobs.pause, "pauseJobs")},
    "/jobs/resume": {"POST": _make_working_route(jobs.resume, "resumeJobs")},
    "/jobs/watch": {"POST": _make_working_route(jobs.watch_many, "watchJobs")},
    "/jobs/unwatch": {"POST": _make_working_route(jobs.unwatch_many, "unwatchJobs")},
    "/jobs/delete": {"POST": _make_working_route(jobs.delete_many, "deleteJobs")},
    "/jobs/bulk-delete": {"POST": _make_working_route(jobs.bulk_delete, "bulkDeleteJobs")},
    "/jobs": {"GET": _list(jobs.list_jobs, "getJobs")},
    "/jobs/{jobId}": {
        "GET": _read(jobs.get, "getJob"),
        "DELETE": _make_working_route(jobs.delete, "deleteJob"),
    },
    "/jobs/{jobId}/continue": {"POST": _make_working_route(jobs.go_on, "continueJobFrom")},
    "/jobs/{jobId}/revert": {"POST": _make_working_route(jobs.revert, "revertJob")},
    "/jobs/{jobId}/watch": {"POST": _make_working_route(jobs.watch, "watchJob")},
    "/jobs/{jobId}/unwatch": {"POST": _make_working_route(jobs.unwatch, "unwatchJob")},
    "/jobs/{jobId}/add-watchers": {
        "POST": _make_working_route(jobs.add_watchers, "addWatchersToJob")
    },
    "/jobs/{jobId}/groups": {
        "POST": _make_working_route(jobs.add_group, "addJobGroup"),
        "PUT": _make_working_route(jobs.replace_groups, "replaceJobGroups"),
        "DELETE": _make_working_route(jobs.delete_groups, "deleteJobGroups"),
    },
    "/jobs/{jobId}/groups/{groupId}": {
        "DELETE": _make_working_route(jobs.delete_group, "deleteJobGroup")
    },
    "/jobs/{jobId}/tasks/{stepId}/finish": {
        "POST": _make_working_route(jobs.finish, "finishManualTask")
    },
    "/jobs/{jobId}/tasks/{stepId}/retry": {"POST": _make_working_route(jobs.retry, "retryTask")},
    "/jobs/{jobId}/tasks/{stepId}/manual-controller": {
        "GET": _read(jobs.manual_controller, "getManualTaskController")
    },
    "/tasks": {"GET": _list(tasks.list_tasks, "getTasks")},
    "/tasks/{taskId}": {"GET": _read(tasks.get, "getTask")},
    "/tasks/{taskId}/claim": {"POST": _make_working_route(tasks.claim, "claimTask")},
    "/tasks/{taskId}/release": {"POST": _make_working_route(tasks.release, "releaseTask")},
    "/tasks/{taskId}/assign": {"POST": _make_working_route(tasks.assign, "assignTask")},
    "/automations": {"GET": _make_drawing_route(workflows.automations, "getAutomations")},
    "/triggers": {"GET": _make_drawing_route(workflows.triggers, "getTriggers")},
    "/triggers/endpoint/{routeName}": {
        "POST": _make_working_route(workflows.run_endpoint, "runEndpointTrigger")
    },
    "/triggers/manual/{triggerId}/run": {
        "POST": _make_working_route(workflows.run_manual, "runManualTrigger")
    },
}
BESIDE: dict[str, dict[str, JobRoute]] = {
    "/whoami": {"GET": _read(platform.whoami, "whoami")},
    "/authorization/accounts": {"GET": _list(platform.accounts, "getAccounts")},
    "/authorization/groups": {"GET": _list(platform.groups, "getGroups")},
    "/automation-studio/projects": {"GET": _list(workflows.projects, "getProjects")},
    "/automation-studio/workflows": {
        "GET": _make_drawing_route(workflows.list_workflows, "getWorkflows")
    },
    "/automation-studio/workflows/detailed/{name}": {
        "GET": _make_drawing_route(workflows.get_workflow, "getWorkflowDetailed")
    },
    "/automation-studio/automations/import": {
        "POST": Route(workflows.import_workflows, "importAutomations", (Right.AUTHOR,), TASK_TYPE)
    },
    "/workflow_engine/jobs/metrics": {"GET": _list(platform.job_metrics, "getJobMetrics")},
    "/workflow_engine/tasks/metrics": {"GET": _list(platform.task_metrics, "getTaskMetrics")},
}
#: Open to everybody.
OPEN: Routes[OpenHandler[ItentialServices]] = {
    "/login": {"POST": platform.login},
    "/health/server": {"GET": platform.health_server},
    "/health/status": {"GET": platform.health_status},
}
#: What clients may know from elsewhere, and what to do instead.
NOT_SERVED = {
    "operations-manager/large-data": "No value is stored apart from its job here: the variables of "
    "the job (GET /operations-manager/jobs/{id}) hold all of them whole.",
}
ROUTES: dict[str, dict[str, JobRoute]] = BESIDE | {
    f"{OPERATIONS[0]}{path}": methods for path, methods in OF_OPERATIONS.items()
}
_TABLE = RouteTable(ROUTES)


class ItentialApi(ApiDialect[ItentialServices, Principal, Match[JobRoute]]):
    """The dialect as one ASGI application, for all of its mounts."""

    paths = below(MOUNTS)

    def __init__(self, services: ItentialServices) -> None:
        super().__init__(services, OPEN)

    async def authenticate(self, exchange: Exchange) -> Principal:
        """By a header, else by the token of a session."""
        header = exchange.header(b"authorization")
        if header is not None:
            return await self.services.login.principal(header.encode("latin-1"), exchange.source)
        token = token_of(exchange.headers(b"cookie")) or exchange.parameters().only(COOKIE)
        if not token:
            raise NotAuthenticated
        return await self.services.sessions.principal(token)

    def find(self, exchange: Exchange, caller: Principal) -> Match[JobRoute]:
        """The route; Operations Manager has two names."""
        del caller
        segments = self.segments(exchange.scope)
        if segments[0] == OPERATIONS[1][1:]:
            segments[0] = OPERATIONS[0][1:]
        found = _TABLE.find(exchange.method, segments)
        if found is not None:
            return found
        reason = NOT_SERVED.get("/".join(segments[:2]))
        raise NotFound(reason or f"There is nothing at '{exchange.scope['path'][:200]}'.")

    def admit(self, caller: Principal, match: Match[JobRoute]) -> None:
        """By a right on all jobs or on all workflows."""
        check_entry(caller, *match.route.rights, every=match.route.type)

    async def call(self, exchange: Exchange, caller: Principal, match: Match[JobRoute]) -> Answer:
        """What the handler answers."""
        call = ItentialCall(exchange=exchange, principal=caller, ids=match.values)
        return await match.route.handler(self.services, call)

    def error(
        self, scope: Scope, error: TaskgateError, match: Match[JobRoute] | None = None
    ) -> Answer:
        """The envelope, whatever was called."""
        del scope, match
        return answer_error(error)

"""The routes beside jobs and tasks that clients need: login, health, accounts, metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from gateway.dialects.itential.errors import answer_bare
from gateway.dialects.itential.names import RELEASE, SERVER_ID, SYSTEM_ACTOR, short_id
from gateway.dialects.itential.small_lists import answer_results
from gateway.dialects.itential.wire.bodies import read_body, read_typed
from gateway.errors import InvalidRequest, NotAuthenticated
from gateway.http.exchange import Answer, Exchange, json_answer
from gateway.http.json_body import STRANGERS
from gateway.http.sessions import COOKIE

if TYPE_CHECKING:
    from gateway.dialects.itential.calls import ItentialCall, ItentialServices
    from gateway.model.documents import Document

TEXT = (b"content-type", b"text/plain; charset=utf-8")
PROVENANCE = "Local AAA"


async def login(services: ItentialServices, exchange: Exchange) -> Answer:
    """A session: its token is the whole body, and a cookie."""
    limits = services.body_limits
    body = await read_body(exchange, replace(limits, size=min(limits.size, STRANGERS)))
    user = read_typed(body, "user", dict, body)
    name, password = read_typed(user, "username", str), read_typed(user, "password", str)
    if name is None or password is None:
        raise InvalidRequest("Missing Params: username, password")
    try:
        label = exchange.header(b"user-agent") or ""
        token = await services.sessions.open(name, password, exchange.source, label)
    except NotAuthenticated:
        refusal: Document = {"message": "Invalid credentials", "data": None, "metadata": {}}
        return json_answer(401, orjson.dumps(refusal))
    # A cookie that is Secure never comes back over plain HTTP.
    secure = "; Secure" if exchange.scope.get("scheme") == "https" else ""
    cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax{secure}"
    return Answer(status=200, body=token.encode(), headers=(TEXT, (b"set-cookie", cookie.encode())))


async def health_server(services: ItentialServices, exchange: Exchange) -> Answer:
    """What runs here; clients choose their routes by the release."""
    del exchange
    return answer_bare(
        {
            "version": RELEASE,
            "release": RELEASE,
            "serverId": SERVER_ID,
            "serverName": SERVER_ID,
            "timestamp": read_milliseconds(services),
        }
    )


async def health_status(services: ItentialServices, exchange: Exchange) -> Answer:
    """Whether it runs."""
    del exchange
    return answer_bare(
        {
            "host": SERVER_ID,
            "serverId": SERVER_ID,
            "services": [],
            "timestamp": read_milliseconds(services),
            "apps": "running",
            "adapters": "running",
        }
    )


def read_milliseconds(services: ItentialServices) -> int:
    """Epoch milliseconds."""
    return round(services.clock.now() * 1000)


async def whoami(services: ItentialServices, call: ItentialCall) -> Answer:
    """The caller."""
    del services
    who = call.principal
    return answer_bare(
        {
            "id": short_id(who.oid),
            "provenance": PROVENANCE,
            "username": who.name,
            "firstname": who.name,
            "roles": sorted(who.roles),
            "groups": [_group(name) for name in sorted(who.groups)],
            "routes": [],
        }
    )


def _group(name: str) -> Document:
    return {"id": short_id(name), "_id": short_id(name), "provenance": PROVENANCE, "name": name}


async def accounts(services: ItentialServices, call: ItentialCall) -> Answer:
    """Everybody who may log in."""
    people = await services.people(call.principal)
    rows = [
        {
            "_id": id_,
            "provenance": PROVENANCE,
            "username": account.name,
            "firstname": account.name,
            "inactive": not account.is_enabled,
            "memberOf": [{"groupId": short_id(g)} for g in sorted(account.groups)],
        }
        for id_, account in sorted(people.accounts.items(), key=lambda pair: pair[1].name)
    ]
    return answer_results(rows, call.pairs())


async def groups(services: ItentialServices, call: ItentialCall) -> Answer:
    """Every group that somebody belongs to."""
    people = await services.people(call.principal)
    return answer_results([_group(name) for name in sorted(people.groups.values())], call.pairs())


async def job_metrics(services: ItentialServices, call: ItentialCall) -> Answer:
    """How jobs have ended, by workflow."""
    rows = [
        {
            "_id": short_id(each.name),
            "workflow": {"_id": short_id(each.name), "name": each.name},
            "jobsComplete": each.complete,
            "totalRunTime": round(each.run_time),
            "preAutomationTime": 0,
            "slaTargetsMissed": 0,
            "startDate": each.first_start,
            "metrics": [
                _describe_outcomes(each.jobs, each.complete, each.failed)
                | {"canceled": each.canceled}
            ],
        }
        for each in await services.jobs.job_metrics(call.principal)
    ]
    return answer_results(rows, call.pairs())


async def task_metrics(services: ItentialServices, call: ItentialCall) -> Answer:
    """How tasks have ended, by workflow and task."""
    rows = [
        {
            "_id": short_id(f"{each.workflow}/{each.step}"),
            "taskId": each.step,
            "taskType": each.kind,
            "name": each.name,
            "app": each.app,
            "workflow": {"_id": short_id(each.workflow), "name": each.workflow},
            "startDate": each.first_start,
            "user": SYSTEM_ACTOR,
            "metrics": [
                _describe_outcomes(each.items, each.complete, each.failed)
                | {"totalRunTime": round(each.run_time), "finishState": "success"}
            ],
        }
        for each in await services.jobs.item_metrics(call.principal)
    ]
    return answer_results(rows, call.pairs())


def _describe_outcomes(total: int, complete: int, failed: int) -> dict[str, Any]:
    return {"total": total, "totalSuccesses": complete, "totalFailures": failed}

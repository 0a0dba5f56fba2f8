"""cleanup and objectIntegrityCheck over HTTP, on servers of their own: they look at everything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clock import ManualClock
from gateway.model.effects import NewObject
from gateway.store.sqlite.store import SqliteStore
from tests.dialects.midpoint.scanning import (
    PAST,
    activities,
    counted,
    executed,
    last_message,
    only,
    ran,
)
from tests.serving import NOWHERE, Api, assert_operation_result, unique
from tests.store.making import oid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import ServerFactory
    from tests.serving import Server


@pytest.fixture
def own(make_server: ServerFactory) -> Iterator[Api]:
    """A server that no other test uses."""
    with make_server().client() as client:
        yield Api(client)


async def fill(database: Path, *objects: NewObject) -> None:
    """Store objects that no client could send."""
    store = await SqliteStore.open(database, ManualClock(), synchronous="NORMAL")
    for each in objects:
        await store.add(each)
    await store.close()


def made(number: int, type_name: str, **items: Any) -> NewObject:
    named = {"name": f"{type_name} {number}"} | items
    return NewObject(oid=oid(number), type=type_name, items=named, next_id=10)


def stored(server: Server) -> set[str]:
    """Oids of everything that is stored."""
    uri = f"{server.database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        return {row[0] for row in connection.execute("SELECT oid FROM object")}


def cleanup(**policies: str) -> dict[str, Any]:
    ages = {name: {"maxAge": age} for name, age in policies.items()}
    return {"cleanup": {"policies": ages}}


def gone(api: Api, oid: str) -> bool:
    return bool(api.client.get(f"/tasks/{oid}").status_code == 404)


# ---- cleanup of tasks ------------------------------------------------------------------------------------


def test_closed_trees_are_deleted_once_they_are_old_enough(own: Api) -> None:
    parent = own.task(schedulingState="closed")
    identifier = own.get("tasks", parent)["taskIdentifier"]
    child = own.task(schedulingState="closed", parent=identifier)
    suspended = own.task()
    kept = own.task(schedulingState="closed", indestructible=True)
    own.task(schedulingState="closed", parent=own.get("tasks", kept)["taskIdentifier"])
    patient = ran(own, cleanup(closedTasks="P1D"))
    assert patient["progress"] == 0
    task = ran(own, cleanup(closedTasks="PT0S"))
    assert task["resultStatus"] == "success"
    assert [gone(own, each) for each in (parent, child, patient["oid"])] == [True] * 3
    assert [gone(own, each) for each in (suspended, kept, task["oid"])] == [False] * 3
    assert counted(task) == {"success": 2, "skip": 1}
    assert executed(task) == {"delete": 2}
    assert last_message(task, "skip").endswith("is marked as indestructible.")


def test_a_cleanup_deletes_neither_itself_nor_the_task_above_it(own: Api) -> None:
    parent = own.task(schedulingState="closed")
    identifier = own.get("tasks", parent)["taskIdentifier"]
    oid = own.task(cleanup(closedTasks="PT0S"), parent=identifier, schedulingState="ready")
    task = own.when_closed(oid)
    assert counted(task) == {"skip": 1}
    assert not gone(own, parent)
    assert not gone(own, oid)


def test_a_cleanup_is_a_cleanup_task_with_a_part_for_each_policy(own: Api) -> None:
    task = ran(own, cleanup(outputReports="P1D", closedTasks="P1D", closedCases="P1Y"))
    parts = [state["identifier"] for state in activities(task)]
    assert parts == ["closedTasks", "closedCases", "outputReports"]
    assert task["assignment"]["targetRef"]["oid"] == "00000000-0000-0000-0000-000000000506"
    kinds = {each["activityType"] for each in task["affectedObjects"]["activity"]}
    assert kinds == {"c:cleanup"}


def test_a_cleanup_whose_policies_have_no_age_does_nothing_and_succeeds(own: Api) -> None:
    closed = own.task(schedulingState="closed")
    task = ran(own, {"cleanup": {"policies": {"closedTasks": {}}}})
    assert task["resultStatus"] == "success"
    assert not gone(own, closed)


async def test_cases_campaigns_and_report_outputs_are_deleted_by_their_own_times(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    database = tmp_path / "filled.db"
    now = "2100-01-01T00:00:00.000Z"
    case, campaign = "CaseType", "AccessCertificationCampaignType"
    above = {"parentRef": {"oid": oid(1), "type": case, "relation": "default"}}
    await fill(
        database,
        made(1, case, state="closed", closeTimestamp=PAST),
        made(2, case, state="closed", closeTimestamp=PAST, **above),
        made(3, case, state="open"),
        made(4, campaign, state="closed", endTimestamp=PAST),
        made(5, campaign, state="closed", endTimestamp=now),
        made(6, "ReportDataType", metadata={"createTimestamp": PAST}),
        made(7, "ReportDataType", metadata={"createTimestamp": now}),
    )
    server = make_server(database=database)
    policies = ("closedCases", "closedCertificationCampaigns", "outputReports")
    with server.client() as client:
        task = ran(Api(client), cleanup(**dict.fromkeys(policies, "P30D")))
    assert counted(task) == {"success": 3}
    assert executed(task) == {"delete": 4}
    assert {oid(n) for n in range(1, 8)} & stored(server) == {oid(3), oid(5), oid(7)}


@pytest.mark.parametrize(
    ("activity", "reason"),
    [
        ({"work": {"cleanup": {}}}, "needs 'policies'"),
        ({"work": {"cleanup": {"policies": {"deadNodes": {}}}}}, "'deadNodes'"),
        ({"work": {"cleanup": {"policies": {"closedTasks": {"maxRecords": 1}}}}}, "'maxRecords'"),
        ({"work": {"cleanup": {"policies": {"closedTasks": {"maxAge": "1 day"}}}}}, "'1 day'"),
        (
            {"work": cleanup(closedTasks="P1D"), "execution": {"mode": "preview"}},
            "'cleanup' does not run in the execution mode 'preview'",
        ),
    ],
)
def test_what_a_cleanup_cannot_do_is_refused_at_once(
    api: Api, activity: dict[str, Any], reason: str
) -> None:
    answer = api.client.post("/tasks", json={"task": {"name": "x", "activity": activity}})
    assert reason in assert_operation_result(answer, 400)["message"]


# ---- integrity -------------------------------------------------------------------------------------------


def test_all_that_a_server_stores_by_itself_and_for_clients_is_sound(own: Api) -> None:
    role = own.create("roles", {"name": unique("role"), "requestable": True})
    org = own.create("orgs", {"name": unique("org"), "displayOrder": 5})
    targets = [{"targetRef": {"oid": role, "type": "RoleType"}}]
    targets += [{"targetRef": {"oid": org, "type": "OrgType"}, "activation": {"validTo": PAST}}]
    own.create("services", {"name": unique("service"), "inducement": targets})
    own.create("users", {"name": "jack", "assignment": targets, "extension": {"a": 1}})
    own.create("users", {"name": {"orig": "Ján", "lang": {"sk": "Ján"}}, "employeeType": ["a"]})
    own.task(
        schedule={"recurrence": "recurring", "interval": 900},
        executionConstraints={"group": "g", "secondaryGroup": {"group": "h"}},
        cleanupAfterCompletion="P1D",
    )
    ran(
        own, {"recomputation": {"objects": {"type": "UserType"}}}, distribution={"workerThreads": 2}
    )
    task = ran(own, {"objectIntegrityCheck": {"histogramColumns": 40}})
    assert task["resultStatus"] == "success"
    assert counted(task) == {"success": task["progress"]}
    assert task["progress"] > 10


async def test_damage_is_told_by_path_and_nothing_is_changed(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    database = tmp_path / "damaged.db"
    nowhere = {"oid": NOWHERE, "type": "RoleType", "relation": "default"}
    await fill(
        database,
        made(1, "UserType"),
        made(2, "UserType", assignment=[{"id": 4, "targetRef": nowhere}]),
        made(3, "UserType", iteration="none", nonsense=1),
        made(4, "UserType", metadata={"createTaskRef": nowhere | {"type": "TaskType"}}),
    )
    server = make_server(database=database)
    with server.client() as client:
        api = Api(client)
        sound, dangling, damaged, history = (
            ran(api, {"objectIntegrityCheck": {"objects": only([oid(n)])}}) for n in range(1, 5)
        )
        assert counted(sound) == counted(history) == counted(dangling) == {"success": 1}
        assert last_message(dangling, "success") == (
            f"assignment[4]/targetRef refers to {NOWHERE}, which does not exist."
        )
        assert damaged["resultStatus"] == "partial_error"
        assert last_message(damaged, "failure") == (
            "iteration holds no int; nonsense is no item of the schema."
        )
        for number in (1, 2, 4):
            assert api.get("users", oid(number))["version"] == "0"
            assert "operationExecution" not in api.get("users", oid(number))


@pytest.mark.parametrize(
    "tear",
    [
        "UPDATE object SET name = 'other', name_norm = 'other' WHERE name = 'torn'",
        "DELETE FROM assignment",
        "DELETE FROM reference WHERE path = 'roleMembershipRef'",
    ],
)
def test_an_object_that_differs_from_its_rows_is_told(
    make_server: ServerFactory, tear: str
) -> None:
    server = make_server()
    with server.client() as client:
        api = Api(client)
        role = api.create("roles", {"name": unique("role")})
        reference = {"targetRef": {"oid": role, "type": "RoleType"}}
        torn = api.create("users", {"name": "torn", "assignment": reference})
        check = {"objectIntegrityCheck": {"objects": only([torn])}}
        assert counted(ran(api, check)) == {"success": 1}
        with closing(sqlite3.connect(server.database)) as connection, connection:
            connection.execute(tear)
        task = ran(api, check)
        assert counted(task) == {"failure": 1}
        assert "differ from their rows" in last_message(task, "failure")


@pytest.mark.parametrize(
    ("activity", "reason"),
    [
        ({"execution": {"mode": "preview"}}, "'objectIntegrityCheck' does not run"),
        ({"work": {"objectIntegrityCheck": {"histogramColumns": 0}}}, "positive"),
    ],
)
def test_what_a_check_cannot_do_is_refused_at_once(
    api: Api, activity: dict[str, Any], reason: str
) -> None:
    defined = {"work": {"objectIntegrityCheck": {}}} | activity
    answer = api.client.post("/tasks", json={"task": {"name": "x", "activity": defined}})
    assert reason in assert_operation_result(answer, 400)["message"]

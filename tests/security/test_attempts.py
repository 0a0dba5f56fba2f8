"""What somebody tried who knew only what README and SECURITY.md promise, and what comes of it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import ENTERS, Person, authorization
from tests.security.workflows import imported, sent, step, workflow
from tests.serving import Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office
    from tests.dialects.midpoint.people import People

LONG: dict[str, Any] = {"work": {"noOp": {"steps": 10_000, "delay": 100}}}
#: Suspends the task at once, with what it is part of and what waits for it.
KILL_SWITCH = {
    "policy": {
        "name": "at once",
        "policyConstraints": {"executionTime": {"exceeds": "PT0S"}},
        "policyActions": {"suspendTask": {}},
    }
}
WAITS = {
    "schedulingState": "waiting",
    "waitingReason": "otherTasks",
    "unpauseAction": "executeImmediately",
}
VERBS = ("read", "search", "add", "modify", "runTaskImmediately", "suspendTask", "resumeTask")


def marked(mark: str) -> dict[str, Any]:
    return {"type": "TaskType", "filter": {"text": f"description = '{mark}'"}}


@pytest.fixture(scope="module")
def limited(people: People) -> tuple[Person, str]:
    """Does anything to the tasks of one description, and nothing to others."""
    mark = unique("mark")
    on_them = authorization(*VERBS, object=marked(mark))
    return people.person(ENTERS, on_them, authorization("rawOperation")), mark


def tie(kind: str, identifier: str) -> dict[str, Any]:
    return {"parent": identifier} if kind == "parent" else {"dependent": [identifier]}


def identifier_of(api: Api, oid: str) -> str:
    found: str = api.get("tasks", oid)["taskIdentifier"]
    return found


@pytest.mark.parametrize("kind", ["parent", "dependent"])
def test_a_task_is_not_tied_to_one_that_its_maker_may_not_run_and_suspend(
    limited: tuple[Person, str], api: Api, kind: str
) -> None:
    person, mark = limited
    other = api.create("tasks", {"name": unique("other"), "activity": LONG} | WAITS)
    ties = tie(kind, identifier_of(api, other))
    task = {
        "name": unique("tied"),
        "description": mark,
        "schedulingState": "ready",
        "activity": LONG | {"policies": KILL_SWITCH},
    }
    answer = person.client.post("/tasks", json={"task": task | ties})
    refused = assert_operation_result(answer, 403)["message"]
    # What is hidden is not told from what is not there.
    nowhere = person.client.post("/tasks", json={"task": task | tie(kind, "nobody's")})
    assert assert_operation_result(nowhere, 403)["message"] == refused
    own = person.api.create("tasks", task | {"schedulingState": "suspended"})
    ((path, value),) = ties.items()
    for options in ({}, {"options": "raw"}):
        changed = person.api.patch("tasks", own, delta("replace", path, value), **options)
        assert_operation_result(changed, 403)
    put = person.client.put(f"/tasks/{own}", json={"task": task | ties | {"oid": own}})
    assert_operation_result(put, 403)
    assert api.get("tasks", other)["schedulingState"] == "waiting"


@pytest.mark.parametrize("kind", ["parent", "dependent"])
def test_a_task_is_tied_to_one_that_its_maker_may_run_and_suspend(
    limited: tuple[Person, str], api: Api, kind: str
) -> None:
    person, mark = limited
    own = {"description": mark, "activity": LONG}
    first = person.api.create("tasks", own | {"name": unique("first")} | WAITS)
    ties = tie(kind, identifier_of(api, first))
    second = person.api.create("tasks", own | {"name": unique("second")} | ties)
    third = person.api.create("tasks", own | {"name": unique("third")})
    ((path, value),) = ties.items()
    person.api.modify("tasks", third, delta("replace", path, value))
    # What is tied already may be changed otherwise.
    person.api.modify("tasks", second, delta("replace", "iteration", 1))
    shown = [api.get("tasks", each)[path] for each in (second, third)]
    assert shown == [identifier_of(api, first)] * 2


SECRET = "sunken-galleon"
MARKED = [{"type": "encryption", "pointer": "/password"}]


def of_engine(name: str, /, **inputs: Any) -> dict[str, Any]:
    return step(name, inputs, app="WorkFlowEngine")


NAMINGS = {
    "a step's object": [of_engine("setObjectKey", obj={}, key="$var.job.password", value=1)],
    "what is made of it": [
        of_engine("split", str="$var.job.password", separator="-"),
        of_engine("setObjectKey", obj={}, key="$var.a1.result", value=1),
        of_engine("query", obj="$var.a2.result", query="x", pass_on_null=True),
    ],
    "a variable": [
        of_engine("setObjectKey", obj={}, key="$var.job.password", value=1),
        of_engine("newVariable", name="kept", value="$var.a1.result"),
    ],
    "what else is handed in": [of_engine("newVariable", name="kept", value="$var.job.hint")],
}


@pytest.mark.parametrize("naming", NAMINGS)
def test_a_secret_is_not_read_as_a_name_in_an_object_either(office: Office, naming: str) -> None:
    engineer = office.of("engineering")
    document = workflow(*NAMINGS[naming], decorators=MARKED)
    imported(engineer, document)
    given = {"password": SECRET, "hint": {SECRET: 1}}
    job = engineer.start(document["name"], variables=given)
    engineer.over(job)
    for path in (f"/jobs/{job['_id']}", f"/jobs?equals[_id]={job['_id']}"):
        assert SECRET not in engineer.client.get(f"/operations-manager{path}").text
    of_job = {"equals[job._id]": job["_id"]}
    answer = engineer.client.get("/operations-manager/tasks", params=of_job)
    assert answer.json()["metadata"]["total"] > 0
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "decorators",
    [
        [{"type": "encryption", "pointer": pointer}]
        for pointer in ("", "/", "#/password", "//password", None)
    ]
    + [[{"type": "Encryption", "pointer": "/password"}], [{"pointer": "/x"}], ["x"], {}, "x"],
)
def test_a_decorator_that_would_hide_nothing_is_refused(office: Office, decorators: Any) -> None:
    document = workflow(of_engine("delay", time=0), decorators=decorators)
    answer = sent(office.of("engineering"), document)
    assert "ecorator" in answer.text
    assert '"success":true' not in answer.text


def test_a_decorator_marks_a_variable_whose_name_has_a_slash(office: Office) -> None:
    engineer = office.of("engineering")
    hiding = [{"type": "encryption", "pointer": "/a~1b"}]
    document = workflow(of_engine("delay", time=0), decorators=hiding)
    imported(engineer, document)
    job = engineer.start(document["name"], variables={"a/b": SECRET})
    assert engineer.when(job, "complete")["variables"]["a/b"] == "********"

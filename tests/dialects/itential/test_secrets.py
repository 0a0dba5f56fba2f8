"""Values under an encryption decorator are read nowhere, whatever a workflow makes of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.itential.operators import manual
from tests.serving import unique

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office, Person

SECRET = "correct-horse-battery"
DECORATORS = [{"type": "encryption", "pointer": "/password"}]


def flow(**tasks: dict[str, Any]) -> dict[str, Any]:
    """A workflow with the secret variable `password`, its tasks one after the other."""
    ways = pairwise(["workflow_start", *tasks, "workflow_end"])
    return {
        "name": unique("Secret"),
        "decorators": DECORATORS,
        "tasks": tasks,
        "transitions": {a: {b: {"state": "success", "type": "standard"}} for a, b in ways},
    }


def task(name: str, app: str = "WorkFlowEngine", /, **incoming: Any) -> dict[str, Any]:
    return {"name": name, "app": app, "variables": {"incoming": incoming, "outgoing": {}}}


def engineer_of(office: Office) -> Person:
    return office.of("engineering")


def refusal(office: Office, document: dict[str, Any]) -> str:
    """Why a workflow is not started."""
    office.keep(document)
    order = {"workflow": document["name"], "options": {"variables": {"password": SECRET}}}
    answer = engineer_of(office).asked("/jobs/start", order)
    assert answer.status_code == 400, answer.text
    assert SECRET not in answer.text
    (flaw,) = answer.json()["metadata"]["validationErrors"]
    assert flaw["keyword"] == "secret"
    return str(flaw["message"])


def assert_told_nowhere(office: Office, job: dict[str, Any], *words: str) -> None:
    """None of the words stands in anything that can be read of the job, nor in the log."""
    engineer = engineer_of(office)
    client = engineer.client
    pages = [
        client.get(f"/operations-manager/jobs/{job['_id']}"),
        client.get("/operations-manager/jobs", params={"equals[_id]": job["_id"]}),
        client.get("/operations-manager/jobs", params={"equals[ancestors]": job["_id"]}),
        client.get("/operations-manager/tasks", params={"equals[job.ancestors]": job["_id"]}),
    ]
    with office.server.client() as administrator:
        query = {"query": {"filter": {"text": f"name contains '{job['name']}'"}}}
        pages += [
            administrator.get(f"/tasks/{job['uuid']}?options=raw"),
            administrator.get(f"/tasks/{job['uuid']}?include=result"),
            administrator.post("/tasks/search", json=query),
        ]
    texts = [page.text for page in pages] + [office.server.log.read_text()]
    assert all(page.status_code == 200 for page in pages)
    assert [word for word in words for text in texts if word in text] == []


def test_a_workflow_that_gives_a_secret_to_an_activity_is_refused_by_name(office: Office) -> None:
    document = flow(a1=task("noOp", "Taskgate", steps="$var.job.password"))
    assert "The task 'a1' gives a secret to 'noOp' as 'steps'" in refusal(office, document)


def test_it_is_refused_by_way_of_other_steps_and_variables_too(office: Office) -> None:
    document = flow(
        a1=task("merge", data_to_merge=[{"key": "k", "value": {"task": "job"}
                                         | {"variable": "password"}}]),
        a2=task("newVariable", name="copy", value="$var.a1.merged_object"),
        a3=task("noOp", "Taskgate", steps="$var.job.copy"),
    )  # fmt: skip
    assert "The task 'a3' gives a secret" in refusal(office, document)


def test_an_activity_whose_parameters_hold_the_text_of_a_secret_is_not_begun(
    office: Office,
) -> None:
    engineer = engineer_of(office)
    document = flow(a1=task("noOp", "Taskgate", steps="$var.job.hint"))
    office.keep(document)
    given = {"password": SECRET, "hint": f"it is {SECRET}!"}
    job = engineer.when(engineer.start(document["name"], variables=given), "error")
    assert "holds a secret of the job" in job["error"][0]["message"]
    assert_told_nowhere(office, job, SECRET)


def test_what_is_made_of_a_secret_is_as_secret(office: Office) -> None:
    engineer = engineer_of(office)
    document = flow(
        a1=task("split", str="$var.job.password", separator="-"),
        a2=task("newVariable", name="password", value="another"),
        a3=manual("x")["tasks"]["a1"],
    )
    document["tasks"]["a1"]["variables"]["outgoing"] = {"result": "$var.job.parts"}
    office.keep(document)
    job = engineer.start(document["name"], variables={"password": SECRET})
    engineer.waiting(job, "a3")
    assert_told_nowhere(office, job, SECRET, "correct", "horse", "battery", "another")
    shown = engineer.job(job)
    assert shown["variables"]["parts"] == ["********"] * 3
    assert shown["tasks"]["a1"]["variables"]["incoming"]["separator"] == "-"
    # What a person writes into a secret variable is one.
    engineer.finish(job, "a3")
    assert_told_nowhere(office, engineer.when(job, "complete"), SECRET, "horse", "another")


def test_what_a_person_fills_into_a_secret_variable_is_hidden(office: Office) -> None:
    engineer = engineer_of(office)
    document = manual(unique("Secret"))
    document["decorators"] = DECORATORS
    document["tasks"]["a1"]["variables"]["outgoing"] = {"typed": "$var.job.password"}
    office.keep(document)
    job = engineer.start(document["name"])
    engineer.waiting(job)
    data = {"taskData": {"finish_state": "success", "variables": {"typed": SECRET}}}
    engineer.post(f"/jobs/{job['_id']}/tasks/a1/finish", data)
    assert_told_nowhere(office, engineer.when(job, "complete"), SECRET)


def test_a_child_job_must_keep_the_secret_of_its_parent(office: Office) -> None:
    engineer = engineer_of(office)
    child = flow(a1=task("stringConcat", str="$var.job.password", stringN=["x"]))
    gossip = manual(unique("Gossip"))
    office.keep(child, gossip)
    for workflow, status in ((child, "complete"), (gossip, "error")):
        pair = {"task": "job", "value": "password"}
        start = task("childJob", workflow=workflow["name"], variables={"password": pair})
        parent = flow(a1=start)
        office.keep(parent)
        job = engineer.start(parent["name"], variables={"password": SECRET})
        done = engineer.when(job, status)
        assert_told_nowhere(office, done, SECRET)
        if status == "error":
            assert "does not keep it secret" in done["error"][0]["message"]
        else:
            details = done["tasks"]["a1"]["variables"]["outgoing"]["job_details"]
            assert SECRET not in str(details)


@pytest.mark.parametrize("pointer", ["/variables/password", "/password", "/variables/password/0"])
def test_a_pointer_counts_from_the_variables_or_from_the_workflow(
    office: Office, pointer: str
) -> None:
    engineer = engineer_of(office)
    document = flow(a1=task("newVariable", name="copy", value="$var.job.password"))
    document["decorators"] = [{"type": "encryption", "pointer": pointer}]
    office.keep(document)
    job = engineer.start(document["name"], variables={"password": SECRET})
    assert_told_nowhere(office, engineer.when(job, "complete"), SECRET)


def test_a_variable_called_variables_is_hidden_as_well(office: Office) -> None:
    engineer = engineer_of(office)
    document = flow(a1=task("newVariable", name="copy", value="$var.job.variables"))
    document["decorators"] = [{"type": "encryption", "pointer": "/variables/password"}]
    office.keep(document)
    job = engineer.start(document["name"], variables={"variables": {"password": SECRET}})
    assert_told_nowhere(office, engineer.when(job, "complete"), SECRET)


def test_what_every_job_has_by_itself_is_never_hidden(office: Office) -> None:
    engineer = engineer_of(office)
    document = flow(a1=task("newVariable", name="copy", value="$var.job._id"))
    names = ["_id", "initiator", "password"]
    document["decorators"] = [
        {"type": "encryption", "pointer": f"/variables/{name}"} for name in names
    ]
    office.keep(document)
    started = engineer.start(document["name"], variables={"password": SECRET})
    job = engineer.when(started, "complete")
    assert job["variables"]["copy"] == job["variables"]["_id"] == job["_id"]
    assert "*" not in job["variables"]["initiator"]
    assert job["variables"]["password"] == "********"

"""What is done to jobs over HTTP, and how the other dialects see it (operations-manager 5.2, 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.dialects.itential.operators import manual, sample
from tests.dialects.sailpoint.speaking import token_of
from tests.serving import Api, delta, unique, wait_until

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office, Person


@pytest.fixture
def engineer(office: Office) -> Person:
    return office.of("engineering")


@pytest.fixture
def job(office: Office, engineer: Person) -> dict[str, Any]:
    """A job that waits for a person, twice."""
    started = engineer.start(office.manual("a1", "b2"))
    engineer.waiting(started)
    return started


def bulk(person: Person, verb: str, *jobs: dict[str, Any]) -> httpx2.Response:
    return person.asked(f"/jobs/{verb}", {"jobIds": [each["_id"] for each in jobs]})


def test_the_leaver_is_approved_by_one_of_two_operators(
    office: Office, engineer: Person, api: Api
) -> None:
    user = api.create("users", {"name": unique("leaver"), "lifecycleState": "archived"})
    first, second = office.of("operations"), office.of("apiwrite")
    job = engineer.start("Approve a leaver")
    item = engineer.waiting(job)
    api.when(job["uuid"], lambda task: task["executionState"] == "waiting")
    first.post(f"/tasks/{item}/claim")
    assert second.asked(f"/tasks/{item}/claim").status_code == 409
    first.post(f"/tasks/{item}/release")
    second.post(f"/tasks/{item}/claim")
    data = {"taskData": {"finish_state": "success", "variables": {"why": "left"}}}
    path = f"/jobs/{job['_id']}/tasks/a1/finish"
    assert first.asked(path, data).status_code == 409
    second.post(path, data)
    done = engineer.when(job, "complete")
    assert done["metrics"]["user"] == engineer.id
    assert done["metrics"]["owner"] == second.id
    assert done["metrics"]["progress"] == 1
    assert done["metrics"]["end_time"] >= done["metrics"]["start_time"]
    assert done["tasks"]["a1"]["variables"]["outgoing"] == {"why": "left"}
    assert done["tasks"]["workflow_end"]["status"] == "complete"
    assert done["error"] is None
    task = api.get("tasks", job["uuid"], include="result")
    assert (task["executionState"], task["resultStatus"]) == ("closed", "success")
    (iteration,) = done["tasks"]["b2"]["iterations"]
    child = engineer.get(f"/tasks/{iteration}")["variables"]["outgoing"]["task"]
    outcomes = api.get("users", user)["operationExecution"]
    assert child in {each.get("taskRef", {}).get("oid") for each in outcomes}
    finished = engineer.get(f"/tasks/{item}")
    assert finished["metrics"]["user"] == finished["metrics"]["owner"] == second.id
    assert finished["status"] == "complete"


def test_a_job_is_a_task_status_at_each_of_its_steps(
    office: Office, engineer: Person, job: dict[str, Any]
) -> None:
    headers = {"authorization": f"Bearer {token_of(office.server.url)}"}

    def status() -> str | None:
        path = f"{office.server.url}/v2025/task-status/{job['uuid']}"
        answer = httpx2.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        found: str | None = answer.json()["completionStatus"]
        return found

    assert status() is None
    engineer.finish(job, "a1", "failure")
    engineer.when(job, "error")
    assert status() == "ERROR"
    bulk(engineer, "cancel", job)
    assert status() == "TERMINATED"


def test_a_refusal_takes_the_other_way(engineer: Person) -> None:
    job = engineer.start("Approve a leaver")
    engineer.waiting(job)
    engineer.finish(job, "a1", "failure")
    done = engineer.when(job, "complete")
    assert done["variables"]["result"] == "rejected"
    assert done["tasks"]["b2"]["status"] == "incomplete"


def test_pause_and_resume_are_suspend_and_resume(
    engineer: Person, job: dict[str, Any], api: Api
) -> None:
    assert bulk(engineer, "pause", job).status_code == 200
    assert engineer.job(job)["status"] == "paused"
    assert api.get("tasks", job["uuid"])["executionState"] == "suspended"
    assert bulk(engineer, "pause", job).status_code == 500
    assert bulk(engineer, "resume", job).status_code == 200
    assert engineer.job(job)["status"] == "running"
    assert api.operate(job["uuid"], "suspend").status_code == 204
    assert engineer.job(job)["status"] == "paused"
    assert api.operate(job["uuid"], "resume").status_code == 202
    assert engineer.job(job)["status"] == "running"


def test_a_canceled_job_is_a_closed_task_and_cannot_be_canceled_again(
    engineer: Person, job: dict[str, Any], api: Api
) -> None:
    answer = bulk(engineer, "cancel", job)
    assert answer.json()["data"] == {job["_id"]: "canceled"}
    found = engineer.job(job)
    assert found["status"] == found["tasks"]["a1"]["status"] == "canceled"
    assert "end_time" in found["metrics"]
    task = api.get("tasks", job["uuid"])
    assert (task["executionState"], task["resultStatus"]) == ("closed", "unknown")
    again = bulk(engineer, "cancel", job)
    assert again.status_code == 500
    assert again.json()["message"] == "Failed to cancel all jobs"
    assert set(again.json()["data"]) == {job["_id"]}


def test_a_bulk_request_succeeds_if_one_of_its_jobs_does(
    engineer: Person, job: dict[str, Any]
) -> None:
    answer = bulk(engineer, "cancel", job, {"_id": "0" * 24})
    assert answer.status_code == 200
    assert answer.json()["data"] == {job["_id"]: "canceled", "0" * 24: "Job not found"}


def test_a_job_that_ends_nowhere_is_in_error_and_goes_on_when_it_is_continued(
    engineer: Person, job: dict[str, Any], api: Api
) -> None:
    engineer.finish(job, "a1", "failure")
    failed = engineer.when(job, "error")
    (fault,) = failed["error"]
    assert fault["task"] == "job"
    assert fault["message"].startswith("Job has no available transitions. `a1` could have led")
    assert isinstance(fault["timestamp"], int)
    assert "end_time" not in failed["metrics"]
    assert api.get("tasks", job["uuid"])["resultStatus"] == "fatal_error"
    assert engineer.asked(f"/jobs/{job['_id']}").status_code == 405
    engineer.post(f"/jobs/{job['_id']}/continue", {"fromTask": "a1"})
    engineer.waiting(job)
    engineer.finish(job, "a1")
    engineer.waiting(job, "b2")
    assert len(engineer.job(job)["tasks"]["a1"]["iterations"]) == 2


def test_a_revert_does_a_complete_task_again(engineer: Person, job: dict[str, Any]) -> None:
    path, steps = f"/jobs/{job['_id']}/revert", {"fromTask": "b2", "toTask": "a1"}
    assert engineer.asked(path, steps).status_code == 409
    engineer.finish(job, "a1")
    engineer.waiting(job, "b2")
    engineer.post(path, steps)
    wait_until(lambda: engineer.job(job)["tasks"]["a1"]["status"] == "running")
    assert engineer.job(job)["tasks"]["b2"]["status"] == "incomplete"


def test_a_failed_task_is_tried_again_with_other_inputs(office: Office, engineer: Person) -> None:
    office.keep(sample("error-handler-and-retry"))
    job = engineer.start("Retry, then hand over", variables={"pause": "soon"})
    engineer.waiting(job, "b1")
    found = engineer.job(job)
    assert found["variables"]["handled"] is True
    assert found["tasks"]["a1"]["retrySettings"]["count"] == 2
    assert len(found["tasks"]["a1"]["iterations"]) == 3
    engineer.post(f"/jobs/{job['_id']}/tasks/a1/retry", {"variables": {"time": 0}})
    wait_until(lambda: engineer.job(job)["tasks"]["a1"]["status"] == "complete")
    engineer.finish(job, "b1")
    engineer.when(job, "complete")


def test_loops_and_child_jobs_of_the_samples_run(office: Office, engineer: Person) -> None:
    office.keep(sample("loop-over-users"), sample("child-job"))
    job = engineer.start("Greet two teams")
    done = engineer.when(job, "complete")
    teams = sorted(done["variables"]["teams"], key=lambda team: team["childJobLoopIndex"])
    assert [(team["count"], team["last"]) for team in teams] == [
        (2, "Hello grace"),
        (1, "Hello katherine"),
    ]
    children = done["tasks"]["a1"]["childJobs"]
    child = engineer.get(f"/jobs/{children[0]['_id']}")
    assert child["parent"]["job"] == job["_id"]
    assert child["ancestors"] == [job["_id"], child["_id"]]
    whole = engineer.get("/jobs", **{"equals[ancestors]": job["_id"]})
    assert len(whole) == 3
    assert sorted(job["variables"].get("childJobLoopIndex", -1) for job in whole) == [-1, 0, 1]


def test_nobody_is_asked_for_what_every_job_has_by_itself(office: Office, engineer: Person) -> None:
    own = ["_id", "initiator", "childJobLoopIndex"]
    parent, child = sample("child-job"), sample("loop-over-users")
    for document in (parent, child):
        document["inputSchema"]["required"] += own
    office.keep(parent, child)
    done = engineer.when(engineer.start(parent["name"]), "complete")
    assert [name in done["variables"] for name in own] == [True, True, False]
    lonely = {"workflow": child["name"], "options": {}}
    assert engineer.asked("/jobs/start", lonely).json()["message"] == "Missing Params: users"


def test_members_of_a_role_are_recomputed(office: Office, engineer: Person, api: Api) -> None:
    office.keep(sample("recompute-a-role-and-notify"))
    role = api.create("roles", {"name": unique("role")})
    reference = {"oid": role, "type": "RoleType"}
    api.create("users", {"name": unique("member"), "assignment": [{"targetRef": reference}]})
    job = engineer.start("Recompute a role and notify", variables={"role": role})
    assert engineer.when(job, "complete")["variables"]["message"] == "Members recomputed: 1"
    body = {"workflow": "Recompute a role and notify", "options": {}}
    answer = engineer.asked("/jobs/start", body)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Missing Params: role"


def test_assign_gives_a_task_to_somebody_whom_its_groups_allow(
    office: Office, engineer: Person, job: dict[str, Any]
) -> None:
    item = engineer.waiting(job)
    other = office.of("operations")
    engineer.post(f"/tasks/{item}/claim")
    task = engineer.post(f"/tasks/{item}/assign", {"userId": other.id})
    assert task["metrics"]["owner"] == other.id
    for body in ({}, {"userId": "x"}, {"userId": "0" * 24}):
        assert engineer.asked(f"/tasks/{item}/assign", body).status_code == 400
    assert office.of("support").asked(f"/tasks/{item}/assign", {}).status_code == 403


def test_a_manual_task_says_what_it_shows_and_how_it_may_end(
    engineer: Person,
) -> None:
    job = engineer.start("Approve a leaver")
    item = engineer.waiting(job)
    shown = engineer.get(f"/jobs/{job['_id']}/tasks/a1/manual-controller")
    assert shown["task"]["_id"] == item
    assert shown["header"] == "Leaver"
    assert shown["finishStates"] == ["failure", "success"]
    client = engineer.client
    path = f"/operations-manager/jobs/{job['_id']}/tasks/b2/manual-controller"
    assert client.get(path).status_code == 404


def test_the_two_kinds_of_task_ids_are_not_mixed_up(engineer: Person, job: dict[str, Any]) -> None:
    item = engineer.waiting(job)
    data = {"taskData": {"finish_state": "success", "variables": {}}}
    answer = engineer.asked(f"/jobs/{job['_id']}/tasks/{item}/finish", data)
    assert answer.status_code == 400
    assert "1 to 4 hex digits" in answer.json()["message"]
    assert engineer.asked(f"/jobs/{job['uuid']}/tasks/a1/finish", data).status_code == 400


def test_watchers_are_accounts(office: Office, engineer: Person, job: dict[str, Any]) -> None:
    path = f"/jobs/{job['_id']}"
    engineer.post(f"{path}/watch")
    engineer.post(f"{path}/add-watchers", {"watchers": [office.of("operations").id]})
    assert engineer.job(job)["watchers"] == [engineer.id, office.of("operations").id]
    assert engineer.asked(f"{path}/add-watchers", {"watchers": ["0" * 24]}).status_code == 400
    engineer.post(f"{path}/unwatch")
    assert engineer.job(job)["watchers"] == [office.of("operations").id]
    assert bulk(engineer, "watch", job).status_code == 200


def test_groups_of_a_job_are_added_replaced_and_taken_away(office: Office) -> None:
    member = office.person("engineering", "alpha", "beta")
    ids = {g["name"]: g["id"] for g in member.client.get("/whoami").json()["groups"]}
    job = member.start(office.manual("a1"))
    path = f"/operations-manager/jobs/{job['_id']}/groups"
    member.ok(member.client.post(path, json={"groupId": ids["alpha"]}))
    assert member.job(job)["groups"] == [ids["alpha"]]
    member.ok(member.client.put(path, json={"groups": [ids["alpha"], ids["beta"]]}))
    assert member.job(job)["groups"] == [ids["alpha"], ids["beta"]]
    member.ok(member.client.delete(f"{path}/{ids['alpha']}"))
    assert member.job(job)["groups"] == [ids["beta"]]
    member.ok(member.client.delete(path))
    assert member.job(job)["groups"] == ["default"]
    member.client.close()


def test_only_jobs_that_are_over_are_deleted(engineer: Person, job: dict[str, Any]) -> None:
    path = f"/operations-manager/jobs/{job['_id']}"
    assert engineer.client.delete(path).status_code == 409
    answer = bulk(engineer, "bulk-delete", job)
    assert answer.json()["data"]["jobsDeleted"] == 0
    bulk(engineer, "cancel", job)
    assert engineer.client.delete(path).status_code == 200
    assert engineer.client.get(path).status_code == 404


def test_a_bulk_delete_counts_the_jobs_and_their_tasks(
    office: Office, engineer: Person, job: dict[str, Any]
) -> None:
    waiting = engineer.start(office.manual("a1"))
    bulk(engineer, "cancel", job)
    counts = bulk(engineer, "bulk-delete", job, waiting).json()["data"]
    assert counts.pop("results")[0]["result"] == "deleted"
    assert (counts["jobsDeleted"], counts["tasksDeleted"]) == (1, 1)
    assert engineer.job(waiting)["status"] == "running"


def test_a_workflow_reads_back_as_it_was_imported(office: Office, engineer: Person) -> None:
    document = sample("approve-a-leaver")
    path = "/automation-studio/workflows/detailed/Approve a leaver"
    found = engineer.client.get(path).json()
    assert found["transitions"]["a1"] == document["transitions"]["a1"]
    assert found["tasks"]["b2"]["variables"] == document["tasks"]["b2"]["variables"]
    name = unique("again")
    office.keep(found | {"name": name})
    again = engineer.client.get(f"/automation-studio/workflows/detailed/{name}").json()
    assert again["tasks"] == found["tasks"]
    assert again["transitions"] == found["transitions"]


def test_a_workflow_that_is_no_document_of_one_is_not_imported(office: Office) -> None:
    broken = manual("x") | {"transitions": {"workflow_start": {"a1": {"state": "maybe"}}}}
    answer = office.of("engineering").client.post(
        "/automation-studio/automations/import", json={"automations": [broken, {}]}
    )
    assert [each["success"] for each in answer.json()["imported"]] == [False, False]
    reader = office.of("apiread").client
    refused = reader.post("/automation-studio/automations/import", json={"automations": []})
    assert refused.status_code == 403


def test_a_jobs_task_is_shown_and_changed_but_not_made_or_turned_by_midpoint(
    job: dict[str, Any], api: Api
) -> None:
    task = api.get("tasks", job["uuid"])
    assert task["activity"]["work"]["workflow"]["job"] == job["_id"]
    assert task["name"] == job["name"]
    api.modify("tasks", job["uuid"], delta("replace", "description", "seen"))
    assert api.get("tasks", job["uuid"])["description"] == "seen"
    other = delta("replace", "activity", {"work": {"noOp": {}}})
    assert api.patch("tasks", job["uuid"], other).status_code == 400
    made = {"name": unique("task"), "activity": {"work": {"workflow": {"workflow": "x"}}}}
    assert api.client.post("/tasks", json={"task": made}).status_code == 400


def test_an_encrypted_variable_is_shown_nowhere(office: Office, engineer: Person) -> None:
    document = manual(unique("Secret"))
    document["decorators"] = [{"type": "encryption", "pointer": "/password"}]
    document["tasks"]["a1"]["variables"]["incoming"] = {
        "header": "$var.job.password",
        "message": "$var.job.hint",
    }
    office.keep(document)
    secret = "correct horse battery"
    job = engineer.start(
        document["name"], variables={"password": secret, "hint": f"it is {secret}!"}
    )
    item = engineer.waiting(job)
    shown = engineer.get(f"/tasks/{item}")["variables"]["incoming"]
    assert shown == {"header": "********", "message": "it is ********!"}
    for path in (f"/jobs/{job['_id']}", f"/tasks/{item}"):
        assert secret not in engineer.client.get(f"/operations-manager{path}").text
    assert secret not in str(job)
    assert secret not in office.server.log.read_text()

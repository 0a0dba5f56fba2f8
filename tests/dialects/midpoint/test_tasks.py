"""Tasks that really run (midpoint-rest 1.8, 6.4; midpoint-tasks 2.3, 4, 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.serving import (
    NOWHERE,
    ROOT,
    Api,
    states,
    unique,
)

if TYPE_CHECKING:
    import httpx2

# ---- a run, from start to end ---------------------------------------------------------------------------


def test_a_task_that_does_nothing_runs_to_its_end(api: Api) -> None:
    found = api.when_closed(api.task({"noOp": {"steps": 7}}, schedulingState="ready"))
    assert states(found) == ("closed", "closed")
    assert (found["resultStatus"], found["progress"]) == ("success", 7)
    assert found["version"] == "0"
    assert "node" not in found
    stamps = ("lastRunStartTimestamp", "lastRunFinishTimestamp", "completionTimestamp")
    assert sorted(found[name] for name in stamps) == [found[name] for name in stamps]


def test_a_run_is_told_in_records_progress_and_statistics(api: Api) -> None:
    found = api.when_closed(api.task({"noOp": {"steps": 3}}, schedulingState="ready"))
    record, state = found["taskRunRecord"], found["activityState"]
    activity, tree = state["activity"], state["tree"]
    run = record["taskRunIdentifier"]
    assert activity["taskRunIdentifier"] == tree["taskRunIdentifier"] == run
    assert record["runStartTimestamp"] == activity["realizationStartTimestamp"]
    assert record["runEndTimestamp"] == activity["realizationEndTimestamp"]
    assert (activity["identifier"], activity["executionAttempt"]) == ("noOp:1", 1)
    assert activity["realizationState"] == tree["realizationState"] == "complete"
    assert activity["resultStatus"] == tree["activity"]["resultStatus"] == "success"
    success = {"outcome": {"outcome": "success"}, "count": 3}
    assert activity["progress"] == {"committed": success, "expectedTotal": 3}
    processing = activity["statistics"]["itemProcessing"]
    assert success.items() <= processing["processed"].items()
    assert processing["processed"]["lastItem"]["name"] == "3"
    assert set(processing["run"]) == {"startTimestamp", "endTimestamp"}
    assert activity["bucketing"] == {
        "bucket": {"sequentialNumber": 1, "state": "complete"},
        "numberOfBuckets": 1,
        "bucketsProcessingRole": "standalone",
    }
    assert tree["activity"]["bucketProgress"] == {"totalBuckets": 1, "completeBuckets": 1}
    assert tree["activity"]["task"]["executionState"] == "notRunning"
    assert found["operationStats"]["liveInformation"] is False
    assert found["operationStats"]["timestamp"] == record["runEndTimestamp"]


def test_a_running_task_shows_where_it_is(api: Api) -> None:
    oid = api.running()
    found = api.get("tasks", oid)
    assert states(found) == ("ready", "running")
    assert (found["node"], found["resultStatus"]) == ("taskgate", "in_progress")
    assert found["expectedTotal"] == 5_000
    assert "runEndTimestamp" not in found["taskRunRecord"]
    activity = found["activityState"]["activity"]
    assert activity["realizationState"] == "inProgressLocal"
    assert activity["progress"]["uncommitted"]["count"] > 0
    assert found["operationStats"]["liveInformation"] is True
    assert found["operationStats"]["timestamp"] > found["lastRunStartTimestamp"]
    assert found["activityState"]["tree"]["activity"]["task"]["executionState"] == "running"
    assert api.client.delete(f"/tasks/{oid}").status_code == 204


def members_of_a_role(api: Api, count: int) -> tuple[str, str, list[str]]:
    """A role that induces another, and raw members that nobody has recomputed."""
    induced = api.create("roles", {"name": unique("induced")})
    inducement = {"targetRef": {"oid": induced, "type": "c:RoleType"}}
    role = api.create("roles", {"name": unique("role"), "inducement": inducement})
    assignment = {"targetRef": {"oid": role, "type": "c:RoleType"}}
    members = [
        api.create("users", {"name": unique("member"), "assignment": assignment}, options="raw")
        for _ in range(count)
    ]
    return role, induced, members


def recomputation(condition: str) -> dict[str, Any]:
    query = {"filter": {"text": condition}}
    return {"recomputation": {"objects": {"type": "c:UserType", "query": query}}}


def members_filter(role: str) -> str:
    return f"assignment matches (targetRef matches (oid = '{role}'))"


def test_a_recomputation_gives_every_member_what_follows_from_the_role(api: Api) -> None:
    role, induced, members = members_of_a_role(api, 12)
    oid = api.task(recomputation(members_filter(role)), schedulingState="ready")
    task = api.when_closed(oid)
    assert (task["progress"], task["expectedTotal"], task["resultStatus"]) == (12, 12, "success")
    run = task["taskRunRecord"]["taskRunIdentifier"]
    for member in members:
        found = api.get("users", member)
        assert {each["oid"] for each in found["roleMembershipRef"]} == {role, induced}
        assert found["version"] == "1"
        assert found["activation"]["effectiveStatus"] == "enabled"
        assert found["metadata"]["modifyChannel"].endswith("channels-3#recompute")
        assert found["metadata"]["modifyTaskRef"]["oid"] == oid
        record = found["operationExecution"]
        assert (record["recordType"], record["status"]) == ("complex", "success")
        assert record["taskRef"]["oid"] == oid
        assert record["taskRunIdentifier"] == run
        assert record["activityPath"] == {"identifier": ["recomputation:1"]}


def test_recomputing_what_is_up_to_date_changes_no_version(api: Api) -> None:
    role, _, members = members_of_a_role(api, 3)
    work = recomputation(members_filter(role))
    first = api.when_closed(api.task(work, schedulingState="ready"))
    again = api.when_closed(api.task(work, schedulingState="ready"))
    assert again["progress"] == 3
    assert "actionsExecuted" not in again["activityState"]["activity"]["statistics"]
    executed = first["activityState"]["activity"]["statistics"]["actionsExecuted"]
    assert executed["objectActionsEntry"]["totalSuccessCount"] == 3
    for member in members:
        found = api.get("users", member)
        assert found["version"] == "1"
        assert len(found["operationExecution"]) == 2


def test_a_recomputation_without_members_succeeds(api: Api) -> None:
    work = recomputation(members_filter(str(uuid4())))
    task = api.when_closed(api.task(work, schedulingState="ready"))
    assert (task["resultStatus"], task["progress"], task["expectedTotal"]) == ("success", 0, 0)


def test_a_missing_role_is_a_warning_on_the_member_and_no_failure_of_the_task(api: Api) -> None:
    name = unique("dangling")
    assignment = {"targetRef": {"oid": NOWHERE[:-1] + "e", "type": "c:RoleType"}}
    member = api.create("users", {"name": name, "assignment": assignment}, options="raw")
    task = api.when_closed(api.task(recomputation(f"name = '{name}'"), schedulingState="ready"))
    assert task["resultStatus"] == "success"
    record = api.get("users", member)["operationExecution"]
    assert record["status"] == "warning"
    assert "missing" in record["message"]


def test_the_samples_task_is_served_as_it_is(client: httpx2.Client, api: Api) -> None:
    name = "task-recompute-members-employee.json"
    body = (ROOT / "samples" / "rest" / name).read_bytes()
    answer = client.post("/tasks", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 202
    oid = answer.headers["location"].rpartition("/")[2]
    assert api.when_closed(oid)["resultStatus"] == "success"


def test_the_samples_modification_is_served_as_it_is(client: httpx2.Client, api: Api) -> None:
    oid = api.task()
    body = (ROOT / "samples" / "rest" / "modify-attribute-gen.json").read_bytes()
    headers = {"content-type": "application/json"}
    assert client.patch(f"/tasks/{oid}", content=body, headers=headers).status_code == 204
    assert api.get("tasks", oid)["description"] == "Description parameter modified via REST"


# ---- suspended runs, and runs after runs -----------------------------------------------------------------


def test_nothing_is_processed_after_a_suspend_is_answered(api: Api) -> None:
    oid = api.running()
    api.operate(oid, "suspend")
    first = api.get("tasks", oid)
    witness = api.task({"noOp": {"steps": 3, "delay": 30}}, schedulingState="ready")
    api.when_closed(witness)
    assert api.get("tasks", oid) == first
    assert "node" not in first


def test_a_resumed_run_goes_on_where_it_stood(api: Api) -> None:
    work = {"noOp": {"steps": 60, "delay": 20}}
    oid = api.task(work, schedulingState="ready")
    api.when(oid, lambda task: task.get("progress", 0) > 0)
    api.operate(oid, "suspend")
    stood = api.get("tasks", oid)
    assert 0 < stood["progress"] < 60
    api.operate(oid, "resume")
    done = api.when_closed(oid)
    assert done["progress"] == 60
    record = done["taskRunRecord"]
    assert record["taskRunIdentifier"] == stood["taskRunRecord"]["taskRunIdentifier"]
    activity = done["activityState"]["activity"]
    assert activity["executionAttempt"] == 2
    assert len(activity["statistics"]["itemProcessing"]["run"]) == 2


def test_a_closed_task_that_is_run_again_counts_from_zero(api: Api) -> None:
    oid = api.task({"noOp": {"steps": 4}}, schedulingState="ready")
    first = api.when_closed(oid)["taskRunRecord"]
    api.operate(oid, "run")
    again = api.when(oid, lambda task: isinstance(task["taskRunRecord"], list))
    again = api.when_closed(oid)
    assert again["progress"] == 4
    assert again["taskRunRecord"][0] == first


def test_three_records_of_runs_are_shown(api: Api) -> None:
    oid = api.task(schedulingState="ready")
    seen: list[str] = []

    def ran_anew(task: dict[str, Any]) -> bool:
        return task["executionState"] == "closed" and last_run(task) not in seen

    for _ in range(5):
        seen.append(last_run(api.when(oid, ran_anew)))
        api.operate(oid, "run")
    shown = api.when(oid, ran_anew)["taskRunRecord"]
    assert [each["taskRunIdentifier"] for each in shown[:2]] == seen[-2:]
    assert len(shown) == 3


def runs(task: dict[str, Any]) -> int:
    records = task.get("taskRunRecord", [])
    return 1 if isinstance(records, dict) else len(records)


def last_run(task: dict[str, Any]) -> str:
    records = task["taskRunRecord"]
    return str((records if isinstance(records, dict) else records[-1])["taskRunIdentifier"])


# ---- recurring tasks -------------------------------------------------------------------------------------


def test_a_recurring_task_runs_again_after_its_interval(api: Api) -> None:
    oid = api.task(schedulingState="ready", schedule={"interval": 1})
    api.when(oid, lambda task: runs(task) == 2)
    found = api.when(oid, lambda task: task["executionState"] == "runnable")
    assert states(found) == ("ready", "runnable")
    assert "completionTimestamp" not in found
    soon = api.get("tasks", oid, include="nextRunStartTimestamp")
    assert soon["nextRunStartTimestamp"] > soon["lastRunStartTimestamp"]
    assert api.operate(oid, "suspend").status_code == 204


def test_a_recurring_task_without_an_interval_runs_only_on_demand(api: Api) -> None:
    oid = api.task(schedulingState="ready", schedule={"recurrence": "recurring"})
    assert "nextRunStartTimestamp" not in api.get("tasks", oid, include="nextRunStartTimestamp")
    assert runs(api.get("tasks", oid)) == 0
    api.operate(oid, "run")
    found = api.when(oid, lambda task: task.get("resultStatus") == "success")
    assert states(found) == ("ready", "runnable")

"""What a task tells of its activities, its buckets and its result (midpoint-tasks 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.clock import parse_instant
from tests.dialects.midpoint.executing import crowd, executed, foreseen
from tests.serving import Api, delta, unique
from tests.task_states import records

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]
QUICK: Document = {"noOp": {"steps": 3}}
#: Long enough to be seen at work, whatever else the machine does.
LONG: Document = {"noOp": {"steps": 5_000, "delay": 20}}
SKIP_SOON: Document = {
    "policy": {
        "name": "brief",
        "policyConstraints": {"executionTime": {"exceeds": "PT0.1S"}},
        "policyActions": {"skipActivity": {}},
    }
}


def named(identifier: str, work: Document, **more: Any) -> Document:
    return {"identifier": identifier, "work": work} | more


def composed(*activities: Document, **more: Any) -> Document:
    return {"composition": {"activity": list(activities)}} | more


def closed(api: Api, activity: Document, **items: Any) -> Document:
    """The task after its run."""
    return api.when_closed(api.task(activity=activity, schedulingState="ready", **items))


def running(
    api: Api, activity: Document, condition: Callable[[Document], object]
) -> tuple[str, Document]:
    """A running task, as soon as its root activity is so."""
    oid = api.task(activity=activity, schedulingState="ready")
    found = api.when(oid, lambda task: "activityState" in task and condition(root(task)))
    return oid, found


def root(task: Document) -> Document:
    found: Document = task["activityState"]["activity"]
    return found


def tree(task: Document) -> Document:
    found: Document = task["activityState"]["tree"]["activity"]
    return found


def many(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def child(activity: Document, identifier: str) -> Document:
    [found] = [each for each in many(activity["activity"]) if each["identifier"] == identifier]
    checked: Document = found
    return checked


def committed(activity: Document) -> dict[str, int]:
    counts = many(activity["progress"].get("committed"))
    return {each["outcome"]["outcome"]: each["count"] for each in counts}


# ---- trees ---------------------------------------------------------------------------------------------------


def test_every_activity_of_a_tree_tells_how_it_went(api: Api) -> None:
    inner = composed(named("deep", QUICK), identifier="inner")
    task = closed(api, composed(named("first", QUICK), inner, identifier="all"))
    found = root(task)
    assert (found["identifier"], found["realizationState"]) == ("all", "complete")
    assert "progress" not in found
    places = [(each["identifier"], each["displayOrder"]) for each in found["activity"]]
    assert places == [("first", 1), ("inner", 2)]
    for leaf in (child(found, "first"), child(child(found, "inner"), "deep")):
        assert leaf["realizationState"] == "complete"
        assert leaf["resultStatus"] == "success"
        assert committed(leaf) == {"success": 3}
        assert leaf["progress"]["expectedTotal"] == 3
        assert leaf["persistence"] == "singleRealization"
    run = records(task)[0]["taskRunIdentifier"]
    assert child(found, "inner")["taskRunIdentifier"] == found["taskRunIdentifier"] == run
    assert (task["progress"], task["expectedTotal"]) == (6, 6)


def test_activities_follow_each_other_within_the_run(api: Api) -> None:
    slow = {"noOp": {"steps": 5, "delay": 10}}
    found = root(closed(api, composed(named("first", slow), named("second", slow))))
    stretches = [found, *found["activity"]]
    for each in stretches:
        begin, end = (each[f"realization{which}Timestamp"] for which in ("Start", "End"))
        assert found["realizationStartTimestamp"] <= begin < end
        assert end <= found["realizationEndTimestamp"]
    first, second = found["activity"]
    assert second["realizationStartTimestamp"] == first["realizationEndTimestamp"]


def test_what_is_not_begun_has_a_name_and_nothing_else(api: Api) -> None:
    activity = composed(named("first", QUICK), named("second", LONG), named("third", QUICK))
    oid, task = running(
        api,
        activity,
        lambda found: "progress" in child(found, "second"),
    )
    found = root(task)
    states = [each.get("realizationState") for each in found["activity"]]
    assert states == ["complete", "inProgressLocal", None]
    assert child(found, "third") == {"identifier": "third", "displayOrder": 3}
    assert (found["realizationState"], found["resultStatus"]) == ("inProgressLocal", "in_progress")
    api.client.delete(f"/tasks/{oid}")


def test_the_overview_tells_who_works_on_what(api: Api) -> None:
    activity = composed(named("first", QUICK), named("second", LONG), named("third", QUICK))
    oid, task = running(api, activity, lambda found: "progress" in child(found, "second"))
    state = task["activityState"]["tree"]
    assert (state["realizationState"], tree(task)["realizationState"]) == ("inProgress",) * 2
    first, second, third = tree(task)["activity"]
    assert (first["realizationState"], first["resultStatus"]) == ("complete", "success")
    assert first["task"]["progress"] == {
        "expectedTotal": 3,
        "successfullyProcessed": 3,
        "failed": 0,
        "skipped": 0,
    }
    assert first["task"]["executionState"] == "notRunning"
    assert (second["task"]["executionState"], second["task"]["node"]) == ("running", "taskgate")
    assert second["task"]["taskRef"]["oid"] == oid
    assert third == {
        "identifier": "third",
        "bucketProgress": {"totalBuckets": 1, "completeBuckets": 0},
    }
    api.operate(oid, "suspend")
    second = tree(api.get("tasks", oid))["activity"][1]
    assert second["task"]["executionState"] == "notRunning"
    assert second["realizationState"] == "inProgress"


def test_a_skipped_activity_is_not_shown(api: Api) -> None:
    left_out = named("left out", QUICK, controlFlow={"processingOption": "skip"})
    task = closed(api, composed(left_out, named("done", QUICK)))
    assert many(root(task)["activity"])[0]["identifier"] == "done"
    assert len(many(root(task)["activity"])) == len(many(tree(task)["activity"])) == 1


def test_an_activity_that_a_policy_ends_is_aborted_and_the_next_one_runs(api: Api) -> None:
    task = closed(api, composed(named("cut", LONG, policies=SKIP_SOON), named("next", QUICK)))
    found = root(task)
    assert child(found, "cut")["realizationState"] == "aborted"
    assert child(found, "cut")["resultStatus"] == "partial_error"
    assert child(found, "cut")["progress"]["uncommitted"]["count"] > 0
    assert child(found, "cut")["bucketing"]["bucket"]["state"] == "ready"
    assert child(found, "next")["realizationState"] == "complete"
    assert (found["realizationState"], found["resultStatus"]) == ("complete", "partial_error")
    assert [each["realizationState"] for each in tree(task)["activity"]] == ["complete"] * 2


def test_a_definition_that_was_replaced_after_the_run_leaves_what_was_done(api: Api) -> None:
    oid = api.task(activity=composed(named("a", QUICK), named("b", QUICK)), schedulingState="ready")
    api.when_closed(oid)
    api.modify("tasks", oid, delta("replace", "activity", named("other", QUICK)))
    found = root(api.get("tasks", oid))
    assert [each["identifier"] for each in found["activity"]] == ["a", "b"]
    assert [committed(each) for each in found["activity"]] == [{"success": 3}] * 2
    assert found["realizationState"] == "complete"


def test_what_an_activity_keeps_for_its_next_run_is_its_work_state(api: Api) -> None:
    objects, _ = crowd(api, 1)
    oid = api.task({"focusValidityScan": {"objects": objects}}, schedulingState="ready")
    task = api.when_closed(oid)
    scan = root(task)["activity"]
    assert scan["identifier"] == "full"
    assert scan["persistence"] == "perpetualExceptStatistics"
    started = records(task)[0]["runStartTimestamp"]
    assert scan["workState"] == {"@type": "c:ScanWorkStateType", "lastScanTimestamp": started}


# ---- buckets ---------------------------------------------------------------------------------------------------


def test_of_complete_buckets_the_last_one_is_listed(api: Api) -> None:
    parts = {"buckets": {"implicitSegmentation": {"numberOfBuckets": 4}}}
    task = closed(api, {"work": {"noOp": {"steps": 10}}, "distribution": parts})
    assert root(task)["bucketing"] == {
        "bucket": {"sequentialNumber": 4, "state": "complete"},
        "numberOfBuckets": 4,
        "bucketsProcessingRole": "standalone",
    }
    assert committed(root(task)) == {"success": 10}
    assert root(task)["progress"]["expectedTotal"] == 10
    assert tree(task)["bucketProgress"] == {"totalBuckets": 4, "completeBuckets": 4}


def test_buckets_at_work_are_all_listed(api: Api) -> None:
    parts = {"buckets": {"implicitSegmentation": {"numberOfBuckets": 40}}, "workerThreads": 3}
    oid, task = running(
        api,
        {"work": LONG, "distribution": parts},
        lambda found: len(many(found["bucketing"].get("bucket"))) == 3,
    )
    assert [each["state"] for each in root(task)["bucketing"]["bucket"]] == ["ready"] * 3
    assert root(task)["bucketing"]["numberOfBuckets"] == 40
    assert tree(task)["bucketProgress"] == {"totalBuckets": 40, "completeBuckets": 0}
    assert "committed" not in root(task)["progress"]
    api.client.delete(f"/tasks/{oid}")


@pytest.mark.parametrize(
    ("segmentation", "content"),
    [
        ({"oidSegmentation": {}}, {"@type": "c:StringIntervalWorkBucketContentType", "from": "f"}),
        (
            {
                "stringSegmentation": {
                    "discriminator": "name",
                    "boundary": {"characters": "ab"},
                    "comparisonMethod": "prefix",
                }
            },
            {"@type": "c:StringPrefixWorkBucketContentType", "prefix": "b"},
        ),
        (
            {
                "numericSegmentation": {
                    "discriminator": "iteration",
                    "to": 10,
                    "numberOfBuckets": 2,
                }
            },
            {"@type": "c:NumericIntervalWorkBucketContentType", "from": 5, "to": 10},
        ),
    ],
    ids=lambda each: next(iter(each)),
)
def test_a_bucket_tells_what_it_holds(api: Api, segmentation: Document, content: Document) -> None:
    objects, _ = crowd(api, 2)
    work = {"recomputation": {"objects": objects}}
    task = closed(api, {"work": work, "distribution": {"buckets": segmentation}})
    assert root(task)["bucketing"]["bucket"]["content"] == content


# ---- statistics ------------------------------------------------------------------------------------------------


def test_a_running_activity_tells_its_pace_and_when_it_is_likely_to_end(api: Api) -> None:
    def has_pace(found: Document) -> bool:
        return "estimatedEndTimestamp" in found["statistics"]["itemProcessing"]

    oid, task = running(api, {"work": LONG}, has_pace)
    processing = root(task)["statistics"]["itemProcessing"]
    moment = parse_instant(task["operationStats"]["timestamp"])
    left = root(task)["progress"]["expectedTotal"] - task["progress"]
    seconds = parse_instant(processing["estimatedEndTimestamp"]) - moment
    assert 0 < processing["throughput"] <= 3_000
    assert seconds == pytest.approx(60 * left / processing["throughput"], rel=0.01)
    api.operate(oid, "suspend")
    rest = root(api.get("tasks", oid))["statistics"]["itemProcessing"]
    assert "estimatedEndTimestamp" not in rest
    assert rest["throughput"] > 0


def deletion(objects: Document) -> Document:
    return {"deletion": {"objects": objects}}


def test_what_was_done_to_objects_is_counted_by_operation(api: Api) -> None:
    objects, oids = crowd(api, 3)
    unchanged = closed(api, {"work": {"recomputation": {"objects": objects}}})
    assert executed(unchanged) == {}
    assert executed(closed(api, {"work": deletion(objects)})) == {"delete": 3}
    assert {api.client.get(f"/users/{oid}").status_code for oid in oids} == {404}


def test_a_preview_tells_what_would_have_been_done(api: Api) -> None:
    role = api.create("roles", {"name": unique("role")})
    assignment = {"targetRef": {"oid": role, "type": "c:RoleType"}}
    name = unique("raw")
    api.create("users", {"name": name, "assignment": assignment}, options="raw")
    query = {"filter": {"text": f"name = '{name}'"}}
    work = {"recomputation": {"objects": {"type": "c:UserType", "query": query}}}
    task = closed(api, {"work": work, "execution": {"mode": "preview"}})
    assert foreseen(task) == {"modify": 1}
    assert root(task)["simulation"]["executionMode"] == "preview"


# ---- results ---------------------------------------------------------------------------------------------------


def renamed(objects: Document, name: str) -> Document:
    """Work that succeeds once: names are unique."""
    item = {"modificationType": "replace", "path": "name", "value": name}
    change = {"changeType": "modify", "itemDelta": item}
    return {"iterativeChangeExecution": {"objects": objects, "delta": change}}


def test_a_result_sums_up_what_became_of_the_items(api: Api) -> None:
    objects, _ = crowd(api, 20)
    work = renamed(objects, unique("one name"))
    oid = api.task(
        activity=composed(named("idle", QUICK), named("rename", work)), schedulingState="ready"
    )
    api.when_closed(oid)
    result = api.get("tasks", oid, include="result")["result"]
    assert (result["operation"], result["status"]) == ("run", "partial_error")
    idle, rename = result["partialResults"]
    assert (idle["qualifier"], idle["status"], idle["count"]) == ("idle", "success", 3)
    assert idle["partialResults"]["status"] == "success"
    assert (rename["qualifier"], rename["status"], rename["count"]) == (
        "rename",
        "partial_error",
        20,
    )
    good, bad = rename["partialResults"]
    assert (good["status"], good["count"]) == ("success", 1)
    assert (bad["status"], bad["count"]) == ("fatal_error", 19)
    assert "name" in bad["message"]
    assert bad["message"] == rename["message"]
    assert rename["message"] in result["message"]
    tokens = [each["token"] for each in (result, idle, rename, good, bad, idle["partialResults"])]
    assert len(set(tokens)) == len(tokens)


def test_the_last_error_is_the_message_of_its_activity(api: Api) -> None:
    objects, _ = crowd(api, 3)
    work = renamed(objects, unique("same name"))
    found = root(closed(api, composed(named("idle", QUICK), named("rename", work))))
    rename = child(found, "rename")
    assert "name" in rename["message"]
    assert "message" not in child(found, "idle")
    assert committed(rename) == {"success": 1, "failure": 2}
    assert "2 items failed" in found["message"]


def test_a_task_that_is_to_run_anew_has_nothing_in_its_result_yet(api: Api) -> None:
    oid = api.task(schedulingState="ready")
    api.when_closed(oid)
    assert "partialResults" in api.get("tasks", oid, include="result")["result"]
    later = {"interval": 3_600, "earliestStartTime": "2099-01-01T00:00:00Z"}
    api.modify("tasks", oid, delta("replace", "schedule", later))
    api.operate(oid, "resume")
    result = api.get("tasks", oid, include="result")["result"]
    assert result["status"] == "in_progress"
    assert {"partialResults", "end"}.isdisjoint(result)


def test_a_suspended_run_tells_in_its_result_how_far_it_came(api: Api) -> None:
    oid = api.running()
    api.operate(oid, "suspend")
    task = api.get("tasks", oid, include="result")
    partial = task["result"]["partialResults"]
    assert (partial["status"], partial["count"]) == ("in_progress", task["progress"])
    assert "end" not in partial

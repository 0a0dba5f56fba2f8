"""What deletion tasks do and leave alone (midpoint-tasks 3.2, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.executing import (
    ADMINISTRATOR_OID,
    SUPERUSER,
    counted,
    crowd,
    done,
    executed,
    exists,
    last_message,
    objects,
    refusal,
)
from tests.serving import unique

if TYPE_CHECKING:
    from tests.serving import Api


def deletion(given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"deletion": {"objects": given} | more}


def test_a_deletion_deletes_what_matches_and_counts_it(api: Api) -> None:
    selected, oids = crowd(api, 7)
    other = api.create("users", {"name": unique("other")})
    task = done(api, deletion(selected))
    assert (task["resultStatus"], task["progress"], executed(task)) == (
        "success",
        7,
        {"delete": 7},
    )
    assert [oid for oid in oids if exists(api, oid)] == []
    assert exists(api, other)
    assert task["archetypeRef"]["oid"].endswith("528")


def test_an_indestructible_object_is_skipped_with_a_reason(api: Api) -> None:
    selected, (first, *_) = crowd(api, 2)
    api.modify(
        "users", first, {"modificationType": "replace", "path": "indestructible", "value": True}
    )
    task = done(api, deletion(selected))
    assert (task["resultStatus"], counted(task)) == ("success", {"skip": 1, "success": 1})
    assert "indestructible" in last_message(task, "skip")
    assert exists(api, first)


@pytest.mark.parametrize("mode", ["preview", "dryRun", "none"])
def test_in_other_modes_than_full_every_object_is_skipped(api: Api, mode: str) -> None:
    selected, oids = crowd(api, 3)
    task = done(api, deletion(selected), mode)
    assert (counted(task), executed(task)) == ({"skip": 3}, {})
    assert all(exists(api, oid) for oid in oids)


def test_an_analysis_of_buckets_deletes_nothing(api: Api) -> None:
    selected, oids = crowd(api, 3)
    assert done(api, deletion(selected), "bucketAnalysis")["resultStatus"] == "success"
    assert all(exists(api, oid) for oid in oids)


@pytest.mark.parametrize(
    ("oid", "collection"), [(ADMINISTRATOR_OID, "users"), (SUPERUSER, "roles")]
)
def test_superusers_and_built_in_roles_survive_a_deletion(
    api: Api, oid: str, collection: str
) -> None:
    type_name = {"users": "c:UserType", "roles": "c:RoleType"}[collection]
    task = done(api, deletion(objects(f". inOid ('{oid}')", type_name)))
    assert (task["resultStatus"], counted(task)) == ("partial_error", {"failure": 1})
    assert "superuser or a built-in role" in last_message(task)
    assert exists(api, oid, collection)


def test_a_task_deletes_other_tasks_and_not_itself(api: Api) -> None:
    name = unique("family").replace(" ", "x")
    other = api.task(name=name)
    work = deletion(objects(f"name = '{name}'", "c:TaskType"))
    task = api.when_closed(api.task(work, name=name, schedulingState="ready"))
    assert counted(task) == {"failure": 1, "success": 1}
    assert last_message(task) == "A task cannot delete itself."
    assert not exists(api, other, "tasks")


def test_a_task_does_not_delete_what_it_is_part_of(api: Api) -> None:
    above = api.task()
    identifier = api.get("tasks", above)["taskIdentifier"]
    middle = api.task(parent=identifier)
    work = deletion(objects(f". inOid ('{above}', '{middle}')", "c:TaskType"))
    parent = api.get("tasks", middle)["taskIdentifier"]
    task = api.when_closed(api.task(work, parent=parent, schedulingState="ready"))
    assert counted(task) == {"failure": 2}
    assert "above the task" in last_message(task)
    assert exists(api, above, "tasks")


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({}, "objects/type"),
        ({"type": "c:UserType"}, "objects/query"),
        ({"query": {"filter": {"text": "name = 'x'"}}}, "objects/type"),
    ],
)
def test_a_deletion_that_does_not_say_what_it_deletes_is_refused(
    api: Api, given: dict[str, Any], place: str
) -> None:
    assert place in refusal(api, deletion(given))


def test_deprovisioning_is_refused_by_name(api: Api) -> None:
    work = deletion(objects("name = 'x'"), executionOptions={"raw": False})
    assert "raw" in refusal(api, work)


def test_an_unknown_execution_option_is_refused_by_name(api: Api) -> None:
    work = deletion(objects("name = 'x'"), executionOptions={"overwrite": True})
    assert "'overwrite'" in refusal(api, work)

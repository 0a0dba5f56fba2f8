"""What change execution tasks do: the same change to each object, or listed ones (midpoint-tasks 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.dialects.midpoint.executing import (
    ADMINISTRATOR_OID,
    assigned,
    counted,
    crowd,
    done,
    executed,
    exists,
    foreseen,
    last_message,
    objects,
    records,
    refusal,
    target,
)
from tests.serving import NOWHERE, delta, unique

if TYPE_CHECKING:
    from tests.serving import Api

Document = dict[str, Any]


def modify(*deltas: Document, **more: Any) -> Document:
    return {"changeType": "modify", "itemDelta": list(deltas)} | more


def each(selected: Document, change: Document, **more: Any) -> Document:
    return {"iterativeChangeExecution": {"objects": selected, "delta": change} | more}


def described(text: str) -> Document:
    return modify(delta("replace", "description", text))


# ---- the same change to each -----------------------------------------------------------------------------


def test_each_object_is_changed_once_and_counted_once(api: Api) -> None:
    selected, oids = crowd(api, 6)
    task = done(api, each(selected, described("new")))
    assert (task["resultStatus"], task["progress"], executed(task)) == (
        "success",
        6,
        {"modify": 6},
    )
    for oid in oids:
        user = api.get("users", oid)
        assert (user["description"], user["version"]) == ("new", "1")
        assert user["metadata"]["modifyTaskRef"]["oid"] == task["oid"]
        assert "modifyChannel" not in user["metadata"]


def test_each_change_leaves_a_record_of_its_own_and_one_of_the_run(api: Api) -> None:
    selected, [oid] = crowd(api, 1)
    task = done(api, each(selected, described("new")))
    made, changed, processed = sorted(records(api, oid), key=lambda r: "activityPath" in r)
    assert "taskRef" not in made
    assert (changed["recordType"], changed["status"]) == ("simple", "success")
    assert changed["taskRef"]["oid"] == processed["taskRef"]["oid"] == task["oid"]
    assert processed["activityPath"] == {"identifier": ["iterativeChangeExecution:1"]}


def test_a_callers_change_forgets_which_task_made_the_last_one(api: Api) -> None:
    selected, [oid] = crowd(api, 1)
    done(api, each(selected, described("by the task")))
    api.modify("users", oid, delta("replace", "description", "by the caller"))
    assert "modifyTaskRef" not in api.get("users", oid)["metadata"]


def test_an_object_that_is_so_already_keeps_its_version(api: Api) -> None:
    selected, [oid] = crowd(api, 1, description="same")
    task = done(api, each(selected, described("same")))
    assert (counted(task), executed(task)) == ({"success": 1}, {})
    assert api.get("users", oid)["version"] == "0"


def test_a_preview_changes_nothing_and_counts_what_it_would(api: Api) -> None:
    selected, oids = crowd(api, 3)
    task = done(api, each(selected, described("new")), "preview")
    assert (task["progress"], foreseen(task)) == (3, {"modify": 3})
    for oid in oids:
        user = api.get("users", oid)
        assert user["version"] == "0"
        assert "description" not in user
        assert len(records(api, oid)) == 1


def test_an_assignment_by_a_task_gives_what_the_role_induces(api: Api) -> None:
    induced = api.create("roles", {"name": unique("induced")})
    inducement = {"targetRef": target(induced)}
    role = api.create("roles", {"name": unique("role"), "inducement": inducement})
    selected, oids = crowd(api, 3)
    done(api, each(selected, modify(delta("add", "assignment", {"targetRef": target(role)}))))
    for oid in oids:
        assert assigned(api, oid) == [(role, "default")]
        members = api.get("users", oid)["roleMembershipRef"]
        assert {reference["oid"] for reference in members} == {role, induced}


def test_a_raw_change_leaves_out_what_usually_follows(api: Api) -> None:
    selected, [oid] = crowd(api, 1)
    change = modify(delta("replace", "activation/administrativeStatus", "disabled"))
    done(api, each(selected, change, executionOptions={"raw": True}))
    user = api.get("users", oid)
    assert user["activation"]["administrativeStatus"] == "disabled"
    assert user["activation"]["effectiveStatus"] == "enabled"
    assert "modifyTaskRef" not in user["metadata"]


def test_a_change_that_does_not_fit_one_object_fails_there_only(api: Api) -> None:
    prefix = unique("mixed").replace(" ", "x")
    user = api.create("users", {"name": f"{prefix}u"})
    role = api.create("roles", {"name": f"{prefix}r"})
    selected = objects(f"name startsWith '{prefix}'", "c:ObjectType")
    change = modify(delta("replace", "fullName", "X"), objectType="c:UserType")
    task = done(api, each(selected, change))
    assert (task["resultStatus"], counted(task)) == ("partial_error", {"failure": 1, "success": 1})
    assert "is a RoleType" in last_message(task)
    assert api.get("users", user)["fullName"] == "X"
    assert api.get("roles", role)["version"] == "0"


def test_a_change_of_kind_delete_deletes(api: Api) -> None:
    selected, oids = crowd(api, 3)
    task = done(api, each(selected, {"changeType": "delete", "objectType": "c:UserType"}))
    assert executed(task) == {"delete": 3}
    assert [oid for oid in oids if exists(api, oid)] == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (delta("replace", "name", "somebody else"), "renamed"),
        (delta("replace", "activation/administrativeStatus", "disabled"), "disabled"),
        (delta("replace", "lifecycleState", "archived"), "disabled"),
        (delta("replace", "assignment"), "stripped of roles"),
    ],
)
def test_a_superuser_survives_a_change_by_a_task(api: Api, change: Document, reason: str) -> None:
    before = api.get("users", ADMINISTRATOR_OID)
    task = done(api, each(objects(f". inOid ('{ADMINISTRATOR_OID}')"), modify(change)))
    assert counted(task) == {"failure": 1}
    assert reason in last_message(task)
    assert api.get("users", ADMINISTRATOR_OID)["version"] == before["version"]


def test_a_superuser_can_be_described_by_a_task(api: Api) -> None:
    text = unique("described")
    task = done(api, each(objects(f". inOid ('{ADMINISTRATOR_OID}')"), described(text)))
    assert counted(task) == {"success": 1}
    assert api.get("users", ADMINISTRATOR_OID)["description"] == text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schedulingState", "ready"),
        ("schedule", {"interval": 5}),
        ("activity", {"work": {"noOp": {}}, "description": "other"}),
        ("taskIdentifier", "other"),
        ("parent", "other"),
    ],
)
def test_what_steers_a_task_is_not_changed_by_a_task(api: Api, path: str, value: Any) -> None:
    other = api.task()
    selected = objects(f". inOid ('{other}')", "c:TaskType")
    task = done(api, each(selected, modify(delta("replace", path, value))))
    assert counted(task) == {"failure": 1}
    assert f"'{path}'" in last_message(task)
    assert api.get("tasks", other)["version"] == "0"


def test_a_task_may_describe_itself(api: Api) -> None:
    name = unique("self")
    work = each(objects(f"name = '{name}'", "c:TaskType"), described("by itself"))
    oid = api.task(work, name=name, schedulingState="ready")
    assert api.when_closed(oid)["resultStatus"] == "success"
    assert api.get("tasks", oid)["description"] == "by itself"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "needs a delta"),
        ({"itemDelta": []}, "changeType"),
        ({"changeType": "add", "objectToAdd": {}}, "changeType"),
        ({"changeType": "modify"}, "itemDelta"),
        (
            {"changeType": "delete", "itemDelta": [delta("replace", "description", "x")]},
            "itemDelta",
        ),
        (modify(delta("replace", "descriptoin", "x")), "descriptoin"),
        (modify(delta("swap", "description", "x")), "modificationType"),
        (modify(delta("replace", "description", "x"), objectType="c:Usr"), "objectType"),
        (modify(delta("replace", "description", "x"), oid=NOWHERE), "no oid"),
        (modify(delta("replace", "description", "x"), when="now"), "'when'"),
        (modify(delta("replace", "roleMembershipRef[1]", "x")), "roleMembershipRef"),
        ("description", "must be a JSON object"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_create(api: Api, change: Any, words: str) -> None:
    selected = objects("name = 'nobody'")
    work: Document = {"objects": selected} | ({} if change is None else {"delta": change})
    assert words in refusal(api, {"iterativeChangeExecution": work})


def test_a_change_runs_in_full_and_preview_and_no_dry_run(api: Api) -> None:
    work = each(objects("name = 'nobody'"), described("x"))
    assert "dryRun" in refusal(api, work, execution={"mode": "dryRun"})


# ---- listed changes --------------------------------------------------------------------------------------


def listed(*deltas: Document, **more: Any) -> Document:
    return {"explicitChangeExecution": {"delta": list(deltas)} | more}


def addition(**items: Any) -> Document:
    return {"changeType": "add", "objectToAdd": {"@type": "c:UserType"} | items}


def of_user(oid: str, *deltas: Document) -> Document:
    return modify(*deltas, objectType="c:UserType", oid=oid)


@pytest.mark.parametrize("name", ["explicitChangeExecution", "nonIterativeChangeExecution"])
def test_listed_changes_add_modify_and_delete(api: Api, name: str) -> None:
    first, second = (api.create("users", {"name": unique("listed")}) for _ in range(2))
    added = unique("added")
    changes = [
        addition(name=added, fullName="Added"),
        of_user(first, delta("replace", "description", "new")),
        {"changeType": "delete", "objectType": "c:UserType", "oid": second},
    ]
    task = done(api, {name: {"delta": changes}})
    assert (task["resultStatus"], task["progress"]) == ("success", 1)
    assert executed(task) == {"add": 1, "modify": 1, "delete": 1}
    assert api.names("users", f"name = '{added}'") == [added]
    assert api.get("users", first)["description"] == "new"
    assert not exists(api, second)


def test_an_added_object_is_made_like_any_other(api: Api) -> None:
    role = api.create("roles", {"name": unique("role")})
    oid = str(uuid4())
    item = addition(oid=oid, name=unique("added"), assignment={"targetRef": target(role)})
    task = done(api, listed(item))
    user = api.get("users", oid)
    assert user["roleMembershipRef"]["oid"] == role
    assert user["metadata"]["createTaskRef"]["oid"] == task["oid"]
    assert user["iteration"] == 0
    [record] = records(api, oid)
    assert record["taskRef"]["oid"] == task["oid"]


def test_objects_of_one_request_know_each_other(api: Api) -> None:
    role, user = str(uuid4()), str(uuid4())
    added = [
        {"changeType": "add", "objectToAdd": {"@type": "c:RoleType", "oid": role, "name": role}},
        addition(oid=user, name=user, assignment={"targetRef": target(role)}),
    ]
    done(api, listed(*added))
    assert api.get("users", user)["roleMembershipRef"]["oid"] == role


def test_several_changes_of_one_object_are_one_change(api: Api) -> None:
    oid = api.create("users", {"name": unique("twice")})
    changes = [
        of_user(oid, delta("replace", "description", "new")),
        of_user(oid, delta("replace", "fullName", "Twice")),
    ]
    assert executed(done(api, listed(*changes))) == {"modify": 1}
    user = api.get("users", oid)
    assert (user["version"], user["description"], user["fullName"]) == ("1", "new", "Twice")


def test_a_request_is_done_whole_or_not_at_all_and_the_next_one_goes_on(api: Api) -> None:
    first, second = (api.create("users", {"name": unique("pair")}) for _ in range(2))
    change = delta("replace", "description", "new")
    work = {
        "explicitChangeExecution": {
            "request": [
                {"name": "broken", "delta": [of_user(first, change), of_user(NOWHERE, change)]},
                {"name": "fine", "delta": of_user(second, change)},
            ]
        }
    }
    task = done(api, work)
    assert (task["resultStatus"], counted(task)) == ("partial_error", {"failure": 1, "success": 1})
    assert NOWHERE in last_message(task)
    assert "description" not in api.get("users", first)
    assert api.get("users", second)["description"] == "new"
    processed = task["activityState"]["activity"]["statistics"]["itemProcessing"]["processed"]
    assert {entry["lastItem"]["name"] for entry in processed} == {"broken", "fine"}


def test_a_later_request_sees_what_an_earlier_one_did(api: Api) -> None:
    oid, name = str(uuid4()), unique("later")
    work = {
        "explicitChangeExecution": {
            "request": [
                {"delta": addition(oid=oid, name=name)},
                {"delta": of_user(oid, delta("replace", "description", "later"))},
            ]
        }
    }
    assert done(api, work)["progress"] == 2
    assert api.get("users", oid)["description"] == "later"


def test_a_name_that_is_taken_fails_the_request_and_nothing_else(api: Api) -> None:
    name, other = unique("taken"), unique("free")
    api.create("users", {"name": name})
    work = {
        "explicitChangeExecution": {
            "request": [{"delta": addition(name=name)}, {"delta": addition(name=other)}]
        }
    }
    task = done(api, work)
    assert counted(task) == {"failure": 1, "success": 1}
    assert "exists already" in last_message(task)
    assert executed(task) == {"add": 1}


def test_an_oid_of_another_type_is_a_failure(api: Api) -> None:
    role = api.create("roles", {"name": unique("role")})
    task = done(api, listed(of_user(role, delta("replace", "description", "new"))))
    assert "is a RoleType" in last_message(task)


def test_listed_changes_in_a_preview_change_nothing(api: Api) -> None:
    oid, name = api.create("users", {"name": unique("kept")}), unique("not added")
    changes = [addition(name=name), {"changeType": "delete", "objectType": "UserType", "oid": oid}]
    task = done(api, listed(*changes), "preview")
    assert foreseen(task) == {"add": 1, "delete": 1}
    assert exists(api, oid)
    assert api.names("users", f"name = '{name}'") == []


@pytest.mark.parametrize(
    ("work", "words"),
    [
        ({}, "either"),
        ({"delta": [addition(name="x")], "request": [{"delta": addition(name="x")}]}, "either"),
        ({"request": [{"name": "empty"}]}, "needs a delta"),
        ({"delta": [addition()]}, "no name"),
        ({"delta": [{"changeType": "add", "objectToAdd": {"name": "x"}}]}, "@type"),
        (
            {"delta": [{"changeType": "add", "objectToAdd": {"@type": "TaskType", "name": "x"}}]},
            "TaskType",
        ),
        ({"delta": [addition(name="x", nmae="y")]}, "nmae"),
        ({"delta": [addition(name="x", oid="12")]}, "12"),
        ({"delta": [addition(name="x") | {"objectType": "RoleType"}]}, "RoleType"),
        ({"delta": [{"changeType": "delete", "objectType": "UserType"}]}, "'oid'"),
        ({"delta": [{"changeType": "delete", "oid": NOWHERE}]}, "'objectType'"),
        ({"delta": [of_user(NOWHERE, delta("add", "colour", "red"))]}, "colour"),
        ({"delta": [addition(name="x")], "executionOptions": {"overwrite": True}}, "overwrite"),
    ],
)
def test_listed_changes_that_cannot_be_are_refused_at_create(
    api: Api, work: Document, words: str
) -> None:
    assert words in refusal(api, {"explicitChangeExecution": work})

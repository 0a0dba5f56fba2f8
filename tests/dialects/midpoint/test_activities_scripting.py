"""What scripting tasks do: a fixed vocabulary of actions, in midPoint's forms (midpoint-tasks 3.2, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.dialects.midpoint.executing import (
    ADMINISTRATOR_OID,
    SUPERUSER,
    assigned,
    counted,
    crowd,
    done,
    each,
    executed,
    exists,
    foreseen,
    last_message,
    objects,
    once,
    records,
    target,
)
from tests.serving import NOWHERE, delta, states, unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serving import Api

Document = dict[str, Any]
SCRIPTING = "http://midpoint.evolveum.com/xml/ns/public/model/scripting-3"


def user_ref(oid: str) -> Document:
    return {"@type": "c:ObjectReferenceType", "oid": oid, "type": "c:UserType"}


@pytest.fixture
def role(api: Api) -> str:
    """A new role."""
    return api.create("roles", {"name": unique("role")})


# ---- what the actions do ---------------------------------------------------------------------------------


FORMS: dict[str, Callable[[str], Document]] = {
    "typed": lambda role: {"assign": {"targetRef": target(role)}},
    "prefixed": lambda role: {"s:assign": {"s:targetRef": target(role)}},
    "by type": lambda role: {"@type": "s:AssignActionExpressionType", "targetRef": target(role)},
    "expression": lambda role: {
        "scriptingExpression": {
            "@type": f"{SCRIPTING}#AssignActionExpressionType",
            "targetRef": [target(role)],
        }
    },
    "generic": lambda role: {
        "action": {"type": "assign", "parameter": [{"name": "role", "value": role}]}
    },
    "generic reference": lambda role: {
        "s:action": {
            "type": "assign",
            "parameter": {
                "name": "role",
                "value": {"@type": "c:ObjectReferenceType", "@value": {"oid": role}},
            },
        }
    },
    "generic by type": lambda role: {
        "@type": "s:ActionExpressionType",
        "type": "assign",
        "parameter": [{"name": "role", "value": {"@type": "xsd:string", "@value": role}}],
    },
    "pipeline": lambda role: {"pipeline": [{"assign": {"targetRef": target(role)}}]},
    "pipeline of elements": lambda role: {
        "pipeline": [
            {
                "@element": f"{SCRIPTING}#action",
                "type": "assign",
                "parameter": [{"name": "role", "value": role}],
            }
        ]
    },
    "sequence": lambda role: {
        "sequence": {"element": [{"@element": "s:assign", "targetRef": target(role)}]}
    },
    "typed pipeline": lambda role: {
        "@type": "s:ExpressionPipelineType",
        "scriptingExpression": [{"assign": {"targetRef": target(role)}}],
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_an_action_is_understood_in_each_form_that_json_has(api: Api, role: str, form: str) -> None:
    selected, [oid] = crowd(api, 1)
    task = done(api, each(selected, FORMS[form](role)))
    assert counted(task) == {"success": 1}
    assert assigned(api, oid) == [(role, "default")]
    assert api.get("users", oid)["roleMembershipRef"]["oid"] == role


def test_a_script_changes_each_object_once_and_counts_it_once(api: Api, role: str) -> None:
    selected, oids = crowd(api, 4)
    script = {
        "pipeline": [
            {"assign": {"targetRef": target(role)}},
            {"disable": {}},
            {"modify": {"delta": {"itemDelta": delta("replace", "description", "scripted")}}},
            {"recompute": {}},
        ]
    }
    task = done(api, each(selected, script))
    assert (task["progress"], executed(task)) == (4, {"modify": 4})
    assert task["archetypeRef"]["oid"].endswith("509")
    for oid in oids:
        user = api.get("users", oid)
        assert (user["version"], user["description"]) == ("1", "scripted")
        assert user["activation"]["effectiveStatus"] == "disabled"
        assert user["metadata"]["modifyTaskRef"]["oid"] == task["oid"]
        kinds = sorted(record["recordType"] for record in records(api, oid))
        assert kinds == ["complex", "simple", "simple"]


def test_an_equal_assignment_is_not_added_again(api: Api, role: str) -> None:
    selected, [oid] = crowd(api, 1)
    work = each(selected, {"assign": {"targetRef": target(role)}})
    done(api, work)
    task = done(api, work)
    assert (counted(task), executed(task)) == ({"success": 1}, {})
    assert assigned(api, oid) == [(role, "default")]


def test_unassign_takes_away_the_assignments_of_that_relation_only(api: Api, role: str) -> None:
    both = [{"targetRef": target(role)}, {"targetRef": target(role, "org:owner")}]
    selected, [oid] = crowd(api, 1, assignment=both)
    done(api, each(selected, {"unassign": {"targetRef": target(role)}}))
    assert assigned(api, oid) == [(role, "owner")]


@pytest.mark.parametrize(("relation", "left"), [("org:owner", ["default"]), ("any", [])])
def test_unassign_by_role_goes_by_the_relation_given(
    api: Api, role: str, relation: str, left: list[str]
) -> None:
    both = [{"targetRef": target(role)}, {"targetRef": target(role, "org:owner")}]
    selected, [oid] = crowd(api, 1, assignment=both)
    parameters = [{"name": "role", "value": role}, {"name": "relation", "value": relation}]
    done(api, each(selected, {"action": {"type": "unassign", "parameter": parameters}}))
    assert assigned(api, oid) == [(role, each) for each in left]


def test_enable_and_disable_set_the_status_and_what_follows(api: Api) -> None:
    selected, [oid] = crowd(api, 1)
    for action, status in (("disable", "disabled"), ("enable", "enabled")):
        done(api, each(selected, {action: None}))
        activation = api.get("users", oid)["activation"]
        assert activation["administrativeStatus"] == activation["effectiveStatus"] == status


def test_recompute_stores_only_what_is_out_of_date(api: Api, role: str) -> None:
    name = unique("raw")
    assignment = {"targetRef": target(role)}
    oid = api.create("users", {"name": name, "assignment": assignment}, options="raw")
    work = each(objects(f"name = '{name}'"), {"recompute": {}})
    assert executed(done(api, work)) == {"modify": 1}
    assert executed(done(api, work)) == {}
    user = api.get("users", oid)
    assert (user["version"], user["roleMembershipRef"]["oid"]) == ("1", role)


def test_delete_deletes_and_nothing_can_be_done_after_it(api: Api) -> None:
    selected, oids = crowd(api, 2)
    task = done(api, each(selected, {"sequence": [{"delete": {}}, {"disable": {}}]}))
    assert counted(task) == {"failure": 2}
    task = done(api, each(selected, {"sequence": [{"disable": {}}, {"delete": {}}]}))
    assert executed(task) == {"delete": 2}
    assert [oid for oid in oids if exists(api, oid)] == []


def test_an_indestructible_object_fails_a_script_that_deletes_it(api: Api) -> None:
    selected, [oid] = crowd(api, 1, indestructible=True)
    assert "indestructible" in last_message(done(api, each(selected, {"delete": {}})))
    assert exists(api, oid)


def test_a_script_that_fails_leaves_its_object_as_it_was(api: Api) -> None:
    name = unique("role")
    oid = api.create("roles", {"name": name})
    script = {
        "pipeline": [
            {"modify": {"delta": {"itemDelta": delta("replace", "description", "x")}}},
            {"suspend": {}},
        ]
    }
    task = done(api, each(objects(f"name = '{name}'", "c:RoleType"), script))
    assert "is a RoleType, so it cannot suspend" in last_message(task)
    assert "description" not in api.get("roles", oid)


def test_tasks_are_suspended_and_resumed_by_a_task(api: Api) -> None:
    oid = api.running()
    selected = objects(f". inOid ('{oid}')", "c:TaskType")
    assert counted(done(api, each(selected, {"suspend": {}}))) == {"success": 1}
    assert states(api.get("tasks", oid)) == ("suspended", "suspended")
    assert counted(done(api, each(selected, {"resumeTask": {}}))) == {"success": 1}
    api.when(oid, lambda task: task["executionState"] == "running")
    assert api.client.delete(f"/tasks/{oid}").status_code == 204


def test_a_task_that_is_not_suspended_cannot_be_resumed_by_a_task(api: Api) -> None:
    oid = api.running()
    task = done(api, each(objects(f". inOid ('{oid}')", "c:TaskType"), {"resume": {}}))
    assert "Only a suspended task can be resumed" in last_message(task)
    assert api.client.delete(f"/tasks/{oid}").status_code == 204


@pytest.mark.parametrize("action", ["suspend", "resume", "delete"])
def test_a_task_neither_stops_nor_resumes_nor_deletes_itself(api: Api, action: str) -> None:
    name = unique("self")
    work = each(objects(f"name = '{name}'", "c:TaskType"), {action: {}})
    task = api.when_closed(api.task(work, name=name, schedulingState="ready"))
    assert counted(task) == {"failure": 1}
    assert last_message(task) == f"A task cannot {action} itself."


@pytest.mark.parametrize("action", ["disable", "delete"])
def test_superusers_survive_a_script(api: Api, action: str) -> None:
    before = api.get("users", ADMINISTRATOR_OID)["version"]
    task = done(api, each(objects(f". inOid ('{ADMINISTRATOR_OID}')"), {action: {}}))
    assert "superuser or a built-in role" in last_message(task)
    assert api.get("users", ADMINISTRATOR_OID)["version"] == before


def test_a_superuser_keeps_the_role_that_makes_one(api: Api) -> None:
    script = {"unassign": {"targetRef": target(SUPERUSER)}}
    task = done(api, each(objects(f". inOid ('{ADMINISTRATOR_OID}')"), script))
    assert "cannot be stripped of roles" in last_message(task)
    assert (SUPERUSER, "default") in assigned(api, ADMINISTRATOR_OID)


def notices(api: Api, run: Callable[[], object]) -> str:
    """What the stream says of notified items while something runs to its end."""
    base = str(api.client.base_url).split("/midpoint", maxsplit=1)[0]
    url = f"{base}/-/events?names=item_notified,task_finished"
    told: list[str] = []
    with api.client.stream("GET", url) as answer:
        run()
        for line in answer.iter_lines():
            told.append(line)
            if "task_finished" in line:
                break
    return "\n".join(told)


def test_notify_tells_whoever_watches_of_the_object(api: Api) -> None:
    selected, [oid] = crowd(api, 1)
    script = {"notify": {"message": "please look"}}
    told = notices(api, lambda: done(api, each(selected, script)))
    assert oid in told
    assert "please look" in told


def test_an_object_that_is_called_policy_is_told_of_as_an_object(api: Api) -> None:
    oid = api.create("roles", {"name": "policy"})
    work = each(objects(f". inOid ('{oid}')", "c:RoleType"), {"notify": {"subtype": "odd"}})
    told = notices(api, lambda: done(api, work))
    assert "item_notified" in told
    assert api.client.delete(f"/roles/{oid}").status_code == 204


def test_a_preview_changes_nothing_tells_nobody_and_counts(api: Api, role: str) -> None:
    selected, oids = crowd(api, 3)
    script = {"pipeline": [{"assign": {"targetRef": target(role)}}, {"notify": {"message": "no"}}]}
    tasks: list[Document] = []
    told = notices(api, lambda: tasks.append(done(api, each(selected, script), "preview")))
    assert "item_notified" not in told
    assert (tasks[0]["progress"], foreseen(tasks[0])) == (3, {"modify": 3})
    assert all(assigned(api, oid) == [] for oid in oids)


def test_a_script_can_run_dry(api: Api) -> None:
    selected, [oid] = crowd(api, 1)
    assert foreseen(done(api, each(selected, {"disable": {}}), "dryRun")) == {"modify": 1}
    assert "administrativeStatus" not in api.get("users", oid)["activation"]


# ---- executed once ---------------------------------------------------------------------------------------


def test_a_script_is_executed_once_on_all_of_its_input(api: Api, role: str) -> None:
    selected, oids = crowd(api, 4)
    script = {"assign": {"targetRef": target(role)}}
    task = done(api, once(script, *map(user_ref, oids[:2]), selected))
    assert (task["progress"], executed(task)) == (1, {"modify": 4})
    assert task["archetypeRef"]["oid"].endswith("508")
    assert all(assigned(api, oid) == [(role, "default")] for oid in oids)
    assert {api.get("users", oid)["version"] for oid in oids} == {"1"}


def test_a_script_is_done_for_all_of_its_input_or_for_none(api: Api) -> None:
    _, oids = crowd(api, 2)
    task = done(api, once({"disable": {}}, *map(user_ref, [*oids, NOWHERE])))
    assert counted(task) == {"failure": 1}
    assert NOWHERE in last_message(task)
    assert {api.get("users", oid)["version"] for oid in oids} == {"0"}


def test_add_stores_the_objects_that_come_in_with_the_script(api: Api, role: str) -> None:
    name, oid = unique("added"), str(uuid4())
    values: list[Document] = [
        {"@type": "c:UserType", "name": name, "assignment": {"targetRef": target(role)}},
        {"@type": "c:UserType", "name": oid, "oid": oid},
    ]
    task = done(api, once({"pipeline": [{"add": {}}, {"disable": {}}]}, *values))
    assert executed(task) == {"add": 2}
    [added] = api.search("users", {"filter": {"text": f"name = '{name}'"}})
    for each_oid in (added["oid"], oid):
        user = api.get("users", each_oid)
        assert user["activation"]["effectiveStatus"] == "disabled"
        assert user["metadata"]["createTaskRef"]["oid"] == task["oid"]
    again = done(api, once({"add": {}}, *values))
    assert "exists already" in last_message(again)


def test_an_object_that_was_not_added_cannot_be_changed(api: Api) -> None:
    value = {"@type": "c:UserType", "name": unique("unknown")}
    assert "not stored" in last_message(done(api, once({"disable": {}}, value)))


def test_a_script_without_input_has_nothing_to_do(api: Api) -> None:
    task = done(api, once({"disable": {}}))
    assert (task["resultStatus"], counted(task)) == ("success", {"skip": 1})


def test_a_change_is_meant_for_the_type_of_the_input(api: Api) -> None:
    _, [oid] = crowd(api, 1)
    script = {"modify": {"delta": {"itemDelta": delta("replace", "fullName", "Full")}}}
    done(api, once(script, user_ref(oid)))
    assert api.get("users", oid)["fullName"] == "Full"

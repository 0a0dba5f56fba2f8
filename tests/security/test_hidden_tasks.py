"""A task meets what its owner may find: it counts, names and checks nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.executing import counted
from tests.dialects.midpoint.people import ENTERS, authorization
from tests.serving import unique

if TYPE_CHECKING:
    from tests.dialects.midpoint.people import People
    from tests.serving import Api

TASKS = {"type": "TaskType"}


@pytest.fixture
def hidden(api: Api) -> str:
    """The name of a user whom hardly anybody may find."""
    name = unique("hidden")
    over = {"validTo": "2001-01-01T00:00:00Z"}
    api.create("users", {"name": name, "description": f"sword of {name}", "activation": over})
    return name


def objects(hidden: str) -> dict[str, Any]:
    text = f"description = 'sword of {hidden}'"
    return {"type": "UserType", "query": {"filter": {"text": text}}}


def works(hidden: str) -> dict[str, dict[str, Any]]:
    return {
        "recomputation": {"recomputation": {"objects": objects(hidden)}},
        "integrity check": {"objectIntegrityCheck": {"objects": objects(hidden)}},
        "validity scan": {"focusValidityScan": {"objects": objects(hidden)}},
        "script for each": {
            "iterativeScripting": {
                "objects": objects(hidden),
                "scriptExecutionRequest": {"pipeline": [{"@element": "recompute"}]},
            }
        },
    }


KINDS = ("recomputation", "integrity check", "validity scan", "script for each")


@pytest.mark.parametrize("kind", KINDS)
def test_it_neither_counts_nor_names_what_its_owner_may_not_find(
    people: People, api: Api, hidden: str, kind: str
) -> None:
    owner = people.person(ENTERS, authorization("add", "read", object=TASKS))
    task = {"name": unique("task"), "schedulingState": "ready"}
    oid = owner.api.create("tasks", task | {"activity": {"work": works(hidden)[kind]}})
    done = api.when_closed(oid)
    assert done.get("expectedTotal", 0) == 0
    shown = owner.client.get(f"/tasks/{oid}", params={"include": "result"}).text
    assert hidden not in shown.replace(f"sword of {hidden}", "")


@pytest.mark.parametrize("kind", KINDS)
def test_it_meets_what_its_owner_may_find(api: Api, hidden: str, kind: str) -> None:
    oid = api.task(works(hidden)[kind], schedulingState="ready")
    assert api.when_closed(oid)["expectedTotal"] == 1


def test_a_filter_of_a_task_tells_nothing_through_a_reference(people: People, api: Api) -> None:
    role = api.create("roles", {"name": unique("classified"), "description": "swordfish"})
    assignment = {"targetRef": {"oid": role, "type": "RoleType"}}
    holder = api.create("users", {"name": unique("holder"), "assignment": assignment})
    text = f"assignment/targetRef/@/description startsWith 'sw' and . inOid '{holder}'"
    work = {"recomputation": {"objects": {"type": "UserType", "query": {"filter": {"text": text}}}}}
    found = []
    for seen in (
        [TASKS, {"type": "UserType"}],
        [TASKS, {"type": "UserType"}, {"type": "RoleType"}],
    ):
        owner = people.person(
            ENTERS, authorization("read", object=seen), authorization("add", object=TASKS)
        )
        task = {"name": unique("task"), "schedulingState": "ready", "activity": {"work": work}}
        done = api.when_closed(owner.api.create("tasks", task))
        found.append(done.get("expectedTotal", 0))
    assert found == [0, 1]


def test_a_script_that_runs_once_finds_only_what_its_owner_may(
    people: People, api: Api, hidden: str
) -> None:
    owner = people.person(ENTERS, authorization("add", "read", object=TASKS))
    query = {"type": "UserType", "searchFilter": {"text": f"name = '{hidden}'"}}
    request = {"pipeline": [{"@element": "recompute"}], "input": {"value": [query]}}
    task = {"name": unique("task"), "schedulingState": "ready"}
    work = {"nonIterativeScripting": {"scriptExecutionRequest": request}}
    oid = owner.api.create("tasks", task | {"activity": {"work": work}})
    assert counted(api.when_closed(oid)) == {"skip": 1}

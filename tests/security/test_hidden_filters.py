"""A filter within what somebody sees selects what it would if nothing else existed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.engine.rights.permissions import may
from gateway.engine.rights.sight import sight_of
from gateway.errors import Unsupported
from gateway.model.grants import Rule, Selection
from gateway.model.principal import VIEWER, Principal, Right
from gateway.model.task import TaskState
from gateway.query import compile_filter
from gateway.store.sqlite.compile.where import order_by, where_of
from tests.conformance.query.crew import DEPARTMENT, STATE, TOP
from tests.conformance.query.properties import one_filter
from tests.conformance.query.world import oid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conformance.query.world import World

READS = frozenset({Right.READ, Right.SEARCH})


def text_clause(text: str) -> str:
    return '{"text": "%s"}' % text  # noqa: UP031  braces of JSON


def of(type_name: str, *texts: str) -> Selection:
    return Selection(type=type_name, clauses=tuple(map(text_clause, texts)))


def reader(
    *objects: Selection, but: Sequence[Selection] = (), roles: Sequence[str] = ()
) -> Principal:
    """Somebody who may read some objects."""
    rules = [Rule(operations=READS, objects=objects)] if objects else []
    rules += [Rule(operations=READS, allows=False, objects=(each,)) for each in but]
    return Principal(oid="1", name="one", roles=frozenset(roles), rules=tuple(rules))


#: Who sees what, among the objects of the generated world.
READERS = {
    "users alone": reader(of("UserType")),
    "some users, and roles": reader(
        of("UserType", "givenName exists or description exists"), of("RoleType")
    ),
    "orgs with names from the middle": reader(of("OrgType", "name > 'm'"), of("UserType")),
    "all but some": reader(but=[of("RoleType", "description exists")], roles=[VIEWER]),
    "all but orgs": reader(but=[of("OrgType")], roles=[VIEWER]),
    "those with an assignment that its owner's name is said of": reader(
        of("UserType", "assignment matches (description exists or order exists)"),
        of("OrgType", "name exists"),
    ),
    "everything, in no group": reader(roles=[VIEWER]),
}


def selected(world: World, text: str, type_name: str, who: Principal) -> set[str]:
    """What SQL and predicate select within what is seen; they must agree."""
    compiled, sight = compile_filter(text, type_name), sight_of(who, Right.SEARCH, Right.READ)
    assert sight is not None
    within = compiled.within(sight)
    by_sql = world._rows(where_of(within), within.query.types)
    accepts = within.predicate(world.objects.get, world.everything)
    assert by_sql == {key for key, each in world.objects.items() if accepts(each)}, text
    return by_sql


def alone(world: World, text: str, type_name: str, who: Principal) -> set[str]:
    """What the filter selects where there is nothing that is hidden."""
    seen = {
        key: each
        for key, each in world.objects.items()
        if may(who, Right.READ, each) and may(who, Right.SEARCH, each)
    }
    accepts = compile_filter(text, type_name).predicate(seen.get, lambda: list(seen.values()))
    return {key for key, each in seen.items() if accepts(each)}


@pytest.mark.parametrize("name", READERS)
def test_what_is_hidden_counts_in_no_generated_filter(world: World, name: str) -> None:
    who, differing = READERS[name], 0
    for number in range(600):
        text, type_name = one_filter(random.Random(f"hidden/{number}"))
        try:
            found = selected(world, text, type_name, who)
        except Unsupported:
            continue
        assert found == alone(world, text, type_name, who), text
        differing += found != world.by_predicate(text, type_name)
    assert differing > 20 or name == "everything, in no group"


CASES = {
    "through a reference": ("assignment/targetRef/@/name startsWith 'Sail'", "UserType"),
    "in the target of a reference": (
        "roleMembershipRef matches (target matches (name = 'Captain'))",
        "UserType",
    ),
    "through what refers to it": (
        ". referencedBy (@type = UserType and @path = roleMembershipRef and name = 'bob')",
        "RoleType",
    ),
    "through the orgs above": (f". inOrg '{TOP}'", "UserType"),
    "through the org itself": (f". inOrg[ANCESTORS] '{DEPARTMENT}'", "OrgType"),
}
ROLES_ONLY, USERS_ONLY = reader(of("RoleType")), reader(of("UserType"))
NO_MIDDLE = reader(of("UserType"), of("OrgType", "name = 'Top'"))
BLIND = {
    "through a reference": USERS_ONLY,
    "in the target of a reference": USERS_ONLY,
    "through what refers to it": ROLES_ONLY,
    "through the orgs above": NO_MIDDLE,
    "through the org itself": NO_MIDDLE,
}


@pytest.mark.parametrize("way", CASES)
def test_nothing_is_told_of_a_hidden_object(crew: World, way: str) -> None:
    text, type_name = CASES[way]
    everybody = crew.select(text, type_name)
    found = selected(crew, text, type_name, BLIND[way])
    assert everybody - found, "the filter tells nothing to anybody"
    # What is left is told by objects that are seen.
    assert found == alone(crew, text, type_name, BLIND[way])


def test_an_order_through_a_reference_tells_nothing_of_hidden_objects(crew: World) -> None:
    path = "tenantRef/@/name"
    sight = sight_of(USERS_ONLY, Right.SEARCH, Right.READ)
    plain = order_by(path, "UserType")
    within = order_by(path, "UserType", sight=sight)

    def keys(clause: str, parameters: Sequence[object]) -> list[object]:
        key = clause.removesuffix(" ASC NULLS LAST")
        return [r[0] for r in crew.connection.execute(f"SELECT {key} FROM object o", parameters)]

    assert "Top" in keys(plain.sql, plain.parameters)
    assert set(keys(within.sql, within.parameters)) == {None}


def test_who_sees_everything_pays_nothing() -> None:
    whole = Principal(oid="1", name="one", roles=frozenset({"superuser"}))
    assert sight_of(whole, Right.SEARCH, Right.READ) is None
    viewer = sight_of(reader(roles=[VIEWER]), Right.SEARCH, Right.READ)
    assert viewer is not None
    compiled = compile_filter("name = 'x'", "UserType")
    assert compiled.within(viewer) is compiled


def test_a_filter_is_confined_once_for_everybody_with_the_same_rights() -> None:
    one, other = (sight_of(reader(of("RoleType")), Right.READ) for _ in range(2))
    assert one is not None
    assert one is other
    compiled = compile_filter("name = 'x'", "RoleType")
    assert compiled.within(one) is compiled.within(one)


OPEN_TASK, RED_TASK, USER = (oid(number) for number in (1, 2, 3))


@pytest.fixture
def tasks(empty_world: World) -> World:
    """A task for everybody, one for members of a group, and a user whom both have handled."""
    for key, groups in ((OPEN_TASK, ()), (RED_TASK, ("red", "green"))):
        audience = json.dumps(groups) if groups else None
        state = {**STATE, "taskIdentifier": key}
        stored = empty_world.add("TaskType", key, {"name": f"task {key}"}, state)
        wanted = (audience, stored.seq)
        empty_world.connection.execute("UPDATE task SET audience = ? WHERE seq = ?", wanted)
        known = replace(stored, state=TaskState(identifier=key, audience=audience))
        empty_world.objects[key] = known
    record = {"recordType": "complex", "timestamp": "2026-01-01T00:00:00.000Z", "status": "success"}
    records = [
        record | {"taskRef": {"oid": each, "type": "TaskType"}} for each in (OPEN_TASK, RED_TASK)
    ]
    empty_world.add("UserType", USER, {"name": "user"}, outcomes=tuple(records))
    return empty_world


@pytest.mark.parametrize("groups", [(), ("blue",), ("red",), ("blue", "green")])
def test_a_limited_task_is_met_by_members_however_a_filter_comes_to_it(
    tasks: World, groups: tuple[str, ...]
) -> None:
    who = Principal(oid="1", name="one", roles=frozenset({VIEWER}), groups=frozenset(groups))
    is_member = not {"red", "green"}.isdisjoint(groups)
    seen = {OPEN_TASK, RED_TASK} if is_member else {OPEN_TASK}
    assert selected(tasks, "name exists", "TaskType", who) == seen
    assert selected(tasks, "name exists", "ObjectType", who) == seen | {USER}
    assert selected(tasks, "not (name = 'x')", "TaskType", who) == seen
    handled = f"operationExecution/taskRef/@/name = 'task {RED_TASK}'"
    assert selected(tasks, handled, "UserType", who) == ({USER} if is_member else set())

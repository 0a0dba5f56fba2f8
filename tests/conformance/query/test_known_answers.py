"""Hand-checked answers where intuition, SQL and the language disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.query.world import Document, oid
from tests.conformance.query.world import ref as reference

if TYPE_CHECKING:
    from tests.conformance.query.world import World


def ref(number: int, type_name: str = "RoleType", relation: str = "default") -> Document:
    return reference(oid(number), type_name, relation)


#: Type, oid, items; of tasks also their state, and what was done to them.
OBJECTS: list[tuple[Any, ...]] = [
    ("RoleType", oid(1), {"name": "End user", "identifier": "III"}),
    ("RoleType", oid(2), {"name": "Superuser"}),
    ("ArchetypeType", oid(3), {"name": "Employee"}),
    (
        "UserType",
        oid(10),
        {
            "name": "jack",
            "givenName": "Jack",
            "fullName": "cpt. Jack Sparrow",
            "locality": "Caribbean",
            "description": "100% rum_and_coke",
            "employeeNumber": "42",
            "subtype": ["pirate", "captain"],
            "extension": {"num": 42, "text": "42", "flags": [True, 3], "ship": "Black Pearl"},
            "activation": {
                "administrativeStatus": "enabled",
                "validFrom": "2020-01-01T00:00:00.000Z",
                "validTo": "2021-01-01T00:00:00.000Z",
            },
            "assignment": [
                {"id": 1, "description": "one", "lifecycleState": "x", "targetRef": ref(1)},
                {
                    "id": 2,
                    "description": "two",
                    "lifecycleState": "y",
                    "targetRef": ref(2, relation="manager"),
                },
            ],
            "roleMembershipRef": [ref(1), ref(2, relation="manager")],
            "archetypeRef": [ref(3, "ArchetypeType")],
            "metadata": {"creatorRef": ref(11, "UserType")},
        },
    ),
    (
        "UserType",
        oid(11),
        {
            "name": "Boss  1!",
            "nickName": "",
            "description": "it's",
            "activation": {},
            "employeeNumber": "007",
        },
    ),
    ("UserType", oid(12), {"name": "null", "description": "a\\", "familyName": "ÉLAN"}),
    (
        "TaskType",
        oid(20),
        {
            "name": "Recompute",
            "ownerRef": ref(10, "UserType"),
            "schedule": {"recurrence": "recurring", "interval": 60},
        },
        {
            "taskIdentifier": "t-1",
            "executionState": "runnable",
            "schedulingState": "ready",
            "progress": 9,
        },
        (
            {
                "recordType": "complex",
                "timestamp": "2025-01-01T00:00:00.000Z",
                "status": "success",
                "taskRef": ref(20, "TaskType"),
            },
        ),
    ),
    (
        "TaskType",
        oid(21),
        {"name": "Recompute 2"},
        {
            "taskIdentifier": "t-2",
            "executionState": "closed",
            "schedulingState": "closed",
            "progress": 10,
        },
        (
            {
                "recordType": "simple",
                "timestamp": "2025-01-01T00:00:00.000Z",
                "status": "fatal_error",
            },
            {
                "recordType": "complex",
                "timestamp": "2025-01-01T00:00:00.000Z",
                "status": "success",
                "taskRef": ref(20, "TaskType"),
            },
        ),
    ),
]


@pytest.fixture
def few(empty_world: World) -> World:
    """A handful of objects, each there for one trap."""
    for row in OBJECTS:
        empty_world.add(*row)
    return empty_world


JACK, BOSS, NULL = "jack", "Boss  1!", "null"
EVERYBODY = sorted([JACK, BOSS, NULL])

USERS: list[tuple[str, list[str]]] = [
    # A missing item satisfies nothing, and not is the exact complement.
    ("locality = 'Caribbean'", [JACK]),
    ("locality != 'Caribbean'", sorted([BOSS, NULL])),
    ("not (locality = 'Caribbean')", sorted([BOSS, NULL])),
    ("locality < 'D'", [JACK]),
    ("not (locality > 'D')", EVERYBODY),
    ("not (not (locality startsWith 'x'))", []),
    ("locality not exists", sorted([BOSS, NULL])),
    ("not (locality not exists)", [JACK]),
    ("nickName exists", [BOSS]),
    ("nickName = ''", [BOSS]),
    ("nickName startsWith ''", [BOSS]),
    # An empty container is no value.
    ("activation exists", [JACK]),
    ("activation not exists", sorted([BOSS, NULL])),
    ("activation matches (validFrom not exists)", sorted([BOSS, NULL])),
    ("activation/validFrom < activation/validTo", [JACK]),
    ("activation/validFrom > activation/validTo", []),
    # not above a collection means none of its values.
    ("not (assignment/lifecycleState = 'x')", sorted([BOSS, NULL])),
    ("assignment/lifecycleState != 'x'", sorted([BOSS, NULL])),
    ("assignment matches (lifecycleState != 'x')", [JACK]),
    ("assignment not matches (lifecycleState = 'x')", sorted([BOSS, NULL])),
    ("assignment not exists", sorted([BOSS, NULL])),
    # Two conditions may be met by two values; matches ties them to one.
    ("assignment/description = 'one' and assignment/lifecycleState = 'y'", [JACK]),
    ("assignment matches (description = 'one' and lifecycleState = 'y')", []),
    ("assignment matches (description = 'one' and lifecycleState = 'x')", [JACK]),
    ("assignment matches (# = 2 and description = 'two')", [JACK]),
    ("subtype = 'pirate' and subtype = 'captain'", [JACK]),
    ("subtype != 'pirate'", sorted([BOSS, NULL])),
    # A relation that is not named is the default one.
    (f"roleMembershipRef matches (oid = '{oid(1)}')", [JACK]),
    (f"roleMembershipRef matches (oid = '{oid(2)}')", []),
    (f"roleMembershipRef matches (oid = '{oid(2)}' and relation = q:any)", [JACK]),
    (f"roleMembershipRef matches (oid = '{oid(2)}' and relation = any)", []),
    (f"roleMembershipRef matches (oid = ('x', '{oid(2)}') and relation = org:manager)", [JACK]),
    ("roleMembershipRef matches (targetType = RoleType)", [JACK]),
    ("roleMembershipRef matches (targetType = c:RoleType and relation = manager)", [JACK]),
    ("roleMembershipRef matches (targetType = FocusType)", []),
    (f"assignment/targetRef matches (oid = '{oid(2)}')", []),
    (f"assignment matches (targetRef matches (oid = '{oid(1)}'))", [JACK]),
    (f"assignment matches (targetRef matches (oid = '{oid(1)}') and description = 'two')", []),
    (
        f"assignment matches (targetRef matches (oid = '{oid(2)}' and relation = manager) and description = 'two')",
        [JACK],
    ),
    ("roleMembershipRef not matches (targetType = ServiceType)", EVERYBODY),
    # What a reference points to; a path asks for no relation.
    ("roleMembershipRef/@/name = 'Superuser'", [JACK]),
    ("roleMembershipRef matches (@ matches (name = 'Superuser'))", []),
    (
        "roleMembershipRef matches (relation = manager and target matches (name = 'Superuser'))",
        [JACK],
    ),
    ("assignment/targetRef/@ matches (. type RoleType and identifier = 'III')", [JACK]),
    (
        "assignment/targetRef matches (targetType = RoleType and @ matches (identifier = 'III'))",
        [JACK],
    ),
    ("archetypeRef/@/name = 'Employee'", [JACK]),
    ("metadata/creatorRef/@/name = 'Boss  1!'", [JACK]),
    ("@metadata/storage/creatorRef/@/description = 'it\\'s'", [JACK]),
    # null is a text.
    ("name = null", [NULL]),
    ("name = 'null'", [NULL]),
    ("locality = null", []),
    # No character is a wildcard.
    ("description contains '%'", [JACK]),
    ("description contains 'rum_'", [JACK]),
    ("description contains 'rum%'", []),
    ("description startsWith '1__%'", []),
    ("description endsWith 'coke'", [JACK]),
    ("name startsWith '_'", []),
    # Quotes and backslashes.
    ("description = 'it\\'s'", [BOSS]),
    ('description = "it\'s"', [BOSS]),
    ("description = 'a\\'", [NULL]),
    ("employeeNumber = 42", [JACK]),
    ("employeeNumber = '007'", [BOSS]),
    # Polystrings: text and normalized text.
    ("name = 'boss 1'", []),
    ("name =[polyStringNorm] 'BOSS 1?'", [BOSS]),
    ("name =[polyStringOrig] 'Boss  1!'", [BOSS]),
    ("name matches (norm = 'boss 1')", [BOSS]),
    ("name matches (norm = 'BOSS 1')", []),
    ("name matches (orig = 'Boss  1!' and norm = 'boss 1')", [BOSS]),
    ("name startsWith[polyStringNorm] 'bOss  1'", [BOSS]),
    ("name =[origIgnoreCase] 'JACK'", [JACK]),
    ("familyName =[origIgnoreCase] 'élan'", [NULL]),
    ("familyName contains[strictIgnoreCase] 'éLa'", [NULL]),
    ("name =[origIgnoreCase] ('x', 'JACK', 'NULL')", sorted([JACK, NULL])),
    ("locality =[origIgnoreCase] ('CARIBBEAN', 'x')", [JACK]),
    ("description =[stringIgnoreCase] ('IT\\'S', 'x')", [BOSS]),
    # Items of the extension compare by what is there.
    ("extension/num = 42", [JACK]),
    ("extension/num = '42'", [JACK]),
    ("extension/num >= 41.5", [JACK]),
    ("extension/num > 5", [JACK]),
    ("extension/text > 5", []),
    ("extension/text = 42", [JACK]),
    ("extension/flags = true", [JACK]),
    ("extension/flags = 3", [JACK]),
    ("extension/flags < true", []),
    ("extension/ship =[stringIgnoreCase] 'black pearl'", [JACK]),
    ("extension/ship exists", [JACK]),
    ("extension/none not exists", EVERYBODY),
    # Right-hand items.
    ("fullName != givenName", EVERYBODY),
    ("fullName = givenName", []),
    # 'cpt' is after 'Jack' as text, but not in the normalized form: both have to be.
    ("fullName > givenName", []),
    ("fullName <= givenName", []),
    # Object identity and type.
    (f"# = '{oid(12)}'", [NULL]),
    (f"# startsWith '{oid(12)[:-1]}'", EVERYBODY),
    (f". not inOid ('{oid(12)}', '{oid(10)}')", [BOSS]),
    (". type FocusType and givenName = 'Jack'", [JACK]),
    (". type RoleType", []),
    (". not type RoleType", EVERYBODY),
]

TASKS: list[tuple[str, list[str]]] = [
    ("executionState = 'runnable' and schedulingState = 'ready'", ["Recompute"]),
    ("executionState = ('runnable', 'running')", ["Recompute"]),
    ("executionState != 'closed'", ["Recompute"]),
    ("progress < 10", ["Recompute"]),
    ("progress > 9", ["Recompute 2"]),
    ("parent not exists", ["Recompute", "Recompute 2"]),
    ("schedule/recurrence = 'recurring' and schedule/interval = 60", ["Recompute"]),
    ("taskIdentifier startsWith 't-' and ownerRef/@/name = 'jack'", ["Recompute"]),
    ("ownerRef not exists", ["Recompute 2"]),
    ("operationExecution exists", ["Recompute", "Recompute 2"]),
    ("operationExecution/status = 'fatal_error'", ["Recompute 2"]),
    (
        f"operationExecution/taskRef matches (oid = '{oid(20)}') and operationExecution/status = 'fatal_error'",
        ["Recompute 2"],
    ),
    (
        f"operationExecution matches (taskRef matches (oid = '{oid(20)}') and status = 'fatal_error')",
        [],
    ),
    (
        "operationExecution matches (taskRef/@/name = 'Recompute' and timestamp < '2025-01-02')",
        ["Recompute", "Recompute 2"],
    ),
    ("operationExecution/taskRef matches (targetType = TaskType and relation = manager)", []),
]

MIXED: list[tuple[str, list[str]]] = [
    (". type TaskType and executionState = 'closed'", ["Recompute 2"]),
    ("givenName = 'Jack' and . type UserType", ["jack"]),
    ("(. type UserType and givenName = 'Jack') or (. type RoleType and identifier = 'III')", ["End user", "jack"]),
    ("name = 'Employee' or . type TaskType and progress = 9", ["Employee", "Recompute"]),
    ("operationExecution/status = 'fatal_error'", ["Recompute 2"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), USERS)
def test_users_are_selected_as_the_language_says(few: World, text: str, names: list[str]) -> None:
    assert few.names(text, "UserType") == names


@pytest.mark.parametrize(("text", "names"), TASKS)
def test_tasks_are_selected_as_the_language_says(few: World, text: str, names: list[str]) -> None:
    assert few.names(text, "TaskType") == names


@pytest.mark.parametrize(("text", "names"), MIXED)
def test_objects_of_several_types_are_selected_together(
    few: World, text: str, names: list[str]
) -> None:
    assert few.names(text, "ObjectType") == names


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("abc\U0010ffff", "startsWith 'abc\U0010ffff'"),
        ("abc\ud7ffz", "startsWith 'abc\ud7ff'"),
        ("\U0010ffff\U0010ffffx", "startsWith '\U0010ffff\U0010ffff'"),
        ("a\U0001f600b", "endsWith '\U0001f600b'"),
        ("a\U0001f600b", "contains '\U0001f600'"),
    ],
)
def test_prefixes_end_where_the_next_character_begins(
    empty_world: World, stored: str, text: str
) -> None:
    empty_world.add("UserType", oid(1), {"name": stored})
    empty_world.add("UserType", oid(2), {"name": "abd"})
    assert empty_world.names(f"name {text}") == [stored]


def test_a_value_among_thousands_is_found(few: World) -> None:
    listed = ", ".join(f"'{number}'" for number in range(9_000))
    assert few.names(f"name = ({listed[:60_000].rpartition(',')[0]}, 'jack')") == [JACK]


def test_the_empty_world_selects_nothing(empty_world: World) -> None:
    answers: list[Any] = [empty_world.names(text) for text, _ in USERS]
    assert answers == [[]] * len(USERS)

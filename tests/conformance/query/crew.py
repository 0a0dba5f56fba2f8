"""A few users in orgs with roles, small enough to work out by hand what a filter selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tests.conformance.query.world import Document, oid
from tests.conformance.query.world import ref as reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.conformance.query.world import World

#: A filter and the names that it selects; before it the type, where it is not users that are asked for.
Answer: TypeAlias = tuple[str, ...]

TOP, DIVISION, DEPARTMENT, LEFT, RIGHT = (oid(number) for number in range(10, 15))
CAPTAIN, SAILOR, COOK = (oid(number) for number in range(20, 23))
ALICE, BOB, CAROL, DAVE = (oid(number) for number in range(30, 34))


def org(target: str, relation: str = "default") -> Document:
    return reference(target, "OrgType", relation)


def role(target: str, relation: str = "default") -> Document:
    return reference(target, "RoleType", relation)


ORGS: dict[str, Document] = {
    TOP: {"name": "Top", "description": "The whole company"},
    DIVISION: {"name": "Division", "parentOrgRef": [org(TOP)]},
    DEPARTMENT: {"name": "Department", "parentOrgRef": [org(DIVISION, "manager")]},
    # Two orgs that are above one another.
    LEFT: {"name": "Left", "parentOrgRef": [org(RIGHT)]},
    RIGHT: {"name": "Right", "parentOrgRef": [org(LEFT)]},
}
ROLES: dict[str, Document] = {
    CAPTAIN: {
        "name": "Captain",
        "identifier": "C1",
        "description": "Commands the ship",
        "inducement": [{"id": 1, "description": "may sail", "targetRef": role(SAILOR)}],
    },
    SAILOR: {"name": "Sailor"},
    COOK: {"name": "Cook", "parentOrgRef": [org(DEPARTMENT)]},
}
USERS: dict[str, Document] = {
    ALICE: {
        "name": "alice",
        "fullName": "Alice Liddell",
        "givenName": "Alice",
        "familyName": "Liddell",
        "description": "Sees  Wonderland!",
        "employeeNumber": "5",
        "costCenter": "100",
        "emailAddress": "SMTP:Alice@Example.com",
        "subtype": ["guest", "poet"],
        "parentOrgRef": [org(DEPARTMENT)],
        "tenantRef": org(TOP),
        "roleMembershipRef": [role(CAPTAIN)],
        "assignment": [
            {"id": 1, "order": 1, "description": "first", "targetRef": role(CAPTAIN)},
            {"id": 2, "order": 2, "description": "alice", "targetRef": role(SAILOR, "manager")},
        ],
        "extension": {"layout": '<page  size = "4"><!-- wide -->\n <logo/> </page>'},
    },
    BOB: {
        "name": "bob",
        "fullName": "Bob Builder",
        "givenName": "Bob",
        "description": "bob",
        "employeeNumber": "10",
        "costCenter": "20",
        "parentOrgRef": [org(TOP, "manager")],
        "roleMembershipRef": [role(SAILOR), role(CAPTAIN, "manager")],
        "assignment": [{"id": 1, "order": 3, "description": "first", "targetRef": role(SAILOR)}],
        "extension": {"layout": '<p:page xmlns:p="urn:page" size="4"/>'},
    },
    CAROL: {
        "name": "carol",
        "fullName": "Karol",
        "givenName": "Carol",
        "description": "uid=Carol, OU=People+c=x,dc=Example",
        "locality": "Ostrava",
        "locale": '<set  b="2" a="1"/>',
        "parentOrgRef": [org(LEFT)],
        "metadata": {"creatorRef": reference(ALICE, "UserType")},
    },
    DAVE: {
        "name": "dave",
        "employeeNumber": "d290f1ee-6c54-4b01-90e6-D701748F0851",
        "extension": {"layout": "no <xml"},
    },
}
STATE = {"taskIdentifier": "t-1", "executionState": "runnable", "schedulingState": "ready"}

A, B, C, D = "alice", "bob", "carol", "dave"
REFERENCE = "ObjectReferenceType"


def fill_crew(world: World) -> None:
    """Insert everybody, and a task."""
    for type_name, objects in (("OrgType", ORGS), ("RoleType", ROLES), ("UserType", USERS)):
        for key, items in objects.items():
            world.add(type_name, key, items)
    task = {"name": "Recompute", "ownerRef": reference(ALICE, "UserType")}
    world.add("TaskType", oid(40), task, STATE)


def asked(answers: Iterable[Answer]) -> list[tuple[str, str, list[str]]]:
    """Filter, type, and what it selects."""
    return [
        (row[1], row[0], sorted(row[2:]))
        if row[0].isidentifier()
        else (row[0], "UserType", sorted(row[1:]))
        for row in answers
    ]

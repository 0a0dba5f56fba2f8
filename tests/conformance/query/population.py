"""Identities and tasks with values that the queries of the corpus ask for; same seed, same objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.query.world import Document, World, oid, ref

if TYPE_CHECKING:
    import random

ARCHETYPES = (
    "Employee", "Person", "External Users", "System user", "Business Role", "Report export task",
    "Application",
)  # fmt: skip
ORGS = ("DeptA", "Role Catalog", "TOP", "Black Pearl", "Crew")
#: Two of them are above one another.
PARENTS = {
    "DeptA": ("TOP",),
    "TOP": ("Role Catalog",),
    "Black Pearl": ("TOP", "Crew"),
    "Crew": ("Black Pearl",),
}
ROLES = (
    "Superuser", "End user", "Approver", "Delegator", "Reviewer", "abcd", "accessRole1",
    "perm.m365license.all", "Developer", "ABC:Admin", "SAP application", "Post Authentication",
)  # fmt: skip
SERVICES = ("Printer", "Lift")
RESOURCES = ("00b9edf3-1f98-4363-b10a-24cc3efa57b4",)
SEED_ROLE = "96262f4f-053a-4b0b-8901-b3ec01e3509c"
PEOPLE = (
    ("jack", "Jack", "Sparrow"), ("administrator", "midPoint", "Administrator"),
    ("sparrow", "Jackie", "Sparrow"), ("gibbons", "John", "Doe"), ("adam", "Bill", "Smith"),
    ("boss1", "John", "Smith"), ("Boss 1!", "Tim", "Green"), ("XYZ", "Bill", "Doe"),
    ("Džek  Sperou!", "Džek", "Sperou"), ("barbossa", "hector", "Barbossa"), ("a", "J", "a"),
    ("test930-threshold-tree-1", "Joe", "Test"), ("100%", "Per_cent", "%"), ("leonardo", "Leonardo", "V"),
    ("value", "value", "value"), ("null", "true", "42"), ("ELAINE", "Elaine", "O'Hara"),
    ("élan", "straße", "ΣΊΣΥΦΟΣ"),
)  # fmt: skip
DAYS = (
    "2020-07-07T00:00:00.000Z",
    "2021-12-31T23:00:00.000Z",
    "2022-10-02T12:53:32.000Z",
    "2025-01-01T00:00:00.000Z",
)


def fill(world: World, chance: random.Random) -> None:
    """Insert everything."""
    keys = iter(range(1, 10_000))
    for name in ARCHETYPES:
        world.add("ArchetypeType", oid(next(keys)), {"name": name, "archetypeType": name.lower()})
    orgs = {name: next(keys) for name in ORGS}
    for name, key in orgs.items():
        items = {"name": name, "tenant": name == "TOP", "displayOrder": len(name)}
        parents = [ref(oid(orgs[above]), "OrgType", "manager") for above in PARENTS.get(name, ())]
        world.add("OrgType", oid(key), items | ({"parentOrgRef": parents} if parents else {}))
    for number, name in enumerate(ROLES):
        world.add(
            "RoleType", SEED_ROLE if not number else oid(next(keys)), role(world, chance, name)
        )
    for name in SERVICES:
        world.add(
            "ServiceType", oid(next(keys)), {"name": name, "url": f"http://evolveum.com/{name}"}
        )
    for number in range(54):
        name, given, family = PEOPLE[number % len(PEOPLE)]
        suffix = f"-{number}" if number >= len(PEOPLE) else ""
        person = user(world, chance, f"{name}{suffix}", given, family)
        world.add("UserType", oid(next(keys)), person, outcomes=outcomes(world, chance))
    for number in range(30):
        task(world, chance, oid(next(keys)), number)


def some_oid(world: World, chance: random.Random, type_name: str) -> str:
    return chance.choice([k for k, stored in world.objects.items() if stored.type == type_name])


def some(chance: random.Random, *values: Any) -> Any:
    return chance.choice(values)


def without_none(items: Document) -> Document:
    return {name: value for name, value in items.items() if value is not None}


def references(world: World, chance: random.Random, *types: str) -> list[Document] | None:
    found = [
        ref(
            some_oid(world, chance, name),
            name,
            some(chance, "default", "default", "manager", "owner"),
        )
        for name in chance.sample(types, chance.randrange(len(types) + 1))
    ]
    return found or None


def assignments(world: World, chance: random.Random) -> list[Document] | None:
    values = []
    for number in range(chance.randrange(4)):
        type_name = some(chance, "RoleType", "RoleType", "OrgType", "ArchetypeType")
        target = ref(
            some_oid(world, chance, type_name),
            type_name,
            some(chance, "default", "default", "manager"),
        )
        values.append(
            without_none(
                {
                    "id": number + 1,
                    "description": some(chance, None, "Assignment 2", "test", "a"),
                    "targetRef": some(chance, target, target, None),
                    "subtype": some(chance, None, ["test"], ["a", "b"]),
                    "lifecycleState": some(chance, None, "active", "x"),
                    "order": some(chance, None, 1, 2),
                    "activation": some(
                        chance, None, {"validFrom": DAYS[0], "validTo": some(chance, *DAYS)}
                    ),
                    "extension": some(chance, None, {"level": 3, "tags": ["x", "y"]}),
                    "construction": some(
                        chance,
                        None,
                        {"resourceRef": ref(RESOURCES[0], "ResourceType"), "kind": "account"},
                    ),
                    "effectiveMarkRef": some(chance, None, [ref(oid(811), "MarkType")]),
                }
            )
        )
    return values or None


def metadata(world: World, chance: random.Random) -> Document:
    creator = [key for key, stored in world.objects.items() if stored.type == "UserType"]
    if chance.random() < 0.5:
        return {}
    return without_none(
        {
            "createTimestamp": some(chance, *DAYS),
            "modifyTimestamp": some(chance, None, *DAYS),
            "creatorRef": ref(chance.choice(creator), "UserType") if creator else None,
            "createChannel": "http://x.example/channel#rest",
        }
    )


def role(world: World, chance: random.Random, name: str) -> Document:
    return without_none(
        {
            "name": name,
            "description": some(chance, None, "test", "it's"),
            "displayName": some(chance, None, f"The {name} administration"),
            "requestable": some(chance, None, True, False),
            "identifier": some(chance, None, "III", "SAP555"),
            "riskLevel": some(chance, None, "high"),
            "subtype": some(chance, None, ["executive"], ["customer", "PIRATE"]),
            "archetypeRef": references(world, chance, "ArchetypeType"),
            "parentOrgRef": references(world, chance, "OrgType"),
            "inducement": assignments(world, chance) if world.objects.get(SEED_ROLE) else None,
            "extension": some(chance, None, {"sapType": "SAP555"}),
            "autoassign": some(chance, None, {"enabled": True}),
            "lifecycleState": some(chance, None, "active", "draft"),
        }
    )


def user(world: World, chance: random.Random, name: str, given: str, family: str) -> Document:
    return without_none(
        {
            "name": some(chance, name, {"orig": name, "lang": {"en": "x"}}),
            "givenName": some(chance, given, given, None, {"orig": given, "translation": {"key": "k"}}),
            "familyName": some(chance, family, family, None),
            "fullName": some(chance, f"{given} {family}", f"cpt. {given} {family}", given, None),
            "nickName": some(chance, None, given.upper(), ""),
            "description": some(chance, None, "a", "it's", 'say "hi"', "a\\nb", "a\\\\", "", "tab\there", "100%", "x_y", "<a x='1'></a>"),
            "locality": some(chance, None, None, "Caribbean", "Edinburgh", "edinburgh", "Bratislava"),
            "costCenter": some(chance, None, "1900", "1950", "X150", "auto", "A001", "5a", given),
            "employeeNumber": some(chance, None, "42", "1.50", "007", "5", "-5", "A001", "true"),
            "emailAddress": some(chance, None, f"{family}@test.com", "x@TESTORG.com", "emailtest@evolveum.com"),
            "telephoneNumber": some(chance, None, "1000000"),
            "employeeType": some(chance, None, ["teacher"], ["student", "3"], ["2"]),
            "organization": some(chance, None, ["OU=_DISABLED"], [{"orig": "Walker"}, "x y"]),
            "organizationalUnit": some(chance, None, ["walker"], ["worker", "Walker"]),
            "subtype": some(chance, None, ["EMP"], ["customer-admin", "employee", "test"]),
            "lifecycleState": some(chance, None, "active"),
            "policySituation": some(chance, None, ["#resourceHealthDanger"]),
            "title": some(chance, None, "Dr."),
            "activation": some(chance, None, {}, activation(chance), activation(chance)),
            "assignment": assignments(world, chance),
            "linkRef": some(chance, None, [ref(oid(900), "ShadowType")]),
            "archetypeRef": references(world, chance, "ArchetypeType"),
            "parentOrgRef": references(world, chance, "OrgType"),
            "roleMembershipRef": references(world, chance, "RoleType", "OrgType", "ServiceType"),
            "tenantRef": some(chance, None, ref(some_oid(world, chance, "OrgType"), "OrgType")),
            "metadata": metadata(world, chance),
            "extension": some(chance, None, extension(chance)),
        }
    )  # fmt: skip


def activation(chance: random.Random) -> Document:
    return without_none(
        {
            "administrativeStatus": some(chance, None, "enabled", "disabled"),
            "effectiveStatus": some(chance, None, "enabled", "disabled"),
            "lockoutStatus": some(chance, None, "normal"),
            "validFrom": some(chance, None, *DAYS),
            "validTo": some(chance, None, *DAYS),
        }
    )


def extension(chance: random.Random) -> Document:
    return without_none(
        {
            "indexedString": some(
                chance, None, "alpha", ["alpha", "bravo"], ["www.mycompanyname.com"]
            ),
            "num": some(chance, None, 42, 42.5, "42", [1, 44], -3),
            "height": some(chance, None, 171, 165.5),
            "perfScore": some(chance, None, 1.0, 1.06),
            "privilegedAccess": some(chance, None, True, False, "true"),
            "dateTime": some(chance, None, *DAYS),
            "accessCategory": some(chance, None, "Category I", "Category III"),
            "nested": some(chance, None, {"a": 1}, [{"b": "x"}], []),
            "standing": some(chance, None, "INACTIVE"),
        }
    )


def outcomes(world: World, chance: random.Random) -> tuple[Document, ...]:
    return tuple(
        without_none(
            {
                "recordType": some(chance, "simple", "complex"),
                "timestamp": some(chance, *DAYS),
                "status": some(chance, "success", "fatal_error"),
                "message": some(chance, None, "It did not work"),
                "initiatorRef": some(
                    chance, None, ref(some_oid(world, chance, "UserType"), "UserType")
                )
                if any(stored.type == "UserType" for stored in world.objects.values())
                else None,
                "taskRef": some(chance, None, ref(oid(501), "TaskType"), ref(oid(502), "TaskType")),
                "channel": some(chance, None, "#rest"),
            }
        )
        for _ in range(chance.randrange(3))
    )


def task(world: World, chance: random.Random, key: str, number: int) -> None:
    scheduling, execution = some(
        chance,
        ("ready", "runnable"),
        ("ready", "running"),
        ("suspended", "suspended"),
        ("closed", "closed"),
    )
    recurrence = some(chance, "single", "recurring")
    items = without_none(
        {
            "name": some(chance, "Reconciliation Task", "Recompute", "a") + f" {number}",
            "ownerRef": some(chance, None, ref(some_oid(world, chance, "UserType"), "UserType")),
            "objectRef": some(chance, None, ref(RESOURCES[0], "ResourceType")),
            "archetypeRef": references(world, chance, "ArchetypeType"),
            "handlerUri": some(
                chance,
                None,
                "http://midpoint.evolveum.com/xml/ns/public/model/synchronization/task/execute/handler-3",
            ),
            "binding": some(chance, None, "loose", "tight"),
            "schedule": some(chance, None, {"recurrence": recurrence, "interval": 60 * number}),
            "dependent": some(chance, None, ["t1", "t2"]),
            "assignment": assignments(world, chance),
            "affectedObjects": some(chance, None, affected(chance)),
            "extension": some(chance, None, extension(chance)),
            "policySituation": some(
                chance,
                None,
                ["http://midpoint.evolveum.com/xml/ns/public/model/policy/situation#orphaned"],
            ),
            "metadata": metadata(world, chance),
        }
    )
    state = {
        "taskIdentifier": f"1695198082065-43516-{number}",
        "parent": some(chance, None, None, "1695198082065-43516-1"),
        "executionState": execution,
        "schedulingState": scheduling,
        "resultStatus": some(chance, None, "success", "in_progress"),
        "progress": some(chance, None, number, 7),
        "node": some(chance, None, "node1"),
        "lastRunStartTimestamp": some(chance, None, *DAYS),
        "completionTimestamp": some(chance, None, *DAYS),
    }
    world.add("TaskType", key, items, state, outcomes(world, chance))


def affected(chance: random.Random) -> Document:
    return {
        "activity": [
            without_none(
                {
                    "activityType": some(chance, "reconciliation", "recomputation"),
                    "executionMode": some(chance, None, "full", "preview"),
                    "objects": some(
                        chance, None, {"type": "UserType", "objectRef": [ref(oid(1), "UserType")]}
                    ),
                    "resourceObjects": some(
                        chance,
                        None,
                        {"resourceRef": ref(RESOURCES[0], "ResourceType"), "kind": "account"},
                    ),
                }
            )
        ]
    }

"""Each filter of the language, with answers that were worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.query.literals import RULES
from gateway.query.operators import OPERATORS
from tests.conformance.query.world import Document, oid, open_world
from tests.conformance.query.world import ref as reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.query.world import World

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
    },
    CAROL: {
        "name": "carol",
        "fullName": "Karol",
        "givenName": "Carol",
        "description": "uid=Carol, OU=People+c=x,dc=Example",
        "locality": "Ostrava",
        "parentOrgRef": [org(LEFT)],
        "metadata": {"creatorRef": reference(ALICE, "UserType")},
    },
    DAVE: {"name": "dave", "employeeNumber": "d290f1ee-6c54-4b01-90e6-D701748F0851"},
}
STATE = {"taskIdentifier": "t-1", "executionState": "runnable", "schedulingState": "ready"}


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_world(tmp_path_factory.mktemp("crew") / "crew.db")
    for type_name, objects in (("OrgType", ORGS), ("RoleType", ROLES), ("UserType", USERS)):
        for key, items in objects.items():
            world.add(type_name, key, items)
    task = {"name": "Recompute", "ownerRef": reference(ALICE, "UserType")}
    world.add("TaskType", oid(40), task, STATE)
    yield world
    world.connection.close()


A, B, C, D = "alice", "bob", "carol", "dave"
REFERENCE = "ObjectReferenceType"

#: Filter to texts, each with the names that it selects; users unless a type is given.
ANSWERS: dict[str, list[tuple[str, ...]]] = {
    "equal": [
        ("name = 'alice'", A),
        ("name equal 'Alice'",),
        ("costCenter = ('20', '100')", A, B),
        ("subtype = 'poet'", A),
        ("employeeNumber = 5", A),
        ("locality = null",),
        ("name =[origIgnoreCase] ('ALICE', 'Dave')", A, D),
        # A polystring meets a text in its normalized form.
        ("description = givenName", B),
        ("description =[stringIgnoreCase] 'BOB'", B),
    ],
    "notEqual": [
        ("name != 'alice'", B, C, D),
        ("name notEqual 'alice'", B, C, D),
        ("locality != 'Ostrava'", A, B, D),
        ("subtype != 'poet'", B, C, D),
        ("subtype not != 'poet'", A),
        ("costCenter != ('20', '100')", C, D),
    ],
    "less": [
        ("employeeNumber < '5'", B),
        ("name < 'bob'", A),
        ("locality < 'Z'", C),
        ("not (locality < 'Z')", A, B, D),
        ("assignment/order < 3", A),
        ("name < 'a'",),
    ],
    "lessOrEqual": [
        ("employeeNumber <= '5'", A, B),
        ("name <= 'bob'", A, B),
        ("assignment/order <= 3", A, B),
        ("assignment matches (order <= 2 and order > 1)", A),
        ("locality <= 'Ostrava'", C),
    ],
    "greater": [
        ("employeeNumber > '5'", D),
        ("assignment/order > 2", B),
        ("name > 'dave'",),
        ("not (employeeNumber > '5')", A, B, C),
        ("fullName > givenName", A, B, C),
    ],
    "greaterOrEqual": [
        ("employeeNumber >= '5'", A, D),
        ("assignment/order >= 3", B),
        ("name >= 'carol'", C, D),
        ("costCenter >= '1'", A, B),
        ("locality not >= 'A'", A, B, D),
    ],
    "contains": [
        ("fullName contains 'l'", A, B, C),
        ("fullName contains 'L'", A),
        ("description contains '%'",),
        ("fullName not contains 'l'", D),
        ("description contains '  '", A),
        ("fullName contains[polyStringNorm] 'BOB b'", B),
    ],
    "startsWith": [
        ("name startsWith 'a'", A),
        ("name startsWith ''", A, B, C, D),
        ("locality startsWith ''", C),
        ("description startsWith '_'",),
        ("name not startsWith 'a'", B, C, D),
        ("subtype startsWith 'g'", A),
    ],
    "endsWith": [
        ("name endsWith 'ol'", C),
        ("fullName endsWith 'er'", B),
        ("name endsWith 'E'",),
        ("name endsWith[origIgnoreCase] 'E'", A, D),
        ("subtype not endsWith 't'", B, C, D),
    ],
    "anyIn": [
        ("name anyIn ('alice', 'bob')", A, B),
        ("name anyIn 'alice'", A),
        ("name not anyIn ('alice', 'bob')", C, D),
        ("subtype anyIn ('poet', 'x')", A),
        ("locality not anyIn ('Ostrava')", A, B, D),
    ],
    "exists": [
        ("locality exists", C),
        ("locality not exists", A, B, D),
        ("assignment exists", A, B),
        ("roleMembershipRef not exists", C, D),
        ("metadata exists", C),
        ("subtype exists", A),
        ("tenantRef/@ exists", A),
    ],
    "matches": [
        ("assignment matches (order = 1 and description = 'alice')",),
        ("assignment matches (order = 2 and description = 'alice')", A),
        ("assignment not matches (order = 3)", A, C, D),
        (f"roleMembershipRef matches (oid = '{CAPTAIN}')", A),
        (f"roleMembershipRef matches (oid = '{CAPTAIN}' and relation = q:any)", A, B),
        ("roleMembershipRef/@ matches (. type RoleType and identifier = 'C1')", A, B),
        ("name matches (norm = 'alice')", A),
        ("assignment matches (# = 2)", A),
        ("assignment matches (../name = 'bob')", B),
        ("assignment matches (description = ../description)",),
        ("assignment matches (.. matches (costCenter = '100') and order = 2)", A),
    ],
    "levenshtein": [
        ("name levenshtein ('alise', 1, true)", A),
        ("name levenshtein ('alise', 1, false)",),
        ("name levenshtein ('alise', 2, false)", A),
        ("name levenshtein ('bib', 4, true)", A, B, D),
        ("name not levenshtein ('bob', 0, true)", A, C, D),
        ("locality levenshtein ('Ostraba', 1, true)", C),
        ("fullName levenshtein[polyStringNorm] ('KAROL!', 0, true)", C),
    ],
    "similarity": [
        ("name similarity ('alice', 1, true)", A),
        ("name similarity ('alice', 1, false)",),
        ("fullName similarity ('bob', 0.2, true)", B),
        # The 4 trigrams of "bob" are among the 11 of "bob builder".
        ("fullName similarity ('bob', 0.36, true)", B),
        ("fullName similarity ('bob', 0.37, true)",),
        ("locality not similarity ('Ostrava', 0.5, true)", A, B, D),
        ("name similarity ('xyz', 0, true)", A, B, C, D),
        ("name similarity ('xyz', 0, false)",),
    ],
    "fullText": [
        (". fullText 'wonderland'", A),
        (". fullText 'LIDDELL sees'", A),
        (". fullText 'builder wonderland'",),
        (". not fullText 'o'", D),
        (". fullText '!'", A, B, C, D),
        (". fullText ('ostrava', 'build')", B, C),
        ("RoleType", ". fullText 'the ship'", "Captain"),
    ],
    "inOid": [
        (f". inOid '{ALICE}'", A),
        (f". inOid ('{ALICE}', '{BOB}', '{TOP}')", A, B),
        (f". not inOid ('{ALICE}', '{BOB}')", C, D),
        (". inOid 'x'",),
        ("assignment matches (. inOid 2)", A),
        (f"roleMembershipRef/@ matches (. inOid '{SAILOR}')", B),
    ],
    "type": [
        (". type UserType", A, B, C, D),
        ("ObjectType", ". type OrgType", "Department", "Division", "Left", "Right", "Top"),
        ("ObjectType", ". type AbstractRoleType and identifier = 'C1'", "Captain"),
        ("ObjectType", "givenName = 'Bob' and . type UserType", B),
        ("ObjectType", ". not type FocusType", "Recompute"),
        (". type ShadowType",),
    ],
    "ownedByOid": [
        (f"assignment matches (. ownedByOid '{BOB}')", B),
        (f"assignment matches (. ownedByOid ('{BOB}', '{ALICE}') and order < 3)", A),
        (f"assignment matches (. not ownedByOid '{BOB}')", A),
        ("AssignmentType", f". ownedByOid '{ALICE}'", A),
        ("AssignmentType", f". inOid 1 and . ownedByOid ('{BOB}', '{CAPTAIN}')", "Captain", B),
    ],
    "inOrg": [
        (f". inOrg '{TOP}'", A, B),
        (f". inOrg[SUBTREE] '{DIVISION}'", A),
        (f". inOrg[ONE_LEVEL] '{TOP}'", B),
        (f". not inOrg '{TOP}'", C, D),
        ("OrgType", f". inOrg '{TOP}'", "Department", "Division"),
        ("OrgType", f". inOrg[ONE_LEVEL] '{TOP}'", "Division"),
        ("OrgType", f". inOrg[ANCESTORS] '{DEPARTMENT}'", "Division", "Top"),
        ("OrgType", f". inOrg[ANCESTORS] '{TOP}'"),
        ("OrgType", f". inOrg '{LEFT}'", "Left", "Right"),
        ("OrgType", f". inOrg[ANCESTORS] '{RIGHT}'", "Left", "Right"),
        (f". inOrg '{RIGHT}'", C),
        (". inOrg 'nowhere'",),
        ("RoleType", f". inOrg '{TOP}'", "Cook"),
    ],
    "isRoot": [
        ("OrgType", ". isRoot", "Top"),
        ("OrgType", ". not isRoot", "Department", "Division", "Left", "Right"),
        (". isRoot", D),
        (". isRoot 'a value means nothing'", D),
        ("RoleType", ". isRoot", "Captain", "Sailor"),
    ],
    "ownedBy": [
        ("AssignmentType", ". ownedBy (@type = UserType)", A, B),
        ("AssignmentType", ". ownedBy (@type = RoleType and @path = inducement)", "Captain"),
        ("AssignmentType", ". ownedBy (@type = RoleType and @path = assignment)"),
        ("AssignmentType", "order = 3 and . ownedBy (@type = UserType and name = 'bob')", B),
        ("AssignmentType", "description = 'may sail' and . not ownedBy (@type = UserType)", "Captain"),
        ("assignment matches (. ownedBy (@type = UserType and costCenter = '20'))", B),
        ("assignment matches (. ownedBy (@type = FocusType and @path = assignment and name = 'alice'))", A),
        (REFERENCE, ". ownedBy (@type = UserType and @path = roleMembershipRef) and . matches (relation = manager)", B),
        (REFERENCE, ". ownedBy (@type = UserType and @path = roleMembershipRef) and . matches (targetType = RoleType and @ matches (name startsWith[origIgnoreCase] 'CAP'))", A),
        (REFERENCE, "@/name = 'Top' and . ownedBy (@type = FocusType and @path = parentOrgRef)", "Division", B),
    ],
    "referencedBy": [
        ("RoleType", ". referencedBy (@type = UserType and @path = assignment/targetRef)", "Captain", "Sailor"),
        ("RoleType", ". referencedBy (@type = UserType and name = 'bob' and @path = assignment/targetRef)", "Sailor"),
        ("RoleType", ". referencedBy (@type = UserType and @path = roleMembershipRef and @relation = manager)", "Captain"),
        ("RoleType", ". not referencedBy (@type = FocusType and @path = assignment/targetRef)", "Cook"),
        ("RoleType", ". referencedBy (@type = AbstractRoleType and @path = inducement/targetRef)", "Sailor"),
        ("RoleType", ". referencedBy (@type = AssignmentType and @path = targetRef and order = 1 and . ownedBy (@type = UserType and @path = assignment and name = 'alice'))", "Captain"),
        ("RoleType", ". referencedBy (@type = AssignmentType and @path = targetRef and . ownedBy (@type = RoleType))", "Sailor"),
        ("OrgType", f". referencedBy (@type = UserType and @path = parentOrgRef and . inOid '{ALICE}')", "Department"),
        (". referencedBy (@type = TaskType and @path = ownerRef)", A),
        (". referencedBy (@type = UserType and @path = metadata/creatorRef and name = 'carol')", A),
        ("OrgType", ". referencedBy (@type = OrgType and @path = parentOrgRef and . referencedBy (@type = OrgType and @path = parentOrgRef))", "Left", "Right", "Top"),
    ],
}  # fmt: skip

#: The matching rules, in the same form.
RULE_ANSWERS: dict[str, list[tuple[str, ...]]] = {
    "stringIgnoreCase": [
        ("description contains[stringIgnoreCase] 'WONDER'", A),
        ("givenName =[stringIgnoreCase] 'BOB'", B),
        ("description =[stringIgnoreCase] ('BOB', 'x')", B),
        ("costCenter not =[stringIgnoreCase] '20'", A, C, D),
        ("subtype =[stringIgnoreCase] 'POET'", A),
    ],
    "polyStringStrict": [
        ("name =[polyStringStrict] 'alice'", A),
        ("name =[polyStringStrict] 'ALICE'",),
        ("name !=[polyStringStrict] 'alice'", B, C, D),
        ("name <=[polyStringStrict] 'bob'", A, B),
        ("locality startsWith[polyStringStrict] 'Ost'", C),
    ],
    "polyStringOrig": [
        ("givenName =[polyStringOrig] 'Alice'", A),
        ("givenName =[polyStringOrig] 'alice'",),
        ("givenName <[polyStringOrig] 'a'", A, B, C),
        ("fullName contains[polyStringOrig] 'Build'", B),
        ("givenName !=[polyStringOrig] 'Alice'", B, C, D),
    ],
    "polyStringNorm": [
        ("givenName =[polyStringNorm] 'ALICE!'", A),
        ("givenName <[polyStringNorm] 'a'",),
        ("fullName startsWith[polyStringNorm] '  Bob  B'", B),
        ("givenName !=[polyStringNorm] 'aLice'", B, C, D),
        ("locality =[polyStringNorm] ('OSTRAVA', 'x')", C),
    ],
    "strictIgnoreCase": [
        ("name =[strictIgnoreCase] 'ALICE'", A),
        ("name =[strictIgnoreCase] 'ALICE!'",),
        ("fullName contains[strictIgnoreCase] 'LIDD'", A),
        ("name !=[strictIgnoreCase] 'ALICE'", B, C, D),
        ("name >=[strictIgnoreCase] 'CAROL'", C, D),
    ],
    "origIgnoreCase": [
        ("name =[origIgnoreCase] 'BOB'", B),
        ("name =[origIgnoreCase] 'BOB!'",),
        ("fullName endsWith[origIgnoreCase] 'ROL'", C),
        ("name =[origIgnoreCase] ('BOB', 'CAROL')", B, C),
        ("locality not =[origIgnoreCase] 'ostrava'", A, B, D),
    ],
    "normIgnoreCase": [
        ("name =[normIgnoreCase] 'BOB!'", B),
        ("name =[normIgnoreCase] 'B-O-B'", B),
        ("name =[normIgnoreCase] 'b o b'",),
        ("fullName contains[normIgnoreCase] 'E L'", A),
        ("name !=[normIgnoreCase] 'BOB'", A, C, D),
    ],
    "distinguishedName": [
        ("description =[distinguishedName] 'UID=carol,c=X+ou=people,DC=EXAMPLE'", C),
        ("description =[distinguishedName] 'uid=carol,dc=example,ou=people+c=x'",),
        ("description endsWith[distinguishedName] 'dc = example'", C),
        ("description !=[distinguishedName] 'BOB'", A, C, D),
        ("description =[distinguishedName] (' BOB ', 'x')", B),
    ],
    "exchangeEmailAddresses": [
        ("emailAddress =[exchangeEmailAddresses] 'SMTP:ALICE@example.COM'", A),
        ("emailAddress =[exchangeEmailAddresses] 'smtp:alice@example.com'",),
        ("emailAddress =[exchangeEmailAddresses] 'alice@example.com'",),
        ("emailAddress !=[exchangeEmailAddresses] 'SMTP:alice@example.com'", B, C, D),
        ("emailAddress =[exchangeEmailAddresses] ('x', 'SMTP:alicE@example.com')", A),
    ],
    "uuid": [
        ("employeeNumber =[uuid] ' D290F1EE-6c54-4b01-90e6-d701748f0851 '", D),
        ("employeeNumber = 'd290f1ee-6c54-4b01-90e6-d701748f0851'",),
        ("employeeNumber =[uuid] '5 '", A),
        ("employeeNumber !=[uuid] 'D290F1EE-6c54-4b01-90e6-d701748f0851'", A, B, C),
        ("employeeNumber startsWith[uuid] 'D290'", D),
    ],
}

#: Paths: ids, owners, dereferences, and items on the right.
PATH_ANSWERS: list[tuple[str, ...]] = [
    ("assignment[1]/description = 'first'", A, B),
    ("assignment[2]/description = 'first'",),
    ("assignment[2] exists", A),
    ("assignment[2] not exists", B, C, D),
    ("assignment[1]/targetRef matches (relation = default)", A, B),
    ("assignment[2] matches (targetRef matches (relation = manager) and order = 2)", A),
    ("AssignmentType", "../name = 'bob'", B),
    ("AssignmentType", "../name = 'bob' or targetRef/@/name = 'Captain'", A, B),
    ("tenantRef/@/name = 'Top'", A),
    ("parentOrgRef/@/parentOrgRef/@/name = 'Division'", A),
    ("metadata/creatorRef/@/parentOrgRef/@/name = 'Department'", C),
    ("@metadata/storage/creatorRef/@/name = 'alice'", C),
    ("description = name", B),
    ("name != description", A, C, D),
    ("assignment/description = name", A),
    ("assignment/targetRef/@/description = description",),
    ("name = assignment/description", A),
    ("metadata/creatorRef/@/name < name", C),
    ("name > metadata/creatorRef/@/name", C),
    ("name = metadata/creatorRef/@/name",),
    ("parentOrgRef/@/description contains 'company'", B),
    ("accountRef not exists", A, B, C, D),
    ("metadata matches (../name = 'carol')", C),
    # The one value of a container is never missing: it stands in the object itself.
    ("metadata matches (../name = 'alice')", A),
    ("assignment matches (targetRef/@/name = ../givenName)",),
    ("assignment matches (description = ../name)", A),
    (f"assignment matches (targetRef matches (oid = '{SAILOR}') and ../name = 'bob')", B),
    ("assignment/targetRef/@/name > name",),
    ("assignment/targetRef/@/name != name", A, B, C, D),
    (
        "assignment/targetRef/@ matches (. referencedBy (@type = RoleType and @path = inducement/targetRef))",
        A,
        B,
    ),
]


def answers() -> list[tuple[str, str, tuple[str, ...]]]:
    listed = [*PATH_ANSWERS]
    for table in (ANSWERS, RULE_ANSWERS):
        for rows in table.values():
            listed += rows
    return [
        (row[1], row[0], row[2:]) if row[0].isidentifier() else (row[0], "UserType", row[1:])
        for row in listed
    ]


@pytest.mark.parametrize(("text", "type_name", "names"), answers())
def test_a_filter_selects_what_was_worked_out_by_hand(
    crew: World, text: str, type_name: str, names: tuple[str, ...]
) -> None:
    assert crew.names(text, type_name) == sorted(names)


def test_every_filter_and_rule_has_five_answers() -> None:
    assert ANSWERS.keys() == OPERATORS.keys()
    assert RULE_ANSWERS.keys() == RULES.keys()
    for rows in (*ANSWERS.values(), *RULE_ANSWERS.values()):
        assert len(rows) >= 5

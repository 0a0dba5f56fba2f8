"""Each filter of the language, with answers that were worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.query.operators import OPERATORS
from tests.conformance.query.crew import (
    ALICE,
    BOB,
    CAPTAIN,
    DEPARTMENT,
    DIVISION,
    LEFT,
    REFERENCE,
    RIGHT,
    SAILOR,
    TOP,
    A,
    B,
    C,
    D,
    asked,
)

if TYPE_CHECKING:
    from tests.conformance.query.crew import Answer
    from tests.conformance.query.world import World

#: Filter to texts, each with the names that it selects; users unless a type is given.
ANSWERS: dict[str, list[Answer]] = {
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


@pytest.mark.parametrize(
    ("text", "type_name", "names"), asked(row for rows in ANSWERS.values() for row in rows)
)
def test_a_filter_selects_what_was_worked_out_by_hand(
    crew: World, text: str, type_name: str, names: list[str]
) -> None:
    assert crew.names(text, type_name) == names


def test_every_filter_has_five_answers() -> None:
    assert ANSWERS.keys() == OPERATORS.keys()
    assert min(map(len, ANSWERS.values())) >= 5

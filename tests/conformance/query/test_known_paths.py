"""Each form of path, with answers that were worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.query.crew import SAILOR, A, B, C, D, asked

if TYPE_CHECKING:
    from tests.conformance.query.crew import Answer
    from tests.conformance.query.world import World

#: Paths: ids, owners, dereferences, and items on the right.
PATH_ANSWERS: list[Answer] = [
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


@pytest.mark.parametrize(("text", "type_name", "names"), asked(PATH_ANSWERS))
def test_a_path_leads_where_it_was_followed_by_hand(
    crew: World, text: str, type_name: str, names: list[str]
) -> None:
    assert crew.names(text, type_name) == names

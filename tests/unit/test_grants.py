"""What rules come to together, and how the built-in roles fare beside them."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.midpoint.actions import ALL, ENTRIES, MODEL, REST, MidpointActions
from gateway.model.grants import (
    EVERYTHING,
    PHASES,
    GrantPart,
    Rule,
    Selection,
    combine_rules,
    covers,
)
from gateway.model.principal import RIGHTS, Principal, Right

A, B = Selection(type="UserType"), Selection(type="RoleType")
READ = frozenset({"read"})


def principal(*roles: str, rules: tuple[Rule, ...] = ()) -> Principal:
    return Principal(oid="o", name="n", roles=frozenset(roles), rules=rules)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], None),
        ([Rule(operations=READ)], EVERYTHING),
        ([Rule(operations=READ, objects=(A,))], GrantPart(groups=((A,),))),
        ([Rule(operations=READ, objects=(A,)), Rule(operations=READ)], EVERYTHING),
        ([Rule(operations=READ, allows=False)], None),
        ([Rule(operations=READ), Rule(operations=READ, allows=False)], None),
        (
            [Rule(operations=READ), Rule(operations=READ, allows=False, objects=(A,))],
            GrantPart(but=(A,)),
        ),
        ([Rule(operations=READ, phases=frozenset({"request"}))], None),
        (
            [
                Rule(operations=READ, phases=frozenset({"request"})),
                Rule(operations=READ, phases=frozenset({"execution"}), objects=(B,)),
            ],
            GrantPart(groups=((B,),)),
        ),
    ],
)
def test_rules_about_one_operation_come_to_nothing_everything_or_a_part(
    rules: list[Rule], expected: GrantPart | None
) -> None:
    found = combine_rules(rules)
    assert ("read" in found.whole) is (expected == EVERYTHING)
    assert found.parts.get("read") == (None if expected == EVERYTHING else expected)
    assert bool(found) is (expected is not None)


RULES = st.lists(
    st.builds(
        Rule,
        operations=st.frozensets(st.sampled_from(["read", "add"]), min_size=1),
        allows=st.booleans(),
        phases=st.sampled_from([frozenset(PHASES), frozenset({"request"})]),
        objects=st.sampled_from([(), (A,), (A, B)]),
    ),
    max_size=6,
)


@given(RULES)
def test_a_denial_of_everything_leaves_nothing_whatever_else_there_is(rules: list[Rule]) -> None:
    found = combine_rules([*rules, Rule(operations=READ, allows=False)])
    assert "read" not in found.whole
    assert "read" not in found.parts


@given(RULES)
def test_the_order_of_rules_does_not_matter(rules: list[Rule]) -> None:
    there, back = combine_rules(rules), combine_rules(rules[::-1])
    assert (there.whole, there.denied) == (back.whole, back.denied)
    assert there.parts.keys() == back.parts.keys()


def test_superusers_are_above_denials_and_other_built_in_roles_are_not() -> None:
    deny = (Rule(operations=frozenset(Right) | ENTRIES, allows=False),)
    superuser, viewer = principal("superuser", rules=deny), principal("viewer", rules=deny)
    assert superuser.may(Right.ADMINISTER)
    assert superuser.enters("getObject")
    assert not viewer.may(Right.READ)
    assert not viewer.enters("getObject")
    assert viewer.enters("another way in")


def test_a_principal_is_the_same_in_another_process() -> None:
    before = principal("viewer", rules=(Rule(operations=READ, objects=(A,)),))
    after = pickle.loads(pickle.dumps(before))
    assert (after, after.grants) == (before, before.grants)


@pytest.mark.parametrize("role", RIGHTS)
def test_built_in_roles_come_in_everywhere_and_may_what_the_table_says(role: str) -> None:
    found = principal(role)
    assert all(found.enters(entry) for entry in ENTRIES)
    assert {right for right in Right if found.may(right)} == RIGHTS[role]


def test_what_is_allowed_by_an_action_is_denied_by_its_denial() -> None:
    actions = MidpointActions()
    known = [ALL, f"{REST}all", f"{REST}proxy", f"{REST}getObject", f"{MODEL}read", f"{MODEL}add"]
    for action in known:
        assert actions.find_allowed(action) == actions.find_denied(action) != frozenset()
    for action in (f"{MODEL}assign", f"{REST}notifyChange"):
        assert actions.find_allowed(action) == frozenset()
        assert actions.find_denied(action) != frozenset()


# ---- whether one part lies within another -------------------------------------------------------------

FINE = Selection(type="UserType", clauses=("one", "two"))
WIDE = Selection(type="UserType", clauses=("one",))


def lies_within(wanted: GrantPart, given: GrantPart) -> bool:
    """Whether it does, for selections of which those without clauses of a type take all of it."""

    def takes(ours: Selection, theirs: Selection) -> bool:
        return ours.type == theirs.type and set(ours.clauses) <= set(theirs.clauses)

    def meets(one: Selection, other: Selection) -> bool:
        return one.type == other.type

    return covers(given, wanted, takes, meets)


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        (EVERYTHING, EVERYTHING, True),
        (GrantPart(groups=((A,),)), EVERYTHING, True),
        (EVERYTHING, GrantPart(groups=((A,),)), False),
        (GrantPart(groups=((FINE,),)), GrantPart(groups=((WIDE,),)), True),
        (GrantPart(groups=((WIDE,),)), GrantPart(groups=((FINE,),)), False),
        (GrantPart(groups=((WIDE, B),)), GrantPart(groups=((A,),)), False),
        (GrantPart(groups=((WIDE, B),)), GrantPart(groups=((A, B),)), True),
        (GrantPart(groups=((A, B), (WIDE,))), GrantPart(groups=((A,),)), True),
        (GrantPart(groups=((A,),)), GrantPart(groups=((A,), (WIDE,))), False),
        (EVERYTHING, GrantPart(but=(A,)), False),
        (GrantPart(but=(A,)), GrantPart(but=(WIDE,)), True),
        (GrantPart(but=(WIDE,)), GrantPart(but=(A,)), False),
        (GrantPart(groups=((B,),)), GrantPart(but=(A,)), True),
        (GrantPart(groups=((A, B),)), GrantPart(but=(A,)), False),
    ],
)
def test_a_part_lies_within_another_if_that_is_plain_to_see(
    wanted: GrantPart, given: GrantPart, *, expected: bool
) -> None:
    assert lies_within(wanted, given) is expected

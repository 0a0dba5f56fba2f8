"""What assignments and activation make of an object (midpoint-tasks 6, recomputation)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.engine.objects.recompute import recompute, targets
from gateway.model.documents import StoredObject
from gateway.model.validity import effective_status, validity

Document = dict[str, Any]
EARLIER, NOW, LATER = (f"2025-06-15T{hour}:00:00.000Z" for hour in ("11", "12", "13"))


def assigned(oid: str, relation: str = "default", **more: Any) -> Document:
    return {"targetRef": {"oid": oid, "type": "RoleType", "relation": relation}} | more


def known(*objects: tuple[str, str, Document]) -> dict[str, StoredObject]:
    return {
        oid: StoredObject(oid=oid, type=type_name, version=0, items={"name": oid} | items)
        for oid, type_name, items in objects
    }


def role(oid: str, *induced: Document, **items: Any) -> tuple[str, str, Document]:
    return oid, "RoleType", ({"inducement": list(induced)} if induced else {}) | items


def recomputed(
    assignments: list[Document], targets_: dict[str, StoredObject], **items: Any
) -> Document:
    given = items | ({"assignment": assignments} if assignments else {})
    return recompute(given, targets_, NOW, has_activation=False).items


def members(items: Document, path: str = "roleMembershipRef") -> list[tuple[str, str]]:
    return [(each["oid"], each["relation"]) for each in items.get(path, [])]


def test_a_direct_assignment_gives_membership() -> None:
    items = recomputed([assigned("r")], known(role("r")))
    assert items["roleMembershipRef"] == [{"oid": "r", "type": "RoleType", "relation": "default"}]


def test_inducements_give_membership_transitively() -> None:
    world = known(role("a", assigned("b")), role("b", assigned("c")), role("c"))
    assert members(recomputed([assigned("a")], world)) == [
        ("a", "default"),
        ("b", "default"),
        ("c", "default"),
    ]


def test_a_cycle_of_inducements_ends() -> None:
    world = known(role("a", assigned("b")), role("b", assigned("a")))
    assert members(recomputed([assigned("a")], world)) == [("a", "default"), ("b", "default")]


def test_a_role_that_induces_itself_is_a_member_once() -> None:
    world = known(role("a", assigned("a")))
    assert members(recomputed([assigned("a")], world)) == [("a", "default")]


def test_two_ways_to_a_role_make_one_membership() -> None:
    world = known(role("a", assigned("c")), role("b", assigned("c")), role("c"))
    assert members(recomputed([assigned("a"), assigned("b")], world)).count(("c", "default")) == 1


def test_managers_get_what_the_target_induces_but_owners_do_not() -> None:
    world = known(role("a", assigned("b")), role("b"))
    assert members(recomputed([assigned("a", "manager")], world)) == [
        ("a", "manager"),
        ("b", "default"),
    ]
    assert members(recomputed([assigned("a", "owner")], world)) == [("a", "owner")]


def test_an_inducement_of_order_two_is_not_for_the_holder() -> None:
    world = known(role("a", assigned("b", order=2)), role("b"))
    assert members(recomputed([assigned("a")], world)) == [("a", "default")]


def test_an_assignment_target_that_is_missing_is_reported_and_gives_nothing() -> None:
    done = recompute({"assignment": [assigned("gone")]}, {}, NOW, has_activation=False)
    assert done.dangling == ("gone",)
    assert "roleMembershipRef" not in done.items


def test_orgs_become_parents_and_archetypes_archetypes() -> None:
    world = known(("o", "OrgType", {}), ("x", "ArchetypeType", {}))
    items = recomputed([assigned("o", "manager"), assigned("x")], world)
    assert members(items, "parentOrgRef") == [("o", "manager")]
    assert members(items, "archetypeRef") == [("x", "default")]
    assert members(items) == [("o", "manager"), ("x", "default")]


def test_an_archetype_that_is_only_owned_is_no_archetype_of_the_owner() -> None:
    items = recomputed([assigned("x", "owner")], known(("x", "ArchetypeType", {})))
    assert "archetypeRef" not in items


@pytest.mark.parametrize(
    "activation",
    [
        {"administrativeStatus": "disabled"},
        {"validTo": EARLIER},
        {"validFrom": LATER},
    ],
)
def test_an_assignment_that_is_not_in_force_gives_nothing(activation: Document) -> None:
    items = recomputed([assigned("r", activation=activation)], known(role("r")))
    assert "roleMembershipRef" not in items
    assert items["assignment"][0]["activation"]["effectiveStatus"] == "disabled"


def test_a_disabled_role_gives_nothing() -> None:
    world = known(role("r", activation={"administrativeStatus": "disabled"}))
    assert "roleMembershipRef" not in recomputed([assigned("r")], world)


def test_a_disabled_inducement_gives_nothing() -> None:
    off = assigned("b", activation={"administrativeStatus": "disabled"})
    world = known(role("a", off), role("b"))
    assert members(recomputed([assigned("a")], world)) == [("a", "default")]


def test_memberships_that_no_longer_follow_are_removed() -> None:
    stale = [{"oid": "old", "type": "RoleType", "relation": "default"}]
    items = recomputed([], {}, roleMembershipRef=stale, parentOrgRef=stale)
    assert "roleMembershipRef" not in items
    assert "parentOrgRef" not in items


def test_an_object_that_is_up_to_date_stays_equal() -> None:
    world = known(role("a", assigned("b")), role("b"))
    given: Document = {"name": "u", "assignment": [assigned("a", id=1)]}
    first = recompute(given, world, NOW, has_activation=True).items
    assert recompute(first, world, NOW, has_activation=True).items == first


def test_an_equal_set_of_memberships_keeps_its_order() -> None:
    world = known(role("a"), role("b"))
    given = recomputed([assigned("a"), assigned("b")], world)
    turned = given | {"roleMembershipRef": given["roleMembershipRef"][::-1]}
    again = recompute(turned, world, NOW, has_activation=False).items
    assert again["roleMembershipRef"] == turned["roleMembershipRef"]


def test_the_items_before_stay_as_they_are() -> None:
    given: Document = {"name": "u", "assignment": [assigned("r")]}
    recompute(given, known(role("r")), NOW, has_activation=True)
    assert given == {"name": "u", "assignment": [assigned("r")]}


def test_a_focus_is_stamped_with_its_status_and_validity() -> None:
    given: Document = {"activation": {"validTo": EARLIER}}
    items = recompute(given, {}, NOW, has_activation=True).items
    assert items["activation"] == {
        "validTo": EARLIER,
        "effectiveStatus": "disabled",
        "validityStatus": "after",
    }


def test_validity_goes_when_the_interval_does() -> None:
    given: Document = {"activation": {"validityStatus": "after", "effectiveStatus": "disabled"}}
    items = recompute(given, {}, NOW, has_activation=True).items
    assert items["activation"] == {"effectiveStatus": "enabled"}


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ({}, None),
        ({"validFrom": LATER}, "before"),
        ({"validFrom": NOW}, "in"),
        ({"validFrom": EARLIER}, "in"),
        ({"validTo": LATER}, "in"),
        ({"validTo": NOW}, "after"),
        ({"validTo": EARLIER}, "after"),
        ({"validFrom": EARLIER, "validTo": LATER}, "in"),
    ],
)
def test_validity_is_before_in_or_after_the_interval(
    activation: Document, expected: str | None
) -> None:
    assert validity(activation, NOW) == expected


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ({}, "enabled"),
        ({"activation": {"administrativeStatus": "disabled"}}, "disabled"),
        ({"activation": {"administrativeStatus": "archived"}}, "archived"),
        ({"activation": {"administrativeStatus": "enabled", "validTo": EARLIER}}, "enabled"),
        ({"activation": {"validTo": EARLIER}}, "disabled"),
        ({"lifecycleState": "draft"}, "disabled"),
        ({"lifecycleState": "proposed"}, "disabled"),
        ({"lifecycleState": "archived"}, "archived"),
        ({"lifecycleState": "active"}, "enabled"),
        (
            {"lifecycleState": "draft", "activation": {"administrativeStatus": "enabled"}},
            "disabled",
        ),
    ],
)
def test_the_status_follows_from_lifecycle_administration_and_validity(
    items: Document, expected: str
) -> None:
    assert effective_status(items, NOW) == expected


def test_targets_are_those_of_assignments_and_inducements() -> None:
    items = {"assignment": [assigned("a"), {"description": "none"}], "inducement": [assigned("b")]}
    assert targets(items) == {"a", "b"}

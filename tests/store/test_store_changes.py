"""What the store promises about changes that workers compute: all of a slice at once, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.errors import AlreadyExists, Conflict
from gateway.model.effects import Add, Change, Delete, Modify
from gateway.model.run import Outcome
from gateway.query import compile_filter
from gateway.store.search import Search
from gateway.store.sqlite.repository import encode_effects
from tests.store.making import (
    NOW,
    bucket,
    committed,
    describe,
    oid,
    slice_of,
    stored,
    user,
    working,
)

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.model.effects import Effect
    from gateway.model.slices import Slice
    from gateway.store.base import Claim
    from gateway.store.sqlite.store import SqliteStore

Document = dict[str, Any]


def record(text: str = "success") -> Outcome:
    return Outcome(kind="simple", at=NOW, status=text, operation='"modify"')


def changed(before: StoredObject, outcome: Outcome | None = None, **items: Any) -> Modify:
    change = Change(
        items=before.items | items,
        next_id=before.next_id + 1,
        state=before.state,
        outcome=outcome or record(),
    )
    return Modify(before=before, change=change)


def slice_with(claim: Claim, start: int, *effects: Effect) -> Slice:
    """A slice of one item, which comes to these effects."""
    rows, others = encode_effects(effects)
    counts: Document = {"plain": len(effects) - len(others), "encoded": rows}
    return slice_of(claim, start, start + 1, effects=tuple(others), **counts)


def assignment(number: int, role: int) -> Document:
    reference = {"oid": oid(role), "type": "RoleType", "relation": "default"}
    return {"id": number, "targetRef": reference}


async def test_a_slice_that_is_committed_twice_takes_effect_once(store: SqliteStore) -> None:
    claim = await working(store)
    await store.add(user(1))
    await store.add(user(2))
    one, two = await stored(store, oid(1)), await stored(store, oid(2))
    done = slice_with(
        claim, 0, changed(one, description="new"), Delete(before=two), Add(new=user(3))
    )
    assert await committed(store, claim, done)
    assert not await committed(store, claim, done)
    found = await stored(store, oid(1))
    assert (found.version, found.items["description"], found.next_id) == (1, "new", 2)
    assert len(found.items["operationExecution"]) == 1
    assert await store.get(oid(2)) is None
    assert (await stored(store, oid(3))).version == 0
    assert (await bucket(store, claim)).position == 1


async def test_changes_that_go_together_leave_a_record_on_each_object(store: SqliteStore) -> None:
    claim = await working(store)
    for number in (1, 2):
        await store.add(user(number))
    objects = [await stored(store, oid(number)) for number in (1, 2)]
    effects = [
        changed(each, record(status), description="new")
        for each, status in zip(objects, ("success", "warning"), strict=True)
    ]
    assert encode_effects(effects)[1] == []
    await committed(store, claim, slice_with(claim, 0, *effects))
    for number, status in ((1, "success"), (2, "warning")):
        [found] = (await stored(store, oid(number))).items["operationExecution"]
        assert (found["recordType"], found["status"]) == ("simple", status)


async def test_five_simple_records_are_kept_whoever_changes_the_object(store: SqliteStore) -> None:
    claim = await working(store)
    await store.add(user(1))
    for number in range(7):
        before = await stored(store, oid(1))
        effect = changed(before, record("warning" if number < 2 else "success"), title=str(number))
        await committed(store, claim, slice_with(claim, number, effect))
    records = (await stored(store, oid(1))).items["operationExecution"]
    assert [each["status"] for each in records] == ["success"] * 5


async def test_new_assignments_are_found_and_old_ones_are_not(store: SqliteStore) -> None:
    claim = await working(store)
    await store.add(user(1, assignment=[assignment(1, 8)]))
    before = await stored(store, oid(1))
    effect = changed(before, assignment=[assignment(2, 9)])
    assert encode_effects([effect])[1] == []
    await committed(store, claim, slice_with(claim, 0, effect))
    assert [await members(store, role) for role in (8, 9)] == [[], [oid(1)]]


async def members(store: SqliteStore, role: int) -> list[str]:
    text = f"assignment matches (targetRef matches (oid = '{oid(role)}'))"
    wanted = Search(type="UserType", filter=compile_filter(text, "UserType"))
    return list((await store.search(wanted)).oids)


@pytest.mark.parametrize("other", ["changed", "deleted"])
async def test_nothing_of_a_slice_comes_true_if_an_object_is_not_what_it_was(
    store: SqliteStore, other: str
) -> None:
    claim = await working(store)
    await store.add(user(1))
    await store.add(user(2))
    one, two = await stored(store, oid(1)), await stored(store, oid(2))
    if other == "changed":
        await describe(store, oid(2), "by somebody else")
    else:
        await store.delete(oid(2), lambda _: None)
    done = slice_with(claim, 0, changed(one, description="x"), changed(two, description="x"))
    with pytest.raises(Conflict):
        await committed(store, claim, done)
    assert (await stored(store, oid(1))).version == 0
    assert "operationExecution" not in (await stored(store, oid(1))).items
    assert await committed(store, claim, slice_of(claim, 0, 1))


async def test_a_name_that_is_taken_refuses_the_whole_slice(store: SqliteStore) -> None:
    claim = await working(store)
    await store.add(user(1))
    await store.add(user(2, "taken"))
    one = await stored(store, oid(1))
    for effect in (Add(new=user(3, "taken")), changed(one, name="taken")):
        done = slice_with(claim, 0, effect, Add(new=user(4)))
        with pytest.raises(AlreadyExists):
            await committed(store, claim, done)
    assert await store.get(oid(4)) is None
    assert (await stored(store, oid(1))).items["name"] == "user 1"

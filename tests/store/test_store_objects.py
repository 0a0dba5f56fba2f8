"""What the store promises about objects."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.errors import AlreadyExists, NotFound, Protected, Unavailable
from gateway.model.effects import Change, NewObject
from gateway.model.paging import Page
from gateway.model.run import Outcome
from gateway.query import compile_filter
from gateway.store.search import Search
from tests.store.making import NOW, TASK, describe, oid, stored, task, user

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.model.documents import StoredObject
    from gateway.store.sqlite.store import SqliteStore


async def test_an_object_comes_back_as_it_was_stored(store: SqliteStore) -> None:
    items = {
        "name": {"orig": "Ján", "lang": {"en": "John"}},
        "subtype": ["a", "b"],
        "assignment": [
            {"id": 1, "targetRef": {"oid": oid(9), "type": "RoleType", "relation": "manager"}},
            {"id": 2, "description": "no target"},
        ],
        "roleMembershipRef": [{"oid": oid(9), "type": "RoleType", "relation": "manager"}],
        "extension": {"x": [1, True, 1.5, None, {"y": []}]},
    }
    await store.add(NewObject(oid=oid(1), type="UserType", items=items, next_id=3))
    found = await stored(store, oid(1))
    assert (found.oid, found.type, found.version, found.next_id) == (oid(1), "UserType", 0, 3)
    assert found.items == items
    assert found.name == "Ján"


async def test_an_oid_that_nobody_has_finds_nothing(store: SqliteStore) -> None:
    assert await store.get(oid(1)) is None
    assert await store.get_many([oid(1), oid(2)]) == {}
    with pytest.raises(NotFound, match=oid(1)):
        await describe(store, oid(1), "x")
    with pytest.raises(NotFound, match=oid(1)):
        await store.delete(oid(1), lambda _: None)


async def test_an_oid_is_taken_for_every_type(store: SqliteStore) -> None:
    await store.add(user(1))
    with pytest.raises(AlreadyExists, match=f"oid {oid(1)} exists already"):
        await store.add(task(oid(1)))


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [
        ("Jack", "with the name 'Jack' exists already"),
        ("JACK", "differs from 'JACK' only in case or punctuation"),
        ("jáck!", "differs from 'jáck!' only in case or punctuation"),
    ],
)
async def test_a_name_is_taken_within_its_type(
    store: SqliteStore, taken: str, sentence: str
) -> None:
    await store.add(user(1, "Jack"))
    with pytest.raises(AlreadyExists, match=sentence):
        await store.add(user(2, taken))
    await store.add(replace(user(3, taken), type="RoleType"))


async def test_names_without_a_normal_form_do_not_collide(store: SqliteStore) -> None:
    await store.add(user(1, "Привет"))
    await store.add(user(2, "你好"))
    assert len(await store.get_many([oid(1), oid(2)])) == 2


async def test_tasks_may_share_a_name_but_not_an_identifier(store: SqliteStore) -> None:
    await store.add(task(oid(1), "a"))
    await store.add(task(oid(2), "b"))
    with pytest.raises(AlreadyExists, match="taskIdentifier 'b'"):
        await store.add(task(oid(3), "b"))
    assert await store.get(oid(3)) is None


async def test_a_change_that_breaks_uniqueness_changes_nothing(store: SqliteStore) -> None:
    await store.add(user(1, "Jack"))
    await store.add(user(2, "Jill"))
    with pytest.raises(AlreadyExists, match="'Jack'"):
        await store.modify(oid(2), lambda _: Change(items={"name": "Jack"}, next_id=1))
    assert (await stored(store, oid(2))).version == 0


async def test_each_change_counts_one_version(store: SqliteStore) -> None:
    await store.add(user(1))
    for text in ("a", "b"):
        await describe(store, oid(1), text)
    found = await stored(store, oid(1))
    assert (found.version, found.items["description"]) == (2, "b")


async def test_a_decision_against_a_change_leaves_the_version(store: SqliteStore) -> None:
    await store.add(user(1))
    before, change = await store.modify(oid(1), lambda _: None)
    assert (before.oid, change) == (oid(1), None)
    assert (await stored(store, oid(1))).version == 0


async def test_changes_at_the_same_time_all_count(store: SqliteStore) -> None:
    await store.add(user(1, subtype=[]))

    def append(before: StoredObject) -> Change:
        several = [*before.items["subtype"], f"s{before.version}"]
        return Change(items=before.items | {"subtype": several}, next_id=1)

    await asyncio.gather(*(store.modify(oid(1), append) for _ in range(300)))
    found = await stored(store, oid(1))
    assert found.items["subtype"] == [f"s{number}" for number in range(300)]


async def test_a_unit_that_fails_does_not_harm_its_group(store: SqliteStore) -> None:
    await store.add(user(0, "taken"))
    names = ["taken" if number % 3 == 0 else f"free {number}" for number in range(1, 60)]
    done = await asyncio.gather(
        *(store.add(user(n, name)) for n, name in enumerate(names, 1)), return_exceptions=True
    )
    assert [isinstance(each, AlreadyExists) for each in done] == [n == "taken" for n in names]
    found = await store.get_many([oid(number) for number in range(1, 60)])
    assert sorted(each.name for each in found.values()) == sorted(set(names) - {"taken"})


async def test_whatever_a_decision_raises_is_raised_and_undone(store: SqliteStore) -> None:
    await store.add(user(1))

    def refuse(_: StoredObject) -> Change:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.modify(oid(1), refuse)
    await describe(store, oid(1), "still works")


async def test_a_deletion_takes_everything_below_a_task(store: SqliteStore) -> None:
    await store.add(task(oid(1), "root"))
    await store.add(task(oid(2), "child", parent="root"))
    await store.add(task(oid(3), "grandchild", parent="child"))
    await store.add(task(oid(4), "other"))
    seen: list[str] = []
    deleted = await store.delete(oid(1), lambda each: seen.append(each.oid))
    assert sorted(deleted) == sorted(seen) == [oid(1), oid(2), oid(3)]
    assert set(await store.get_many([oid(n) for n in range(1, 5)])) == {oid(4)}


async def test_tasks_that_are_each_others_parents_are_deleted_together(store: SqliteStore) -> None:
    await store.add(task(oid(1), "a", parent="b"))
    await store.add(task(oid(2), "b", parent="a"))
    assert sorted(await store.delete(oid(1), lambda _: None)) == [oid(1), oid(2)]


async def test_a_deletion_that_is_refused_deletes_nothing(store: SqliteStore) -> None:
    await store.add(task(oid(1), "root"))
    await store.add(task(oid(2), "child", parent="root"))

    def check(each: StoredObject) -> None:
        if each.oid == oid(2):
            raise Protected

    with pytest.raises(Protected):
        await store.delete(oid(1), check)
    assert len(await store.get_many([oid(1), oid(2)])) == 2


async def test_every_commit_is_announced_before_it_is_acknowledged(store: SqliteStore) -> None:
    announced: list[Collection[str]] = []
    store.subscribe(announced.append)
    await store.add(user(1))
    assert [list(each) for each in announced] == [[oid(1)]]
    await describe(store, oid(1), "x")
    await store.delete(oid(1), lambda _: None)
    assert [list(each) for each in announced[1:]] == [[oid(1)], [oid(1)]]


async def test_five_simple_records_are_kept_per_object(store: SqliteStore) -> None:
    await store.add(user(1))
    for number in range(8):
        record = Outcome(kind="simple", at=NOW, status="success", operation=f'"op {number}"')
        await describe(store, oid(1), str(number), record)
    kept = (await stored(store, oid(1))).items["operationExecution"]
    assert [each["operation"] for each in kept] == [f"op {number}" for number in range(3, 8)]
    assert (await stored(store, oid(1))).version == 8


async def test_a_search_counts_without_paging_and_pages_in_a_stable_order(
    store: SqliteStore,
) -> None:
    for number in range(10):
        await store.add(user(number, description="even" if number % 2 == 0 else "odd"))
    compiled = compile_filter("description = 'even'", "UserType")
    page = Page(offset=1, size=2, order_by="name", descending=True)
    found = await store.search(Search(type="UserType", filter=compiled, page=page, count=True))
    assert found.oids == (oid(6), oid(4))
    assert found.total == 5


async def test_a_search_covers_the_subtypes_of_its_type(store: SqliteStore) -> None:
    await store.add(user(1))
    await store.add(replace(user(2), type="RoleType"))
    await store.add(task())
    assert (await store.search(Search(type="FocusType"))).oids == (oid(1), oid(2))
    assert (await store.search(Search(type="ObjectType"))).oids == (oid(1), oid(2), TASK)
    assert (await store.search(Search(type="OrgType"))).oids == ()


async def test_equal_sort_values_are_ordered_by_a_tie_breaker(store: SqliteStore) -> None:
    for number in range(20):
        await store.add(user(number, costCenter="same"))
    pages = [
        await store.search(
            Search(type="UserType", page=Page(offset=start, size=5, order_by="costCenter"))
        )
        for start in range(0, 20, 5)
    ]
    assert [key for page in pages for key in page.oids] == [oid(n) for n in range(20)]


async def test_a_closed_store_says_so(store: SqliteStore) -> None:
    await store.close()
    with pytest.raises(Unavailable, match="closed"):
        await store.get(oid(1))
    with pytest.raises(Unavailable, match="closed"):
        await store.add(user(1))

"""Values kept over a store: nothing stale is kept, and not too much."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.clock import ManualClock
from gateway.dialects.midpoint.views.representation import Representations
from gateway.model.effects import Change, NewObject
from gateway.store.cache import InvalidatingCache, ObjectCache
from tests.principals import SUPER, Unasked

if TYPE_CHECKING:
    from gateway.model.documents import StoredObject
    from gateway.store.sqlite.store import SqliteStore


def oid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


async def add(store: SqliteStore, number: int, description: str = "old") -> None:
    items = {"name": f"user {number}", "description": description}
    await store.add(NewObject(oid=oid(number), type="UserType", items=items, next_id=1))


async def describe(store: SqliteStore, number: int, description: str) -> None:
    def decide(before: StoredObject) -> Change:
        return Change(items=before.items | {"description": description}, next_id=1)

    await store.modify(oid(number), decide)


def caching(store: SqliteStore, capacity: int = 100) -> ObjectCache[str]:
    def description(stored: StoredObject) -> str:
        return str(stored.items["description"])

    return ObjectCache(store, description, lambda _: 1, capacity)


async def test_a_value_is_kept_once_it_was_asked_for(store: SqliteStore) -> None:
    await add(store, 1)
    cache = caching(store)
    assert cache.kept(oid(1)) is None
    assert await cache.get_many([oid(1), oid(2)]) == {oid(1): "old"}
    assert cache.kept(oid(1)) == "old"
    assert cache.kept(oid(2)) is None


async def test_a_commit_drops_what_it_has_changed(store: SqliteStore) -> None:
    await add(store, 1)
    await add(store, 2)
    cache = caching(store)
    await cache.get_many([oid(1), oid(2)])
    await describe(store, 1, "new")
    assert (cache.kept(oid(1)), cache.kept(oid(2))) == (None, "old")
    assert await cache.get_many([oid(1)]) == {oid(1): "new"}


async def test_a_deletion_drops_the_value(store: SqliteStore) -> None:
    await add(store, 1)
    cache = caching(store)
    await cache.get_many([oid(1)])
    await store.delete(oid(1), lambda _: None)
    assert cache.kept(oid(1)) is None
    assert await cache.get_many([oid(1)]) == {}


@pytest.mark.parametrize("attempt", range(20))
async def test_a_change_during_a_load_leaves_nothing_stale(
    store: SqliteStore, attempt: int
) -> None:
    await add(store, 1)
    cache = caching(store)

    async def later() -> None:
        for _ in range(attempt):
            await asyncio.sleep(0)
        await describe(store, 1, "new")

    await asyncio.gather(cache.get_many([oid(1)]), later(), cache.get_many([oid(1)]))
    assert cache.kept(oid(1)) in (None, "new")
    assert await cache.get_many([oid(1)]) == {oid(1): "new"}


async def test_the_oldest_values_go_when_there_are_too_many(store: SqliteStore) -> None:
    for number in range(5):
        await add(store, number)
    cache = caching(store, capacity=3)
    for number in range(5):
        await cache.get_many([oid(number)])
    assert [cache.kept(oid(n)) is not None for n in range(5)] == [False, False, True, True, True]


async def test_what_was_used_lately_stays(store: SqliteStore) -> None:
    for number in range(3):
        await add(store, number)
    cache = caching(store, capacity=2)
    await cache.get_many([oid(0)])
    await cache.get_many([oid(1)])
    await describe(store, 0, "new")
    await cache.get_many([oid(0)])
    await cache.get_many([oid(2)])
    assert [cache.kept(oid(n)) for n in range(3)] == ["new", None, "old"]


async def test_a_cache_without_room_keeps_nothing_and_still_answers(store: SqliteStore) -> None:
    await add(store, 1)
    cache = caching(store, capacity=0)
    assert await cache.get_many([oid(1)]) == {oid(1): "old"}
    assert cache.kept(oid(1)) is None


async def test_representations_come_in_the_order_that_was_asked_for(store: SqliteStore) -> None:
    for number in range(3):
        await add(store, number)
    representations = Representations(store, Unasked(), 1_000_000, ManualClock())
    wanted = [oid(2), oid(0), oid(9), oid(1)]
    found = await representations.get_many(wanted, SUPER)
    assert [oid(n).encode() in each.members for n, each in zip((2, 0, 1), found, strict=True)] == [
        True,
        True,
        True,
    ]


async def test_a_representation_has_another_etag_after_a_change(store: SqliteStore) -> None:
    await add(store, 1)
    representations = Representations(store, Unasked(), 1_000_000, ManualClock())
    [before] = await representations.get_many([oid(1)], SUPER)
    [again] = await representations.get_many([oid(1)], SUPER)
    await describe(store, 1, "new")
    [after] = await representations.get_many([oid(1)], SUPER)
    assert before.etag == again.etag
    assert before.etag != after.etag
    assert before.etag.startswith(b'W/"')


async def test_a_value_goes_with_any_of_its_sources_and_others_stay(store: SqliteStore) -> None:
    await add(store, 1)
    await add(store, 2)
    cache: InvalidatingCache[str, tuple[str, ...]] = InvalidatingCache(
        store, 10, sources=lambda each: each
    )

    async def given(*sources: str) -> tuple[str, ...]:
        return sources

    await cache.get("a", lambda: given(oid(1), oid(2)))
    await cache.get("b", lambda: given(oid(2)))
    await describe(store, 1, "new")
    assert (cache.find_kept("a"), cache.find_kept("b")) == (None, (oid(2),))
    await describe(store, 2, "new")
    assert cache.find_kept("b") is None
    assert not cache._dependents


async def test_what_was_looked_up_while_a_source_changed_is_not_kept(store: SqliteStore) -> None:
    await add(store, 1)
    cache: InvalidatingCache[str, str] = InvalidatingCache(store, 10, sources=lambda _: (oid(1),))

    async def overtaken() -> str:
        await describe(store, 1, "new")
        return "old"

    assert await cache.get("a", overtaken) == "old"
    assert cache.find_kept("a") is None


async def test_a_value_that_is_over_is_found_again(store: SqliteStore, clock: ManualClock) -> None:
    ends = clock.now() + 5
    cache: InvalidatingCache[str, float] = InvalidatingCache(
        store, 10, is_current=lambda until: until > clock.now()
    )

    async def found() -> float:
        return clock.now() + 5

    assert await cache.get("a", found) == ends
    clock.advance(4)
    assert await cache.get("a", found) == ends
    clock.advance(1)
    assert cache.find_kept("a") is None
    assert await cache.get("a", found) == ends + 5

"""Creates and changes that wait together are written together, and each gets its own answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.errors import AlreadyExists, NotFound
from gateway.model.effects import Change, NewObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.documents import Document, StoredObject
    from gateway.store.sqlite.store import SqliteStore

TARGET = "00000000-0000-4000-8000-0000000000aa"


def _oid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _new(number: int, name: str | None = None) -> NewObject:
    membership: Document = {"oid": TARGET, "type": "RoleType", "relation": "default"}
    items: Document = {
        "name": name or f"user {number}",
        "assignment": [{"id": 1, "targetRef": membership}],
        "roleMembershipRef": [membership],
    }
    return NewObject(oid=_oid(number), type="UserType", items=items, next_id=2)


def _with(**items: Any) -> Callable[[StoredObject], Change]:
    return lambda before: Change(items={**before.items, **items}, next_id=before.next_id)


async def _outcomes(*work: Any) -> list[Any]:
    return await asyncio.gather(*work, return_exceptions=True)


async def test_objects_that_are_created_together_are_all_there(store: SqliteStore) -> None:
    await asyncio.gather(*(store.add(_new(number)) for number in range(40)))
    found = await store.get_many([_oid(number) for number in range(40)])
    assert [found[_oid(number)].name for number in range(40)] == [f"user {n}" for n in range(40)]
    assert all(each.items["assignment"][0]["id"] == 1 for each in found.values())


async def test_a_taken_name_fails_only_the_one_who_asked_for_it(store: SqliteStore) -> None:
    work = [store.add(_new(number, "same" if number in (3, 7) else None)) for number in range(10)]
    results = await _outcomes(*work)
    failed = [number for number, result in enumerate(results) if result is not None]
    assert failed == [7]
    assert isinstance(results[7], AlreadyExists)
    assert len(await store.get_many([_oid(number) for number in range(10)])) == 9


async def test_changes_made_together_are_all_made(store: SqliteStore) -> None:
    await asyncio.gather(*(store.add(_new(number)) for number in range(20)))
    await asyncio.gather(
        *(
            store.modify(_oid(number), _with(description=f"d{number}"), is_whole=False)
            for number in range(20)
        )
    )
    found = await store.get_many([_oid(number) for number in range(20)])
    assert [found[_oid(n)].items["description"] for n in range(20)] == [f"d{n}" for n in range(20)]
    assert {each.version for each in found.values()} == {1}


async def test_changes_of_one_object_follow_each_other(store: SqliteStore) -> None:
    await store.add(_new(1))

    def counted(before: StoredObject) -> Change:
        count = int(before.items.get("description", "0")) + 1
        return Change(items={**before.items, "description": str(count)}, next_id=2)

    await asyncio.gather(*(store.modify(_oid(1), counted, is_whole=False) for _ in range(25)))
    found = await store.get(_oid(1))
    assert found is not None
    assert (found.items["description"], found.version) == ("25", 25)


async def test_what_changes_more_than_the_document_is_written_beside_it_too(
    store: SqliteStore,
) -> None:
    await asyncio.gather(*(store.add(_new(number)) for number in range(4)))
    changes = [
        _with(name="renamed"),
        _with(roleMembershipRef=[], assignment=[]),
        _with(description="x"),
        lambda _: None,
    ]
    await asyncio.gather(
        *(
            store.modify(_oid(number), change, is_whole=False)
            for number, change in enumerate(changes)
        )
    )
    found = await store.get_many([_oid(number) for number in range(4)])
    assert [found[_oid(number)].version for number in range(4)] == [1, 1, 1, 0]
    assert found[_oid(0)].name == "renamed"
    assert found[_oid(1)].items["assignment"] == []


async def test_a_refused_change_fails_only_its_caller(store: SqliteStore) -> None:
    await asyncio.gather(*(store.add(_new(number)) for number in range(6)))

    def refused(_: StoredObject) -> Change:
        raise ValueError("no")

    work = [
        store.modify(
            _oid(number), refused if number == 2 else _with(description="x"), is_whole=False
        )
        for number in range(6)
    ]
    results = await _outcomes(*work, store.modify(_oid(99), _with(), is_whole=False))
    assert isinstance(results[2], ValueError)
    assert isinstance(results[6], NotFound)
    found = await store.get_many([_oid(number) for number in range(6)])
    assert [found[_oid(number)].version for number in range(6)] == [1, 1, 0, 1, 1, 1]


@pytest.mark.parametrize("renamed", [1, 4])
async def test_a_taken_new_name_fails_only_its_caller(store: SqliteStore, renamed: int) -> None:
    await asyncio.gather(*(store.add(_new(number)) for number in range(6)))
    work = [
        store.modify(
            _oid(number),
            _with(name="user 0") if number == renamed else _with(description="x"),
            is_whole=False,
        )
        for number in range(6)
    ]
    results = await _outcomes(*work)
    assert [n for n, result in enumerate(results) if isinstance(result, AlreadyExists)] == [renamed]
    found = await store.get_many([_oid(number) for number in range(6)])
    assert sum(each.version for each in found.values()) == 5

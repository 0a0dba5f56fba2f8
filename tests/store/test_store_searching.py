"""Parts of names are found through an index that follows every change of a name, and no other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.model.effects import Change
from gateway.query import compile_filter
from gateway.store.search import Search
from gateway.store.sqlite import reading
from gateway.store.sqlite.queries import migrations
from gateway.store.sqlite.store import SqliteStore
from tests.store.making import describe, oid, user

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.clock import ManualClock
    from gateway.model.documents import StoredObject

NAMES = (
    "Džek  Sperou!",
    "jack.SPARROW",
    "O'Hara",
    "Иван Грозный",
    "ab",
    "a_b%c",
    "straße",
    'x"y"z',
)


async def found(store: SqliteStore, text: str, type_name: str = "UserType") -> tuple[str, ...]:
    return (await store.search(Search(type=type_name, filter=compile_filter(text, type_name)))).oids


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


async def rename(store: SqliteStore, key: str, name: str) -> None:
    def decide(before: StoredObject) -> Change:
        return Change(items=before.items | {"name": name}, next_id=before.next_id)

    await store.modify(key, decide)


def parts(path: Path) -> list[tuple[object, ...]]:
    """What the index of name parts holds."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT id, block FROM name_part_data ORDER BY id").fetchall()


@pytest.mark.parametrize("name", NAMES)
async def test_every_part_of_a_name_finds_it(store: SqliteStore, name: str) -> None:
    await store.add(user(1, name))
    await store.add(user(2, "quite another one"))
    for start in range(len(name)):
        for end in range(start + 1, len(name) + 1):
            part = quoted(name[start:end])
            assert oid(1) in await found(store, f"name contains {part}")
            assert oid(1) in await found(store, f"name contains[origIgnoreCase] {part.lower()}")
        assert oid(1) in await found(store, f"name endsWith {quoted(name[start:])}")


async def test_the_normalized_name_is_found_by_its_parts_too(store: SqliteStore) -> None:
    await store.add(user(1, "Džek  Sperou!"))
    assert await found(store, "name contains[polyStringNorm] 'ZEK SPE'") == (oid(1),)
    assert await found(store, "name contains 'zek spe'") == ()


async def test_a_renamed_object_is_found_by_its_new_name_only(store: SqliteStore) -> None:
    await store.add(user(1, "before"))
    await rename(store, oid(1), "After-wards")
    assert await found(store, "name contains 'efor'") == ()
    assert await found(store, "name contains 'ter-w'") == (oid(1),)
    assert await found(store, "name contains[polyStringNorm] 'terw'") == (oid(1),)


async def test_a_deleted_object_leaves_nothing_in_the_index(
    store: SqliteStore, tmp_path: Path
) -> None:
    await store.add(user(1, "some name"))
    await store.delete(oid(1), lambda _: None)
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        rows = connection.execute("SELECT rowid FROM name_part WHERE name_part MATCH 'ome'")
        assert rows.fetchall() == []


async def test_a_change_that_keeps_the_name_does_not_touch_the_index(
    store: SqliteStore, tmp_path: Path
) -> None:
    await store.add(user(1, "some name"))
    before = parts(tmp_path / "store.db")
    await describe(store, oid(1), "another description")
    await rename(store, oid(1), "some name")
    assert parts(tmp_path / "store.db") == before


async def test_names_of_an_older_file_are_found(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(migrations()[0][1])
        connection.execute("PRAGMA user_version = 1")
        connection.executemany(
            "INSERT INTO object (oid, type, name, name_norm, version, next_id, doc) "
            "VALUES (?, 'UserType', ?, ?, 0, 1, json_object('name', ?))",
            [(oid(n), name, norm, name) for n, name, norm in ((1, "a-old", "aold"), (2, "b", "b"))],
        )
        connection.commit()
    opened = await SqliteStore.open(path, clock)
    assert await found(opened, "name contains 'a-o'") == (oid(1),)
    assert await found(opened, "name contains[polyStringNorm] 'old'") == (oid(1),)
    await opened.close()


async def test_a_part_that_most_names_have_finds_the_same_by_another_way(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        await store.add(user(number, f"shared {number}"))
    by_index = await found(store, "name contains 'hare'")
    monkeypatch.setattr(reading, "MAX_LOOKUPS", 4)
    assert await found(store, "name contains 'hare'") == by_index == tuple(map(oid, range(1, 6)))
    assert await found(store, "name contains 'hare' and name contains 'ed 3'") == (oid(3),)

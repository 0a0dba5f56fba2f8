"""Database files of other versions: older ones are brought up to date, newer ones refused."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.errors import DatabaseTooNew
from gateway.store.sqlite import migrate
from gateway.store.sqlite.queries import migrations
from gateway.store.sqlite.store import SqliteStore
from tests.serving import ROOT, Api, environment, serve_command, serving
from tests.store.making import oid, stored, user

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.clock import ManualClock

NEWEST = migrations()[-1][0]


def schema(path: Path) -> list[tuple[str, ...]]:
    """Every table and index of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return sorted(
            connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        )


def layout(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def written_by(version: int, path: Path) -> None:
    """A file as a program of that version left it, with an object if it knew any."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (x)")
        connection.execute("INSERT INTO mine VALUES (7)")
        for number, script in migrations():
            if number <= version:
                connection.executescript(script)
        if version:
            connection.execute(
                "INSERT INTO object (oid, type, name, name_norm, version, next_id, doc) "
                "VALUES (?, 'UserType', 'old', 'old', 3, 1, '{\"name\":\"old\"}')",
                (oid(1),),
            )
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


def test_migrations_are_numbered_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, NEWEST + 1))


@pytest.mark.parametrize("version", range(NEWEST))
async def test_an_older_file_is_brought_up_to_date_and_keeps_its_content(
    version: int, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "old.db"
    written_by(version, path)
    opened = await SqliteStore.open(path, clock)
    await opened.add(user(2))
    assert (await opened.get(oid(1)) is not None) == bool(version)
    await opened.close()
    fresh = await SqliteStore.open(tmp_path / "fresh.db", clock)
    await fresh.close()
    assert layout(path) == NEWEST
    assert set(schema(path)) - set(schema(tmp_path / "fresh.db")) == {
        ("table", "mine", "CREATE TABLE mine (x)")
    }
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT x FROM mine").fetchall() == [(7,)]


async def test_a_file_of_this_version_is_opened_as_it_is(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "same.db"
    written_by(NEWEST, path)
    opened = await SqliteStore.open(path, clock)
    assert (await stored(opened, oid(1))).version == 3
    await opened.close()


async def test_a_file_of_a_newer_version_is_refused_with_the_way_out(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "new.db"
    written_by(NEWEST, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    with pytest.raises(DatabaseTooNew, match="start the newer version that wrote it"):
        await SqliteStore.open(path, clock)
    assert layout(path) == NEWEST + 1


async def test_a_refused_file_is_let_go_of(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    with pytest.raises(DatabaseTooNew):
        await SqliteStore.open(path, clock)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 0")
    again = await SqliteStore.open(path, clock)
    await again.close()


def test_a_migration_that_breaks_leaves_the_file_at_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [(1, "CREATE TABLE one (x);"), (2, "CREATE TABLE two (x); CREATE TABLE one (y);")]
    monkeypatch.setattr(migrate, "migrations", lambda: steps)
    path = tmp_path / "broken.db"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
        pytest.raises(sqlite3.OperationalError, match="one already exists"),
    ):
        migrate.migrate(connection)
    assert layout(path) == 1
    assert [name for _, name, _ in schema(path)] == ["one"]


def test_the_server_exits_with_a_sentence_when_the_file_is_of_a_newer_version(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    refused = subprocess.run(
        serve_command(),
        cwd=ROOT,
        env=environment(database_url=f"sqlite:///{path}"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "The database has layout 999" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_second_server_on_the_same_file_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    with serving(path) as first:
        second = subprocess.run(
            serve_command(),
            cwd=ROOT,
            env=environment(database_url=f"sqlite:///{path}"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert "Another taskgate serves one.db" in second.stderr
        assert "Traceback" not in second.stderr
        with first.client() as client:
            assert Api(client).task()

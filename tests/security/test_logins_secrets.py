"""Secrets at rest are sealed, and files and environments are the server's alone (A-6, E-2)."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import httpx2
import psutil
import pytest

from gateway.store.sqlite.keyring import KeyFile, Keyring, WrongKey, new_key
from gateway.store.sqlite.queries import migrations
from gateway.store.sqlite.sealing import unlock
from gateway.store.sqlite.store import SqliteStore
from tests.dialects.itential.operators import Office
from tests.dialects.itential.test_secrets import flow, task
from tests.security.speaking import PAGES
from tests.serving import CLIENT, PASSWORD, ROOT, SECRET, environment, serve_command, serving

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.clock import ManualClock
    from tests.conftest import ServerFactory

VARIABLE = "a-variable-that-nobody-reads"


def walking(office: Office) -> dict[str, object]:
    """A job that holds a secret and waits for somebody."""
    document = flow(
        a1=task("split", str="$var.job.password", separator="-"),
        a2=task("ViewData") | {"type": "manual"},
    )
    office.keep(document)
    engineer = office.of("engineering")
    job = engineer.start(document["name"], variables={"password": VARIABLE, "open": "readable"})
    engineer.waiting(job, "a2")
    return {"id": job["_id"], "name": document["name"]}


def files(path: Path) -> list[Path]:
    return [each for each in path.parent.iterdir() if each.name.startswith(path.name)]


def holding(path: Path, *secrets: str) -> list[str]:
    """Names of files that hold one of the texts."""
    return [
        each.name
        for each in files(path)
        if any(secret.encode() in each.read_bytes() for secret in secrets)
    ]


def signing_key(path: Path) -> str:
    """The plain key, as whoever has both files can open it."""
    keys = Keyring.parse(path.with_name(path.name + ".key").read_text(), "")
    with closing(sqlite3.connect(path)) as connection:
        (sealed,) = connection.execute("SELECT value FROM setting").fetchone()
    return keys.open(sealed, "setting token_key")


def test_no_secret_stands_in_the_files_of_the_database(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    path = tmp_path / "sealed.db"
    server = make_server(database=path)
    office = Office(server)
    job = walking(office)
    assert holding(path, str(job["name"])), "the search finds what is not secret"
    assert holding(path, VARIABLE, SECRET, PASSWORD) == []
    # The walk goes on from what was sealed, also after a restart.
    office.close()
    server.kill()
    assert holding(path, VARIABLE) == []
    again = make_server(database=path)
    opened = Office(again)
    engineer = opened.of("engineering")
    engineer.finish(engineer.job({"_id": job["id"]}), "a2")
    done = engineer.when({"_id": job["id"]}, "complete")
    assert done["variables"]["open"] == "readable"
    opened.close()
    again.stop()
    assert holding(path, VARIABLE, signing_key(path)) == []


def modes(path: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in files(path)}


def test_files_are_the_servers_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    old = os.umask(0)
    try:
        with serving(path) as server:
            httpx2.get(f"{server.url}/-/accounts", auth=PAGES)
            found = modes(path)
    finally:
        os.umask(old)
    assert set(found) >= {"mine.db", "mine.db-wal", "mine.db-shm", "mine.db.lock", "mine.db.key"}
    assert set(found.values()) == {0o600}


def test_files_that_others_can_read_are_tightened_and_that_is_told(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    path = tmp_path / "loose.db"
    make_server(database=path).stop()
    for each in files(path):
        each.chmod(0o644)
    server = make_server(database=path)
    assert set(modes(path).values()) == {0o600}
    told = [line for line in server.log.read_text().splitlines() if "file_made_private" in line]
    assert {"loose.db", "loose.db.lock", "loose.db.key"} == {
        name for name in modes(path) if any(f"{name}" + '"' in line for line in told)
    }


def test_no_secret_is_in_the_environment_of_a_worker(make_server: ServerFactory) -> None:
    server = make_server()
    workers = psutil.Process(server.process.pid).children(recursive=True)
    assert workers
    for worker in workers:
        held = worker.environ()
        assert [name for name in held if name.startswith("TASKGATE_")] == []
        assert not {PASSWORD, SECRET} & set(held.values())


def test_secrets_are_gone_from_the_environment_once_they_are_read() -> None:
    code = (
        "import os, sys; from gateway.settings import load, forget_secrets; "
        "given = load(os.environ); forget_secrets(os.environ); "
        "print(given.admin_password.get_secret_value() in ' '.join(os.environ.values()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(password=PASSWORD),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


def refusal(database: Path, **settings: object) -> str:
    """What a server says that does not start."""
    done = subprocess.run(
        serve_command(),
        cwd=ROOT,
        env=environment(database_url=f"sqlite:///{database}", **settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_server_whose_key_does_not_fit_is_refused_with_a_sentence(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    path = tmp_path / "locked.db"
    make_server(database=path).stop()
    own = path.with_name("locked.db.key")
    key = own.read_text()
    own.write_text(new_key())
    assert "is sealed with key" in refusal(path)
    own.unlink()
    assert "cannot be read" in refusal(path)
    assert not own.exists()
    own.write_text("no key at all")
    assert "is no key file" in refusal(path)
    named = tmp_path / "elsewhere"
    assert "cannot be read" in refusal(path, secret_key_file=named)
    named.write_text(f"{new_key()}\n{key}")
    own.unlink()
    assert make_server(database=path, secret_key_file=named).url


def rotated(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "secret", "rotate"],
        cwd=ROOT,
        env=environment(database_url=f"sqlite:///{path}"),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_new_key_seals_everything_anew_and_the_old_one_may_go(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    path = tmp_path / "turned.db"
    server = make_server(database=path)
    office = Office(server)
    job = walking(office)
    token = httpx2.post(
        f"{server.url}/oauth/token",
        data={"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET},
    ).json()["access_token"]
    assert "stop it" in rotated(path)
    office.close()
    server.stop()
    own = path.with_name("turned.db.key")
    (old,) = own.read_text().split()
    assert "Sealed with key" in rotated(path)
    new, kept = own.read_text().split()
    assert kept == old
    own.write_text(f"{new}\n")
    again = make_server(database=path)
    headers = {"authorization": f"Bearer {token}"}
    assert httpx2.get(f"{again.url}/whoami", headers=headers).status_code == 200
    opened = Office(again)
    assert opened.of("engineering").job({"_id": job["id"]})["status"] == "running"
    opened.close()


class Killed(BaseException):
    """The process ends here."""


async def test_a_rotation_that_is_killed_anywhere_goes_on_at_the_next_start(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "killed.db"
    store = await SqliteStore.open(path, clock)
    assert await store.keep_setting("token_key", "the signing key") == "the signing key"
    await store.close()
    file = KeyFile.of(path, None)
    for step in ("_seal_settings", "_seal_jobs", "_clean"):
        file.rotate()

        def kill(*_: object) -> int:
            raise Killed

        with monkeypatch.context() as patched, closing(sqlite3.connect(path)) as connection:
            connection.isolation_level = None
            connection.row_factory = sqlite3.Row
            patched.setattr(f"gateway.store.sqlite.sealing.{step}", kill)
            with pytest.raises(Killed):
                unlock(connection, file)
        again = await SqliteStore.open(path, clock)
        assert await again.keep_setting("token_key", "another") == "the signing key"
        await again.close()
        file.path.write_text(file.path.read_text().split()[0])


def old_database(path: Path, secret: str) -> None:
    """What the version before sealing has left: its signing key, and a job's variables, plain."""
    with closing(sqlite3.connect(path)) as connection:
        for number, script in migrations():
            if number < 8:
                connection.executescript(script)
        connection.execute("INSERT INTO setting VALUES ('token_key', ?)", (secret,))
        connection.execute(
            "INSERT INTO object (seq, oid, type, name, name_norm, version, next_id, doc) "
            "VALUES (7, 'oid-7', 'TaskType', 'old', 'old', 0, 1, '{\"name\":\"old\"}')"
        )
        connection.execute("INSERT INTO task (seq, identifier) VALUES (7, '7')")
        connection.execute(
            "INSERT INTO job (seq, id, task, title, status, started, updated, user, is_open, graph,"
            " doc) VALUES (7, 'job-7', 'oid-7', 'old', 'running', '', '', '', 1, ?, ?)",
            ('{"secrets": ["pw"]}', f'{{"walk": {{"variables": {{"pw": "{secret}"}}}}}}'),
        )
        connection.execute("PRAGMA user_version = 7")
        connection.commit()


async def test_a_database_of_before_is_sealed_when_it_is_opened_and_no_page_keeps_the_plain(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, secret = tmp_path / "before.db", "f00d" * 16
    old_database(path, secret)
    assert holding(path, secret) == ["before.db"]
    store = await SqliteStore.open(path, clock)
    assert holding(path, secret) == []
    assert await store.keep_setting("token_key", "another") == secret
    await store.close()
    assert holding(path, secret) == []
    keys = Keyring.parse(path.with_name("before.db.key").read_text(), "")
    with closing(sqlite3.connect(path)) as connection:
        (sealed,) = connection.execute("SELECT doc ->> '$.walk' FROM job").fetchone()
    assert secret in keys.open(sealed, "job job-7")


def test_what_is_sealed_opens_only_where_it_belongs_and_unchanged() -> None:
    keys = Keyring.parse(f"{new_key()}\n{new_key()}\n", "here")
    sealed = keys.seal("text", "place")
    assert keys.open(sealed, "place") == "text"
    assert keys.seal("text", "place") != sealed
    for other, place in (
        (sealed, "elsewhere"),
        (sealed[:-4] + "AAA=", "place"),
        (sealed[:-4], "place"),
        (f"sealed:{'0' * 16}:AAAA", "place"),
    ):
        with pytest.raises(WrongKey):
            keys.open(other, place)
    assert "keys" not in repr(keys)

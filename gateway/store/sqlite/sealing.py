"""Secrets at rest: sealed where they are written, opened where they are read, and nowhere else.

A connection can do both once a keyring is attached to it; what searches never see plain, as it is
no part of any filter. A database remembers the fingerprint of the key by which all in it is sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway.store.sqlite.keyring import MARK, WrongKey
from gateway.store.sqlite.queries import load

if TYPE_CHECKING:
    import sqlite3

    from gateway.store.sqlite.keyring import KeyFile, Keyring

SQL = load("sealing")


def attach(connection: sqlite3.Connection, keyring: Keyring) -> None:
    """Let the connection seal and open."""
    connection.create_function("taskgate_seal", 2, keyring.seal)
    connection.create_function("taskgate_open", 2, keyring.open)


def seal(connection: sqlite3.Connection, text: str, place: str) -> str:
    """The text sealed for a place, by the connection's keyring."""
    sealed: str = connection.execute("SELECT taskgate_seal(?, ?)", (text, place)).fetchone()[0]
    return sealed


def unseal(connection: sqlite3.Connection, sealed: str, place: str) -> str:
    """The text that was sealed for the place."""
    text: str = connection.execute("SELECT taskgate_open(?, ?)", (sealed, place)).fetchone()[0]
    return text


def setting_place(name: str) -> str:
    """The place of a kept setting."""
    return f"setting {name}"


def job_place(job_id: str) -> str:
    """The place of a job's walk."""
    return f"job {job_id}"


def unlock(connection: sqlite3.Connection, file: KeyFile) -> Keyring:
    """The keyring that fits the database, attached to the connection; else `WrongKey`.

    What is plain, or sealed with an older key, is sealed with the newest one.
    """
    row = connection.execute(SQL["sealing"]).fetchone()
    keyring = file.keys(may_make=row is None)
    if row is not None and not keyring.has(row["key"]):
        raise WrongKey(
            f"The database is sealed with key {row['key']}, which {file.path} does not hold: bring "
            "the right file, or name it by TASKGATE_SECRET_KEY_FILE."
        )
    attach(connection, keyring)
    if row is None or row["key"] != keyring.newest:
        _seal_all(connection, keyring)
    if not connection.execute(SQL["sealing"]).fetchone()["is_clean"]:
        _clean(connection, keyring)
    return keyring


def _seal_all(connection: sqlite3.Connection, keyring: Keyring) -> None:
    """All or nothing: whenever it is interrupted, it is done again at the next start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        count = _seal_settings(connection, keyring) + _seal_jobs(connection, keyring)
        facts = {"key": keyring.newest, "is_clean": not count}
        connection.execute(SQL["set_sealing"], facts)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _seal_settings(connection: sqlite3.Connection, keyring: Keyring) -> int:
    rows = connection.execute(SQL["settings"]).fetchall()
    for name, value in rows:
        sealed = _rewrite_sealed(keyring, value, setting_place(name))
        connection.execute(SQL["set_setting"], {"name": name, "value": sealed})
    return len(rows)


def _seal_jobs(connection: sqlite3.Connection, keyring: Keyring) -> int:
    rows = connection.execute(SQL["secret_jobs"]).fetchall()
    for seq, job_id, text in rows:
        document = orjson.loads(text)
        walk = document["walk"]
        plain = walk if isinstance(walk, str) else orjson.dumps(walk).decode()
        document["walk"] = _rewrite_sealed(keyring, plain, job_place(job_id))
        facts = {"seq": seq, "doc": orjson.dumps(document).decode()}
        connection.execute(SQL["set_job"], facts)
    return len(rows)


def _rewrite_sealed(keyring: Keyring, text: str, place: str) -> str:
    plain = keyring.open(text, place) if text.startswith(MARK) else text
    return keyring.seal(plain, place)


def _clean(connection: sqlite3.Connection, keyring: Keyring) -> None:
    """Let no page of the files hold what has been replaced."""
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute(SQL["set_sealing"], {"key": keyring.newest, "is_clean": True})

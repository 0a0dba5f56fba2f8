"""Sessions end with what they were opened by, and can be seen and ended (finding A-1)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx2
import pytest

from gateway.errors import NotAuthenticated
from tests.dialects.midpoint.people import PASSWORD, own_password
from tests.engine.world import world
from tests.security.speaking import PAGES, change, log_in, member, whoami
from tests.serving import ADMINISTRATOR
from tests.serving import PASSWORD as ADMINISTRATORS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import ServerFactory
    from tests.engine.world import World
    from tests.security.speaking import Member
    from tests.serving import Server


@pytest.fixture
def somebody(server: Server) -> Member:
    return member(server)


def test_a_session_ends_when_its_password_is_changed(server: Server, somebody: Member) -> None:
    token = somebody.logged_in()
    assert whoami(server, token) == 200
    change(somebody, "credentials", own_password("another long one"))
    assert whoami(server, token) == 401
    change(somebody, "credentials", own_password())
    assert whoami(server, token) == 401


def test_a_session_ends_when_its_password_is_taken_away(server: Server, somebody: Member) -> None:
    token = somebody.logged_in()
    with server.client() as client:
        delta = {"modificationType": "replace", "path": "credentials/password/value"}
        body = {"objectModification": {"itemDelta": [delta]}}
        assert client.patch(f"/users/{somebody.oid}", json=body).status_code == 204
    assert whoami(server, token) == 401


def test_a_session_ends_with_its_user_being_disabled_and_does_not_come_back(
    server: Server, somebody: Member
) -> None:
    asked, not_asked = somebody.logged_in(), somebody.logged_in()
    change(somebody, "activation/administrativeStatus", "disabled")
    assert whoami(server, asked) == 401
    change(somebody, "activation/administrativeStatus", "enabled")
    assert [whoami(server, token) for token in (asked, not_asked)] == [401, 401]
    assert somebody.basic() == 200


def test_a_user_who_is_made_again_with_the_same_oid_does_not_revive_sessions(
    server: Server, somebody: Member
) -> None:
    token = somebody.logged_in()
    with server.client() as client:
        whole = client.get(f"/users/{somebody.oid}").json()["user"]
        assert client.delete(f"/users/{somebody.oid}").status_code == 204
        again = {name: whole[name] for name in ("name", "assignment")} | {"oid": somebody.oid}
        again |= {"credentials": own_password()}
        assert client.post("/users", json={"user": again}).status_code == 201
    assert somebody.basic() == 200
    assert whoami(server, token) == 401


def test_a_logout_ends_the_session_and_no_other(server: Server, somebody: Member) -> None:
    ended, other = somebody.logged_in(), somebody.logged_in()
    headers = {"cookie": f"token={ended}"}
    answer = httpx2.post(f"{server.url}/-/logout", headers=headers)
    assert answer.status_code == 204
    assert 'token=""' in answer.headers["set-cookie"]
    assert [whoami(server, token) for token in (ended, other)] == [401, 200]
    assert httpx2.post(f"{server.url}/-/logout", headers=headers).status_code == 401
    assert httpx2.post(f"{server.url}/-/logout").status_code == 401


def test_sessions_are_listed_for_whoever_has_them_and_all_for_an_administrator(
    server: Server, somebody: Member
) -> None:
    token = log_in(server, somebody.name, PASSWORD, **{"user-agent": "t" * 300}).text
    somebody_else = member(server)
    somebody_else.logged_in()
    url = f"{server.url}/-/sessions"
    (own,) = httpx2.get(url, auth=(somebody.name, PASSWORD)).json()
    assert (own["user"], own["source"], own["label"]) == (somebody.oid, "127.0.0.1", "t" * 200)
    assert own["created"] == own["used"] < own["ends"]
    assert token not in str(own)
    everybody = httpx2.get(url, auth=PAGES)
    assert {somebody.oid, somebody_else.oid} <= {each["user"] for each in everybody.json()}
    by_session = httpx2.get(url, headers={"cookie": f"token={token}"})
    assert [each["id"] for each in by_session.json()] == [own["id"]]


def test_a_session_is_revoked_by_its_user_or_an_administrator_and_by_nobody_else(
    server: Server, somebody: Member
) -> None:
    tokens = [somebody.logged_in(), somebody.logged_in()]
    url = f"{server.url}/-/sessions"
    ids = [each["id"] for each in httpx2.get(url, auth=(somebody.name, PASSWORD)).json()]
    stranger = (member(server).name, PASSWORD)
    assert httpx2.delete(f"{url}/{ids[0]}", auth=stranger).status_code == 404
    assert [whoami(server, token) for token in tokens] == [200, 200]
    assert httpx2.delete(f"{url}/{ids[0]}", auth=(somebody.name, PASSWORD)).status_code == 204
    assert httpx2.delete(f"{url}/{ids[1]}", auth=PAGES).status_code == 204
    assert [whoami(server, token) for token in tokens] == [401, 401]
    assert httpx2.delete(f"{url}/{ids[1]}", auth=PAGES).status_code == 404
    assert httpx2.get(url).status_code == 401


def test_sessions_survive_a_restart_but_not_a_change_meanwhile(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    path = tmp_path / "again.db"
    first = make_server(database=path)
    stays, changes = member(first), member(first)
    tokens = [stays.logged_in(), changes.logged_in()]
    first.stop()
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (2,)
        connection.execute(
            "UPDATE account SET password = '' WHERE seq = (SELECT seq FROM object WHERE oid = ?)",
            (changes.oid,),
        )
    second = make_server(database=path)
    assert [whoami(second, token) for token in tokens] == [200, 401]


def test_the_token_of_a_session_stands_in_no_file(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    server = make_server(database=tmp_path / "tokens.db")
    token = member(server).logged_in()
    assert whoami(server, token) == 200
    found = [each.name for each in tmp_path.iterdir() if token.encode() in each.read_bytes()]
    assert found == []


@pytest.fixture
async def timed(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose sessions last ten minutes without use, and an hour at all."""
    path = tmp_path / "timed.db"
    async with world(path, runs_tasks=False, session_idle=600, session_lifetime=3_600) as made:
        yield made


async def admitted(at: World, token: str) -> bool:
    try:
        await at.running.sessions.principal(token)
    except NotAuthenticated:
        return False
    return True


async def open_session(at: World) -> str:
    sessions = at.running.sessions
    return await sessions.open(ADMINISTRATOR, ADMINISTRATORS, "192.0.2.1", "")


async def test_a_session_ends_when_it_is_not_used(timed: World) -> None:
    token = await open_session(timed)
    timed.clock.advance(599)
    assert await admitted(timed, token)
    timed.clock.advance(599)
    assert await admitted(timed, token)
    timed.clock.advance(600)
    assert not await admitted(timed, token)
    assert timed.running.sessions.list_sessions(None) == []


async def test_a_session_ends_after_a_while_however_much_it_is_used(timed: World) -> None:
    token = await open_session(timed)
    for _ in range(11):
        timed.clock.advance(300)
        assert await admitted(timed, token)
    timed.clock.advance(300)
    assert not await admitted(timed, token)


async def test_a_session_costs_no_look_into_the_database_and_a_note_a_minute(
    timed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, noted = timed.running, list[str]()
    token = await open_session(timed)
    assert await admitted(timed, token)
    honest = running.store.sessions.use

    async def use(session_id: str, used: str) -> None:
        noted.append(used)
        await honest(session_id, used)

    async def look(*_: object, **__: object) -> None:
        pytest.fail("The database is read.")

    monkeypatch.setattr(running.store.sessions, "use", use)
    monkeypatch.setattr(running.store, "account", look)
    monkeypatch.setattr(running.store, "get_many", look)
    for _ in range(180):
        timed.clock.advance(1)
        assert await admitted(timed, token)
    await running.sessions.close()
    assert len(noted) == 3
    (stored,) = await running.store.sessions.all()
    assert stored.used == noted[-1]


async def test_sessions_of_one_user_are_not_more_than_a_thousand(
    timed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.http.sessions.MAX_SESSIONS", 3)
    tokens = []
    for _ in range(5):
        tokens.append(await open_session(timed))
        timed.clock.advance(1)
    assert [await admitted(timed, token) for token in tokens] == [False, False, True, True, True]
    assert len(await timed.running.store.sessions.all()) == 3

"""What is over counts no more at once, and nobody ends the last superuser by a date (A-3, E-9, D-9)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from gateway.assembly import SYSTEM
from gateway.clock import write_instant
from gateway.dialects.midpoint.actions import MidpointActions
from gateway.engine.rights.principals import Principals
from gateway.engine.running.owners import Owners
from gateway.engine.verbs.accounts import hash_password
from gateway.engine.verbs.clients import add_client
from gateway.engine.verbs.submission import Submission
from gateway.errors import NotAuthenticated, Protected, TaskgateError
from gateway.model.principal import ADMINISTRATOR_OID, ROLE_OIDS, SUPERUSER
from tests.dialects.midpoint.people import PASSWORD
from tests.engine.world import world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.model.documents import Document
    from tests.engine.world import World

SOURCE = "192.0.2.1"


def assigned(number: int, role: str, **activation: str) -> Document:
    target = {"oid": ROLE_OIDS[role], "type": "RoleType", "relation": "default"}
    return {"id": number, "targetRef": target} | ({"activation": activation} if activation else {})


def basic(name: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode())


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "time.db", runs_tasks=False) as made:
        yield made


async def account(at: World, name: str, role: str = "operations", **items: Any) -> str:
    """The oid of a new user who may log in."""
    given = {"name": name, "assignment": [assigned(1, role)]} | items
    submission = Submission(type="UserType", items=given, password=hash_password(PASSWORD))
    oid = await at.running.engine.submit(submission, SYSTEM)
    await at.running.engine.refresh_accounts()
    return oid


async def change(at: World, oid: str, **items: Any) -> None:
    """The user gets other items, in the system's name."""
    await at.running.engine.modify(oid, "UserType", lambda before: before | items, SYSTEM)


async def ways_in(at: World, oid: str, name: str, session: str, token: str) -> list[bool]:
    """Whether the user gets in by Basic, session and bearer token, and may own a task."""
    running = at.running
    task = await running.store.get(await owned(at, oid))
    assert task is not None
    principals = Principals(running.store, at.clock, MidpointActions())
    found = []
    for work in (
        running.authenticator.principal(basic(name), SOURCE),
        running.sessions.principal(session),
        running.tokens.bearer(f"Bearer {token}".encode()),
        Owners(running.store, principals).principal(task),
    ):
        try:
            await work
        except TaskgateError:
            found.append(False)
        else:
            found.append(True)
    return found


async def owned(at: World, oid: str) -> str:
    """The oid of a suspended task that the user owns."""
    items = {
        "name": f"task of {oid} {at.clock.now()}",
        "ownerRef": {"oid": oid, "type": "UserType", "relation": "default"},
        "activity": {"work": {"noOp": {}}},
    }
    return await at.running.engine.submit(Submission(type="TaskType", items=items), SYSTEM)


async def logins(at: World, oid: str, name: str) -> tuple[str, str]:
    """A session and a bearer token of the user."""
    running = at.running
    session = await running.sessions.open(name, PASSWORD, SOURCE, "")
    now = write_instant(at.clock.now())
    await add_client(running.store, name=f"for-{name}", secret=PASSWORD, user=oid, now=now)
    issued = await running.tokens.issue(f"for-{name}", PASSWORD, SOURCE, lambda _: {})
    return session, issued.token


async def test_an_account_that_is_over_gets_in_no_way_although_nobody_touches_it(
    at: World,
) -> None:
    oid = await account(at, "temp", activation={"validTo": write_instant(at.clock.now() + 60)})
    session, token = await logins(at, oid, "temp")
    assert await ways_in(at, oid, "temp", session, token) == [True] * 4
    at.clock.advance(60)
    assert await ways_in(at, oid, "temp", session, token) == [False] * 4


async def test_an_account_begins_to_count_at_its_time_although_nobody_touches_it(
    at: World,
) -> None:
    oid = await account(at, "later", activation={"validFrom": write_instant(at.clock.now() + 60)})
    with pytest.raises(NotAuthenticated):
        await at.running.authenticator.principal(basic("later"), SOURCE)
    at.clock.advance(60)
    found = await at.running.authenticator.principal(basic("later"), SOURCE)
    assert found.oid == oid


LATER = 4.0


def ending(way: str, to: str) -> Document:
    """The items by which a superuser ends at an instant."""
    if way == "account":
        return {"activation": {"validTo": to}}
    return {"assignment": [assigned(1, SUPERUSER, validTo=to)]}


@pytest.mark.parametrize("way", ["account", "assignment"])
async def test_the_last_superuser_is_not_ended_by_a_date_ahead(at: World, way: str) -> None:
    items = ending(way, write_instant(at.clock.now() + LATER))
    with pytest.raises(Protected, match=r"from .* on"):
        await change(at, ADMINISTRATOR_OID, **items)


@pytest.mark.parametrize("way", ["account", "assignment"])
async def test_a_superuser_who_will_be_the_last_is_protected_already(at: World, way: str) -> None:
    await account(
        at, "guest", SUPERUSER, activation={"validTo": write_instant(at.clock.now() + LATER)}
    )
    items = ending(way, write_instant(at.clock.now() + 2 * LATER))
    with pytest.raises(Protected, match=r"the last enabled superuser|your own account"):
        await change(at, ADMINISTRATOR_OID, **items)


async def test_a_change_of_one_account_lets_the_others_be_known(at: World) -> None:
    await account(at, "busy")
    mine = await account(at, "calm")
    running = at.running
    await running.authenticator.principal(basic("busy"), SOURCE)
    await running.authenticator.principal(basic("calm"), SOURCE)
    await change(at, mine, description="edited")
    assert running.authenticator.recall(basic("busy")) is not None
    assert running.authenticator.recall(basic("calm")) is None


async def test_an_own_change_asks_for_no_second_proof_of_the_password(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await account(at, "self")
    running = at.running
    await running.authenticator.principal(basic("self"), SOURCE)
    await change(at, mine, description="edited")

    def prove(*_: object) -> bool:
        pytest.fail("The password is verified again.")

    monkeypatch.setattr("gateway.http.verifying.matches", prove)
    assert (await running.authenticator.principal(basic("self"), SOURCE)).oid == mine

"""HTTP Basic (midpoint-rest 2.5, architecture 3.11)."""

from __future__ import annotations

import asyncio
import base64
from functools import cache
from typing import TYPE_CHECKING

import pytest

from gateway.dialects.midpoint.actions import MidpointActions
from gateway.engine.rights.principals import Principals
from gateway.engine.verbs.accounts import hash_password, matches
from gateway.errors import NotAuthenticated
from gateway.http.auth import Authenticator, basic_credentials
from gateway.http.verifying import Proof
from gateway.model.effects import Change, NewObject
from gateway.model.principal import ROLE_OIDS, Principal, Right

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.clock import ManualClock
    from gateway.model.documents import Document, StoredObject
    from gateway.store.sqlite.store import SqliteStore

PASSWORD = "pass:word"
OID = "00000000-0000-4000-8000-000000000001"
SOURCE = "192.0.2.1"


def basic(name: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{name}:{password}".encode())


def user(role: str = "viewer", **items: object) -> Document:
    target = {"oid": ROLE_OIDS[role], "type": "RoleType", "relation": "default"}
    return {"name": "jack", "assignment": [{"id": 1, "targetRef": target}]} | items


@cache
def hashed_once(password: str) -> str:
    """Hashing is slow on purpose."""
    return hash_password(password)


async def add(store: SqliteStore, items: Document, oid: str = OID) -> None:
    await store.add(NewObject(oid=oid, type="UserType", items=items, next_id=2))
    await store.set_account(oid, hashed_once(PASSWORD), ["staff"])


async def change(store: SqliteStore, items: Document) -> None:
    def decide(_: StoredObject) -> Change:
        return Change(items=items, next_id=2)

    await store.modify(OID, decide)


@pytest.fixture
def authenticator(store: SqliteStore, clock: ManualClock) -> Iterator[Authenticator]:
    proof = Proof.of(clock)
    yield Authenticator(store, clock, Principals(store, clock, MidpointActions()), proof)
    proof.verifier.close()


async def refused(authenticator: Authenticator, header: bytes | None) -> str:
    with pytest.raises(NotAuthenticated) as caught:
        await authenticator.principal(header, SOURCE)
    return caught.value.message


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (basic("jack", "secret"), ("jack", "secret")),
        (basic("jack", "a:b:c"), ("jack", "a:b:c")),
        (basic("jack", ""), ("jack", "")),
        (basic("", ""), ("", "")),
        (basic("Ján", "žltý"), ("Ján", "žltý")),
        (b"basic " + base64.b64encode(b"a:b"), ("a", "b")),
        (b"Basic   " + base64.b64encode(b"a:b") + b" ", ("a", "b")),
    ],
)
def test_basic_credentials_are_split_at_the_first_colon(
    header: bytes, expected: tuple[str, str]
) -> None:
    assert basic_credentials(header) == expected


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Basic",
        b"Basic ",
        b"Basic !!!",
        b"Basic " + base64.b64encode(b"nocolon"),
        b"Basic " + base64.b64encode(b"\xff:\xfe"),
        b"Bearer abc",
        b"Digest username=x",
        base64.b64encode(b"a:b"),
    ],
)
def test_a_header_that_is_not_well_formed_basic_has_no_credentials(header: bytes) -> None:
    assert basic_credentials(header) is None


async def test_the_right_password_gives_the_users_roles(
    store: SqliteStore, authenticator: Authenticator
) -> None:
    await add(store, user())
    found = await authenticator.principal(basic("jack", PASSWORD), SOURCE)
    groups = frozenset({"staff"})
    assert found == Principal(oid=OID, name="jack", roles=frozenset({"viewer"}), groups=groups)


async def test_unknown_wrong_and_malformed_are_refused_alike(
    store: SqliteStore, authenticator: Authenticator
) -> None:
    await add(store, user())
    headers = [
        None,
        b"Bearer x",
        basic("jack", "wrong"),
        basic("jack", ""),
        basic("nobody", PASSWORD),
        basic("JACK", PASSWORD),
        basic("ja\0ck", PASSWORD),
        basic(OID, PASSWORD),
    ]
    assert len({await refused(authenticator, header) for header in headers}) == 1


@pytest.mark.parametrize(
    "items",
    [
        {"name": "jack"},
        user(activation={"administrativeStatus": "disabled"}),
        user(activation={"effectiveStatus": "disabled"}),
        {
            "name": "jack",
            "assignment": [
                {
                    "id": 1,
                    "targetRef": {
                        "oid": ROLE_OIDS["viewer"],
                        "type": "RoleType",
                        "relation": "owner",
                    },
                }
            ],
        },
    ],
    ids=["without-a-role", "disabled", "not-in-force", "only-owning-the-role"],
)
async def test_a_user_who_may_do_nothing_is_not_let_in(
    store: SqliteStore, authenticator: Authenticator, items: Document
) -> None:
    await add(store, items)
    await refused(authenticator, basic("jack", PASSWORD))


async def test_a_user_without_a_password_is_not_let_in(
    store: SqliteStore, authenticator: Authenticator
) -> None:
    await store.add(NewObject(oid=OID, type="UserType", items=user(), next_id=2))
    await refused(authenticator, basic("jack", ""))


async def test_a_verified_credential_is_remembered_while_its_user_is_unchanged(
    store: SqliteStore, authenticator: Authenticator, clock: ManualClock
) -> None:
    await add(store, user())
    header = basic("jack", PASSWORD)
    assert authenticator.recall(header) is None
    found = await authenticator.principal(header, SOURCE)
    assert authenticator.recall(header) == found
    clock.advance(86_400)
    assert authenticator.recall(header) == found


async def test_a_refused_credential_is_not_remembered(
    store: SqliteStore, authenticator: Authenticator
) -> None:
    await add(store, user())
    await refused(authenticator, basic("jack", "wrong"))
    assert authenticator.recall(basic("jack", "wrong")) is None


@pytest.mark.parametrize(
    "items",
    [{"name": "jack"}, {"name": "jill"}, user(activation={"administrativeStatus": "disabled"})],
    ids=["role-withdrawn", "renamed", "disabled"],
)
async def test_a_change_of_the_account_counts_at_once(
    store: SqliteStore, authenticator: Authenticator, items: Document
) -> None:
    await add(store, user())
    header = basic("jack", PASSWORD)
    await authenticator.principal(header, SOURCE)
    await change(store, items)
    assert authenticator.recall(header) is None
    await refused(authenticator, header)


async def test_a_new_password_counts_at_once(
    store: SqliteStore, authenticator: Authenticator
) -> None:
    await add(store, user())
    await authenticator.principal(basic("jack", PASSWORD), SOURCE)
    await store.set_account(OID, hash_password("another one"), [])
    await refused(authenticator, basic("jack", PASSWORD))
    assert (await authenticator.principal(basic("jack", "another one"), SOURCE)).name == "jack"


async def test_a_deleted_account_is_refused_at_once(
    store: SqliteStore, authenticator: Authenticator
) -> None:
    await add(store, user())
    await authenticator.principal(basic("jack", PASSWORD), SOURCE)
    await store.delete(OID, lambda _: None)
    await refused(authenticator, basic("jack", PASSWORD))


@pytest.mark.parametrize("turns", range(4))
async def test_a_change_while_the_password_is_checked_is_not_overlooked(
    store: SqliteStore, authenticator: Authenticator, turns: int
) -> None:
    await add(store, user())
    header = basic("jack", PASSWORD)

    async def withdraw() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await change(store, {"name": "jack"})

    await asyncio.gather(
        authenticator.principal(header, SOURCE), withdraw(), return_exceptions=True
    )
    assert authenticator.recall(header) is None
    await refused(authenticator, header)


async def test_requests_with_one_credential_share_one_verification(
    store: SqliteStore, authenticator: Authenticator
) -> None:
    await add(store, user())
    header = basic("jack", PASSWORD)
    found = await asyncio.gather(*(authenticator.principal(header, SOURCE) for _ in range(200)))
    assert {each.name for each in found} == {"jack"}


def test_a_password_matches_only_its_own_hash() -> None:
    stored = hash_password(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert matches(stored, PASSWORD)
    assert not matches(stored, "other")
    assert not matches("no hash", PASSWORD)


def test_rights_come_from_roles() -> None:
    viewer = Principal(oid=OID, name="v", roles=frozenset({"viewer"}))
    superuser = Principal(oid=OID, name="s", roles=frozenset({"superuser", "unknown"}))
    assert [right for right in Right if viewer.may(right)] == [Right.READ, Right.SEARCH]
    assert all(superuser.may(right) for right in Right)
    assert not Principal(oid=OID, name="n", roles=frozenset()).may(Right.READ)

"""What people with few rights have tried in vain goes on failing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from gateway.model.principal import ROLE_OIDS
from tests.dialects.midpoint.people import ENTERS, PASSWORD, Person, authorization
from tests.security.speaking import PAGES, member
from tests.serving import delta, unique

if TYPE_CHECKING:
    from tests.conftest import ServerFactory
    from tests.dialects.midpoint.people import People
    from tests.serving import Api

SUPERUSER = {"oid": ROLE_OIDS["superuser"], "type": "RoleType"}


def test_what_others_have_read_is_not_at_hand_for_who_is_denied_it(
    api: Api, people: People
) -> None:
    oid = api.create("users", {"name": unique("shown"), "subtype": ["closed"]})
    closed = {"type": "UserType", "filter": {"text": "subtype = 'closed'"}}
    denied = people.person(
        ENTERS,
        authorization("read"),
        authorization("read", decision="deny", object=closed),
    )
    answer = api.client.get(f"/users/{oid}")
    assert answer.status_code == 200
    for headers in ({}, {"if-none-match": answer.headers["etag"]}, {"if-none-match": "*"}):
        for method in ("GET", "HEAD"):
            assert denied.status(method, f"/users/{oid}", headers=headers) == 404
    assert denied.api.search("users", {"filter": {"text": f". inOid '{oid}'"}}) == []


@pytest.fixture(scope="module")
def climber(people: People) -> Person:
    """Somebody who may read everything and change what concerns themselves, with a role of their own."""
    own = {"special": "self"}
    return people.person(ENTERS, authorization("read"), authorization("modify", "add", object=own))


#: Items that give more, or seem to.
WIDER: dict[str, tuple[str, Any]] = {
    "an assignment": ("assignment", {"targetRef": SUPERUSER}),
    "a membership": ("roleMembershipRef", SUPERUSER),
    "an archetype": ("archetypeRef", SUPERUSER | {"type": "ArchetypeType"}),
    "a persona": ("personaRef", SUPERUSER | {"type": "UserType"}),
    "a delegation": ("delegatedRef", SUPERUSER),
}


@pytest.mark.parametrize("options", ["", "?options=raw", "?options=overwrite"])
@pytest.mark.parametrize("attempt", WIDER)
def test_nobody_widens_what_they_are(api: Api, climber: Person, attempt: str, options: str) -> None:
    path, value = WIDER[attempt]
    body = {"objectModification": {"itemDelta": delta("add", path, value)}}
    climber.client.patch(f"/users/{climber.oid}{options}", json=body)
    gained_nothing(api, climber)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/users/{oid}"),
        ("PUT", "/users/{oid}?options=raw"),
        ("POST", "/users?options=overwrite"),
        ("POST", "/users"),
        ("PUT", "/upsert/users"),
    ],
)
def test_nobody_replaces_oneself_by_somebody_with_more(
    api: Api, climber: Person, method: str, path: str
) -> None:
    items = {"oid": climber.oid, "name": climber.name, "assignment": {"targetRef": SUPERUSER}}
    # A version without options means overwrite.
    for more in ({}, {"version": "1"}):
        answer = climber.client.request(
            method, path.replace("{oid}", climber.oid), json={"user": items | more}
        )
        assert answer.status_code in (400, 403, 409), answer.text
        gained_nothing(api, climber)


def test_nobody_widens_the_own_role(api: Api, climber: Person) -> None:
    more = authorization("modify", "add")
    for change in (
        delta("add", "authorization", more),
        delta("add", "inducement", {"targetRef": SUPERUSER}),
    ):
        body = {"objectModification": {"itemDelta": change}}
        assert climber.client.patch(f"/roles/{climber.role}", json=body).status_code == 403
    gained_nothing(api, climber)


def gained_nothing(api: Api, who: Person) -> None:
    base = str(who.client.base_url).partition("/midpoint")[0]
    assert who.client.get(f"{base}/-/accounts").status_code == 403
    assigned = api.get("users", who.oid)["assignment"]
    assert [each["targetRef"]["oid"] for each in [assigned]] == [who.role]


async def test_two_superusers_who_disable_each_other_at_once_do_not_both_succeed(
    make_server: ServerFactory,
) -> None:
    server = make_server()
    first, second = (member(server, "superuser") for _ in range(2))
    administrator = "00000000-0000-0000-0000-000000000002"
    async with httpx2.AsyncClient(base_url=f"{server.url}/midpoint/ws/rest") as client:
        for _ in range(5):
            statuses = await asyncio.gather(
                *(
                    client.patch(f"/users/{oid}", json=disabling("disabled"), auth=(name, password))
                    for oid, name, password in (
                        (first.oid, *PAGES),
                        (second.oid, *PAGES),
                        (administrator, first.name, PASSWORD),
                        (administrator, second.name, PASSWORD),
                    )
                )
            )
            assert {each.status_code for each in statuses} <= {204, 401, 403, 409}
            logins = [PAGES, *((each.name, PASSWORD) for each in (first, second))]
            left = [
                each for each in logins if (await client.get("/self", auth=each)).status_code == 200
            ]
            assert left
            for oid in (first.oid, second.oid, administrator):
                await client.patch(f"/users/{oid}", json=disabling("enabled"), auth=left[0])


def disabling(status: str) -> dict[str, Any]:
    change = delta("replace", "activation/administrativeStatus", status)
    return {"objectModification": {"itemDelta": change}}

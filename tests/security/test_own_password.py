"""`POST /-/password`: the own password is everybody's own affair."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.dialects.midpoint.people import ENTERS, PASSWORD, People, authorization
from tests.dialects.sailpoint.speaking import token_of
from tests.serving import PASSWORD as OFFICE_PASSWORD
from tests.serving import Api, unique

if TYPE_CHECKING:
    from tests.conftest import ServerFactory
    from tests.dialects.itential.operators import Office
    from tests.serving import Server

NEW = "quite another 5ecret"


def asked(server: Server, body: Any, **how: Any) -> httpx2.Response:
    return httpx2.post(f"{server.url}/-/password", json=body, timeout=30, **how)


def test_who_may_nothing_else_changes_the_own_password(people: People, server: Server) -> None:
    person = people.person(ENTERS)
    answer = asked(server, {"old": PASSWORD, "new": NEW}, auth=(person.name, PASSWORD))
    assert (answer.status_code, answer.content) == (204, b"")
    statuses = [
        people.login(person.name, each).get("/self").status_code for each in (PASSWORD, NEW)
    ]
    assert statuses == [401, 403]


def test_a_wrong_old_password_is_refused_in_a_sentence(people: People, server: Server) -> None:
    person = people.person(ENTERS, authorization("read"))
    answer = asked(server, {"old": NEW, "new": NEW}, auth=(person.name, PASSWORD))
    assert answer.status_code == 403
    assert answer.json()["title"] == "The old password is not the right one."
    assert person.client.get("/self").status_code == 200
    assert NEW not in answer.text


def test_a_session_changes_the_password_of_its_user_and_keeps_the_groups(
    office: Office, server: Server
) -> None:
    person = office.person("operations", "crew")
    with closing(person.client):
        answer = person.client.post("/-/password", json={"old": OFFICE_PASSWORD, "new": NEW})
    assert answer.status_code == 204, answer.text
    login = {"username": person.name, "password": NEW}
    with closing(httpx2.Client(base_url=server.url, timeout=30)) as client:
        assert client.post("/login", json=login).status_code == 200
        assert [each["name"] for each in client.get("/whoami").json()["groups"]] == ["crew"]


def test_a_token_that_stands_for_a_user_changes_it_and_another_has_none_to_change(
    people: People, server: Server, api: Api
) -> None:
    person = people.person(ENTERS, authorization("read"))
    for whose in ({"user": person.name}, {"roles": ["viewer"]}):
        name = unique("client").replace(" ", "-")
        body = {"name": name, "secret": "a client's secret"} | whose
        assert api.client.post(f"{server.url}/-/clients", json=body).status_code == 201
        token = token_of(server.url, name, "a client's secret")
        answer = asked(
            server,
            {"old": PASSWORD, "new": NEW},
            headers={"authorization": f"Bearer {token}"},
        )
        assert answer.status_code == (204 if "user" in whose else 403), answer.text


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"old": PASSWORD},
        {"old": PASSWORD, "new": 1},
        {"old": "x" * 1001, "new": NEW},
        {"old": PASSWORD, "new": NEW, "user": "administrator"},
        {"old": PASSWORD, "new": ""},
    ],
    ids=["list", "nothing", "no new one", "number", "long", "somebody else", "empty"],
)
def test_a_body_of_another_shape_is_refused(people: People, server: Server, body: Any) -> None:
    person = people.person(ENTERS)
    assert asked(server, body, auth=(person.name, PASSWORD)).status_code == 400


def test_nobody_without_a_login_changes_one(server: Server) -> None:
    assert asked(server, {"old": PASSWORD, "new": NEW}).status_code == 401


def test_the_new_password_keeps_the_policy(make_server: ServerFactory) -> None:
    server = make_server()
    with server.client() as client, ExitStack() as stack:
        api = Api(client)
        limits = {"stringPolicy": {"limitations": {"minLength": 12}}}
        policy = client.post("/valuePolicies", json={"valuePolicy": {"name": "long"} | limits})
        oid = policy.headers["location"].rpartition("/")[2]
        refers = {"valuePolicyRef": {"oid": oid, "type": "ValuePolicyType"}}
        security = client.post(
            "/securityPolicies",
            json={"securityPolicy": {"name": "s", "credentials": {"password": refers}}},
        )
        oid = security.headers["location"].rpartition("/")[2]
        configured = {
            "oid": "00000000-0000-0000-0000-000000000001",
            "name": "c",
            "globalSecurityPolicyRef": {"oid": oid, "type": "SecurityPolicyType"},
        }
        made = client.post("/systemConfigurations", json={"systemConfiguration": configured})
        assert made.status_code == 201, made.text
        person = People(server, api, stack).person(ENTERS)
        short = asked(server, {"old": PASSWORD, "new": "short"}, auth=(person.name, PASSWORD))
        assert short.status_code == 409
        assert "12" in short.json()["title"]
        long = asked(server, {"old": PASSWORD, "new": NEW}, auth=(person.name, PASSWORD))
        assert long.status_code == 204

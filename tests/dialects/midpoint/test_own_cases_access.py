"""midPoint's own cases about logging in and what one may do, by number (midpoint-rest 7).

Records of an audit are not kept here, so what the cases say of them is not asserted.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.dialects.midpoint.people import (
    ENTERS,
    REST,
    Person,
    authorization,
)
from tests.serving import ADMINISTRATOR, assert_operation_result, delta, unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.midpoint.people import People
    from tests.serving import Api, Server

OID = "00000000-0000-0000-0000-000000000002"
READS = authorization("read")


def refused(answer: httpx2.Response) -> None:
    """No reason is told to who is not known."""
    assert answer.status_code == 401
    assert answer.content == b""
    assert answer.headers["www-authenticate"] == 'Basic realm="midpoint"'


def as_somebody(server: Server, user: str, password: str | None) -> dict[str, str]:
    pair = user if password is None else f"{user}:{password}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def test_001_the_administrator_reads_an_object(client: httpx2.Client) -> None:
    answer = client.get(f"/users/{OID}")
    assert (answer.status_code, answer.json()["user"]["name"]) == (200, ADMINISTRATOR)


def test_002_an_oid_that_is_no_uuid_is_not_found(client: httpx2.Client) -> None:
    assert_operation_result(client.get("/users/12345"), 404)


def test_003_without_a_header_nobody_gets_in(server: Server, client: httpx2.Client) -> None:
    refused(client.get(f"/users/{OID}", auth=lambda request: request))


@pytest.mark.parametrize(
    ("user", "password"),
    [
        pytest.param("nobody at all", None, id="004"),
        pytest.param("nobody at all", "", id="005"),
        pytest.param("nobody at all", "wrong", id="006"),
        pytest.param(ADMINISTRATOR, None, id="007"),
        pytest.param(ADMINISTRATOR, "wrong", id="016"),
    ],
)
def test_who_does_not_know_the_password_is_refused(
    server: Server, client: httpx2.Client, user: str, password: str | None
) -> None:
    headers = as_somebody(server, user, password)
    refused(client.get(f"/users/{OID}", headers=headers, auth=lambda request: request))


def test_017_a_valid_password_without_any_authorization_is_refused(people: People) -> None:
    refused(people.person().client.get(f"/users/{OID}"))


def test_018_who_is_let_in_without_the_right_to_read_is_refused(people: People) -> None:
    assert_operation_result(people.person(ENTERS).client.get(f"/users/{OID}"), 403)


def test_019_who_is_let_in_and_may_read_reads(people: People) -> None:
    assert people.person(ENTERS, READS).status("GET", f"/users/{OID}") == 200


def test_123_and_124_a_role_is_assigned_by_who_may_modify(people: People, api: Api) -> None:
    person = people.person(ENTERS, READS)
    reference = {"targetRef": {"oid": people.role(), "type": "http://x#RoleType"}}
    body = {"objectModification": {"itemDelta": delta("add", "assignment", reference)}}
    path = f"/users/{person.oid}"
    assert_operation_result(person.client.post(path, json=body), 403)
    assert isinstance(api.get("users", person.oid)["assignment"], dict)
    assert api.client.post(path, json=body).status_code == 204
    assert len(api.get("users", person.oid)["assignment"]) == 2


def test_130_to_133_who_is_disabled_is_refused_until_enabled_again(
    people: People, api: Api
) -> None:
    person = people.person(ENTERS, READS, authorization("modify"))
    path = "activation/administrativeStatus"
    # 130 lets people disable themselves; here nobody locks himself out (409).
    own = person.api.patch("users", person.oid, delta("replace", path, "disabled"))
    assert_operation_result(own, 409)
    api.modify("users", person.oid, delta("replace", path, "disabled"))
    refused(person.client.get(f"/users/{OID}"))
    api.modify("users", person.oid, delta("replace", path, "enabled"))
    assert person.status("GET", f"/users/{OID}") == 200


@pytest.mark.parametrize("password", [pytest.param(None, id="140"), pytest.param("bad", id="141")])
def test_135_a_user_without_a_password_is_added_and_is_not_let_in(
    people: People, server: Server, api: Api, client: httpx2.Client, password: str | None
) -> None:
    name = unique("no password")
    assigned = {"targetRef": {"oid": people.role(ENTERS, READS), "type": "RoleType"}}
    api.create("users", {"name": name, "assignment": assigned})
    headers = as_somebody(server, name, password)
    refused(client.get(f"/users/{OID}", headers=headers, auth=lambda request: request))


# ---- 690 to 698 ------------------------------------------------------------------------------------------


def test_690_who_may_only_call_get_is_refused_to_add(people: People) -> None:
    person = people.person(authorization(f"{REST}getObject"), authorization("add"))
    answer = person.client.post("/users", json={"user": {"name": unique("x")}})
    assert answer.status_code == 403
    assert "addObject" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/log", id="691, 696, 698"),
        pytest.param("/log/size", id="692, 697"),
    ],
)
def test_the_routes_of_the_log_are_not_there(client: httpx2.Client, path: str) -> None:
    assert_operation_result(client.get(path), 404)


def test_695_with_both_rights_an_object_is_read(people: People) -> None:
    person = people.person(authorization(f"{REST}getObject"), authorization("get"))
    assert person.status("GET", f"/users/{OID}") == 200


# ---- what is out of scope answers clearly ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("POST", "/rpc/executeScript", id="520, 530"),
        pytest.param("POST", f"/users/{OID}/credential", id="612"),
        pytest.param("POST", f"/cases/{OID}/workItems/1/complete", id="700, 705, 710"),
        pytest.param("POST", f"/cases/{OID}/workItems/1/delegate", id="720"),
    ],
)
def test_a_route_that_is_not_served_is_not_found(
    client: httpx2.Client, method: str, path: str
) -> None:
    assert_operation_result(client.request(method, path, json={}), 404)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("SecQ", id="SecQ"),
        pytest.param("SecQ eyJ1c2VyIjogImFkbWluaXN0cmF0b3IifQ==", id="SecQ with user"),
    ],
)
def test_a_login_by_security_questions_is_refused(
    server: Server, client: httpx2.Client, header: str
) -> None:
    refused(client.get("/self", headers={"authorization": header}, auth=lambda request: request))


# ---- proxy -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proxy(people: People) -> tuple[Person, dict[str, Person]]:
    """Who may act as two of three others, and these."""
    others = {
        "reads": people.person(ENTERS, READS, subtype="stood for"),
        "reads not": people.person(ENTERS, subtype="stood for"),
        "is not stood for": people.person(ENTERS, READS),
    }
    chosen = {"type": "UserType", "filter": {"text": "subtype = 'stood for'"}}
    acting = authorization(f"{REST}proxy", object=chosen)
    return people.person(ENTERS, READS, acting), others


@pytest.mark.parametrize("path", ["/self/", "/self"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        pytest.param("reads", 200, id="001, 002"),
        pytest.param("reads not", 403, id="003"),
        pytest.param(None, 200, id="004"),
        pytest.param("is not stood for", 403, id="005"),
    ],
)
def test_proxy(
    proxy: tuple[Person, dict[str, Person]], who: str | None, status: int, path: str
) -> None:
    person, others = proxy
    headers = {} if who is None else {"Switch-To-Principal": others[who].oid}
    answer = person.client.get(path, headers=headers)
    assert answer.status_code == status
    if status == 200:
        expected = person if who is None else others[who]
        assert answer.json()["user"]["oid"] == expected.oid
    else:
        assert_operation_result(answer, 403)


def test_basic_auth_001_to_004_who_failed_before_gets_in_with_the_right_password(
    people: People,
) -> None:
    person = people.person(ENTERS, READS)
    refused(people.login(person.name, "wrong").get("/self"))
    assert person.status("GET", "/self") == 200
    # Failures are not counted and lock nobody out, so that nobody can lock others out.
    for _ in range(4):
        refused(people.login(person.name, "wrong").get("/self"))
    assert person.status("GET", "/self") == 200


def test_no_audit_001_an_object_is_read(client: httpx2.Client) -> None:
    """There are no records of audit here, whatever is configured."""
    assert client.get(f"/users/{OID}").status_code == 200

"""How callers get in: sessions, tokens, Basic; and what is open to everybody (operations-manager 1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.dialects.sailpoint.speaking import token_of
from tests.serving import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dialects.itential.operators import Office

JOBS = "/operations-manager/jobs"
PAIR = {"username": "administrator", "password": PASSWORD}


@pytest.fixture
def anybody(office: Office) -> Iterator[httpx2.Client]:
    """A client without a login."""
    with httpx2.Client(base_url=office.server.url) as client:
        yield client


@pytest.mark.parametrize("body", [{"user": PAIR}, PAIR])
@pytest.mark.parametrize("path", ["/login", "/login/"])
def test_a_login_answers_with_the_bare_token_and_a_cookie(
    anybody: httpx2.Client, path: str, body: dict[str, Any]
) -> None:
    answer = anybody.post(path, json=body)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    token = answer.text
    with pytest.raises(ValueError, match="value"):
        answer.json()
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"token={token}; Path=/; HttpOnly")
    assert "Secure" not in cookie
    assert "Domain" not in cookie
    assert anybody.get(JOBS).status_code == 200


def test_a_token_in_the_query_is_as_good_as_a_cookie_and_stays_out_of_the_log(
    office: Office,
) -> None:
    token = httpx2.post(f"{office.server.url}/login", json={"user": PAIR}).text
    answer = httpx2.get(f"{office.server.url}{JOBS}", params={"token": token, "limit": 1})
    assert answer.status_code == 200
    assert answer.json()["metadata"]["hints"] == []
    assert token not in office.server.log.read_text()


def test_bearer_and_basic_let_in_too(office: Office) -> None:
    url = f"{office.server.url}{JOBS}"
    bearer = {"authorization": f"Bearer {token_of(office.server.url)}"}
    assert httpx2.get(url, headers=bearer).status_code == 200
    assert httpx2.get(url, auth=("administrator", PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "pair",
    [
        PAIR | {"password": "wrong"},
        PAIR | {"username": "nobody"},
        PAIR | {"username": "administrator:x"},
    ],
)
def test_a_wrong_login_is_refused_in_json(anybody: httpx2.Client, pair: dict[str, str]) -> None:
    answer = anybody.post("/login", json={"user": pair})
    assert answer.status_code == 401
    assert answer.json() == {"message": "Invalid credentials", "data": None, "metadata": {}}


@pytest.mark.parametrize("body", [{}, {"user": {}}, {"user": []}, {"username": 1, "password": 2}])
def test_a_login_without_a_name_and_a_password_makes_no_sense(
    anybody: httpx2.Client, body: Any
) -> None:
    assert anybody.post("/login", json=body).status_code == 400


def test_a_token_that_was_tampered_with_lets_nobody_in(office: Office) -> None:
    token = httpx2.post(f"{office.server.url}/login", json={"user": PAIR}).text
    for forged in (token[:-1], f"{token}x", token.swapcase(), "", "tgs_", "x" * 9_000):
        answer = httpx2.get(f"{office.server.url}{JOBS}", headers={"cookie": f"token={forged}"})
        assert answer.status_code == 401
    # A client's token is no session.
    client = {"cookie": f"token={token_of(office.server.url)}"}
    assert httpx2.get(f"{office.server.url}{JOBS}", headers=client).status_code == 401


def test_whoever_is_disabled_is_out_at_once(office: Office) -> None:
    person = office.person("operations")
    assert person.client.get("/whoami").status_code == 200
    with office.server.client() as administrator:
        clause = {"filter": {"text": f"name = '{person.name}'"}}
        found = administrator.post("/users/search", json={"query": clause}).json()
        (user,) = found["object"]["object"]
        delta = {
            "modificationType": "replace",
            "path": "activation/administrativeStatus",
            "value": "disabled",
        }
        body = {"objectModification": {"itemDelta": [delta]}}
        assert administrator.patch(f"/users/{user['oid']}", json=body).status_code == 204
    assert person.client.get("/whoami").status_code == 401
    person.client.close()


def test_whoami_tells_who_the_caller_is(office: Office) -> None:
    person = office.person("operations", "night shift")
    found = person.client.get("/whoami").json()
    assert (found["username"], found["roles"]) == (person.name, ["operations"])
    assert [group["name"] for group in found["groups"]] == ["night shift"]
    listed = person.client.get("/authorization/accounts", params={"limit": 1000}).json()
    assert found["id"] in {each["_id"] for each in listed["results"]}
    assert listed["total"] == len(listed["results"])
    person.client.close()


def test_the_release_is_told_to_everybody(anybody: httpx2.Client) -> None:
    assert anybody.get("/health/server").json()["release"].startswith("2023.2.")
    assert anybody.get("/health/status").json()["apps"] == "running"
    assert anybody.get("/whoami").status_code == 401


def test_short_lists_take_no_brackets(office: Office) -> None:
    client = office.of("engineering").client
    answer = client.get("/operations-manager/automations", params={"equals[name]": "x"})
    assert answer.status_code == 400
    found = client.get(
        "/operations-manager/triggers",
        params={"equalsField": "name", "equals": "Approve a leaver", "limit": 5, "skip": 0},
    ).json()
    assert [each["routeName"] for each in found["data"]] == ["approve-a-leaver"]
    assert found["metadata"]["total"] == 1


def test_a_manual_trigger_starts_its_workflow(office: Office) -> None:
    engineer = office.of("engineering")
    (trigger,) = engineer.get("/triggers", equalsField="name", equals="Approve a leaver", limit=5)
    path = f"/triggers/manual/{trigger['_id']}/run"
    assert engineer.post(path, {"formData": {"a": 1}})["variables"]["a"] == 1
    assert engineer.asked("/triggers/endpoint/nowhere", {}).status_code == 404
    assert engineer.asked(f"/triggers/manual/{'0' * 24}/run", {}).status_code == 404

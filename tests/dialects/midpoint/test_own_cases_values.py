"""midPoint's own cases about values and their policies, by number (midpoint-rest 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import ENTERS, Person, authorization
from tests.serving import Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.midpoint.people import People

PASSWORD_PATH = "credentials/password/value"
#: Eight characters, a digit among them.
LIMITS = {"minLength": 8, "limit": {"minOccurs": 1, "characterClass": {"value": "0123456789"}}}


def items(*definitions: dict[str, Any]) -> dict[str, Any]:
    return {"policyItemsDefinition": {"policyItemDefinition": list(definitions)}}


def at(path: str, **more: Any) -> dict[str, Any]:
    return {"target": {"path": path}} | more


def values(answer: httpx2.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["object"]["policyItemDefinition"]
    return found


@pytest.fixture(scope="module")
def policy(client: httpx2.Client) -> dict[str, str]:
    body = {"valuePolicy": {"name": unique("policy"), "stringPolicy": {"limitations": LIMITS}}}
    made = client.post("/valuePolicies", json=body)
    assert made.status_code == 201, made.text
    return {"oid": made.headers["location"].rpartition("/")[2], "type": "c:ValuePolicyType"}


@pytest.fixture
def user(api: Api) -> str:
    return api.create("users", {"name": unique("user")})


@pytest.fixture(scope="module")
def person(people: People) -> Person:
    return people.person(ENTERS, authorization("read"))


def test_501_values_are_made_and_not_stored(
    api: Api, client: httpx2.Client, user: str, policy: dict[str, str]
) -> None:
    wanted = [at(path, valuePolicyRef=policy) for path in ("emailAddress", "personalNumber")]
    found = values(client.post(f"/users/{user}/generate", json=items(*wanted)))
    assert all(len(each["value"]) >= 8 for each in found)
    assert {"emailAddress", "personalNumber"}.isdisjoint(api.get("users", user))


def test_502_a_value_for_a_reference_is_refused(
    api: Api, client: httpx2.Client, user: str, policy: dict[str, str]
) -> None:
    wanted = at("linkRef", valuePolicyRef=policy, execute=True)
    assert_operation_result(client.post(f"/users/{user}/generate", json=items(wanted)), 400)


def test_503_and_504_the_one_value_that_says_so_is_stored(
    api: Api, client: httpx2.Client, user: str, policy: dict[str, str]
) -> None:
    paths = ("emailAddress", "personalNumber", "employeeNumber")
    wanted = [at(path, valuePolicyRef=policy, execute=path == paths[1]) for path in paths]
    found = values(client.post(f"/users/{user}/generate", json=items(*wanted)))
    shown = api.get("users", user)
    assert shown["personalNumber"] == found[1]["value"]
    assert {paths[0], paths[2]}.isdisjoint(shown)


def test_505_and_506_a_generated_password_lets_in(
    people: People, client: httpx2.Client, policy: dict[str, str]
) -> None:
    person = people.person(ENTERS, authorization("read"))
    wanted = at(PASSWORD_PATH, valuePolicyRef=policy, execute=True)
    [found] = values(client.post(f"/users/{person.oid}/generate", json=items(wanted)))
    assert person.status("GET", "/self") == 401
    assert people.login(person.name, found["value"]).get("/self").status_code == 200
    assert found["value"] not in client.get(f"/users/{person.oid}").text
    execution = client.get(f"/users/{person.oid}").json()["user"]["operationExecution"]
    assert [each["operation"] for each in execution] == ['"add"', '"modify"'] or len(execution) == 2


def test_505_and_506_a_password_that_is_not_executed_changes_nothing(
    client: httpx2.Client, person: Person, policy: dict[str, str]
) -> None:
    wanted = at(PASSWORD_PATH, valuePolicyRef=policy)
    values(client.post(f"/users/{person.oid}/generate", json=items(wanted)))
    assert person.status("GET", "/self") == 200


def test_a_value_is_stored_only_for_who_may_modify(
    api: Api, people: People, user: str, policy: dict[str, str], person: Person
) -> None:
    for path in (PASSWORD_PATH, "title"):
        wanted = at(path, valuePolicyRef=policy, execute=True)
        answer = person.client.post(f"/users/{user}/generate", json=items(wanted))
        assert_operation_result(answer, 403)
    assert api.get("users", user)["version"] == "0"


@pytest.mark.parametrize(
    ("value", "status"),
    [pytest.param("long enough 1", 200, id="510"), pytest.param("short", 409, id="511")],
)
def test_a_given_value_is_held_against_a_named_policy(
    client: httpx2.Client, policy: dict[str, str], value: str, status: int
) -> None:
    answer = client.post("/rpc/validate", json=items({"valuePolicyRef": policy, "value": value}))
    if status == 200:
        assert values(answer)[0]["result"]["status"] == "success"
        return
    result = assert_operation_result(answer, 409)
    told = result["userFriendlyMessage"]
    assert told["key"]
    assert told["fallbackMessage"] == result["message"]
    parts = result["partialResults"]
    assert [each["status"] for each in parts] == ["fatal_error"] * 2
    assert all(each["message"] in result["message"] for each in parts)
    assert len({result["token"], *(each["token"] for each in parts)}) == 3


@pytest.mark.parametrize("media_type", ["application/xml", "application/yaml"])
def test_511_is_told_in_every_form(
    client: httpx2.Client, policy: dict[str, str], media_type: str
) -> None:
    body = items({"valuePolicyRef": policy, "value": "short"})
    answer = client.post("/rpc/validate", json=body, headers={"accept": media_type})
    assert_operation_result(answer, 409)
    assert answer.text.count("partialResults") >= 1
    assert "fallbackMessage" in answer.text


@pytest.mark.parametrize(
    ("stored", "status"),
    [
        pytest.param(["a good one 1"], 200, id="512"),
        pytest.param(["a good one 1", "a good one 2"], 200, id="513"),
        pytest.param(["a good one 1", "bad"], 409, id="514"),
    ],
)
def test_stored_values_are_held_against_a_policy(
    api: Api, client: httpx2.Client, policy: dict[str, str], stored: list[str], status: int
) -> None:
    user = api.create("users", {"name": unique("user"), "organization": stored})
    wanted = at("organization", valuePolicyRef=policy)
    assert client.post(f"/users/{user}/validate", json=items(wanted)).status_code == status


@pytest.mark.parametrize("number", ["515", "518"])
def test_a_stored_password_is_not_looked_at_because_only_its_hash_is_kept(
    client: httpx2.Client, person: Person, policy: dict[str, str], number: str
) -> None:
    """515 wants 409 for a password of the history; there is no history here."""
    wanted = at(PASSWORD_PATH, valuePolicyRef=policy)
    [found] = values(client.post(f"/users/{person.oid}/validate", json=items(wanted)))
    assert found["result"]["status"] == "not_applicable"
    assert "hash" in found["result"]["message"]


def test_516_without_any_policy_nothing_is_wrong(client: httpx2.Client) -> None:
    [found] = values(client.post("/rpc/validate", json=items({"value": "x"})))
    assert found["result"]["status"] == "success"


def test_517_a_value_is_made_by_a_named_policy(
    client: httpx2.Client, policy: dict[str, str]
) -> None:
    [found] = values(client.post("/rpc/generate", json=items({"valuePolicyRef": policy})))
    assert len(found["value"]) >= 8


@pytest.mark.parametrize(
    ("number", "status"), [pytest.param(1, 409, id="607"), pytest.param(2, 200, id="608")]
)
def test_a_value_with_an_id_is_held_against_a_policy(
    api: Api, client: httpx2.Client, policy: dict[str, str], number: int, status: int
) -> None:
    """The cases have expressions as checks, which are refused; here it is a limit."""
    values = [{"id": 1, "description": "short"}, {"id": 2, "description": "long enough 1"}]
    user = api.create("users", {"name": unique("user"), "assignment": values})
    wanted = at(f"assignment[{number}]/description", valuePolicyRef=policy)
    assert client.post(f"/users/{user}/validate", json=items(wanted)).status_code == status


def test_a_password_must_keep_the_configured_policy(
    make_server: Any, client: httpx2.Client
) -> None:
    with make_server().client() as own:
        api = Api(own)

        def made(collection: str, root: str, given: dict[str, Any]) -> dict[str, str]:
            answer = own.post(f"/{collection}", json={root: {"name": root} | given})
            assert answer.status_code == 201, answer.text
            return {"oid": answer.headers["location"].rpartition("/")[2]}

        value_policy = made(
            "valuePolicies", "valuePolicy", {"stringPolicy": {"limitations": LIMITS}}
        )
        rules = {"credentials": {"password": {"valuePolicyRef": value_policy}}}
        security = made("securityPolicies", "securityPolicy", rules)
        oid = "00000000-0000-0000-0000-000000000001"
        given = {"oid": oid, "globalSecurityPolicyRef": security}
        made("systemConfigurations", "systemConfiguration", given)
        user = {"name": "jack", "credentials": {"password": {"value": {"clearValue": "short"}}}}
        assert_operation_result(own.post("/users", json={"user": user}), 409)
        assert api.names("users", "name = 'jack'") == []
        jack = api.create("users", {"name": "jack"})
        change = {"clearValue": "still short"}
        assert_operation_result(
            api.patch("users", jack, delta("replace", PASSWORD_PATH, change)), 409
        )
        api.modify("users", jack, delta("replace", PASSWORD_PATH, {"clearValue": "long enough 1"}))

"""Value policies, upserts, `/self` and acting as somebody else (midpoint-rest 1.2, 1.10, 2.5 and 7)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from gateway.engine.objects.value_policy import find_violations, make_up_text, read_policy
from gateway.errors import SchemaViolation
from tests.meaning import meaning
from tests.serving import NOWHERE, Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from tests.conftest import ServerFactory
    from tests.serving import Server

LOWER, DIGITS, SIGNS = "abcdefghij", "0123456789", "!%&"
STRICT: dict[str, Any] = {
    "minLength": 8,
    "maxLength": 10,
    "minUniqueChars": 5,
    "limit": [
        {"minOccurs": 2, "mustBeFirst": True, "characterClass": {"value": LOWER}},
        {"minOccurs": 1, "maxOccurs": 3, "characterClass": {"value": DIGITS}},
        {"maxOccurs": 1, "characterClass": {"value": SIGNS}, "description": "signs"},
    ],
}


def policy(limitations: dict[str, Any], **more: Any) -> Any:
    return read_policy("p", {"stringPolicy": {"limitations": limitations, **more}})


def items(*definitions: dict[str, Any]) -> dict[str, Any]:
    return {"policyItemsDefinition": {"policyItemDefinition": list(definitions)}}


def answered(answer: httpx2.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found = answer.json()["object"]
    assert found["@type"] == "c:PolicyItemsDefinitionType"
    listed: list[dict[str, Any]] = found.get("policyItemDefinition", [])
    return listed


@pytest.fixture(scope="module")
def strict(client: httpx2.Client) -> dict[str, str]:
    """A reference to a strict policy."""
    body = {"valuePolicy": {"name": unique("strict"), "stringPolicy": {"limitations": STRICT}}}
    made = client.post("/valuePolicies", json=body)
    assert made.status_code == 201, made.text
    return {"oid": made.headers["location"].rpartition("/")[2], "type": "c:ValuePolicyType"}


# ---- policies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(50))
def test_what_is_made_up_keeps_the_policy(seed: int) -> None:
    for limitations in (STRICT, {}, {"minLength": 40}, {"maxLength": 3}, {"minUniqueChars": 20}):
        text = make_up_text(policy(limitations), random.Random(seed))
        assert list(find_violations(policy(limitations), text)) == []


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("abcde123", 0),
        ("abc1", 2),
        ("abcdefgh1jj", 1),
        ("aaaa1111", 2),
        ("1abcdefg", 1),
        ("abcdefgh", 1),
        ("abcd1!!e", 1),
        ("", 5),
    ],
)
def test_each_rule_that_a_text_breaks_is_told(text: str, broken: int) -> None:
    found = list(find_violations(policy(STRICT), text))
    assert len(found) == broken
    assert not any(text in each for each in found if len(text) > 3)


def test_classes_are_found_by_name_and_hold_others() -> None:
    classes = {
        "characterClass": [
            {"name": "lower", "value": "abc"},
            {"name": "any", "characterClass": [{"ref": "lower"}, {"value": "12"}]},
        ]
    }
    limits = [{"minOccurs": 3, "characterClass": {"ref": "any"}}]
    found = policy({"limit": limits}, characterClass=classes)
    assert found.limits[0].characters == "abc12"


@pytest.mark.parametrize(
    "limitations",
    [
        {"minLength": 5, "maxLength": 4},
        {"minUniqueChars": 5, "maxLength": 4},
        {"maxLength": 1, "limit": [{"minOccurs": 2, "characterClass": {"value": "ab"}}]},
        {"minLength": 10**6},
        {"limit": [{"characterClass": {"ref": "nothing"}}]},
    ],
)
def test_a_policy_that_no_text_can_keep_is_refused(limitations: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation):
        policy(limitations)


# ---- 1.10, and 501 to 517 of section 7 -----------------------------------------------------------------


def test_generating_for_two_properties_stores_nothing(
    api: Api, client: httpx2.Client, strict: dict[str, str]
) -> None:
    oid = api.create("users", {"name": unique("generated")})
    wanted = [
        {"target": {"path": path}, "valuePolicyRef": strict} for path in ("title", "nickName")
    ]
    found = answered(client.post(f"/users/{oid}/generate", json=items(*wanted)))
    for each in found:
        assert list(find_violations(policy(STRICT), each["value"])) == []
    assert found[0]["value"] != found[1]["value"]
    assert {"title", "nickName"}.isdisjoint(api.get("users", oid))


def test_only_the_items_that_say_execute_are_stored(
    api: Api, client: httpx2.Client, strict: dict[str, str]
) -> None:
    oid = api.create("users", {"name": unique("generated")})
    wanted: list[dict[str, Any]] = [
        {"target": {"path": path}, "valuePolicyRef": strict, "execute": path == "title"}
        for path in ("title", "nickName", "fullName")
    ]
    found = answered(client.post(f"/users/{oid}/generate", json=items(*wanted)))
    user = api.get("users", oid)
    assert user["title"] == found[0]["value"]
    assert {"nickName", "fullName"}.isdisjoint(user)


@pytest.mark.parametrize("path", ["assignment", "linkRef", "activation/validFrom", "fetchResult"])
def test_a_value_is_not_stored_where_no_text_can_be(
    api: Api, client: httpx2.Client, strict: dict[str, str], path: str
) -> None:
    oid = api.create("users", {"name": unique("generated")})
    wanted = {"target": {"path": path}, "valuePolicyRef": strict, "execute": True}
    assert_operation_result(client.post(f"/users/{oid}/generate", json=items(wanted)), 400)
    assert api.get("users", oid)["version"] == "0"


def test_generating_without_an_object_answers_values(
    client: httpx2.Client, strict: dict[str, str]
) -> None:
    [found] = answered(client.post("/rpc/generate", json=items({"valuePolicyRef": strict})))
    assert list(find_violations(policy(STRICT), found["value"])) == []
    assert answered(client.post("/rpc/generate", json=items())) == []
    executed = items({"valuePolicyRef": strict, "execute": True})
    assert_operation_result(client.post("/rpc/generate", json=executed), 400)


def test_generating_without_any_policy_is_refused(client: httpx2.Client) -> None:
    assert_operation_result(client.post("/rpc/generate", json=items({})), 400)


@pytest.mark.parametrize(
    ("value", "status"), [("abcde123", 200), ("short", 409), ("1234567890", 409)]
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_given_value_is_checked(
    client: httpx2.Client, strict: dict[str, str], value: str, status: int, form: str
) -> None:
    if form == "json":
        answer = client.post(
            "/rpc/validate", json=items({"valuePolicyRef": strict, "value": value})
        )
    else:
        body = (
            '<policyItemsDefinition xmlns:c="http://midpoint.evolveum.com/xml/ns/public/common/common-3">'
            f'<policyItemDefinition><valuePolicyRef oid="{strict["oid"]}" type="c:ValuePolicyType"/>'
            f"<value>{value}</value></policyItemDefinition></policyItemsDefinition>"
        )
        headers = {"content-type": "application/xml", "accept": "application/xml"}
        answer = client.post("/rpc/validate", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 409:
        assert_operation_result(answer, 409)
    else:
        assert meaning(answer)["object"]["policyItemDefinition"]["result"]["status"] == "success"


@pytest.mark.parametrize(
    ("values", "status"), [(["abcde123", "bcdef234"], 200), (["abcde123", "x"], 409)]
)
def test_stored_values_are_checked(
    api: Api, client: httpx2.Client, strict: dict[str, str], values: list[str], status: int
) -> None:
    oid = api.create("users", {"name": unique("checked"), "employeeType": values})
    wanted = {"target": {"path": "employeeType"}, "valuePolicyRef": strict}
    answer = client.post(f"/users/{oid}/validate", json=items(wanted))
    assert answer.status_code == status


def test_a_value_of_one_assignment_is_checked_by_its_id(
    api: Api, client: httpx2.Client, strict: dict[str, str]
) -> None:
    assignments = [{"@id": 1, "description": "abcde123"}, {"@id": 2, "description": "x"}]
    oid = api.create("users", {"name": unique("checked"), "assignment": assignments})
    for number, status in ((1, 200), (2, 409)):
        wanted = {"target": {"path": f"assignment[{number}]/description"}, "valuePolicyRef": strict}
        assert client.post(f"/users/{oid}/validate", json=items(wanted)).status_code == status


def test_without_a_policy_every_value_is_right_and_without_items_nothing_is(
    client: httpx2.Client,
) -> None:
    assert len(answered(client.post("/rpc/validate", json=items({"value": "x"})))) == 1
    assert_operation_result(client.post("/rpc/validate", json=items()), 400)


@pytest.mark.parametrize("operation", ["generate", "validate"])
def test_an_object_or_a_policy_that_is_not_there_is_not_found(
    api: Api, client: httpx2.Client, strict: dict[str, str], operation: str
) -> None:
    body = items({"valuePolicyRef": strict})
    for oid in (NOWHERE, "12345"):
        assert_operation_result(client.post(f"/users/{oid}/{operation}", json=body), 404)
    user = api.create("users", {"name": unique("policed")})
    nowhere = items({"valuePolicyRef": {"oid": NOWHERE}, "value": "x"})
    assert_operation_result(client.post(f"/users/{user}/{operation}", json=nowhere), 404)


def test_the_configured_policy_for_passwords_counts_where_none_is_named(
    make_server: ServerFactory,
) -> None:
    with make_server().client() as client:
        body: dict[str, Any] = {
            "valuePolicy": {"name": "p", "stringPolicy": {"limitations": STRICT}}
        }
        oid = client.post("/valuePolicies", json=body).headers["location"].rpartition("/")[2]
        reference = {"password": {"valuePolicyRef": {"oid": oid}}}
        body = {"securityPolicy": {"name": "s", "credentials": reference}}
        oid = client.post("/securityPolicies", json=body).headers["location"].rpartition("/")[2]
        configuration = "00000000-0000-0000-0000-000000000001"
        body = {"name": "c", "oid": configuration, "globalSecurityPolicyRef": {"oid": oid}}
        assert client.post("/systemConfigurations", json={"systemConfiguration": body}).is_success
        [found] = answered(client.post("/rpc/generate", json=items({})))
        assert list(find_violations(policy(STRICT), found["value"])) == []
        assert client.post("/rpc/validate", json=items({"value": "x"})).status_code == 409


# ---- upsert, /self, Switch-To-Principal ------------------------------------------------------------------


def test_an_upsert_creates_an_object_and_then_replaces_it(client: httpx2.Client) -> None:
    name = unique("upserted")
    seen = []
    for title in ("a", "b", "b"):
        answer = client.put("/upsert/users", json={"user": {"name": name, "title": title}})
        found = answer.json()["user"]
        seen.append((answer.status_code, found["title"], found["oid"]))
    assert [each[:2] for each in seen] == [(201, "a"), (200, "b"), (200, "b")]
    assert len({each[2] for each in seen}) == 1


def test_an_upsert_goes_by_the_oid_if_there_is_one(api: Api, client: httpx2.Client) -> None:
    oid = api.create("users", {"name": unique("before")})
    name = unique("after")
    answer = client.put("/upsert/users", json={"user": {"oid": oid, "name": name}})
    assert (answer.status_code, answer.json()["user"]["oid"]) == (200, oid)
    assert api.get("users", oid)["name"] == name


def test_an_upsert_of_a_name_that_two_tasks_have_is_refused(
    api: Api, client: httpx2.Client
) -> None:
    name = unique("twice")
    for _ in range(2):
        api.task(name=name)
    task = {"name": name, "activity": {"work": {"noOp": {}}}}
    assert_operation_result(client.put("/upsert/tasks", json={"task": task}), 409)


@pytest.mark.parametrize("path", ["/self", "/self/"])
def test_self_is_the_user_who_asks(client: httpx2.Client, path: str) -> None:
    assert client.get(path).json()["user"]["name"] == "administrator"


@pytest.fixture(scope="module")
def viewer(server: Server, client: httpx2.Client) -> Iterator[tuple[httpx2.Client, str]]:
    """Somebody who may only read, and the oid."""
    name = unique("viewer")
    account = {"name": name, "password": "a viewer's password", "roles": ["viewer"]}
    assert client.post(f"{server.url}/-/accounts", json=account).status_code == 201
    with server.client(name, "a viewer's password") as opened:
        yield opened, opened.get("/self").json()["user"]["oid"]


def test_a_superuser_acts_wholly_as_another_user(
    client: httpx2.Client, viewer: tuple[httpx2.Client, str]
) -> None:
    headers = {"Switch-To-Principal": viewer[1]}
    assert client.get("/self", headers=headers).json()["user"]["oid"] == viewer[1]
    refused = client.post("/users", json={"user": {"name": unique("x")}}, headers=headers)
    assert_operation_result(refused, 403)
    assert client.get("/self").json()["user"]["name"] == "administrator"


def test_others_act_as_nobody_else(viewer: tuple[httpx2.Client, str]) -> None:
    administrator = "00000000-0000-0000-0000-000000000002"
    for path in ("/self", f"/users/{viewer[1]}"):
        answer = viewer[0].get(path, headers={"Switch-To-Principal": administrator})
        assert_operation_result(answer, 403)


def test_nobody_acts_as_a_user_who_cannot_log_in(api: Api, client: httpx2.Client) -> None:
    without = api.create("users", {"name": unique("no account")})
    for oid in (without, NOWHERE, "administrator", "x"):
        answer = client.get("/self", headers={"Switch-To-Principal": oid})
        assert_operation_result(answer, 403)


def test_an_object_at_hand_is_not_shown_past_the_switch(
    api: Api, client: httpx2.Client, viewer: tuple[httpx2.Client, str]
) -> None:
    oid = api.create("users", {"name": unique("hot")})
    api.modify("users", oid, delta("replace", "title", "x"))
    api.get("users", oid)
    answer = client.get(f"/users/{oid}", headers={"Switch-To-Principal": NOWHERE})
    assert_operation_result(answer, 403)

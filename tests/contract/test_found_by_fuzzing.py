"""What the fuzzer found once, each as a promise of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import Api, assert_operation_result, unique

if TYPE_CHECKING:
    import httpx2


@pytest.mark.parametrize("number", [5.0, -865979.0])
def test_a_number_without_a_fraction_is_an_integer(api: Api, number: float) -> None:
    oid = api.create("orgs", {"name": unique("org"), "displayOrder": number})
    assert api.client.get(f"/orgs/{oid}").json()["org"]["displayOrder"] == int(number)


def test_a_number_with_a_fraction_is_no_integer(client: httpx2.Client) -> None:
    body = {"org": {"name": unique("org"), "displayOrder": 5.5}}
    assert client.post("/orgs", json=body).status_code == 400


def test_paging_reads_a_number_without_a_fraction(client: httpx2.Client) -> None:
    body = {"query": {"paging": {"offset": 0.0, "maxSize": 1.0}}}
    assert client.post("/users/search", json=body).status_code == 200


def test_two_values_of_a_single_item_are_refused_even_if_both_are_null(
    client: httpx2.Client,
) -> None:
    body: dict[str, Any] = {"user": {"name": unique("user"), "description": [None, None]}}
    assert client.post("/users", json=body).status_code == 400


def test_a_wrapped_value_has_no_items_beside_it(client: httpx2.Client) -> None:
    description = {"@value": "text", "orig": "text"}
    body = {"user": {"name": unique("user"), "description": description}}
    assert client.post("/users", json=body).status_code == 400


def test_a_flag_is_given_once(client: httpx2.Client) -> None:
    url = "/users/search?returnTotalCount=true&returnTotalCount=true"
    assert client.post(url, json={"query": {}}).status_code == 400


def test_put_does_not_read_the_oid_in_its_path(client: httpx2.Client) -> None:
    answer = client.put("/users/anything", json={"user": {"name": unique("user")}})
    assert answer.status_code == 201


@pytest.mark.parametrize("name", ["", "c:", "http://example.com/ns#"])
def test_an_item_needs_a_name_even_in_an_extension(client: httpx2.Client, name: str) -> None:
    body = {"user": {"name": unique("user"), "extension": {name: "value"}}}
    assert client.post("/users", json=body).status_code == 400


def test_an_empty_oid_is_none(api: Api) -> None:
    assert api.create("users", {"oid": "", "name": unique("user")})


def test_a_number_is_read_as_a_type_name(api: Api) -> None:
    assert api.create("users", {"name": unique("user"), "assignment": {"focusType": 2.5e-42}})


def test_a_change_without_a_kind_is_checked_and_not_made(api: Api) -> None:
    oid = api.create("users", {"name": unique("user")})
    for kind in ({}, {"modificationType": None}):
        delta = {"path": "description", "value": "text", **kind}
        body = {"objectModification": {"itemDelta": delta}}
        assert api.client.patch(f"/users/{oid}", json=body).status_code == 204
    assert "description" not in api.client.get(f"/users/{oid}").json()["user"]
    unknown = {"objectModification": {"itemDelta": {"path": "nothing"}}}
    assert api.client.patch(f"/users/{oid}", json=unknown).status_code == 400


@pytest.mark.parametrize("parameter", ["include", "exclude", "resolveNames"])
@pytest.mark.parametrize("path", ["", " ", "name,,name"])
def test_an_empty_path_is_refused(client: httpx2.Client, parameter: str, path: str) -> None:
    assert client.get("/users", params={parameter: path}).status_code == 400


def test_an_empty_option_is_ignored_like_every_unknown_one(client: httpx2.Client) -> None:
    assert client.get("/users", params={"options": ""}).status_code == 200


def test_an_id_that_is_null_is_refused(client: httpx2.Client, api: Api) -> None:
    oid = api.create("roles", {"name": unique("role")})
    change = {"modificationType": "delete", "path": "inducement", "value": {"@id": None}}
    body = {"objectModification": {"itemDelta": change}}
    assert client.patch(f"/roles/{oid}", json=body).status_code == 400


def test_a_text_filter_of_a_task_has_nothing_beside_it(client: httpx2.Client) -> None:
    query = {"filter": {"text": "name = 'x'", "surprise": 42}}
    work = {"recomputation": {"objects": {"type": "UserType", "query": query}}}
    body = {"task": {"name": unique("task"), "activity": {"work": work}}}
    answer = client.post("/tasks", json=body)
    assert answer.status_code == 400
    assert "surprise" in answer.json()["object"]["message"]


@pytest.mark.parametrize("kind", [None, "replace"])
def test_a_name_that_is_too_long_is_told_before_a_precondition_that_fails(
    api: Api, kind: str | None
) -> None:
    oid = api.create("archetypes", {"name": unique("archetype")})
    body = {"itemDelta": {"modificationType": kind, "path": "name", "value": "n" * 1_001}}
    answer = api.client.patch(
        f"/archetypes/{oid}", json={"objectModification": body}, headers={"if-match": ""}
    )
    assert_operation_result(answer, 400)


@pytest.mark.parametrize("filter_", [False, 0, 1.5])
def test_a_filter_of_a_task_that_is_no_structure_is_refused(api: Api, filter_: Any) -> None:
    objects = {"type": "UserType", "query": {"filter": filter_}}
    activity = {"work": {"recomputation": {"objects": objects}}}
    answer = api.client.post("/tasks", json={"task": {"name": unique("t"), "activity": activity}})
    assert_operation_result(answer, 400)


COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
IN_XML = {"content-type": "application/xml"}


def test_an_empty_orig_in_xml_is_an_empty_text(api: Api) -> None:
    name = unique("user")
    body = f'<user xmlns="{COMMON}"><name>{name}</name><fullName><orig/><norm/></fullName></user>'
    answer = api.client.post("/users", content=body.encode(), headers=IN_XML)
    assert answer.status_code == 201, answer.text
    [found] = api.search("users", {"filter": {"text": f"name = '{name}'"}})
    assert found["fullName"] == ""


def test_a_change_that_is_nil_in_xml_is_none(api: Api) -> None:
    oid = api.create("users", {"name": unique("user")})
    body = f'<objectModification xmlns="{COMMON}"><itemDelta {NIL}/></objectModification>'
    answer = api.client.patch(f"/users/{oid}", content=body.encode(), headers=IN_XML)
    assert answer.status_code == 204, answer.text


@pytest.mark.parametrize(
    "item", [{"target": False}, {"target": {"path": 5}}, {"value": {"a": 1}}, {"value": [["a"]]}]
)
def test_a_policy_item_that_is_odd_is_refused(api: Api, item: Any) -> None:
    body = {"policyItemsDefinition": {"policyItemDefinition": item}}
    assert_operation_result(api.client.post("/rpc/validate", json=body), 400)

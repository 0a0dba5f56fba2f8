"""JSON as clients write it (midpoint-rest 4.1 to 4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import NOWHERE, Api, assert_operation_result, unique

if TYPE_CHECKING:
    import httpx2

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
ORG = "http://midpoint.evolveum.com/xml/ns/public/common/org-3"
ROLE = "00000000-0000-0000-0000-000000000004"


def stored(client: httpx2.Client, body: Any, collection: str = "users") -> dict[str, Any]:
    """The object as it is read back."""
    answer = client.post(f"/{collection}", json=body)
    assert answer.status_code in (201, 202), answer.text
    [found] = client.get(answer.headers["location"]).json().values()
    return dict(found)


def read(api: Api, name: str, value: Any, collection: str = "users") -> Any:
    """What becomes of one item's value."""
    oid = api.create(collection, {"name": unique("read"), name: value})
    return api.get(collection, oid).get(name)


# ---- 4.1 root ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["user", "c:user", f"{COMMON}#user", f"{COMMON}/user"])
def test_the_root_may_carry_a_namespace(client: httpx2.Client, root: str) -> None:
    assert stored(client, {root: {"name": unique("root")}})["version"] == "0"


@pytest.mark.parametrize("type_name", ["c:UserType", "UserType", f"{COMMON}#UserType"])
def test_a_generic_root_names_its_type(client: httpx2.Client, type_name: str) -> None:
    assert stored(client, {"object": {"@type": type_name, "name": unique("generic")}})


def test_a_namespace_and_a_context_may_come_before_the_root(client: httpx2.Client) -> None:
    user = {"@ns": COMMON, "@context": {"x": "http://x"}, "name": unique("ns")}
    assert stored(client, {"@ns": COMMON, "@context": {}, "user": user})


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "user",
        7,
        None,
        [{"user": {"name": "x"}}],
        {"user": {"name": "x"}, "task": {"name": "x"}},
        {"@ns": COMMON},
        {"usr": {"name": "x"}},
        {"user": []},
        {"user": "x"},
        {"user": None},
        {"object": {"name": "x"}},
        {"object": {"@type": "c:NoSuchType", "name": "x"}},
        {"object": {"@type": "c:FocusType", "name": "x"}},
        {"user": {"name": "x"}, "@ns": COMMON},
    ],
    ids=repr,
)
def test_another_root_is_refused(client: httpx2.Client, body: Any) -> None:
    assert_operation_result(client.post("/users", json=body), 400)


# ---- 4.2 infrastructure keys ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "user",
    [
        {"name": "in the middle", "@ns": COMMON},
        {"oid": "00000000-0000-4000-8000-0000000000aa", "@ns": COMMON, "name": "in the middle"},
        {"name": "in the middle", "activation": {"validFrom": "2025-01-01", "@ns": COMMON}},
        {"name": "in the middle", "assignment": {"@id": 1, "@ns": COMMON}},
    ],
    ids=["object", "after-the-oid", "container", "after-the-id"],
)
def test_a_namespace_in_the_middle_is_refused(client: httpx2.Client, user: dict[str, Any]) -> None:
    result = assert_operation_result(client.post("/users", json={"user": user}), 400)
    assert "@ns" in result["message"]


def test_an_unknown_key_with_an_at_sign_is_refused_by_name(client: httpx2.Client) -> None:
    answer = client.post("/users", json={"user": {"name": "x", "@odd": 1}})
    assert "@odd" in assert_operation_result(answer, 400)["message"]


def test_a_type_that_contradicts_the_root_is_refused(client: httpx2.Client) -> None:
    answer = client.post("/users", json={"user": {"@type": "c:RoleType", "name": "x"}})
    assert "RoleType" in assert_operation_result(answer, 400)["message"]


def test_a_value_may_be_wrapped(api: Api) -> None:
    assert read(api, "description", {"@type": "xsd:string", "@value": "x"}) == "x"
    assert read(api, "subtype", {"@value": ["a", "b"]}) == ["a", "b"]
    assert read(api, "subtype", [{"@value": "a", "@metadata": {}}, "b"]) == ["a", "b"]


def test_an_incomplete_value_is_no_value(api: Api) -> None:
    assert read(api, "description", {"@incomplete": True}) is None
    assert read(api, "subtype", ["a", {"@incomplete": True}]) == "a"


@pytest.mark.parametrize("key", ["id", "@id"])
def test_a_container_value_brings_its_id_in_two_ways(api: Api, key: str) -> None:
    found = read(api, "assignment", {key: 7, "description": "x"})
    assert (found["@id"], found["description"]) == (7, "x")


# ---- 4.3 values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("description", "text", "text"),
        ("description", 5, "5"),
        ("description", True, "true"),
        ("description", "", ""),
        ("fullName", "Jack", "Jack"),
        ("fullName", {"orig": "Jack", "norm": "nonsense"}, "Jack"),
        (
            "fullName",
            {"orig": "Jack", "lang": {"sk": "Jano"}},
            {"orig": "Jack", "lang": {"sk": "Jano"}},
        ),
    ],
)
def test_a_text_is_read_from_its_forms(api: Api, name: str, given: Any, expected: Any) -> None:
    assert read(api, name, given) == expected


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("tenant", True, True),
        ("tenant", "true", True),
        ("tenant", "false", False),
        ("displayOrder", 5, 5),
        ("displayOrder", "5", 5),
        ("orgType", ["a", "a", "b"], ["a", "b"]),
        ("orgType", ["a"], "a"),
        ("orgType", [], None),
        ("orgType", None, None),
        ("displayOrder", [5], 5),
        ("displayOrder", [], None),
        ("displayOrder", [None], None),
        ("lifecycleState", None, None),
        ("activation", {"administrativeStatus": "ENABLED"}, "enabled"),
        ("activation", {"administrativeStatus": " enabled "}, "enabled"),
        ("activation", {"administrativeStatus": ""}, None),
        ("activation", {"validFrom": "2025-07-01T10:00:00+02:00"}, "2025-07-01T08:00:00.000Z"),
        ("activation", {"validFrom": "2025-07-01"}, "2025-07-01T00:00:00.000Z"),
        ("activation", "", None),
        ("activation", None, None),
    ],
)
def test_a_value_is_read_by_its_type(api: Api, name: str, given: Any, expected: Any) -> None:
    found = read(api, name, given, "orgs")
    if name == "activation":
        key = next(iter(given)) if isinstance(given, dict) else "validFrom"
        assert (found or {}).get(key) == expected
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("tenant", "yes"),
        ("tenant", 1),
        ("displayOrder", 1.5),
        ("displayOrder", "x"),
        ("displayOrder", 2**31),
        ("displayOrder", True),
        ("displayOrder", [1, 2]),
        ("description", {"a": 1}),
        ("description", [["x"]]),
        ("displayName", {"norm": "x"}),
        ("displayName", {"orig": {"x": 1}}),
        ("displayName", {"orig": "x", "odd": 1}),
        ("activation", "enabled"),
        ("activation", [{"validFrom": "2025-01-01"}, {"validTo": "2026-01-01"}]),
        ("activation", {"administrativeStatus": "Enabled"}),
        ("activation", {"validFrom": "soon"}),
        ("activation", {"validfrom": "2025-01-01"}),
        ("assignment", {"@id": -1}),
        ("assignment", {"@id": "x"}),
        ("assignment", {"@id": 1.5}),
        ("assignment", [{"@id": 1}, {"@id": 1, "order": 2}]),
        ("Description", "x"),
        ("NAME", "x"),
        ("nothing", "x"),
        ("nope:description", "x"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_path(
    client: httpx2.Client, name: str, given: Any
) -> None:
    body = {"org": {"name": unique("bad"), name: given}}
    result = assert_operation_result(client.post("/orgs", json=body), 400)
    assert name.rpartition(":")[2] in result["message"]


@pytest.mark.parametrize("name", ["category", "recurrence", "policyRule"])
def test_an_item_that_was_removed_long_ago_is_read_and_dropped(api: Api, name: str) -> None:
    assert read(api, name, "x", "tasks") is None


def test_a_misspelt_item_is_answered_with_the_nearest(client: httpx2.Client) -> None:
    answer = client.post("/users", json={"user": {"name": "x", "fulName": "y"}})
    assert "Did you mean 'fullName'?" in assert_operation_result(answer, 400)["message"]


@pytest.mark.parametrize("key", ["clearValue", "encryptedData", "hashedData"])
def test_a_protected_value_is_refused_and_not_repeated(client: httpx2.Client, key: str) -> None:
    secret = "very-secret-value"
    body = {"user": {"name": "x", "extension": {"password": {"a": [{key: secret}]}}}}
    answer = client.post("/users", json=body)
    assert_operation_result(answer, 400)
    assert secret not in answer.text


def test_open_items_keep_what_they_are_given(api: Api) -> None:
    given = {
        "n": 1,
        "flag": True,
        "f": 1.5,
        "s": "x",
        "many": [1, "1"],
        "deep": {"a": [{"b": None}]},
    }
    assert read(api, "extension", given) == given


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_beyond_all_measure_is_refused(client: httpx2.Client, number: str) -> None:
    body = f'{{"user":{{"name":"{unique("huge")}","extension":{{"x":{number}}}}}}}'
    answer = client.post("/users", content=body, headers={"content-type": "application/json"})
    assert_operation_result(answer, 400)


# ---- 4.5 references ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "written"),
    [
        (None, "org:default"),
        ("", "org:default"),
        ("default", "org:default"),
        ("org:default", "org:default"),
        (f"{ORG}#manager", "org:manager"),
        ("manager", "org:manager"),
        ("ext:custom", "ext:custom"),
    ],
)
def test_a_relation_is_read_in_every_form(api: Api, relation: str | None, written: str) -> None:
    target = {"oid": ROLE, "type": "RoleType"} | (
        {} if relation is None else {"relation": relation}
    )
    found = read(api, "assignment", {"targetRef": target})["targetRef"]
    assert found == {"oid": ROLE, "relation": written, "type": "c:RoleType"}
    assert list(found) == ["oid", "relation", "type"]


def test_a_reference_needs_no_type_where_the_schema_has_one(api: Api) -> None:
    assert read(api, "ownerRef", {"oid": NOWHERE}, "tasks")["type"] == "c:UserType"


def test_a_name_that_a_client_sends_with_a_reference_is_not_kept(api: Api) -> None:
    found = read(api, "ownerRef", {"oid": NOWHERE, "targetName": "invented"}, "tasks")
    assert "targetName" not in found


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("objectRef", {"oid": NOWHERE}),
        ("objectRef", {"oid": NOWHERE, "type": "c:NoSuchType"}),
        ("objectRef", {"oid": NOWHERE, "type": ["c:UserType"]}),
        ("ownerRef", {"oid": NOWHERE, "type": "c:RoleType"}),
        ("ownerRef", {"type": "c:UserType"}),
        ("ownerRef", {"oid": "", "type": "c:UserType"}),
        ("ownerRef", {"oid": 7, "type": "c:UserType"}),
        ("ownerRef", {"oid": NOWHERE, "odd": 1}),
        ("ownerRef", {"oid": NOWHERE, "relation": 7}),
        ("ownerRef", {"oid": NOWHERE, "relation": "a b"}),
        ("ownerRef", {"oid": NOWHERE, "filter": {}}),
        ("ownerRef", NOWHERE),
        ("ownerRef", [{"oid": NOWHERE}, {"oid": ROLE}]),
    ],
)
def test_a_bad_reference_is_refused_by_its_path(
    client: httpx2.Client, name: str, given: Any
) -> None:
    body = {"task": {"name": "x", name: given}}
    assert name in assert_operation_result(client.post("/tasks", json=body), 400)["message"]


# ---- 3 media types -------------------------------------------------------------------------------------


def test_a_body_without_a_type_is_not_read(client: httpx2.Client) -> None:
    assert_operation_result(client.post("/users", content=b"{}"), 415)


def test_a_charset_does_not_matter(client: httpx2.Client) -> None:
    body = f'{{"user":{{"name":"{unique("žltý")}"}}}}'.encode()
    headers = {"content-type": "application/json; charset=iso-8859-1"}
    location = client.post("/users", content=body, headers=headers).headers["location"]
    assert "žltý" in client.get(location).json()["user"]["name"]

"""POST search: bodies, paging, counts (midpoint-rest 1.6, 4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import (
    API_TYPES,
    COLLECTIONS,
    ROOT,
    TYPES,
    Api,
    assert_operation_result,
    unique,
)

if TYPE_CHECKING:
    import httpx2


@pytest.fixture(scope="module")
def prefix(api: Api) -> str:
    """The beginning of the names of five orgs."""
    start = unique("paged")
    for number in (3, 1, 5, 2, 4):
        api.create("orgs", {"name": f"{start} {number}", "displayOrder": number % 2})
    return start


def text(prefix: str) -> dict[str, Any]:
    return {"filter": {"text": f"name startsWith '{prefix}'"}}


def numbers(found: list[dict[str, Any]]) -> list[str]:
    return [each["name"][-1] for each in found]


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("query", ["", None, {}, {"filter": None}, {"filter": {}}, {"paging": {}}])
def test_an_empty_query_means_everything(
    api: Api, client: httpx2.Client, collection: str, query: Any
) -> None:
    api.create(collection, {"name": unique("any")})
    found = api.search(collection, query)
    # Not the whole of them: tasks may be at work.
    everything = client.get(f"/{collection}").json()["object"]["object"]
    assert [each["oid"] for each in found] == [each["oid"] for each in everything]


def test_no_match_is_a_list_without_a_key(client: httpx2.Client) -> None:
    answer = client.post("/tasks/search", json={"query": text("no such name")})
    assert answer.json() == {
        "@ns": TYPES,
        "object": {"@type": f"{API_TYPES}#ObjectListType"},
    }


def test_one_match_is_a_list_of_one(api: Api) -> None:
    name = unique("single")
    api.task(name=name)
    [found] = api.search("tasks", text(name))
    assert (found["@type"], found["name"]) == ("c:TaskType", name)


def test_matches_come_in_the_order_of_their_creation_if_none_is_asked_for(
    api: Api, prefix: str
) -> None:
    assert numbers(api.search("orgs", text(prefix))) == ["3", "1", "5", "2", "4"]


@pytest.mark.parametrize(
    ("paging", "expected"),
    [
        ({"orderBy": "name"}, "12345"),
        ({"orderBy": "name", "orderDirection": "ascending"}, "12345"),
        ({"orderBy": "c:name", "orderDirection": "descending"}, "54321"),
        ({"orderBy": "name", "offset": 3}, "45"),
        ({"orderBy": "name", "maxSize": 2}, "12"),
        ({"orderBy": "name", "offset": 1, "maxSize": 2}, "23"),
        ({"orderBy": "name", "offset": "1", "maxSize": "2"}, "23"),
        ({"orderBy": "name", "maxSize": 0}, ""),
        ({"orderBy": "name", "offset": 99}, ""),
        ({"orderBy": "name", "offset": 2**31 - 1, "maxSize": 2**31 - 1}, ""),
        ({"orderBy": "displayOrder"}, "24315"),
        ({"orderBy": ["displayOrder"]}, "24315"),
        ({"orderBy": ["description", "displayOrder"]}, "24315"),
        ({"orderBy": "description, displayOrder"}, "24315"),
        ({"orderBy": ["description", "name"], "orderDirection": "descending"}, "54321"),
        ({"orderBy": [], "offset": 1}, "1524"),
        ({"offset": 1}, "1524"),
    ],
)
def test_a_page_is_cut_from_the_sorted_matches(
    api: Api, prefix: str, paging: dict[str, Any], expected: str
) -> None:
    found = api.search("orgs", text(prefix) | {"paging": paging})
    assert "".join(numbers(found)) == expected


def test_the_total_is_sent_on_request_and_ignores_the_page(
    client: httpx2.Client, prefix: str
) -> None:
    body = {"query": text(prefix) | {"paging": {"maxSize": 2}}}
    counted = client.post("/orgs/search?returnTotalCount=true", json=body)
    assert counted.headers["x-total-count"] == "5"
    for query in ("", "?returnTotalCount=false"):
        assert "x-total-count" not in client.post(f"/orgs/search{query}", json=body).headers


@pytest.mark.parametrize("value", ["1", "wahr", "yes", ""])
def test_a_flag_that_is_no_boolean_is_refused(client: httpx2.Client, value: str) -> None:
    answer = client.post(f"/orgs/search?returnTotalCount={value}", json={"query": {}})
    assert_operation_result(answer, 400)


@pytest.mark.parametrize(
    "query",
    [
        {"paging": {"offset": -1}},
        {"paging": {"maxSize": -1}},
        {"paging": {"offset": 2**31}},
        {"paging": {"offset": "x"}},
        {"paging": {"offset": 1.5}},
        {"paging": {"offset": True}},
        {"paging": {"maxSize": {}}},
        {"paging": {"orderDirection": "up"}},
        {"paging": {"orderBy": "nothing"}},
        {"paging": {"orderBy": "assignment"}},
        {"paging": {"orderBy": ["name", "nothing"]}},
        {"paging": {"orderBy": ["name", 1]}},
        {"paging": {"orderBy": [["name"]]}},
        {"paging": {"orderBy": ["name"] * 9}},
        {"paging": {"orderBy": {"path": "name"}}},
        {"paging": {"orderBy": "na me"}},
        {"paging": {"orderby": "name"}},
        {"paging": [1]},
        {"paging": "x"},
        {"filters": {}},
        {"filter": "name = 'x'"},
        {"filter": ["x"]},
        {"filter": {"text": 7}},
        {"filter": {"text": ["name = 'x'"]}},
        {"filter": {"text": "name = 'x'", "equal": {}}},
        {"includeCount": True},
        [],
        "name = 'x'",
        7,
    ],
    ids=repr,
)
def test_a_query_that_is_not_understood_is_refused(client: httpx2.Client, query: Any) -> None:
    answer = client.post("/orgs/search", json={"query": query})
    assert assert_operation_result(answer, 400)["operation"] == "searchObjects"


@pytest.mark.parametrize("clause", ["equal", "and", "not", "exists", "ref"])
def test_an_incomplete_clause_is_refused_with_its_place(client: httpx2.Client, clause: str) -> None:
    answer = client.post("/orgs/search", json={"query": {"filter": {clause: {}}}})
    message = assert_operation_result(answer, 400)["message"]
    assert f"(at filter/{clause})" in message


def test_clauses_select_what_their_text_selects(client: httpx2.Client, prefix: str) -> None:
    starts = {"substring": {"path": "name", "value": prefix, "anchorStart": True}}
    body = {"query": {"filter": starts, "paging": {"orderBy": "name"}}}
    written = {"query": text(prefix) | {"paging": {"orderBy": "name"}}}
    answers = [client.post("/orgs/search", json=each).json() for each in (body, written)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("filter_text", "named"),
    [
        ("name =", "line 1, column"),
        ("name = 'x' and\n and", "line 2, column"),
        ("nme = 'x'", "name"),
        ("name = 'x", "line 1"),
        ("displayOrder = 'x'", "integer"),
        ("name sounds 'x'", "line 1, column 6"),
        ("(name = 'x'", "line 1"),
        ("name = 'x')", "line 1"),
    ],
)
def test_a_faulty_filter_is_refused_with_place_and_reason(
    client: httpx2.Client, filter_text: str, named: str
) -> None:
    answer = client.post("/orgs/search", json={"query": {"filter": {"text": filter_text}}})
    result = assert_operation_result(answer, 400)
    assert named in result["message"]
    assert "^" in result["details"]


@pytest.mark.parametrize(
    "body", [{"task": {"name": "x"}}, {"objectModification": {}}, {}, [], {"query": {}, "q": {}}]
)
def test_another_body_is_no_query(client: httpx2.Client, body: Any) -> None:
    assert_operation_result(client.post("/tasks/search", json=body), 400)


def test_a_missing_body_is_no_query(client: httpx2.Client) -> None:
    assert_operation_result(client.post("/tasks/search"), 400)


def test_a_list_of_more_values_than_the_limit_is_refused(client: httpx2.Client) -> None:
    text = "name = (" + ", ".join(["'x'"] * 12_000) + ")"
    answer = client.post("/orgs/search", json={"query": {"filter": {"text": text}}})
    assert "10000" in assert_operation_result(answer, 400)["message"].replace(",", "")


def test_the_names_of_tasks_are_compared_strictly_unless_a_rule_relaxes_it(api: Api) -> None:
    lower, upper = unique("case"), ""
    upper = lower.upper()
    for name in (lower, upper):
        api.task(name=name)
    assert api.names("tasks", f"name = '{lower}'") == [lower]
    assert sorted(api.names("tasks", f"name =[origIgnoreCase] '{lower}'")) == sorted([lower, upper])


def test_tasks_are_found_by_state_owner_and_affected_type(api: Api) -> None:
    name = unique("found")
    oid = api.task({"recomputation": {"objects": {"type": "c:ServiceType"}}}, name=name)
    for condition in (
        "schedulingState = 'suspended'",
        "executionState != 'running'",
        "ownerRef matches (oid = '00000000-0000-0000-0000-000000000002')",
        "binding = 'loose'",
        f"taskIdentifier = '{api.get('tasks', oid)['taskIdentifier']}'",
    ):
        assert api.names("tasks", f"name = '{name}' and {condition}") == [name]
        assert api.names("tasks", f"name = '{name}' and not ({condition})") == []


def test_members_of_a_role_are_found_through_their_assignments(api: Api) -> None:
    role = api.create("roles", {"name": unique("role")})
    target = {"oid": role, "type": "c:RoleType"}
    member, manager = unique("member"), unique("manager")
    api.create("users", {"name": member, "assignment": {"targetRef": target}})
    api.create(
        "users", {"name": manager, "assignment": {"targetRef": target | {"relation": "manager"}}}
    )
    condition = f"assignment matches (targetRef matches (oid = '{role}'))"
    assert api.names("users", condition) == [member]


def test_the_samples_query_is_served_as_it_is(client: httpx2.Client) -> None:
    body = (ROOT / "samples" / "rest" / "query-gen-name.json").read_bytes()
    headers = {"content-type": "application/json"}
    assert client.post("/tasks/search", content=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        " and ".join(["name startsWith 'x'"] * 2_000),
        " or ".join(f"name = '{number}'" for number in range(3_000)),
        "(" * 190 + "name = 'x'" + ")" * 190,
        "name = (" + ", ".join(f"'{number}'" for number in range(5_000)) + ")",
    ],
    ids=["and", "or", "parentheses", "list"],
)
def test_a_long_filter_within_the_limits_is_served(client: httpx2.Client, text: str) -> None:
    assert len(text) < 65_536
    answer = client.post("/users/search", json={"query": {"filter": {"text": text}}})
    assert answer.status_code == 200

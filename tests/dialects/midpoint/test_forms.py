"""XML, JSON and YAML in and out, and which one is chosen (midpoint-rest 3, 4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from defusedxml.ElementTree import fromstring

from tests.meaning import meaning, of_xml
from tests.serving import (
    ADMINISTRATOR,
    COLLECTIONS,
    NOWHERE,
    PASSWORD,
    REST,
    ROOTS,
    Api,
    assert_operation_result,
    unique,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server

XML, JSON, YAML = "application/xml", "application/json", "application/yaml"
#: What a client says to what it gets.
ACCEPTED = {
    "": XML,
    "*/*": XML,
    "application/*": XML,
    "application/xml": XML,
    "text/xml": "text/xml",
    "text/*": "text/xml",
    "application/soap+xml": "application/soap+xml",
    "application/json": JSON,
    "application/json, */*": JSON,
    "application/json, */*;q=0.8": JSON,
    "application/xml, application/json": XML,
    "application/json, application/xml": JSON,
    "application/xml;q=0.5, application/json;q=0.6": JSON,
    "application/xml;q=0, application/*": JSON,
    "text/html, application/xhtml+xml;q=0.9, application/json;q=0.9": XML,
    "application/yaml": YAML,
    "text/yaml": "text/yaml",
    "application/yml": "application/yml",
    "text/yml": "text/yml",
    "application/x-yaml": "application/x-yaml",
    "application/vnd.midpoint+yaml": "application/vnd.midpoint+yaml",
    "text/csv, application/yaml;q=0.1": YAML,
    "APPLICATION/JSON": JSON,
}
SENT = {
    "application/xml": "xml",
    "text/xml": "xml",
    "application/xml; charset=iso-8859-1": "xml",
    "application/soap+xml": "xml",
    "application/json": "json",
    "application/json; charset=utf-8": "json",
    "application/yaml": "yaml",
    "text/yaml": "yaml",
    "application/yml": "yaml",
    "text/yml": "yaml",
    "application/x-yaml": "yaml",
    "text/x-yaml": "yaml",
    "application/vnd.midpoint+yaml": "yaml",
    "text/vnd.midpoint+yaml": "yaml",
}
COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3"
USERS = {
    "xml": '<user xmlns="'
    + COMMON
    + '"><name>{name}</name><subtype>a</subtype><subtype>b</subtype></user>',
    "json": '{{"user": {{"name": "{name}", "subtype": ["a", "b"]}}}}',
    "yaml": "user:\n  name: {name}\n  subtype:\n  - a\n  - b\n",
}
TYPE_OF = {"xml": XML, "json": JSON, "yaml": YAML}
FORMS = sorted(TYPE_OF)


@pytest.fixture(scope="module")
def bare(server: Server) -> Iterator[httpx2.Client]:
    """A client that does not mind what it gets."""
    with httpx2.Client(
        base_url=server.url + REST, auth=(ADMINISTRATOR, PASSWORD), timeout=30
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
def task(api: Api) -> str:
    """A task that has run, with all that its runs leave behind."""
    oid = api.task(
        {"noOp": {"steps": 3}}, schedulingState="ready", subtype=["a", "b"], description=" <&\n"
    )
    api.when_closed(oid)
    return oid


# ---- 3.2 negotiation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize("path", ["", "/search", "/{oid}"])
def test_the_best_form_that_a_client_accepts_is_sent_under_its_own_name(
    bare: httpx2.Client, task: str, accept: str, path: str
) -> None:
    headers = {"accept": accept, "content-type": "application/json"}
    body = b'{"query":{"paging":{"maxSize":1}}}' if path == "/search" else None
    method = "POST" if body else "GET"
    answer = bare.request(method, f"/tasks{path.format(oid=task)}", headers=headers, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, ACCEPTED[accept])
    assert answer.headers["vary"] == "accept"


def test_several_accept_headers_are_one(bare: httpx2.Client, task: str) -> None:
    headers = [("accept", "text/csv"), ("accept", "application/yaml")]
    del bare.headers["accept"]
    answer = bare.get(f"/tasks/{task}", headers=headers)
    assert answer.headers["content-type"] == YAML


@pytest.mark.parametrize(
    "accept", ["text/csv", "image/*", "application/json;q=0", "application/jsonx", "garbage"]
)
def test_what_cannot_be_sent_is_refused_in_xml(bare: httpx2.Client, task: str, accept: str) -> None:
    answer = bare.get(f"/tasks/{task}", headers={"accept": accept})
    assert answer.headers["content-type"] == XML
    assert_operation_result(answer, 406)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/tasks/{NOWHERE}", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/tasks", 405),
        ("POST", "/users", 400),
    ],
)
def test_errors_come_in_the_form_that_was_asked_for(
    bare: httpx2.Client, form: str, method: str, path: str, status: int
) -> None:
    answer = bare.request(method, path, headers={"accept": TYPE_OF[form]})
    assert answer.headers["content-type"] == TYPE_OF[form]
    assert_operation_result(answer, status)


@pytest.mark.parametrize("kind", SENT)
def test_every_name_of_a_form_is_understood(api: Api, client: httpx2.Client, kind: str) -> None:
    name = unique("named")
    body = USERS[SENT[kind]].format(name=name).encode()
    answer = client.post("/users", content=body, headers={"content-type": kind})
    assert answer.status_code == 201, answer.text
    found = api.get("users", answer.headers["location"].rpartition("/")[2])
    assert (found["name"], found["subtype"]) == (name, ["a", "b"])


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/problem+json", "xml"]
)
def test_a_body_of_another_type_is_not_read(client: httpx2.Client, kind: str) -> None:
    answer = client.post("/users", content=b"<user/>", headers={"content-type": kind})
    assert_operation_result(answer, 415)


@pytest.mark.parametrize("sent", FORMS)
@pytest.mark.parametrize("said", FORMS)
def test_a_body_in_another_form_than_it_says_is_refused(
    client: httpx2.Client, sent: str, said: str
) -> None:
    body = USERS[sent].format(name=unique("liar")).encode()
    answer = client.post("/users", content=body, headers={"content-type": TYPE_OF[said]})
    # JSON is YAML, too.
    assert answer.status_code == (
        201 if (said in (sent, "yaml") and sent != "xml") or said == sent else 400
    )


# ---- the forms say the same ----------------------------------------------------------------------------


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("form", ["xml", "yaml"])
def test_an_object_means_the_same_in_every_form(
    api: Api, client: httpx2.Client, collection: str, form: str
) -> None:
    role = {"targetRef": {"oid": NOWHERE, "type": "c:RoleType"}, "description": "line\r\nline"}
    items: dict[str, Any] = {
        "name": unique("Ján <&>"),
        "assignment": [role, {"description": "'\"]]>"}],
    }
    oid = api.create(collection, items, options="raw")
    usual = client.get(f"/{collection}/{oid}")
    other = client.get(f"/{collection}/{oid}", headers={"accept": TYPE_OF[form]})
    assert meaning(other) == meaning(usual)
    assert list(meaning(other)) == [ROOTS[collection]]


@pytest.mark.parametrize("form", ["xml", "yaml"])
@pytest.mark.parametrize(
    "query",
    ["", "?include=result", "?options=raw", "?exclude=activityState", "?options=resolveNames"],
)
def test_a_task_means_the_same_in_every_form(
    client: httpx2.Client, task: str, form: str, query: str
) -> None:
    usual = client.get(f"/tasks/{task}{query}")
    other = client.get(f"/tasks/{task}{query}", headers={"accept": TYPE_OF[form]})
    assert meaning(other) == meaning(usual)


@pytest.mark.parametrize("form", ["xml", "yaml"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_list_means_the_same_in_every_form(
    api: Api, client: httpx2.Client, form: str, count: int
) -> None:
    title = unique("listed").replace(" ", "-")
    for _ in range(count):
        api.create("users", {"name": unique("listed"), "title": title})
    query = {"query": {"filter": {"text": f"title = '{title}'"}}}
    usual = client.post("/users/search", json=query)
    other = client.post("/users/search", json=query, headers={"accept": TYPE_OF[form]})
    assert meaning(other) == meaning(usual)


def test_each_form_has_an_etag_of_its_own(client: httpx2.Client, task: str) -> None:
    etags = {}
    for form, kind in TYPE_OF.items():
        etags[form] = client.get(f"/tasks/{task}", headers={"accept": kind}).headers["etag"]
    assert len(set(etags.values())) == len(FORMS)
    for form, kind in TYPE_OF.items():
        for other, etag in etags.items():
            headers = {"accept": kind, "if-none-match": etag}
            answer = client.get(f"/tasks/{task}", headers=headers)
            assert answer.status_code == (304 if form == other else 200)


@pytest.mark.parametrize("form", FORMS)
def test_the_etag_of_any_form_lets_a_change_through(
    api: Api, client: httpx2.Client, form: str
) -> None:
    oid = api.create("users", {"name": unique("matched")})
    etag = client.get(f"/users/{oid}", headers={"accept": TYPE_OF[form]}).headers["etag"]
    assert client.delete(f"/users/{oid}", headers={"if-match": etag}).status_code == 204


# ---- XML as midPoint writes it -------------------------------------------------------------------------


def test_a_list_in_xml_has_its_types(client: httpx2.Client, task: str) -> None:
    query = {"query": {"filter": {"text": f". inOid '{task}'"}}}
    answer = client.post("/tasks/search", json=query, headers={"accept": XML})
    root = fromstring(answer.content)
    assert root.tag == "{http://prism.evolveum.com/xml/ns/public/types-3}object"
    [found] = root
    assert found.tag == "{http://midpoint.evolveum.com/xml/ns/public/common/api-types-3}object"
    assert found.get("oid") == task
    assert found.find(f"{{{COMMON}}}name") is not None
    assert b'xsi:type="apti:ObjectListType"' in answer.content
    assert b'xsi:type="c:TaskType"' in answer.content


def test_a_list_in_yaml_has_its_types(client: httpx2.Client, task: str) -> None:
    query = {"query": {"filter": {"text": f". inOid '{task}'"}}}
    text = client.post("/tasks/search", json=query, headers={"accept": YAML}).text
    assert (
        "object: !<http://midpoint.evolveum.com/xml/ns/public/common/api-types-3/ObjectListType>\n"
        in text
    )
    assert f"- !<{COMMON}/TaskType>\n" in text


def test_what_is_in_xml_is_in_the_namespaces_of_the_schema(api: Api, client: httpx2.Client) -> None:
    role = {"targetRef": {"oid": NOWHERE, "type": "c:RoleType", "relation": "manager"}}
    oid = api.create("users", {"name": unique("spaces"), "assignment": role}, options="raw")
    root = fromstring(client.get(f"/users/{oid}", headers={"accept": XML}).content)
    assert root.tag == f"{{{COMMON}}}user"
    reference = root.find(f"{{{COMMON}}}assignment/{{{COMMON}}}targetRef")
    assert reference is not None
    assert of_xml(reference) == {"oid": NOWHERE, "relation": "org:manager", "type": "c:RoleType"}

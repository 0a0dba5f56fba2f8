"""Passwords in users: taken, kept as hashes, and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.people import (
    ENTERS,
    PASSWORD,
    authorization,
    own_password,
)
from tests.serving import assert_operation_result, delta, unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.midpoint.people import People
    from tests.serving import Api, Server

OID = "00000000-0000-0000-0000-000000000002"
READS = authorization("read")

FORMS: dict[str, tuple[str, str]] = {
    "json": (
        "application/json",
        (
            '{{"user": {{"name": "{name}", "credentials": {{"password": {{"value": '
            '{{"clearValue": "{text}"}}}}}}}}}}'
        ),
    ),
    "xml": (
        "application/xml",
        (
            '<user xmlns="http://midpoint.evolveum.com/xml/ns/public/common/common-3" '
            'xmlns:t="http://prism.evolveum.com/xml/ns/public/types-3"><name>{name}</name><credentials>'
            "<password><value><t:clearValue>{text}</t:clearValue></value></password></credentials></user>"
        ),
    ),
    "yaml": (
        "application/yaml",
        (
            "user:\n  name: {name}\n  credentials:\n    password:\n      value:\n"
            "        clearValue: {text}\n"
        ),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_password_is_given_in_any_form_and_shown_in_none(
    people: People, server: Server, api: Api, form: str
) -> None:
    name = unique("user")
    media_type, template = FORMS[form]
    body = template.format(name=name, text=PASSWORD)
    made = api.client.post("/users", content=body, headers={"content-type": media_type})
    assert made.status_code == 201, made.text
    oid = made.headers["location"].rpartition("/")[2]
    reference = {"targetRef": {"oid": people.role(ENTERS, READS), "type": "RoleType"}}
    api.modify("users", oid, delta("add", "assignment", reference))
    assert people.login(name).get("/self").status_code == 200
    for parameters in ({}, {"options": "raw"}, {"include": "credentials"}):
        shown = api.client.get(f"/users/{oid}", params=parameters).text
        assert "credentials" not in shown
        assert "argon2" not in shown
    # The file and the log know nothing of it either.
    files = server.database.parent.glob(f"{server.database.stem}*")
    assert not any(PASSWORD.encode() in each.read_bytes() for each in files)


@pytest.mark.parametrize(
    "change",
    [
        delta("replace", "credentials", own_password("a new one")),
        delta("replace", "credentials/password", {"value": {"clearValue": "a new one"}}),
        delta("add", "credentials/password/value", {"clearValue": "a new one"}),
        delta("replace", "credentials/password/value/clearValue", "a new one"),
    ],
    ids=lambda each: str(each["path"]),
)
def test_a_new_password_counts_at_once(people: People, change: dict[str, Any]) -> None:
    person = people.person(ENTERS, READS)
    people.api.modify("users", person.oid, change, delta("replace", "title", "changed"))
    assert person.status("GET", "/self") == 401
    user = people.login(person.name, "a new one").get("/self").json()["user"]
    assert user["title"] == "changed"


@pytest.mark.parametrize(
    "path", ["credentials", "credentials/password", "credentials/password/value"]
)
def test_a_password_that_is_replaced_with_nothing_lets_nobody_in(people: People, path: str) -> None:
    person = people.person(ENTERS, READS)
    people.api.modify("users", person.oid, delta("replace", path))
    assert person.status("GET", "/self") == 401
    for text in ("", PASSWORD):
        assert people.login(person.name, text).get("/self").status_code == 401


def test_a_password_outlives_all_that_does_not_speak_of_it(people: People, api: Api) -> None:
    person = people.person(ENTERS, READS)
    user = api.get("users", person.oid)
    replaced = {key: user[key] for key in ("oid", "name", "assignment")}
    assert api.client.put("/users/x", json={"user": replaced}).status_code == 201
    assert api.client.put("/upsert/users", json={"user": replaced}).status_code == 200
    api.modify("users", person.oid, delta("delete", "credentials/password/value"))
    assert person.status("GET", "/self") == 200


def test_nobody_takes_the_own_or_the_last_superusers_password_away(
    people: People, api: Api
) -> None:
    person = people.person(ENTERS, authorization("modify"))
    for by, oid in ((api, OID), (person.api, person.oid)):
        answer = by.patch("users", oid, delta("replace", "credentials"))
        assert "password" in assert_operation_result(answer, 409)["message"]


@pytest.mark.parametrize(
    ("credentials", "name"),
    [
        ({"password": {"value": {"encryptedData": {}}}}, "encryptedData"),
        ({"password": {"value": {"hashedData": {}}}}, "hashedData"),
        ({"password": {"forceChange": True}}, "forceChange"),
        ({"securityQuestions": {}}, "securityQuestions"),
        ({"password": {"value": "plain"}}, "value"),
        (own_password(""), "password"),
        (own_password("x" * 1_001), "password"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_other_credentials_are_refused_by_name(
    client: httpx2.Client, credentials: dict[str, Any], name: str
) -> None:
    body = {"user": {"name": unique("user"), "credentials": credentials}}
    assert name in assert_operation_result(client.post("/users", json=body), 400)["message"]


def test_a_password_is_not_searched_for(api: Api, people: People) -> None:
    person = people.person(ENTERS)
    text = f"credentials/password/value/clearValue = '{PASSWORD}' and name = '{person.name}'"
    assert api.search("users", {"filter": {"text": text}}) == []


def test_no_task_sets_a_password(api: Api) -> None:
    user = {"@type": "UserType", "name": unique("user"), "credentials": own_password()}
    work = {"explicitChangeExecution": {"delta": [{"changeType": "add", "objectToAdd": user}]}}
    body = {"task": {"name": unique("task"), "activity": {"work": work}}}
    refused = assert_operation_result(api.client.post("/tasks", json=body), 400)
    assert "protected" in refused["message"]

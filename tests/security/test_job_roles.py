"""Itential's roles have rights about jobs and workflows, and no others."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from gateway.model.principal import ROLE_OIDS
from tests.dialects.itential.operators import ROLES, Office, Person, manual
from tests.dialects.midpoint.people import ENTERS, authorization, own_password
from tests.dialects.sailpoint.speaking import token_of
from tests.security.workflows import imported, sent
from tests.serving import IN_JSON, PASSWORD, ROOTS, Api, delta, unique

if TYPE_CHECKING:
    from tests.serving import Server

AUTHORS = ("admin", "apiwrite", "engineering")
WORKERS = (*AUTHORS, "operations")


def basic(server: Server, person: Person) -> httpx2.Client:
    return server.client(person.name, PASSWORD)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("collection", sorted(set(ROOTS) - {"tasks"}))
def test_no_role_reads_or_writes_what_is_neither_task_nor_workflow(
    office: Office, server: Server, api: Api, role: str, collection: str
) -> None:
    oid = api.create(collection, {"name": unique("theirs")})
    items = {ROOTS[collection]: {"name": unique("new")}}
    change = {"objectModification": {"itemDelta": [delta("replace", "description", "x")]}}
    requests: list[tuple[str, str, Any]] = [
        ("GET", f"/{collection}/{oid}", None),
        ("POST", f"/{collection}", items),
        ("PUT", f"/{collection}/{oid}", items),
        ("PUT", f"/upsert/{collection}", items),
        ("PATCH", f"/{collection}/{oid}", change),
        ("DELETE", f"/{collection}/{oid}", None),
    ]
    with basic(server, office.of(role)) as client:
        answers = [client.request(m, path, json=body).status_code for m, path, body in requests]
        # What may not be seen is not there.
        assert answers == [404] + [403] * (len(requests) - 1)
        assert client.get(f"/{collection}").json()["object"].get("object", []) == []


@pytest.mark.parametrize("role", ROLES)
def test_no_role_makes_its_holder_a_superuser(
    office: Office, server: Server, api: Api, role: str
) -> None:
    person = office.of(role)
    own = api.names("users", f"name = '{person.name}'")
    assert own == [person.name]
    [user] = api.search("users", {"filter": {"text": f"name = '{person.name}'"}})
    target = {"oid": ROLE_OIDS["superuser"], "type": "RoleType"}
    with basic(server, person) as client:
        given = delta("add", "assignment", {"targetRef": target})
        assert Api(client).patch("users", user["oid"], given).status_code == 403
        assert client.get(f"{server.url}/-/accounts").status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_tasks_are_read_by_all_and_operated_by_those_who_work(
    office: Office, server: Server, api: Api, role: str
) -> None:
    oid = api.task()
    with basic(server, office.of(role)) as client:
        assert client.get(f"/tasks/{oid}").status_code == 200
        found = client.post(
            "/tasks/search", json={"query": {"filter": {"text": f". inOid '{oid}'"}}}
        )
        assert len(found.json()["object"]["object"]) == 1
        expected = {"resume": 202, "suspend": 204, "run": 204} if role in WORKERS else {}
        for operation in ("resume", "suspend", "run"):
            answer = client.post(f"/tasks/{oid}/{operation}")
            assert answer.status_code == expected.get(operation, 403), answer.text
        assert client.delete(f"/tasks/{oid}").status_code == 403
        task = {"task": {"name": unique("mine"), "activity": {"work": {"noOp": {}}}}}
        assert client.post("/tasks", json=task).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_workflows_are_imported_by_authors_and_seen_by_all(office: Office, role: str) -> None:
    person, document = office.of(role), manual(unique("drawn"))
    answer = sent(person, document)
    assert answer.status_code == (200 if role in AUTHORS else 403), answer.text
    path = f"/automation-studio/workflows/detailed/{document['name']}"
    assert person.client.get(path).status_code == (200 if role in AUTHORS else 404)
    if role in AUTHORS:
        assert imported(person, document)["success"] is True


@pytest.mark.parametrize("role", ROLES)
def test_jobs_are_started_by_those_who_work(office: Office, role: str) -> None:
    body = {"workflow": office.manual(), "options": {}}
    expected = 200 if role in WORKERS else 403
    assert office.of(role).asked("/jobs/start", body).status_code == expected


@pytest.mark.parametrize("role", ROLES)
def test_a_program_with_the_role_has_the_same_rights(
    server: Server, api: Api, client: httpx2.Client, role: str
) -> None:
    name, secret = unique("program").replace(" ", "-"), "a client's secret"
    body = {"name": name, "secret": secret, "roles": [role]}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 201
    headers = IN_JSON | {"authorization": f"Bearer {token_of(server.url, name, secret)}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=30) as program:
        task = api.task()
        assert program.get(f"/v2025/task-status/{task}").status_code == 200
        assert program.get("/operations-manager/jobs").status_code == 200
        work = program.post("/v2025/identities/process", json={"identityIds": [task]})
        assert work.status_code == 403
        workflows = {"automations": [manual(unique("drawn"))]}
        kept = program.post("/automation-studio/automations/import", json=workflows)
        assert kept.status_code == (200 if role in AUTHORS else 403)


def test_who_may_add_everything_writes_no_workflow(office: Office, api: Api) -> None:
    role = api.create(
        "roles",
        {
            "name": unique("adds"),
            "authorization": [ENTERS, authorization("read", "add", "modify", "delete")],
        },
    )
    name = unique("person")
    api.create(
        "users",
        {
            "name": name,
            "assignment": {"targetRef": {"oid": role, "type": "RoleType"}},
            "credentials": own_password(PASSWORD),
        },
    )
    person = office.login(name)
    with closing(person.client):
        assert sent(person, manual(unique("drawn"))).status_code == 403

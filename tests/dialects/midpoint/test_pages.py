"""The pages beside the API: health, documents, introspection, and the original's codes on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.serving import Api, assert_operation_result, delta, unique

if TYPE_CHECKING:
    from tests.conftest import ServerFactory
    from tests.serving import Server


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/livez", {"status": "up"}),
        ("/readyz", {"status": "up"}),
        ("/midpoint/actuator/health", {"status": "UP"}),
        (
            "/openapi.json",
            {each: f"/openapi/{each}.json" for each in ("midpoint", "sailpoint", "itential")},
        ),
    ],
)
def test_health_and_documents_need_no_login(server: Server, path: str, body: Any) -> None:
    answer = httpx2.get(server.url + path)
    assert (answer.status_code, answer.json()) == (200, body)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/docs.css", "text/css; charset=utf-8"),
        ("/docs/docs.js", "text/javascript; charset=utf-8"),
        ("/openapi/midpoint.json", "application/json"),
        ("/midpoint/actuator/info", "application/json"),
    ],
)
def test_pages_are_open_and_of_their_type(server: Server, path: str, kind: str) -> None:
    answer = httpx2.get(server.url + path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_may_fetch_nothing_from_elsewhere(server: Server, path: str) -> None:
    answer = httpx2.get(server.url + path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "http" not in answer.text.replace("<!doctype html><html", "")


@pytest.mark.parametrize("path", ["/metrics", "/prometheus_metrics"])
def test_metrics_are_open_on_loopback(server: Server, path: str) -> None:
    assert "taskgate_tasks_running" in httpx2.get(server.url + path).text


@pytest.mark.parametrize(
    "path", ["/openapi/nothing.json", "/docs/secret.txt", "/nothing", "/-/nothing"]
)
def test_a_page_that_is_not_there_is_a_problem(
    server: Server, client: httpx2.Client, path: str
) -> None:
    answer = client.get(server.url + path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/-/settings", "/-/versions", "/-/activities", "/-/accounts"])
def test_introspection_is_for_those_who_are_logged_in(server: Server, path: str) -> None:
    answer = httpx2.get(server.url + path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


def test_the_server_tells_its_version_and_accounts(server: Server, client: httpx2.Client) -> None:
    assert client.get(f"{server.url}/-/versions").json()["taskgate"]
    accounts = client.get(f"{server.url}/-/accounts").json()
    administrator = next(each for each in accounts if each["name"] == "administrator")
    assert administrator["enabled"] is True
    assert administrator["roles"] == ["superuser"]
    assert "password" not in str(accounts)


def test_exact_mode_answers_the_originals_codes_and_states(make_server: ServerFactory) -> None:
    own = make_server(midpoint_exact="true")
    with own.client() as client:
        api = Api(client)
        oid = api.task(schedulingState="waiting")
        assert_operation_result(api.operate(oid, "resume"), 500)
        assert_operation_result(client.put("/tasks"), 404)
        body = {"query": {"filter": {"text": "name ="}}}
        assert_operation_result(client.post("/tasks/search", json=body), 500)
        bare = api.task()
        assert {"schedulingState", "executionState"}.isdisjoint(api.get("tasks", bare))
        assert api.operate(bare, "run").headers["warning"]


def test_a_run_goes_on_when_its_objects_change_meanwhile(make_server: ServerFactory) -> None:
    own = make_server("--slice-size", "40")
    with own.client() as client:
        api = Api(client)
        role = api.create("roles", {"name": "role"})
        assignment = {"targetRef": {"oid": role, "type": "c:RoleType"}}
        members = [
            api.create("users", {"name": unique("m"), "assignment": assignment}, options="raw")
            for _ in range(200)
        ]
        condition = f"assignment matches (targetRef matches (oid = '{role}'))"
        objects = {"type": "c:UserType", "query": {"filter": {"text": condition}}}
        task = api.task({"recomputation": {"objects": objects}}, schedulingState="ready")
        for member in members:
            api.modify("users", member, delta("replace", "description", "meanwhile"))
        done = api.when_closed(task)
        assert (done["progress"], done["resultStatus"]) == (200, "success")
        for member in members:
            found = api.get("users", member)
            assert found["description"] == "meanwhile"
            kinds = [each["recordType"] for each in found["operationExecution"]]
            assert sorted(kinds) == ["complex", "simple"]
            assert found["roleMembershipRef"]["oid"] == role


def test_a_task_waits_while_the_engine_is_off_and_runs_when_it_is_on(
    make_server: ServerFactory,
) -> None:
    off = make_server("--no-engine")
    with off.client() as client:
        api = Api(client)
        oid = api.task(schedulingState="ready")
        assert api.get("tasks", oid)["executionState"] == "runnable"
    off.stop()
    on = make_server(database=off.database)
    with on.client() as client:
        assert Api(client).when_closed(oid)["resultStatus"] == "success"

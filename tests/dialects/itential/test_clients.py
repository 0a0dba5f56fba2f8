"""The vendor's own clients, unmodified: its Python SDK, and the tools of its MCP server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.driving import Client, python_client
from tests.serving import CLIENT, PASSWORD, SECRET, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dialects.itential.operators import Office, Person

OPERATIONS = "/operations-manager"
LOGINS = {
    "session": {"user": "administrator", "password": PASSWORD},
    "oauth": {"client_id": CLIENT, "client_secret": SECRET},
}


def place(office: Office) -> dict[str, Any]:
    """Host and port of the server."""
    host, _, port = office.server.url.removeprefix("http://").partition(":")
    return {"host": host, "port": int(port)}


@pytest.fixture(params=LOGINS)
def sdk(
    office: Office, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """The SDK with a session of a user, then with a token of a client."""
    folder = tmp_path_factory.mktemp("ipsdk")
    with python_client("ipsdk-0.9.0", "itential_sdk", folder) as client:
        client.call("connect", **place(office), login=LOGINS[request.param])
        yield client


def done(answer: dict[str, Any]) -> Any:
    """The data of a call that the SDK takes for a success."""
    assert answer["status"] == 200, answer
    return answer["body"]["data"]


@pytest.mark.timeout(400)
def test_the_sdk_drives_a_job_from_its_start_to_its_end(office: Office, sdk: Client) -> None:
    name = office.manual("a1", "b2")
    body = {"workflow": name, "options": {"variables": {"a": 1}}}
    job = done(sdk.call("call", method="post", path=f"{OPERATIONS}/jobs/start", body=body))
    path = f"{OPERATIONS}/jobs/{job['_id']}"

    def get() -> Any:
        return done(sdk.call("call", method="get", path=path))

    def post(below: str, body: Any = None) -> Any:
        return done(sdk.call("call", method="post", path=f"{OPERATIONS}{below}", body=body))

    wait_until(lambda: get()["tasks"]["a1"]["status"] == "running")
    query = {"equals[name]": name, "in[status]": "running,paused", "limit": 2, "skip": 0}
    query |= {"sort": "metrics.start_time", "order": -1, "enabled": True, "none": None}
    listed = done(sdk.call("call", method="get", path=f"{OPERATIONS}/jobs", params=query))
    assert [each["_id"] for each in listed] == [job["_id"]]
    (item,) = get()["tasks"]["a1"]["iterations"]
    assert post(f"/tasks/{item}/claim")["metrics"]["owner"]
    assert "owner" not in post(f"/tasks/{item}/release", {})["metrics"]
    post("/jobs/pause", {"jobIds": [job["_id"]]})
    refused = sdk.call("call", method="post", path=f"{OPERATIONS}/tasks/{item}/claim")
    assert refused["status"] == 409
    post("/jobs/resume", {"jobIds": [job["_id"]]})
    assert get()["status"] == "running"
    post("/jobs/cancel", {"jobIds": [job["_id"]]})
    assert get()["status"] == "canceled"


@pytest.fixture
def mcp(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The MCP server's tools, logged in as an engineer."""
    folder = tmp_path_factory.mktemp("mcp")
    engineer = office.of("engineering")
    with python_client("itential-mcp-0.14.1", "itential_mcp_tools", folder) as client:
        client.call("connect", **place(office), user=engineer.name, password=PASSWORD)
        yield client


@pytest.fixture
def engineer(office: Office) -> Person:
    return office.of("engineering")


def use(mcp: Client, tool: str, **arguments: Any) -> Any:
    """What a tool answers."""
    return mcp.call("use", tool=tool, arguments=arguments)


@pytest.mark.timeout(400)
def test_the_tools_find_start_and_describe_a_job(
    office: Office, engineer: Person, mcp: Client
) -> None:
    name = office.manual("a1")
    (workflow,) = [each for each in use(mcp, "get_workflows") if each["name"] == name]
    route = workflow["route_name"]
    started = use(mcp, "trigger_automation", route_name=route, data={"a": 1})
    assert started["metrics"]["user"] == engineer.name
    described = use(mcp, "describe_job", object_id=started["object_id"])
    assert (described["name"], described["status"]) == (name, "running")
    assert described["variables"]["a"] == 1
    order = {"workflow": name, "description": "by the service", "variables": {}}
    own = mcp.call("ask", service="start_job", arguments=order)
    assert own["data"]["description"] == "by the service"


@pytest.mark.timeout(400)
def test_the_tools_page_through_all_jobs_and_come_to_an_end(
    office: Office, engineer: Person, mcp: Client
) -> None:
    name = office.manual("a1")
    ids = {engineer.start(name)["_id"] for _ in range(101)}
    assert {each["_id"] for each in use(mcp, "get_jobs", name=name, project=None)} == ids
    assert len(use(mcp, "get_jobs", name=None, project=None)) >= 101


@pytest.mark.timeout(400)
def test_the_tools_read_metrics_of_jobs_and_tasks(
    office: Office, engineer: Person, mcp: Client
) -> None:
    name = office.manual("a1")
    job = engineer.start(name)
    engineer.waiting(job)
    engineer.finish(job)
    engineer.when(job, "complete")
    (of_job,) = use(mcp, "get_job_metrics_for_workflow", name=name)
    assert (of_job["workflow"]["name"], of_job["jobsComplete"]) == (name, 1)
    (of_task,) = use(mcp, "get_task_metrics_for_workflow", name=name)
    assert (of_task["taskId"], of_task["taskType"]) == ("a1", "manual")
    assert use(mcp, "get_job_metrics")
    assert use(mcp, "get_task_metrics_for_app", name="WorkFlowEngine")
    assert use(mcp, "get_task_metrics_for_task", name="ViewData")

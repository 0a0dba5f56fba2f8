"""A job that is limited to groups is seen and steered by their members, whichever API is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.dialects.itential.operators import manual
from tests.serving import NOWHERE, PASSWORD, delta, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from tests.dialects.itential.operators import Office, Person
    from tests.dialects.sailpoint.conftest import SpeakerFactory
    from tests.dialects.sailpoint.speaking import Speaker
    from tests.serving import Server

RED, BLUE = "red", "blue"


def known(office: Office, role: str, group: str) -> Person:
    """A new member of a group, whose session ends with the office."""
    return office.people.setdefault(group, office.person(role, group))


@pytest.fixture(scope="module")
def member(office: Office) -> Person:
    return known(office, "operations", RED)


@pytest.fixture(scope="module")
def stranger(office: Office) -> Person:
    return known(office, "apiwrite", BLUE)


@pytest.fixture(scope="module")
def midpoint(server: Server, stranger: Person) -> Iterator[httpx2.Client]:
    """The stranger at midPoint's API."""
    with server.client(stranger.name, PASSWORD) as client:
        yield client


@pytest.fixture(scope="module")
def sailpoint(server: Server, stranger: Person, speaker_at: SpeakerFactory) -> Speaker:
    """A client with the stranger's rights."""
    body = {"name": unique("client").replace(" ", "-"), "secret": PASSWORD, "user": stranger.name}
    with server.client() as administrator:
        assert administrator.post(f"{server.url}/-/clients", json=body).status_code == 201
    return speaker_at(server, body["name"], body["secret"])


def group_id(office: Office, name: str) -> str:
    found = office.of("administrator").client.get("/authorization/groups").json()["results"]
    return str(next(each["_id"] for each in found if each["name"] == name))


@pytest.fixture(scope="module")
def job(office: Office, member: Person, stranger: Person) -> dict[str, Any]:
    """A job for members of one group, which waits for a person."""
    assert stranger
    name = office.manual()
    found = member.start(name, description=unique("classified"), groups=[group_id(office, RED)])
    member.waiting(found)
    return found


def oid(job: dict[str, Any]) -> str:
    return str(job["uuid"])


def test_a_member_sees_it_everywhere(server: Server, member: Person, job: dict[str, Any]) -> None:
    assert member.job(job)["status"] == "running"
    with server.client(member.name, PASSWORD) as client:
        assert client.get(f"/tasks/{oid(job)}").status_code == 200
        found = client.post("/tasks/search", json=named(job)).json()["object"]["object"]
        assert [each["oid"] for each in found] == [oid(job)]


def named(job: dict[str, Any]) -> dict[str, Any]:
    return {"query": {"filter": {"text": f"name = '{job['name']}'"}}}


def test_whoever_supervises_sees_it(office: Office, server: Server, job: dict[str, Any]) -> None:
    supervisor = office.of("admin")
    with server.client(supervisor.name, PASSWORD) as client:
        assert client.get(f"/tasks/{oid(job)}").status_code == 200


CHANGE = {"objectModification": {"itemDelta": delta("replace", "description", "x")}}
AT_MIDPOINT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "read": ("GET", "", {}),
    "read with its result": ("GET", "?include=result", {}),
    "read when it changes": ("GET", "", {"headers": {"prefer": "wait=1"}}),
    "run": ("POST", "/run", {}),
    "suspend": ("POST", "/suspend", {}),
    "resume": ("POST", "/resume", {}),
    "delete": ("DELETE", "", {}),
    "change": ("PATCH", "", {"json": CHANGE}),
}

FOR_WRITERS = ("delete", "change")


@pytest.mark.parametrize("attempt", AT_MIDPOINT)
def test_a_stranger_finds_no_task_of_it_at_midpoint(
    midpoint: httpx2.Client, member: Person, job: dict[str, Any], attempt: str
) -> None:
    method, below, more = AT_MIDPOINT[attempt]
    hidden = midpoint.request(method, f"/tasks/{oid(job)}{below}", **more)
    absent = midpoint.request(method, f"/tasks/{NOWHERE}{below}", **more)
    # Who may change or delete nothing at all is told so before it is looked at what is asked.
    assert hidden.status_code == absent.status_code == (403 if attempt in FOR_WRITERS else 404)
    assert job["description"] not in hidden.text
    assert member.job(job)["status"] == "running"


def test_it_is_not_at_hand_for_a_stranger_after_others_have_read_it(
    server: Server, midpoint: httpx2.Client, job: dict[str, Any]
) -> None:
    with server.client() as administrator:
        for client, status in ((administrator, 200), (midpoint, 404), (administrator, 200)):
            assert client.get(f"/tasks/{oid(job)}").status_code == status


def test_lists_and_counts_leave_it_out(
    midpoint: httpx2.Client, sailpoint: Speaker, job: dict[str, Any]
) -> None:
    answer = midpoint.post("/tasks/search", json=named(job), params={"returnTotalCount": "true"})
    assert answer.headers["x-total-count"] == "0"
    assert oid(job) not in midpoint.get("/tasks").text
    for path in ("/v2025/task-status", "/v2025/task-status/pending-tasks"):
        seen, total = 0, 1
        while seen < total:
            page: dict[str, Any] = {"limit": 250, "offset": seen, "count": "true"}
            listed = sailpoint.ask("GET", path, params=page)
            assert listed.status_code == 200
            assert oid(job) not in listed.text
            total = int(listed.headers["x-total-count"])
            assert listed.json() or not total
            seen += len(listed.json())
        assert seen == total


def test_a_stranger_finds_no_task_of_it_at_sailpoint(
    sailpoint: Speaker, member: Person, job: dict[str, Any]
) -> None:
    told = [{"op": "replace", "path": "/completionStatus", "value": "ERROR"}]
    path = f"/v2025/task-status/{oid(job)}"
    assert sailpoint.ask("GET", path).status_code == 404
    headers = {"content-type": "application/json-patch+json"}
    answer = sailpoint.ask("PATCH", path, content=orjson.dumps(told), headers=headers)
    assert answer.status_code == 404
    assert member.job(job)["status"] == "running"


def test_figures_do_not_name_it(stranger: Person, member: Person, job: dict[str, Any]) -> None:
    for kind in ("jobs", "tasks"):
        path = f"/workflow_engine/{kind}/metrics"
        assert job["name"] in member.client.get(path).text
        assert job["name"] not in stranger.client.get(path).text


def test_what_its_steps_have_started_is_limited_too(
    office: Office, member: Person, midpoint: httpx2.Client
) -> None:
    document = manual(unique("Works"), "a1", "a2")
    document["tasks"]["a1"] = {
        "name": "noOp",
        "app": "Taskgate",
        "variables": {"incoming": {"steps": 1}, "outgoing": {}},
    }
    office.keep(document)
    groups = [group_id(office, RED)]
    job = member.start(document["name"], groups=groups)
    member.waiting(job, "a2")
    with office.server.client() as administrator:
        query = {"query": {"filter": {"text": f"name startsWith '{job['name']}: a1'"}}}
        (child,) = administrator.post("/tasks/search", json=query).json()["object"]["object"]
    path = f"/tasks/{child['oid']}"
    assert midpoint.get(path).status_code == 404
    member.ok(member.client.delete(f"/operations-manager/jobs/{job['_id']}/groups"))
    assert midpoint.get(path).status_code == 200
    member.ok(
        member.client.put(f"/operations-manager/jobs/{job['_id']}/groups", json={"groups": groups})
    )
    assert midpoint.get(path).status_code == 404


def test_failures_of_it_are_told_to_members_alone(
    office: Office, server: Server, member: Person, stranger: Person
) -> None:
    document = manual(unique("Fails"))
    document["tasks"]["a1"] = {
        "name": "join",
        "app": "WorkFlowEngine",
        "variables": {"incoming": {"arr": "none", "separator": ""}, "outgoing": {}},
    }
    office.keep(document)
    job = member.start(document["name"], groups=[group_id(office, RED)])
    member.when(job, "error")
    for person, is_told in ((member, True), (stranger, False)):
        with server.client(person.name, PASSWORD) as client:
            answer = client.get(f"{server.url}/-/errors", params={"limit": 1000})
            assert answer.status_code == 200
            assert (job["name"] in answer.text) is is_told


def test_a_stream_of_all_events_leaves_it_out(
    office: Office, server: Server, member: Person, midpoint: httpx2.Client
) -> None:
    assert member
    hidden, shown = office.manual(), office.manual()
    with midpoint.stream("GET", f"{server.url}/-/events?names=task_created") as stream:
        lines = stream.iter_lines()
        member.start(hidden, groups=[group_id(office, RED)])
        member.start(shown)
        told = next(line for line in lines if line.startswith("data:") and shown[-6:] in line)
        assert hidden not in told
    with midpoint.stream(
        "GET",
        f"{server.url}/-/events?names=task_created",
        headers={"last-event-id": str(orjson.loads(told[5:])["id"] - 1)},
    ) as stream:
        first = next(line for line in stream.iter_lines() if line.startswith("data:"))
        assert hidden not in first


def test_a_stream_of_its_task_is_not_opened_for_a_stranger(
    server: Server, midpoint: httpx2.Client, job: dict[str, Any]
) -> None:
    answer = midpoint.get(f"{server.url}/-/tasks/{oid(job)}/events")
    assert answer.status_code == 404


def test_a_workflow_of_a_group_is_not_replaced_by_a_stranger(
    office: Office, stranger: Person, member: Person
) -> None:
    document = manual(unique("Ours")) | {"groups": [RED]}
    office.keep(document)
    path = f"/automation-studio/workflows/detailed/{document['name']}"
    before = member.client.get(path)
    assert (before.status_code, stranger.client.get(path).status_code) == (200, 404)
    taken = {"automations": [document | {"groups": [], "description": "taken over"}]}
    answer = stranger.client.post("/automation-studio/automations/import", json=taken)
    assert [each["success"] for each in answer.json()["imported"]] == [False]
    assert member.client.get(path).json() == before.json()

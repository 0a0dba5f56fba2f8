"""Start a job, claim a task, release it: shapes, roles, groups and states (operations-manager 5.1)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.itential.operators import ROLES, WORKING, Office, Person, manual
from tests.serving import NOWHERE, unique

if TYPE_CHECKING:
    import httpx2

LEAVER = "Approve a leaver"
SHORT = re.compile(r"[0-9a-f]{24}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def refused(answer: httpx2.Response, status: int) -> str:
    """The message of an error in the one shape that errors have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert set(body) == {"message", "data", "metadata"}
    assert body["data"] is None
    assert body["message"]
    return str(body["message"])


def assert_job(job: dict[str, Any]) -> None:
    """Keys, types, enums and formats of the seed page's job."""
    assert SHORT.fullmatch(job["_id"])
    assert job["status"] in ("running", "paused", "complete", "canceled", "error", "incomplete")
    assert job["type"] in ("automation", "resource:action", "resource:compliance")
    for key in ("created", "last_updated"):
        assert INSTANT.fullmatch(job[key])
    for key in ("font_size", "canvasVersion", "encodingVersion", "migrationVersion", "sla"):
        assert isinstance(job[key], int | float)
    for key in ("decorators", "tags", "warnings", "validationErrors", "groups", "watchers"):
        assert isinstance(job[key], list)
    assert job["ancestors"][-1] == job["_id"]
    assert isinstance(job["variables"], dict)
    assert isinstance(job["metrics"]["start_time"], int)
    assert 0 <= job["metrics"]["progress"] <= 1
    assert SHORT.fullmatch(job["metrics"]["user"])
    for key, task in job["tasks"].items():
        assert re.fullmatch(r"[0-9a-f]{1,4}|workflow_start|workflow_end|error_handler", key)
        assert task["taskId"] == key
        assert isinstance(task["iterations"], list)


def assert_iteration(task: dict[str, Any]) -> None:
    """Keys, types, enums and formats of the seed page's task."""
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", task["_id"]
    )
    assert task["type"] in ("automatic", "manual", "operation")
    assert task["location"] in ("Application", "Adapter", "Broker")
    assert isinstance(task["variables"]["decorators"], list)
    assert SHORT.fullmatch(task["job"]["_id"])
    assert INSTANT.fullmatch(task["metrics"]["start_time"])
    assert INSTANT.fullmatch(task["last_updated"])
    assert task["incomingRefs"] == []


@pytest.fixture
def item(office: Office) -> str:
    """A task that waits for anybody."""
    engineer = office.of("engineering")
    return engineer.waiting(engineer.start(LEAVER))


def test_start_answers_at_once_with_the_job(office: Office) -> None:
    job = office.of("engineering").start(
        LEAVER, description="ticket 4711", variables={"user": "jdoe"}
    )
    assert_job(job)
    assert job["status"] == "running"
    assert job["name"] == LEAVER
    assert job["description"] == "ticket 4711"
    assert job["groups"] == ["default"]
    assert job["variables"] == {
        "user": "jdoe",
        "_id": job["_id"],
        "initiator": office.of("engineering").name,
    }
    assert job["tasks"]["workflow_start"]["status"] == "complete"
    assert job["metrics"]["user"] == office.of("engineering").id


def test_the_path_with_an_underscore_starts_a_job_too(office: Office) -> None:
    answer = office.of("engineering").client.post(
        "/operations_manager/jobs/start",
        json={"workflow": LEAVER, "options": {"type": "automation", "groups": []}},
    )
    assert answer.status_code == 200
    assert answer.json()["data"]["groups"] == ["default"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing Params: workflow, options"),
        ({"workflow": LEAVER}, "Missing Params: options"),
        ({"workflow": LEAVER, "options": {}, "variables": {}}, "unknown key 'variables'"),
        ({"workflow": 1, "options": {}}, "'workflow' must be a text"),
        ({"workflow": LEAVER, "options": []}, "'options' must be an object"),
        ({"workflow": LEAVER, "options": {"type": "x"}}, "'type' must be one of"),
        ({"workflow": LEAVER, "options": {"groups": ["x"]}}, "ids of 24 hex digits"),
        ({"workflow": LEAVER, "options": {"groups": ["0" * 24]}}, "There is no group"),
        ({"workflow": LEAVER, "options": {"variables": []}}, "'variables' must be an object"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused(office: Office, body: Any, message: str) -> None:
    assert message in refused(office.of("engineering").asked("/jobs/start", body), 400)


def test_a_workflow_that_is_not_there_cannot_be_started(office: Office) -> None:
    body = {"workflow": unique("nothing"), "options": {}}
    assert "Cannot find workflow" in refused(
        office.of("engineering").asked("/jobs/start", body), 404
    )


def test_a_workflow_with_flaws_says_what_they_are(office: Office) -> None:
    document = manual(unique("Flawed"))
    document["tasks"]["b2"] = {"name": "rest", "app": "X", "type": "automatic"}
    office.keep(document)
    body = {"workflow": document["name"], "options": {}}
    answer = office.of("engineering").asked("/jobs/start", body)
    refused(answer, 400)
    found = answer.json()["metadata"]["validationErrors"]
    assert {each["keyword"] for each in found} == {"unreachable", "method"}


def test_claim_gives_the_task_to_the_caller_and_changes_nothing_else(
    office: Office, item: str
) -> None:
    operator = office.of("operations")
    task = operator.post(f"/tasks/{item}/claim")
    assert_iteration(task)
    assert task["metrics"]["owner"] == operator.id
    assert INSTANT.fullmatch(task["metrics"]["claim_time"])
    assert task["status"] == "running"
    job = operator.get(f"/jobs/{task['job']['_id']}")
    assert_job(job)
    assert job["metrics"]["owner"] == operator.id


def test_release_takes_owner_and_claim_time_away(office: Office, item: str) -> None:
    operator = office.of("operations")
    operator.post(f"/tasks/{item}/claim", {})
    task = operator.post(f"/tasks/{item}/release", {})
    assert_iteration(task)
    assert not {"owner", "claim_time"} & set(task["metrics"])
    again = office.of("apiwrite").post(f"/tasks/{item}/claim")
    assert again["metrics"]["owner"] == office.of("apiwrite").id


def test_a_claim_of_ones_own_task_changes_nothing(office: Office, item: str) -> None:
    first = office.of("operations").post(f"/tasks/{item}/claim")
    assert office.of("operations").post(f"/tasks/{item}/claim") == first


def test_a_task_of_somebody_else_is_not_claimed_even_by_an_admin(office: Office, item: str) -> None:
    office.of("operations").post(f"/tasks/{item}/claim")
    refused(office.of("engineering").asked(f"/tasks/{item}/claim"), 409)
    refused(office.of("admin").asked(f"/tasks/{item}/claim"), 409)


def test_only_its_owner_or_an_admin_releases_a_task(office: Office, item: str) -> None:
    refused(office.of("operations").asked(f"/tasks/{item}/release"), 409)
    office.of("operations").post(f"/tasks/{item}/claim")
    refused(office.of("engineering").asked(f"/tasks/{item}/release"), 403)
    office.of("admin").post(f"/tasks/{item}/release")


@pytest.mark.parametrize("verb", ["claim", "release"])
def test_ids_and_bodies_are_checked(office: Office, item: str, verb: str) -> None:
    operator = office.of("operations")
    refused(operator.asked(f"/tasks/3a1f/{verb}"), 400)
    refused(operator.asked(f"/tasks/{NOWHERE}/{verb}"), 404)
    refused(operator.asked(f"/tasks/{item}/{verb}", {"userId": "x"}), 400)


def test_ids_of_tasks_are_compared_whatever_their_case(office: Office, item: str) -> None:
    assert office.of("operations").post(f"/tasks/{item.upper()}/claim")["_id"] == item


@pytest.mark.parametrize("verb", ["claim", "release"])
def test_an_automatic_task_belongs_to_nobody(office: Office, verb: str) -> None:
    engineer = office.of("engineering")
    job = engineer.start(LEAVER)
    engineer.waiting(job)
    engineer.finish(job)
    done = engineer.when(job, "complete")
    (automatic,) = done["tasks"]["b2"]["iterations"]
    assert "not a manual task" in refused(engineer.asked(f"/tasks/{automatic}/{verb}"), 409)
    (ended,) = done["tasks"]["a1"]["iterations"]
    refused(engineer.asked(f"/tasks/{ended}/{verb}"), 409)


@pytest.mark.parametrize("verb", ["claim", "release"])
def test_a_task_of_a_paused_job_waits_for_nobody(office: Office, verb: str) -> None:
    engineer = office.of("engineering")
    job = engineer.start(LEAVER)
    item = engineer.waiting(job)
    engineer.post("/jobs/pause", {"jobIds": [job["_id"]]})
    refused(engineer.asked(f"/tasks/{item}/{verb}"), 409)
    assert engineer.get(f"/tasks/{item}")["status"] == "paused"
    engineer.post("/jobs/resume", {"jobIds": [job["_id"]]})
    engineer.post(f"/tasks/{item}/claim")


@pytest.mark.parametrize("role", [*ROLES, "viewer"])
@pytest.mark.parametrize("route", ["start", "claim", "release"])
def test_a_role_may_work_or_only_look(office: Office, item: str, role: str, route: str) -> None:
    person = office.of(role)
    if route == "start":
        answer = person.asked("/jobs/start", {"workflow": LEAVER, "options": {}})
    else:
        holder = person if role in WORKING else office.of("admin")
        if route == "release":
            holder.post(f"/tasks/{item}/claim")
        answer = person.asked(f"/tasks/{item}/{route}")
    if role in WORKING:
        assert answer.status_code == 200, answer.text
    else:
        refused(answer, 403)
    assert person.get("/jobs", limit=1)


def test_a_task_of_a_group_is_seen_and_worked_on_by_its_members_only(office: Office) -> None:
    member = office.person("operations", "helpdesk")
    stranger = office.person("operations", "other")
    group = member.client.get("/whoami").json()["groups"][0]["id"]
    job = member.start(LEAVER, groups=[group])
    assert job["groups"] == [group]
    item = member.waiting(job)
    refused(stranger.asked(f"/tasks/{item}/claim"), 404)
    refused(stranger.client.get(f"/operations-manager/jobs/{job['_id']}"), 404)
    filters = {"equals[_id]": job["_id"]}
    page = stranger.client.get("/operations-manager/jobs", params=filters).json()
    assert (page["data"], page["metadata"]["total"]) == ([], 0)
    assert len(member.get("/jobs", **filters)) == 1
    member.post(f"/tasks/{item}/claim")
    assert len(office.of("admin").get("/jobs", **filters)) == 1
    for person in (member, stranger):
        person.client.close()


def test_of_two_who_claim_at_once_one_wins(office: Office) -> None:
    people = [office.of("operations"), office.of("apiwrite")]
    engineer = office.of("engineering")

    def claim(who: Person, item: str) -> int:
        return who.asked(f"/tasks/{item}/claim").status_code

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            item = engineer.waiting(engineer.start(LEAVER))
            answers = list(pool.map(claim, people, [item, item]))
            assert sorted(answers) == [200, 409]


def test_nobody_gets_in_without_a_login(office: Office) -> None:
    client = office.of("operations").client
    for headers in ({}, {"cookie": "token=x"}, {"authorization": "Bearer x"}):
        answer = client.build_request("GET", "/operations-manager/jobs", headers=headers)
        answer.headers.pop("cookie", None)
        for name, value in headers.items():
            answer.headers[name] = value
        refused(client.send(answer), 401)

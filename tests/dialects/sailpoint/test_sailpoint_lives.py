"""What SailPoint's clients see of tasks that are created, run and fail at midPoint's API (11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.midpoint.executing import crowd
from tests.dialects.sailpoint.speaking import ANNUAL, PREFIXES, Speaker, assert_error
from tests.serving import NOWHERE, unique, wait_until

if TYPE_CHECKING:
    from tests.serving import Api


def done(sailpoint: Speaker, oid: str) -> dict[str, Any]:
    """The task's status once it has one."""
    return (
        wait_until(lambda: view if (view := sailpoint.status(oid))["completionStatus"] else None)
        or {}
    )


def test_a_task_is_polled_from_pending_to_success_with_rising_percents(
    sailpoint: Speaker, api: Api
) -> None:
    work = {"noOp": {"steps": 200, "delay": 20}}
    name = unique("polled")
    oid = api.task(work, name=name, description="about it")
    view = sailpoint.status(oid)
    expected: dict[str, Any] = {
        "id": oid,
        "type": "QUEUED_TASK",
        "uniqueName": name,
        "description": "about it",
        "parentName": None,
        "launcher": "administrator",
        "target": None,
        "launched": None,
        "completed": None,
        "completionStatus": None,
        "messages": [],
        "progress": None,
        "percentComplete": 0,
    }
    assert {name: view[name] for name in expected} == expected
    api.operate(oid, "resume")
    percents = []
    while (view := sailpoint.status(oid))["completionStatus"] is None:
        percents.append(view["percentComplete"])
    assert percents == sorted(percents)
    assert len({each for each in percents if 0 < each < 100}) > 1
    assert (view["completionStatus"], view["percentComplete"]) == ("SUCCESS", 100)
    assert view["progress"] == "200 of 200"
    assert view["launched"] <= view["completed"]
    assert view["attributes"]["processed"] == 200
    assert view["attributes"]["activityType"] == "noOp"
    assert view["taskDefinitionSummary"]["executor"] == "noOp"


def test_a_task_that_is_suspended_half_way_is_terminated_and_goes_on(
    sailpoint: Speaker, api: Api
) -> None:
    oid = api.running()
    assert api.operate(oid, "suspend").status_code == 204
    view = sailpoint.status(oid)
    assert view["completionStatus"] == "TERMINATED"
    assert 0 <= view["percentComplete"] < 100
    processed = view["attributes"]["processed"]
    assert view["progress"] == f"{processed} of 5000"
    assert api.operate(oid, "resume").status_code == 202
    wait_until(lambda: sailpoint.status(oid)["attributes"]["processed"] > processed)
    view = sailpoint.status(oid)
    assert (view["completionStatus"], view["completed"]) == (None, None)
    sailpoint.clear(oid)


def test_a_task_that_fails_says_why(sailpoint: Speaker, api: Api) -> None:
    objects, _ = crowd(api, 2)
    nowhere = {"oid": NOWHERE, "type": "c:UserType"}
    oid = api.task(
        {"deletion": {"objects": objects}},
        schedulingState="ready",
        ownerRef=nowhere,
    )
    view = done(sailpoint, oid)
    assert view["completionStatus"] == "ERROR"
    assert view["messages"][0]["type"] == "ERROR"
    assert NOWHERE in view["messages"][0]["localizedText"]["message"]
    assert view["launcher"] == NOWHERE
    assert view["percentComplete"] < 100


def test_a_recurring_task_is_seen_over_two_runs(sailpoint: Speaker, api: Api) -> None:
    work = {"noOp": {"steps": 10, "delay": 20}}
    oid = api.task(work, schedulingState="ready", schedule={"interval": 3_600})
    first = done(sailpoint, oid)
    assert (first["type"], first["completionStatus"]) == ("QUARTZ", "SUCCESS")
    assert "nextRunStartTimestamp" in first["attributes"]
    api.operate(oid, "run")
    wait_until(lambda: sailpoint.status(oid)["launched"] > first["launched"])
    second = done(sailpoint, oid)
    assert second["completionStatus"] == "SUCCESS"
    assert second["launched"] > first["completed"]


def test_a_parent_an_owner_and_a_target_are_shown_by_name(sailpoint: Speaker, api: Api) -> None:
    user = api.create("users", {"name": unique("owner")})
    name = unique("parent")
    parent = api.task(name=name)
    reference = {"oid": user, "type": "c:UserType"}
    oid = api.waiting(
        parent=api.get("tasks", parent)["taskIdentifier"], ownerRef=reference, objectRef=reference
    )
    view = sailpoint.status(oid)
    owner = api.get("users", user)["name"]
    assert (view["parentName"], view["launcher"]) == (name, owner)
    assert view["target"] == {"id": user, "type": "IDENTITY", "name": owner}
    assert sailpoint.ids(f'launcher eq "{owner.upper()}"') == {oid}


def test_a_resource_is_a_source(sailpoint: Speaker, api: Api) -> None:
    reference = {"oid": "00000000-0000-4000-8000-0000000000aa", "type": "c:ResourceType"}
    oid = api.waiting(objectRef=reference)
    assert sailpoint.status(oid)["target"]["type"] == "APPLICATION"
    assert oid in sailpoint.ids(f'sourceId eq"{reference["oid"]}"')


@pytest.mark.parametrize("version", ANNUAL)
def test_identities_are_processed_by_a_task_that_can_be_polled(
    sailpoint: Speaker, api: Api, version: str
) -> None:
    users = [api.create("users", {"name": unique("identity")}) for _ in range(3)]
    other = api.create("users", {"name": unique("other")})
    url = f"/{version}/identities/process"
    answer = sailpoint.ask("POST", url, json={"identityIds": [*users, users[0]]})
    assert answer.status_code == 202, answer.text
    oid = answer.json()["id"]
    assert answer.json() == {"type": "TASK_RESULT", "id": oid, "name": None}
    view = done(sailpoint, oid)
    assert (view["completionStatus"], view["progress"]) == ("SUCCESS", "3 of 3")
    assert view["launcher"] == "administrator"
    assert oid in sailpoint.ids("type eq IDENTITY_REFRESH")
    for user in users:
        assert api.get("users", user)["operationExecution"]
    records = api.get("users", other).get("operationExecution")
    assert not isinstance(records, list)


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 400, "400.1.0 Required data missing or empty"),
        ({"identityIds": []}, 400, "400.1.0 Required data missing or empty"),
        ([], 400, "400.1 Bad request content"),
        ({"identityIds": "x"}, 400, "400.1 Bad request content"),
        ({"identityIds": [1]}, 400, "400.1 Bad request content"),
        ({"identityIds": ["x"] * 251}, 400, "400.1.4 Limit violation"),
        ({"identityIds": [NOWHERE]}, 404, "404 Not found"),
    ],
)
def test_identities_that_cannot_be_processed_are_refused(
    sailpoint: Speaker, body: Any, status: int, detail: str
) -> None:
    answer = sailpoint.ask("POST", "/v2025/identities/process", json=body)
    assert_error(answer, status, detail)


@pytest.mark.parametrize("version", PREFIXES)
def test_a_task_looks_the_same_in_every_version(sailpoint: Speaker, api: Api, version: str) -> None:
    oid = api.task(schedulingState="ready")
    assert done(sailpoint, oid) == sailpoint.status(oid, version)


def test_secrets_of_a_definition_are_not_shown(sailpoint: Speaker, api: Api) -> None:
    oid = api.task({"noOp": {"steps": 4_711}}, extension={"password": "hidden-away"})
    assert "hidden-away" not in str(sailpoint.status(oid))

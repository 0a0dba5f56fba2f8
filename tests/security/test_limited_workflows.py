"""A workflow that is limited to groups is there for their members only."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.itential.operators import Office, Person, manual
from tests.security.workflows import ask, imported, step, workflow
from tests.serving import unique, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "night crew"


@pytest.fixture(scope="module")
def crew(office: Office) -> Iterator[dict[str, Person]]:
    """A member and a stranger who write workflows, and such who start them."""
    with ExitStack() as stack:
        made = {
            "member": office.person("engineering", GROUP),
            "stranger": office.person("engineering", "day crew"),
            "operator": office.person("operations", GROUP),
            "outsider": office.person("operations"),
        }
        for each in made.values():
            stack.enter_context(closing(each.client))
        yield made


@pytest.fixture
def limited(crew: dict[str, Person]) -> dict[str, Any]:
    """A workflow of the member's."""
    document = manual(unique("limited")) | {"groups": [GROUP]}
    assert imported(crew["member"], document)["success"] is True
    return document


def path_of(document: dict[str, Any]) -> str:
    return f"/automation-studio/workflows/detailed/{document['name']}"


def test_a_stranger_neither_reads_nor_starts_it(
    crew: dict[str, Person], limited: dict[str, Any]
) -> None:
    for name, status in (("stranger", 404), ("member", 200)):
        person = crew[name]
        assert person.client.get(path_of(limited)).status_code == status
        body = {"workflow": limited["name"], "options": {}}
        assert person.asked("/jobs/start", body).status_code == status
        listed = person.client.get("/automation-studio/workflows", params={"limit": 1_000})
        assert listed.status_code == 200
        assert (limited["name"] in listed.text) == (status == 200)


def test_a_stranger_does_not_replace_it_by_an_import_of_the_same_name(
    crew: dict[str, Person], limited: dict[str, Any]
) -> None:
    before = crew["member"].client.get(path_of(limited)).json()
    for groups in ([], ["day crew"], [GROUP]):
        outcome = imported(
            crew["stranger"], manual(limited["name"], "a1", "b2") | {"groups": groups}
        )
        assert outcome == {
            "name": limited["name"],
            "success": False,
            "message": f"An object of this type with the name '{limited['name']}' exists already.",
        }
    assert crew["member"].client.get(path_of(limited)).json() == before


def test_a_member_replaces_it(crew: dict[str, Person], limited: dict[str, Any]) -> None:
    assert imported(crew["member"], limited | {"description": "anew"})["success"] is True
    assert crew["member"].client.get(path_of(limited)).json()["description"] == "anew"


def child_of(name: str) -> dict[str, Any]:
    return step("childJob", {"workflow": name, "variables": {}}, app="WorkFlowEngine")


def test_a_variable_names_no_workflow_that_the_starter_may_not_see(
    crew: dict[str, Person], limited: dict[str, Any], office: Office
) -> None:
    document = workflow(child_of("$var.job.child"))
    office.keep(document)
    for name in ("outsider", "operator"):
        person = crew[name]
        job = person.start(document["name"], variables={"child": limited["name"]})
        if name == "outsider":
            assert person.over(job)["status"] == "error"
        else:
            [begun] = _children(person, job)
            assert begun["name"] == limited["name"]


def _children(person: Person, job: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wait_until(
        lambda: [
            each
            for each in person.get("/jobs", **{"equals[ancestors]": job["_id"]})
            if each["_id"] != job["_id"]
        ]
    )
    return found


def test_what_a_person_names_in_somebody_elses_job_is_what_that_person_may_see(
    crew: dict[str, Person], limited: dict[str, Any], office: Office
) -> None:
    document = workflow(ask(), child_of("$var.a1.child"))
    office.keep(document)
    job = crew["operator"].start(document["name"])
    crew["operator"].waiting(job)
    data = {"taskData": {"finish_state": "success", "variables": {"child": limited["name"]}}}
    crew["outsider"].post(f"/jobs/{job['_id']}/tasks/a1/finish", data)
    assert crew["operator"].over(job)["status"] == "error"


@pytest.mark.parametrize(("author", "status"), [("member", "begun"), ("stranger", "error")])
def test_a_workflow_starts_what_its_author_may_see(
    crew: dict[str, Person], limited: dict[str, Any], author: str, status: str
) -> None:
    document = workflow(child_of(limited["name"]))
    assert imported(crew[author], document)["success"] is True
    job = crew["outsider"].start(document["name"])
    if status == "error":
        assert crew["outsider"].over(job)["status"] == "error"
    else:
        assert _children(crew["member"], job)


def test_a_task_does_not_meet_it_for_a_stranger(
    crew: dict[str, Person], limited: dict[str, Any]
) -> None:
    query = {"filter": {"text": f"name = '{limited['name']}'"}}
    document = workflow(step("deletion", {"objects": {"type": "WorkflowType", "query": query}}))
    assert imported(crew["stranger"], document)["success"] is True
    job = crew["stranger"].start(document["name"])
    assert crew["stranger"].over(job)["status"] == "complete"
    assert crew["member"].client.get(path_of(limited)).status_code == 200

"""Data that people hand in refers to nothing, so it reads no encrypted variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.dialects.itential.operators import manual
from tests.dialects.itential.test_secrets import SECRET, assert_told_nowhere, flow, refusal, task
from tests.serving import unique, wait_until

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office

PAIR = {"task": "job", "variable": "password"}


def asking(**outgoing: str) -> dict[str, Any]:
    """A manual task whose variables become some of the job's."""
    found: dict[str, Any] = manual("x")["tasks"]["a1"]
    found["variables"]["outgoing"] = outgoing
    return found


def finished(office: Office, document: dict[str, Any], **variables: Any) -> dict[str, Any]:
    """The job after somebody has handed in variables at its first task."""
    office.keep(document)
    person = office.of("operations")
    job = person.start(document["name"], variables={"password": SECRET})
    person.waiting(job)
    data = {"taskData": {"finish_state": "success", "variables": variables}}
    person.post(f"/jobs/{job['_id']}/tasks/a1/finish", data)
    return person.over(job)


def test_pairs_in_merged_data_are_not_looked_up(office: Office) -> None:
    document = flow(
        a1=asking(items="$var.job.items"),
        a2=task("merge", data_to_merge="$var.job.items"),
        a3=task("query", obj="$var.a2.merged_object", query="a"),
        a4=task("split", str="$var.a3.return_data", separator=""),
    )
    job = finished(office, document, items=[{"key": "a", "value": PAIR}])
    assert job["status"] == "error"  # a pair is no text to be split
    assert job["tasks"]["a2"]["variables"]["outgoing"] == {"merged_object": {"a": PAIR}}
    assert_told_nowhere(office, job, SECRET)


def test_pairs_in_comparisons_from_data_are_not_looked_up(office: Office) -> None:
    guess = [{"operand_1": PAIR, "operator": "==", "operand_2": SECRET}]
    document = flow(
        a1=asking(groups="$var.job.g"),
        a2=task("evaluation", evaluation_groups="$var.job.g"),
    )
    document["transitions"]["a2"] = {
        "workflow_end": {"state": "failure", "type": "standard"},
    }
    job = finished(office, document, groups=[{"evaluations": guess}])
    assert job["tasks"]["a2"]["variables"]["outgoing"]["return_value"] is False


def test_references_in_data_are_not_looked_up(office: Office) -> None:
    document = flow(
        a1=asking(items="$var.job.items"),
        a2=task("merge", data_to_merge="$var.job.items"),
    )
    value = "$var.job.password"
    job = finished(office, document, items=[{"key": "a", "value": value}])
    assert job["tasks"]["a2"]["variables"]["outgoing"] == {"merged_object": {"a": value}}


def test_variables_of_a_start_are_not_looked_up(office: Office) -> None:
    document = flow(a1=task("merge", data_to_merge="$var.job.items"))
    office.keep(document)
    person = office.of("operations")
    items = [{"key": "a", "value": PAIR}]
    given = {"password": SECRET, "items": items}
    job = person.over(person.start(document["name"], variables=given))
    assert job["tasks"]["a1"]["variables"]["outgoing"] == {"merged_object": {"a": PAIR}}


def test_variables_for_a_child_are_not_looked_up_in_data(office: Office) -> None:
    child = manual(unique("Child"))
    office.keep(child)
    document = flow(
        a1=asking(given="$var.job.given"),
        a2=task("childJob", workflow=child["name"], variables="$var.job.given"),
    )
    office.keep(document)
    person = office.of("operations")
    job = person.start(document["name"], variables={"password": SECRET})
    person.waiting(job)
    data = {"taskData": {"finish_state": "success", "variables": {"given": {"hint": PAIR}}}}
    person.post(f"/jobs/{job['_id']}/tasks/a1/finish", data)
    asked = {"equals[ancestors]": job["_id"], "equals[name]": child["name"]}
    found = wait_until(lambda: person.get("/jobs", **asked))
    assert [each["variables"]["hint"] for each in found] == [PAIR]
    assert_told_nowhere(office, job, SECRET)


def test_pairs_in_the_workflow_itself_are_still_looked_up(office: Office) -> None:
    pair = {"task": "job", "variable": "word"}
    document = flow(a1=task("merge", data_to_merge=[{"key": "k", "value": pair}]))
    office.keep(document)
    person = office.of("operations")
    job = person.over(person.start(document["name"], variables={"word": "open"}))
    assert job["tasks"]["a1"]["variables"]["outgoing"] == {"merged_object": {"k": "open"}}


def test_a_secret_does_not_become_a_variable_of_a_name_that_nobody_knows_before(
    office: Office,
) -> None:
    document = flow(a1=task("newVariable", name="$var.job.n", value="$var.job.password"))
    assert "a variable whose name the workflow does not say" in refusal(office, document)

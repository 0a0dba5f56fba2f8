"""What a step of a job does is within the rights of whoever has decided that it is done."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.principal import ROLE_OIDS
from tests.dialects.itential.operators import Office, Person, sample
from tests.dialects.midpoint.people import ENTERS, MODEL, authorization
from tests.security.workflows import ask, imported, only, script, step, workflow
from tests.serving import Api, delta, unique, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPERUSER = {"oid": ROLE_OIDS["superuser"], "type": "RoleType"}
ASSIGN = script({"@element": "assign", "targetRef": SUPERUSER})
DISABLE = script({"@element": "disable"})


class Case:
    """An operator, and somebody whom nobody may make a superuser."""

    def __init__(self, office: Office, api: Api) -> None:
        self.office = office
        self.api = api
        # What somebody may not see is not met at all; here it is about what they may do.
        self.operator = office.who_sees_all("operations")
        self.administrator = office.of("administrator")
        self.victim = api.create("users", {"name": unique("victim")})

    def keep(self, *steps: dict[str, Any], by: str = "administrator", **items: Any) -> str:
        """The name of a new workflow."""
        document = workflow(*steps, **items)
        assert imported(self.office.of(by), document)["success"] is True
        return str(document["name"])

    def retried(
        self, person: Person, job: dict[str, Any], variables: dict[str, Any], key: str = "a1"
    ) -> dict[str, Any]:
        """The job when a step was done again with these variables."""
        person.post(f"/jobs/{job['_id']}/tasks/{key}/retry", {"variables": variables})
        return person.over(job)

    @property
    def is_superuser(self) -> bool:
        """Whether somebody has made the victim one."""
        user = self.api.get("users", self.victim)
        return any(
            each["targetRef"]["oid"] == SUPERUSER["oid"] for each in _listed(user, "assignment")
        )

    @property
    def is_disabled(self) -> bool:
        """Whether somebody has disabled the victim."""
        user = self.api.get("users", self.victim)
        return bool(user["activation"].get("administrativeStatus") == "disabled")


def _listed(items: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = items.get(name, [])
    return found if isinstance(found, list) else [found]


@pytest.fixture
def case(office: Office, api: Api) -> Case:
    return Case(office, api)


@pytest.fixture
def beside(office: Office) -> Iterator[Any]:
    """Makes further people; their sessions end with the test."""
    with ExitStack() as stack:

        def person(role: str, *groups: str) -> Person:
            made = office.person(role, *groups, also="viewer")
            stack.enter_context(closing(made.client))
            return made

        yield person


# ---- a step is done again --------------------------------------------------------------------------------


def scripted(objects: Any, request: Any) -> dict[str, Any]:
    inputs = {"objects": objects, "scriptExecutionRequest": request}
    return step("iterativeScripting", {n: v for n, v in inputs.items() if v is not None})


def test_a_retry_replaces_no_script_that_the_workflow_fixes(case: Case) -> None:
    name = case.keep(scripted("$var.job.objects", DISABLE))
    job = case.operator.start(name, variables={"objects": {"type": "NoSuchType"}})
    assert case.operator.over(job)["status"] == "error"
    variables = {"objects": only(case.victim), "scriptExecutionRequest": ASSIGN}
    path = f"/jobs/{job['_id']}/tasks/a1/retry"
    answer = case.operator.asked(path, {"variables": variables})
    assert answer.status_code == 400
    assert "scriptExecutionRequest" in answer.json()["message"]
    assert "objects" in answer.json()["message"]
    assert not case.is_superuser


@pytest.mark.parametrize("objects", ["$var.job.objects", None], ids=["a variable", "not given"])
def test_a_retry_fills_what_the_workflow_leaves_open(case: Case, objects: Any) -> None:
    first = step("deletion", {} if objects is None else {"objects": objects})
    job = case.operator.start(case.keep(first), variables={"objects": {"type": "NoSuchType"}})
    assert case.operator.over(job)["status"] == "error"
    done = case.retried(case.operator, job, {"objects": only(case.victim)})
    assert done["status"] == "complete"
    assert case.api.client.get(f"/users/{case.victim}").status_code == 404


def test_a_retry_may_send_again_what_a_fixed_input_was(case: Case) -> None:
    name = case.keep(scripted("$var.job.objects", DISABLE))
    job = case.operator.start(name, variables={"objects": {"type": "NoSuchType"}})
    case.operator.over(job)
    again = {"objects": only(case.victim), "scriptExecutionRequest": DISABLE}
    assert case.retried(case.operator, job, again)["status"] == "complete"
    assert case.is_disabled


def made(reference: str) -> dict[str, Any]:
    return step("noOp", {"steps": reference})


@pytest.mark.parametrize(
    ("reference", "how"),
    [
        ("$var.job.made", "newVariable"),
        ("$var.job.out", "outputs"),
        ("$var.a1.value", "a step"),
        ("$var.job._id", "the job"),
        ("$var.job.initiator", "who started it"),
    ],
)
def test_a_retry_fills_no_variable_that_is_not_the_starters(
    case: Case, reference: str, how: str
) -> None:
    del how
    sets = step("newVariable", {"name": "made", "value": "many"}, app="WorkFlowEngine")
    sets["variables"]["outgoing"] = {"value": "$var.job.out"}
    job = case.operator.start(case.keep(sets, made(reference)))
    assert case.operator.over(job)["status"] == "error"
    body = {"variables": {"steps": 1}}
    assert case.operator.asked(f"/jobs/{job['_id']}/tasks/a2/retry", body).status_code == 400
    assert case.operator.job(job)["status"] == "error"


@pytest.mark.parametrize("objects", ["$var.job.objects", None], ids=["a variable", "not given"])
def test_a_script_that_a_retry_fills_in_is_held_against_who_retries(
    case: Case, objects: Any
) -> None:
    name = case.keep(scripted(objects, "$var.job.script"))
    wrong = {"objects": {"type": "NoSuchType"}, "script": ASSIGN}
    job = case.administrator.start(name, variables=wrong | {"script": "none"})
    assert case.administrator.over(job)["status"] == "error"
    inputs = {"objects": only(case.victim), "scriptExecutionRequest": ASSIGN}
    assert case.retried(case.operator, job, inputs)["status"] == "error"
    assert not case.is_superuser


def test_the_task_of_a_step_stays_within_its_deciders_when_it_is_run_again(
    case: Case,
) -> None:
    name = case.keep(scripted(None, "$var.job.script"))
    job = case.administrator.start(name, variables={"script": "none"})
    case.administrator.over(job)
    inputs = {"objects": only(case.victim), "scriptExecutionRequest": ASSIGN}
    case.retried(case.operator, job, inputs)
    title = f"{name}: a1"
    [task] = case.api.search("tasks", {"filter": {"text": f"name = '{title}'"}})
    with case.office.server.client(case.operator.name) as client:
        for operation in ("resume", "run"):
            client.post(f"/tasks/{task['oid']}/{operation}")
    wait_until(
        lambda: case.api.get("tasks", task["oid"])["executionState"] in ("closed", "suspended")
    )
    assert not case.is_superuser


# ---- what a step does is exempt if the workflow says it ------------------------------------------------


def test_what_the_workflow_fixes_is_done_for_who_has_no_right_to_it(case: Case) -> None:
    job = case.operator.start(case.keep(scripted(only(case.victim), DISABLE)))
    assert case.operator.over(job)["status"] == "complete"
    assert case.is_disabled


def test_the_starter_chooses_the_objects_where_the_workflow_says_so(case: Case) -> None:
    name = case.keep(scripted("$var.job.objects", DISABLE))
    job = case.operator.start(name, variables={"objects": only(case.victim)})
    assert case.operator.over(job)["status"] == "complete"
    assert case.is_disabled


STARTERS_OWN = {
    "a script": step(
        "iterativeScripting",
        {"objects": "$var.job.objects", "scriptExecutionRequest": "$var.job.what"},
    ),
    "a delta": step(
        "iterativeChangeExecution", {"objects": "$var.job.objects", "delta": "$var.job.what"}
    ),
    "requests": step("explicitChangeExecution", {"delta": "$var.job.what"}),
    "a script with its input": step(
        "nonIterativeScripting", {"scriptExecutionRequest": "$var.job.what"}
    ),
}


def wanted(case: Case, kind: str) -> Any:
    change = {
        "changeType": "modify",
        "objectType": "UserType",
        "itemDelta": {
            "modificationType": "add",
            "path": "assignment",
            "value": {"targetRef": SUPERUSER},
        },
    }
    return {
        "a script": ASSIGN,
        "a delta": change,
        "requests": [change | {"oid": case.victim}],
        "a script with its input": ASSIGN
        | {
            "input": {
                "value": [{"@type": "ObjectReferenceType", "oid": case.victim, "type": "UserType"}]
            }
        },
    }[kind]


@pytest.mark.parametrize("kind", STARTERS_OWN)
def test_what_the_starter_chooses_is_done_with_the_starters_rights(case: Case, kind: str) -> None:
    name = case.keep(STARTERS_OWN[kind])
    variables = {"objects": only(case.victim), "what": wanted(case, kind)}
    done = case.operator.over(case.operator.start(name, variables=variables))
    assert done["status"] == "error"
    assert not case.is_superuser
    done = case.administrator.over(case.administrator.start(name, variables=variables))
    assert (done["status"], case.is_superuser) == ("complete", True)


def test_what_a_person_gives_to_somebody_elses_job_is_done_with_that_persons_rights(
    case: Case,
) -> None:
    second = step(
        "iterativeScripting",
        {"objects": "$var.a1.objects", "scriptExecutionRequest": "$var.a1.script"},
    )
    name = case.keep(ask(), second)

    def finished(by: Person) -> str:
        job = case.administrator.start(name)
        case.administrator.waiting(job)
        given = {"objects": only(case.victim), "script": ASSIGN}
        data = {"taskData": {"finish_state": "success", "variables": given}}
        by.post(f"/jobs/{job['_id']}/tasks/a1/finish", data)
        return str(case.administrator.over(job)["status"])

    assert finished(case.operator) == "error"
    assert not case.is_superuser
    assert finished(case.administrator) == "complete"
    assert case.is_superuser


def test_what_a_person_gives_is_theirs_in_child_jobs_too(case: Case) -> None:
    child = case.keep(
        step(
            "iterativeScripting",
            {"objects": "$var.job.objects", "scriptExecutionRequest": "$var.job.script"},
        )
    )
    passed = {name: {"task": "a1", "variable": name} for name in ("objects", "script")}
    starts = step("childJob", {"workflow": child, "variables": passed}, app="WorkFlowEngine")
    job = case.administrator.start(case.keep(ask(), starts))
    case.administrator.waiting(job)
    given = {"objects": only(case.victim), "script": ASSIGN}
    data = {"taskData": {"finish_state": "success", "variables": given}}
    case.operator.post(f"/jobs/{job['_id']}/tasks/a1/finish", data)
    found = {"equals[ancestors]": job["_id"], "equals[name]": child}
    [begun] = wait_until(lambda: case.administrator.get("/jobs", **found))
    assert case.administrator.over(begun)["status"] == "error"
    assert not case.is_superuser


@pytest.mark.parametrize("author", ["engineering", "apiwrite", "admin"])
def test_a_workflow_is_worth_no_more_than_who_wrote_it(case: Case, author: str) -> None:
    name = case.keep(scripted(only(case.victim), ASSIGN), by=author)
    writer = case.office.who_sees_all(author)
    for person in (writer, case.operator):
        assert person.over(person.start(name))["status"] == "error"
    assert not case.is_superuser


def test_who_replaces_a_workflow_vouches_for_what_it_does_from_then_on(case: Case) -> None:
    document = workflow(scripted(only(case.victim), DISABLE))
    assert imported(case.administrator, document)["success"] is True
    changed = document | {"tasks": {"a1": scripted(only(case.victim), ASSIGN)}}
    assert imported(case.office.of("engineering"), changed)["success"] is True
    job = case.operator.start(document["name"])
    assert case.operator.over(job)["status"] == "error"
    assert not case.is_superuser


def test_who_imports_the_same_workflow_again_vouches_for_it_from_then_on(case: Case) -> None:
    document = workflow(scripted(only(case.victim), DISABLE))
    for author, status in (("engineering", "error"), ("administrator", "complete")):
        assert imported(case.office.of(author), document)["success"] is True
        job = case.operator.start(document["name"])
        assert case.operator.over(job)["status"] == status


def built(key: str = "made") -> list[dict[str, Any]]:
    """Steps that make the script of literals, so that it comes from a variable."""
    return [step("newVariable", {"name": key, "value": ASSIGN}, app="WorkFlowEngine")]


@pytest.mark.parametrize("hides", [False, True], ids=["in the open", "in a variable"])
def test_a_superuser_who_starts_a_workflow_lends_its_writer_no_rights_over_people(
    case: Case, hides: bool
) -> None:
    steps = [*built(), scripted(only(case.victim), "$var.job.made")]
    name = case.keep(*(steps if hides else [scripted(only(case.victim), ASSIGN)]), by="engineering")
    assert case.administrator.over(case.administrator.start(name))["status"] == "error"
    assert not case.is_superuser


def test_a_superuser_who_starts_a_workflow_lends_it_the_right_to_change_objects(
    case: Case,
) -> None:
    described = {
        "changeType": "modify",
        "objectType": "UserType",
        "itemDelta": {"modificationType": "replace", "path": "description", "value": "done"},
    }
    change = step("iterativeChangeExecution", {"objects": only(case.victim), "delta": described})
    name = case.keep(change, by="engineering")
    assert case.operator.over(case.operator.start(name))["status"] == "error"
    assert case.administrator.over(case.administrator.start(name))["status"] == "complete"


def test_a_child_job_does_not_get_its_parents_writer_further(case: Case) -> None:
    child = case.keep(scripted(only(case.victim), "$var.job.script"))
    passed = {"script": {"task": "job", "variable": "made"}}
    starts = step("childJob", {"workflow": child, "variables": passed}, app="WorkFlowEngine")
    job = case.administrator.start(case.keep(*built(), starts, by="engineering"))
    found = {"equals[ancestors]": job["_id"], "equals[name]": child}
    [begun] = wait_until(lambda: case.administrator.get("/jobs", **found))
    assert case.administrator.over(begun)["status"] == "error"
    assert not case.is_superuser


def test_the_samples_work_for_operations(case: Case) -> None:
    names = ("recompute-a-role-and-notify", "approve-a-leaver")
    case.office.keep(*map(sample, names))
    role = case.api.create("roles", {"name": unique("role")})
    target = {"targetRef": {"oid": role, "type": "RoleType"}}
    case.api.create("users", {"name": unique("member"), "assignment": [target]})
    job = case.operator.start("Recompute a role and notify", variables={"role": role})
    done = case.operator.when(job, "complete")
    assert done["variables"]["message"] == "Members recomputed: 1"
    job = case.operator.start("Approve a leaver")
    case.operator.waiting(job)
    case.operator.finish(job)
    assert case.operator.when(job, "complete")["variables"]["result"] == "success"


# ---- and never if somebody else says it -------------------------------------------------------------------


@pytest.fixture
def adder(case: Case) -> Iterator[Person]:
    """Somebody who works on jobs, and may add and change tasks."""
    rights = authorization("read", "add", "modify", object={"type": "TaskType"})
    role = case.api.create("roles", {"name": unique("adds"), "authorization": [ENTERS, rights]})
    person = case.office.person("operations", also="viewer")
    [user] = case.api.search("users", {"filter": {"text": f"name = '{person.name}'"}})
    target = {"targetRef": {"oid": role, "type": "RoleType"}}
    case.api.modify("users", user["oid"], delta("add", "assignment", target))
    with closing(person.client):
        yield person


def own_work(case: Case) -> dict[str, Any]:
    return {
        "iterativeScripting": {
            "objects": only(case.victim),
            "scriptExecutionRequest": ASSIGN,
        }
    }


WAYS = ("POST", "PUT", "with the parent of a job", "PATCH of a step's task")


@pytest.mark.parametrize("way", WAYS)
def test_a_task_that_somebody_hands_in_is_no_step_of_a_job(
    case: Case, adder: Person, way: str
) -> None:
    name = case.keep(step("noOp", {"steps": 10_000, "delay": 1_000}))
    job = adder.start(name)
    title = f"{name}: a1"
    [task] = wait_until(lambda: case.api.search("tasks", {"filter": {"text": f"name = '{title}'"}}))
    with case.office.server.client(adder.name) as client:
        api = Api(client)
        if way == "PATCH of a step's task":
            oid = task["oid"]
            client.post(f"/tasks/{oid}/suspend")
            change = delta("replace", "activity", {"work": own_work(case)})
            api.modify("tasks", oid, change)
            client.post(f"/tasks/{oid}/resume")
        else:
            more = {"parent": task["parent"]} if way == "with the parent of a job" else {}
            items = {
                "name": unique("own"),
                "activity": {"work": own_work(case)},
                "schedulingState": "ready",
            } | more
            method = "PUT" if way == "PUT" else "POST"
            answer = client.request(
                method, "/tasks/x" if way == "PUT" else "/tasks", json={"task": items}
            )
            assert answer.status_code == 202, answer.text
            oid = answer.headers["location"].rpartition("/")[2]
        done = case.api.when(
            oid, lambda found: found.get("resultStatus") not in (None, "in_progress")
        )
        assert done["resultStatus"] == "partial_error"
    assert not case.is_superuser
    adder.asked("/jobs/cancel", {"jobIds": [job["_id"]]})


def test_what_is_denied_to_the_starter_stays_denied(case: Case) -> None:
    role = case.api.create(
        "roles",
        {
            "name": unique("denied"),
            "authorization": authorization(f"{MODEL}modify", decision="deny"),
        },
    )
    person = case.office.person("operations")
    with closing(person.client):
        [user] = case.api.search("users", {"filter": {"text": f"name = '{person.name}'"}})
        target = {"targetRef": {"oid": role, "type": "RoleType"}}
        case.api.modify("users", user["oid"], delta("add", "assignment", target))
        job = person.start(case.keep(scripted(only(case.victim), DISABLE)))
        assert person.over(job)["status"] == "error"
    assert not case.is_disabled

"""Tasks that change objects: short ways to make their objects, run them and read what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.serving import assert_operation_result, unique

if TYPE_CHECKING:
    from tests.serving import Api

Document = dict[str, Any]
SUPERUSER = "00000000-0000-0000-0000-000000000004"
ADMINISTRATOR_OID = "00000000-0000-0000-0000-000000000002"


def objects(text: str, type_name: str = "c:UserType") -> Document:
    """The object set that a filter text selects."""
    return {"type": type_name, "query": {"filter": {"text": text}}}


def crowd(api: Api, count: int, **items: Any) -> tuple[Document, list[str]]:
    """New users, as an object set and by oid."""
    prefix = unique("crowd").replace(" ", "x")
    oids = [api.create("users", {"name": f"{prefix}n{number}"} | items) for number in range(count)]
    return objects(f"name startsWith '{prefix}n'"), oids


def done(api: Api, work: Document, mode: str | None = None, **activity: Any) -> Document:
    """The task after it has done the work."""
    execution = {} if mode is None else {"execution": {"mode": mode}}
    defined = {"work": work} | execution | activity
    return api.when_closed(api.task(activity=defined, schedulingState="ready"))


def refusal(api: Api, work: Document, **activity: Any) -> str:
    """What a task with that work is refused with."""
    body = {"task": {"name": unique("refused"), "activity": {"work": work} | activity}}
    message: str = assert_operation_result(api.client.post("/tasks", json=body), 400)["message"]
    return message


def executed(task: Document) -> dict[str, int]:
    """How many objects the task says to have added, modified and deleted."""
    return _operations(task["activityState"]["activity"]["statistics"].get("actionsExecuted", {}))


def foreseen(task: Document) -> dict[str, int]:
    """How many objects the task says it would add, modify and delete."""
    assert executed(task) == {}
    return _operations(task["activityState"]["activity"]["simulation"])


def _operations(found: Document) -> dict[str, int]:
    entries = found.get("objectActionsEntry", [])
    entries = entries if isinstance(entries, list) else [entries]
    return {each["operation"]: each["totalSuccessCount"] for each in entries}


def counted(task: Document) -> dict[str, int]:
    """Items by outcome."""
    found = task["activityState"]["activity"]["statistics"]["itemProcessing"].get("processed", [])
    entries = found if isinstance(found, list) else [found]
    return {each["outcome"]["outcome"]: each["count"] for each in entries}


def last_message(task: Document, outcome: str = "failure") -> str:
    """What was wrong with the last item of an outcome."""
    found = task["activityState"]["activity"]["statistics"]["itemProcessing"]["processed"]
    entries = found if isinstance(found, list) else [found]
    [entry] = [each for each in entries if each["outcome"]["outcome"] == outcome]
    message: str = entry["lastItem"]["message"]
    return message


def exists(api: Api, oid: str, collection: str = "users") -> bool:
    """Whether the object is there."""
    return api.client.get(f"/{collection}/{oid}").status_code == 200


def records(api: Api, oid: str, collection: str = "users") -> list[Document]:
    """What was done to the object."""
    found = api.get(collection, oid).get("operationExecution", [])
    return found if isinstance(found, list) else [found]


def target(oid: str, relation: str | None = None) -> Document:
    """A reference to a role."""
    found = {"oid": oid, "type": "c:RoleType"}
    return found if relation is None else found | {"relation": relation}


def assigned(api: Api, oid: str) -> list[tuple[str, str]]:
    """Oid and relation of what is assigned to a user."""
    found = api.get("users", oid).get("assignment", [])
    values = found if isinstance(found, list) else [found]
    return [(v["targetRef"]["oid"], v["targetRef"]["relation"].partition(":")[2]) for v in values]


def each(selected: Document, script: Document) -> Document:
    """A script for each of the objects."""
    return {"iterativeScripting": {"objects": selected, "scriptExecutionRequest": script}}


def once(script: Document, *values: Any) -> Document:
    """A script that is executed once, on these values."""
    given: Document = {"input": {"value": list(values)}} if values else {}
    return {"nonIterativeScripting": {"scriptExecutionRequest": script | given}}

"""Workflows of one activity, and who starts them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.serving import unique

if TYPE_CHECKING:
    import httpx2

    from tests.dialects.itential.operators import Person


def workflow(*steps: dict[str, Any], **items: Any) -> dict[str, Any]:
    """A workflow of these steps one after the other, under the keys a1, a2, ..."""
    tasks = {f"a{number}": each for number, each in enumerate(steps, 1)}
    path = ["workflow_start", *tasks, "workflow_end"]
    ways = {a: {b: {"state": "success", "type": "standard"}} for a, b in pairwise(path)}
    return {
        "name": unique("workflow"),
        "tasks": tasks,
        "transitions": ways | {"workflow_end": {}},
    } | items


def step(name: str, inputs: dict[str, Any], app: str = "Taskgate", **more: Any) -> dict[str, Any]:
    """A step with these inputs."""
    variables = {"incoming": inputs, "outgoing": {}}
    return {"name": name, "app": app, "type": "automatic", "variables": variables} | more


def ask() -> dict[str, Any]:
    """A step that waits for a person."""
    return step("ViewData", {"header": "?"}, app="WorkFlowEngine", type="manual")


def only(oid: str, type_name: str = "UserType") -> dict[str, Any]:
    """The set of one object."""
    return {"type": type_name, "query": {"filter": {"text": f". inOid '{oid}'"}}}


def script(*pipeline: dict[str, Any]) -> dict[str, Any]:
    """A request that does these things to each object."""
    return {"pipeline": list(pipeline)}


def imported(person: Person, document: dict[str, Any]) -> dict[str, Any]:
    """What became of a workflow that somebody imports."""
    answer = sent(person, document)
    assert answer.status_code == 200, answer.text
    [outcome] = answer.json()["imported"]
    found: dict[str, Any] = outcome
    return found


def sent(person: Person, document: dict[str, Any]) -> httpx2.Response:
    """The answer to an import."""
    body = {"automations": [document]}
    return person.client.post("/automation-studio/automations/import", json=body)

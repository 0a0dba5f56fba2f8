"""Workflow documents: the vendor's JSON as a stored workflow, and back (operations-manager 4.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.builtins import MAX_DELAY
from gateway.errors import SchemaViolation
from gateway.model.job import GIVEN_VARIABLES
from gateway.model.workflow import (
    END,
    START,
    STATES,
    Edge,
    Graph,
    RetrySettings,
    Step,
    document_of,
    graph_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.documents import Document, Json

PSEUDO = (START, END)
#: A pointer of a decorator, and the variable that it leads to or into.
_POINTER = re.compile(r"/?([^/#]+)(?:/([^/]+))?(?:/|\Z)")
#: What a pointer begins with that counts from the workflow instead of its variables.
_BASE = "variables"
#: Further tries of a step.
MAX_TRIES = 1_000
KINDS = ("automatic", "manual", "operation")
#: What the graph holds of a task; the rest is kept to be shown.
_READ = frozenset({"name", "app", "type", "variables", "groups", "actor", "retrySettings"})
#: What a stored workflow holds; the rest is kept to be shown.
_TAKEN = frozenset(
    {"_id", "name", "description", "groups", "tags", "inputSchema", "outputSchema", "transitions"}
)
#: Ways of the document that lead backwards; a way in the state `loop` leads into a loop's body.
_WAYS = {"standard": "standard", "revert": "revert", "loop": "loop"}


def read_workflow_items(document: Json) -> Document:
    """The items of a stored workflow; `SchemaViolation` names what is wrong with the document."""
    if not isinstance(document, dict) or not isinstance(document.get("name"), str):
        raise SchemaViolation("A workflow is an object with a 'name'.", path="name")
    name: str = document["name"]
    tasks = _read_object(document, "tasks", name)
    transitions = _read_object(document, "transitions", name)
    steps = {
        key: _step(key, task, name) for key, task in sorted(tasks.items()) if key not in PSEUDO
    }
    graph = Graph(
        name=name,
        steps=steps,
        edges=tuple(_read_edges(transitions, name)),
        secrets=tuple(_find_secrets(document.get("decorators"), name)),
    )
    shown = {k: v for k, v in document.items() if k not in _TAKEN and k != "tasks"}
    shown["pseudo"] = {key: tasks[key] for key in PSEUDO if key in tasks}
    items: Document = {"name": name, "graph": document_of(graph), "shown": shown}
    if document.get("description"):
        items["description"] = str(document["description"])
    for item, key in (("inputSchema", "inputSchema"), ("outputSchema", "outputSchema")):
        if isinstance(document.get(key), dict):
            items[item] = document[key]
    groups = document.get("groups") or []
    if groups:
        items["group"] = [str(each) for each in groups]
    return items


def _find_secrets(decorators: Json, workflow: str) -> Iterator[str]:
    """The variables that a decorator marks as encrypted, wherever in them its pointer leads.

    A pointer is `/NAME` or `/variables/NAME`; what every job has by itself is never hidden.
    `SchemaViolation` for one that marks nothing: what its writer means to hide would be shown.
    """
    if not isinstance(decorators, list | None):
        raise SchemaViolation(f"The decorators of '{workflow}' are a list.", path="decorators")
    for index, each in enumerate(decorators or ()):
        is_known = isinstance(each, dict) and each.get("type") == "encryption"
        pointer = each.get("pointer") if is_known else None
        match = _POINTER.match(pointer) if isinstance(pointer, str) else None
        if match is None:
            raise SchemaViolation(
                f"A decorator of '{workflow}' has the type 'encryption' and a pointer to a variable, "
                "such as '/password'.",
                path=f"decorators/{index}",
            )
        # A variable may be called `variables`, too: rather one hidden too many.
        for segment in match.groups()[: 2 if match[1] == _BASE else 1]:
            name = (segment or "").replace("~1", "/").replace("~0", "~")
            if name and name not in GIVEN_VARIABLES:
                yield name


def _read_object(document: Document, key: str, name: str) -> Document:
    value = document.get(key)
    if not isinstance(value, dict):
        raise SchemaViolation(f"The workflow '{name}' has no object '{key}'.", path=key)
    return value


def _step(key: str, task: Json, workflow: str) -> Step:
    place = f"tasks/{key}"
    if not isinstance(task, dict) or not isinstance(task.get("name"), str):
        raise SchemaViolation(f"The task '{key}' of '{workflow}' needs a 'name'.", path=place)
    kind = task.get("type", "automatic")
    if kind not in KINDS:
        raise SchemaViolation(
            f"The type of the task '{key}' is one of {', '.join(KINDS)}.", path=f"{place}/type"
        )
    variables = task.get("variables") or {}
    actor = task.get("actor")
    return Step(
        key=key,
        name=task["name"],
        app=str(task.get("app") or ""),
        kind=kind,
        inputs=_read_mapping(variables, "incoming", place),
        outputs=_read_mapping(variables, "outgoing", place),
        groups=tuple(str(each) for each in task.get("groups") or ()),
        actor=actor if isinstance(actor, str) else None,
        retry=_retry(task.get("retrySettings"), place),
        shown={k: v for k, v in task.items() if k not in _READ},
    )


def _read_mapping(variables: Json, key: str, place: str) -> Document:
    value = variables.get(key) if isinstance(variables, dict) else None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SchemaViolation(f"{place}/variables/{key} must be an object.", path=place)
    return value


def _retry(settings: Json, place: str) -> RetrySettings | None:
    if not settings:
        return None
    if not isinstance(settings, dict) or not isinstance(settings.get("state"), list):
        raise SchemaViolation(f"{place}/retrySettings needs a list 'state'.", path=place)
    return RetrySettings(
        states=frozenset(str(each) for each in settings["state"]),
        is_automatic=settings.get("autoRetry") is True,
        limit=int(_number(settings, "limit", place, MAX_TRIES)),
        delay=_number(settings, "delay", place, MAX_DELAY * 1000) / 1000,
    )


def _number(settings: Document, name: str, place: str, most: float) -> float:
    value = settings.get(name, 0)
    # A comparison with what is no number at all does not hold either.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        where = f"{place}/retrySettings/{name}"
        raise SchemaViolation(f"{where} is no number from 0 to {most}.", path=where)
    return value


def _read_edges(transitions: Document, workflow: str) -> Iterator[Edge]:
    for source, targets in transitions.items():
        if not isinstance(targets, dict):
            raise SchemaViolation(
                f"transitions/{source} of '{workflow}' must be an object.", path="transitions"
            )
        for target, transition in targets.items():
            yield _read_edge(source, target, transition)


def _read_edge(source: str, target: str, transition: Json) -> Edge:
    found = transition if isinstance(transition, dict) else {}
    state, way = found.get("state", "success"), found.get("type", "standard")
    if state not in STATES or way not in _WAYS:
        raise SchemaViolation(
            f"transitions/{source}/{target} needs a state of {', '.join(STATES)}, and a type of "
            f"{', '.join(_WAYS)}.",
            path="transitions",
        )
    return Edge(
        source=source, target=target, state=state, way="loop" if state == "loop" else _WAYS[way]
    )


def write_transitions(graph: Graph) -> dict[str, Any]:
    """The graph's ways in the document's form: by source, by target."""
    found: dict[str, dict[str, Any]] = {key: {} for key in graph.keys}
    for edge in graph.edges:
        kind = "revert" if edge.way == "revert" else "standard"
        found.setdefault(edge.source, {})[edge.target] = {"state": edge.state, "type": kind}
    return found


def write_ways(graph: Graph, key: str) -> dict[str, list[dict[str, str]]]:
    """The ways that lead on from a task in a job's form: by state; `loop` shows up as a type."""
    found: dict[str, list[dict[str, str]]] = {}
    for edge in graph.out.get(key, ()):
        found.setdefault(edge.state, []).append({"task": edge.target, "type": edge.way})
    return found


def write_workflow(oid: str, items: Document) -> Document:
    """A stored workflow as the vendor's JSON; what an import takes back."""
    graph = graph_of(items["graph"])
    shown: Document = dict(items.get("shown", {}))
    pseudo: Document = shown.pop("pseudo", {})
    return {
        **shown,
        "_id": oid,
        "name": graph.name,
        "description": items.get("description"),
        "groups": list(items.get("group", ())),
        "inputSchema": items.get("inputSchema"),
        "outputSchema": items.get("outputSchema"),
        "tasks": pseudo | {key: _write_task(step) for key, step in graph.steps.items()},
        "transitions": write_transitions(graph),
    }


def _write_task(step: Step) -> Document:
    retry = step.retry
    settings = retry and {
        "state": sorted(retry.states),
        "autoRetry": retry.is_automatic,
        "limit": retry.limit,
        "delay": round(retry.delay * 1000),
    }
    return {
        **step.shown,
        "name": step.name,
        "app": step.app,
        "type": step.kind,
        "actor": step.actor,
        "groups": list(step.groups),
        "retrySettings": settings,
        "variables": {
            "incoming": dict(step.inputs),
            "outgoing": dict(step.outputs),
            "error": "",
            "decorators": [],
        },
    }

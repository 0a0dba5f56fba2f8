"""What keeps a graph from being walked: checked when a job is to start (operations-manager 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.engine.activities.base import nameable
from gateway.engine.workflow.builtins import BUILTINS
from gateway.engine.workflow.redaction import open_names, open_parameters
from gateway.engine.workflow.references import find_references
from gateway.model.workflow import END, HANDLER, START, Flaw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.workflow import Graph, Step

#: Steps that repeat or start others: the inputs that they must be given, and those that they may be.
EACH, CHILD = "forEach", "childJob"
SPECIAL: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    EACH: (("data_array",), ("current_item",)),
    CHILD: (
        ("workflow",),
        ("task", "variables", "data_array", "transformation", "loopType", "refId"),
    ),
}
#: The app whose steps are activities of this gateway.
ACTIVITIES_APP = "Taskgate"


def validate_graph(graph: Graph) -> list[Flaw]:
    """Everything that keeps the graph from being walked; none if it can be."""
    found = [*_check_edges(graph), *_check_unreachable(graph), *_check_steps(graph)]
    return [*found, *open_parameters(graph, ACTIVITIES_APP), *open_names(graph)]


def _check_edges(graph: Graph) -> Iterator[Flaw]:
    known = {*graph.keys}
    for edge in graph.edges:
        for key in (edge.source, edge.target):
            if key not in known:
                yield Flaw(
                    keyword="transition",
                    place=f"/transitions/{edge.source}/{edge.target}",
                    message=f"The transition names the task '{key}', which the workflow has not.",
                )


def _check_unreachable(graph: Graph) -> Iterator[Flaw]:
    reached = graph.forward(START) | (graph.forward(HANDLER) if graph.has_handler else frozenset())
    for key in graph.steps:
        if key not in reached:
            yield Flaw(
                keyword="unreachable",
                place=f"/tasks/{key}",
                message=f"No transition leads to the task '{key}'.",
            )
    if END not in reached:
        yield Flaw(
            keyword="unreachable",
            place=f"/tasks/{END}",
            message="No transition leads to the end of the workflow.",
        )


def _check_steps(graph: Graph) -> Iterator[Flaw]:
    for step in graph.steps.values():
        for key in find_references(step.inputs):
            if key not in graph.steps:
                yield Flaw(
                    keyword="reference",
                    place=f"/tasks/{step.key}/variables/incoming",
                    message=f"The task '{step.key}' refers to the unknown task '{key}'.",
                )
        yield from _check_method(step)


def _check_method(step: Step) -> Iterator[Flaw]:
    if step.is_manual:
        return
    if step.app == ACTIVITIES_APP:
        if step.name not in nameable():
            yield _describe_unknown(step, nameable())
        return
    row = BUILTINS.get(step.name)
    if row is None and step.name not in SPECIAL:
        yield _describe_unknown(step, [*BUILTINS, *SPECIAL])
        return
    needs, takes = (row.needs, row.takes) if row is not None else SPECIAL[step.name]
    for name in needs:
        if name not in step.inputs:
            yield _describe_parameter(step, "required", f"must have the parameter '{name}'")
    for name in step.inputs:
        if name not in (*needs, *takes):
            yield _describe_parameter(step, "additionalProperties", f"knows no parameter '{name}'")


def _describe_unknown(step: Step, known: list[str]) -> Flaw:
    return Flaw(
        keyword="method",
        place=f"/tasks/{step.key}/name",
        message=f"The method '{step.name}' of '{step.app}' is not one of {', '.join(known)}.",
    )


def _describe_parameter(step: Step, keyword: str, what: str) -> Flaw:
    return Flaw(
        keyword=keyword,
        place=f"/tasks/{step.key}/variables/incoming",
        message=f"'{step.name}' in the task '{step.key}' {what}.",
    )

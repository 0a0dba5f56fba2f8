"""What keeps a workflow from being started (operations-manager 4.5)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.engine.workflow.validation import validate_graph
from gateway.model.workflow import Edge, Graph, Step, document_of, graph_of

LINE = (("workflow_start", "a1"), ("a1", "workflow_end"))


def graph(*steps: Step, edges: tuple[tuple[str, str], ...] = LINE) -> Graph:
    return Graph(
        name="g",
        steps={step.key: step for step in steps},
        edges=tuple(Edge(source=source, target=target) for source, target in edges),
    )


def automatic(name: str, app: str = "WorkFlowEngine", /, **inputs: Any) -> Step:
    return Step(key="a1", name=name, app=app, inputs=inputs)


@pytest.mark.parametrize(
    "step",
    [
        automatic("newVariable", name="x", value=1),
        automatic("noOp", "Taskgate", steps=3),
        automatic("forEach", data_array="$var.job.users"),
        automatic("childJob", workflow="other"),
        Step(key="a1", name="ViewData", kind="manual", inputs={"header": "Anything"}),
    ],
)
def test_a_graph_of_known_steps_can_be_walked(step: Step) -> None:
    assert validate_graph(graph(step)) == []


@pytest.mark.parametrize(
    ("step", "keyword", "message"),
    [
        (automatic("rest"), "method", "The method 'rest' of 'WorkFlowEngine' is not one of"),
        (automatic("rest", "Taskgate"), "method", "is not one of"),
        (automatic("delay"), "required", "must have the parameter 'time'"),
        (automatic("delay", time=1, unit=2), "additionalProperties", "knows no parameter 'unit'"),
        (automatic("forEach"), "required", "must have the parameter 'data_array'"),
        (automatic("delay", time="$var.ff.x"), "reference", "refers to the unknown task 'ff'"),
    ],
)
def test_a_step_that_cannot_be_done_is_named(step: Step, keyword: str, message: str) -> None:
    (flaw,) = validate_graph(graph(step))
    assert flaw.keyword == keyword
    assert message in flaw.message


def test_a_step_that_nothing_leads_to_is_named() -> None:
    lost = Step(key="b2", name="ViewData", kind="manual")
    (flaw,) = validate_graph(graph(automatic("delay", time=1), lost))
    assert flaw.place == "/tasks/b2"


def test_an_end_that_nothing_leads_to_is_named() -> None:
    (flaw,) = validate_graph(graph(automatic("delay", time=1), edges=(("workflow_start", "a1"),)))
    assert flaw.place == "/tasks/workflow_end"


def test_a_transition_to_nowhere_is_named() -> None:
    edges = (*LINE, ("a1", "dead"))
    found = validate_graph(graph(automatic("delay", time=1), edges=edges))
    assert [flaw.keyword for flaw in found] == ["transition"]


def test_a_graph_reads_back_from_its_document() -> None:
    made = graph(automatic("delay", time=1))
    assert graph_of(document_of(made)) == made

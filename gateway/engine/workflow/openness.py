"""Which inputs of a step its workflow fixes, and which it leaves to whoever starts the job.

Derived from the workflow alone. What is fixed was decided by who wrote the workflow; everything else
by people who start jobs and work on them, with their own rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.builtins import set_by
from gateway.engine.workflow.references import JOB, parse_reference
from gateway.errors import SchemaViolation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.workflow import Graph, Step

#: Variables that a job has by itself.
OWN_VARIABLES = frozenset({"_id", "initiator"})
#: Inputs of activities that select objects, and do not say what is done to them.
SELECTING = frozenset({"objects"})


def is_open(graph: Graph, step: Step, name: str) -> bool:
    """Whether an input is left to the starter: not given at all, or by a variable that no step sets."""
    if name not in step.inputs:
        return True
    reference = parse_reference(step.inputs[name])
    if reference is None or reference[0] != JOB:
        return False
    made = OWN_VARIABLES.union(*map(set_by, graph.steps.values()))
    return reference[1] not in made


def fill_inputs(
    graph: Graph, step: Step, inputs: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """What fills open inputs of a step; `SchemaViolation` for what would replace a fixed one.

    Args:
        graph: the workflow.
        step: the step that is done again.
        inputs: what it was done with before.
        given: names of inputs to values; one that is what it was before changes nothing.
    """
    new = {n: v for n, v in given.items() if n not in inputs or inputs[n] != v}
    fixed = sorted(name for name in new if not is_open(graph, step, name))
    if fixed:
        open_ones = sorted(name for name in step.inputs if is_open(graph, step, name))
        raise SchemaViolation(
            f"The workflow fixes {', '.join(fixed)} of the task '{step.key}'. Of what it gives, "
            f"variables may replace {', '.join(open_ones) or 'nothing'}.",
            path=f"variables/{fixed[0]}",
        )
    return new


def is_fixed(step: Step, inputs: Mapping[str, Any]) -> bool:
    """Whether the workflow itself says what is done with these inputs, if not to which objects."""
    return all(
        name in SELECTING or (name in step.inputs and parse_reference(step.inputs[name]) is None)
        for name in inputs
    )

"""What steps are given: lists, variables of children, and what of it is secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.builtins import StepContext, StepFailed
from gateway.engine.workflow.redaction import make_redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.engine.workflow.walk import Course
    from gateway.model.documents import StoredObject
    from gateway.model.job import Job, StepState


def read_list(state: StepState, name: str) -> tuple[Any, ...]:
    """The list that an input holds; `StepFailed` if it is none."""
    value = state.inputs.get(name)
    if not isinstance(value, list):
        raise StepFailed(f"'{name}' must be a list.")
    return tuple(value)


def make_situation(course: Course, key: str, room: int) -> StepContext:
    """What a step can see that is under way, and how long a text it may make."""
    return StepContext(
        variables=course.variables,
        outputs=course.outputs,
        written=course.find_written(key),
        room=room,
    )


def collect_child_variables(course: Course, key: str, value: Any, room: int) -> dict[str, Any]:
    """Pairs of task and value, or of an element of the list, which may be an object of variables."""
    situation, given = make_situation(course, key, room), course.state(key).inputs.get("variables")
    pairs = given if isinstance(given, dict) else {}
    found = {name: situation.value("variables", each) for name, each in pairs.items()}
    if isinstance(value, dict):
        return found | value
    return found if value is None else found | {"element": value}


def check_secrets(
    job: Job, course: Course, key: str, variables: Mapping[str, Any], workflow: StoredObject
) -> None:
    """A child must keep secret what is a secret of its parent."""
    inputs = job.graph.steps[key].inputs
    veil = make_redactor(job.graph, course.variables)
    given = inputs.get("variables")
    pairs = given if isinstance(given, dict) else {}
    comes_from_secrets = veil.secrecy.holds(inputs.get("data_array"))
    kept = workflow.items["graph"].get("secrets", ())
    for name, value in variables.items():
        is_secret = comes_from_secrets or veil.secrecy.holds(pairs.get(name))
        if name not in kept and (is_secret or veil.is_needed(value)):
            raise StepFailed(
                f"'{name}' is a secret of this job, and '{workflow.name}' does not keep it secret: "
                "its decorators must name it."
            )

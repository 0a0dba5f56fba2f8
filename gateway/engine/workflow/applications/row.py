"""What a row of the table of methods says: what a step is given and gives, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.applications.parameters import (
    InputRefused,
    MethodParameter,
    read_input,
)
from gateway.engine.workflow.javascript.values import UNDEFINED
from gateway.engine.workflow.json_query import BadQuery
from gateway.engine.workflow.limits import TooMuch, WorkBudget
from gateway.engine.workflow.transformations.method import Call, CallFailed, Surroundings
from gateway.model.workflow import ERROR, FAILURE, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CODE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodContext:
    """What a step can see beside its inputs."""

    #: The job's variables.
    variables: Mapping[str, Any]
    #: What a pair of task and variable means; `UNDEFINED` for a job variable that was never set.
    read: Callable[[Any], Any]
    surroundings: Surroundings


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodOutcome:
    """How a step ends, and what comes of it."""

    state: str = SUCCESS
    outputs: Mapping[str, Any] = field(default_factory=dict)
    #: The job's variables that it sets, whatever its outputs are bound to.
    variables: Mapping[str, Any] = field(default_factory=dict)
    #: What is known of an error: a text, or an object.
    error: Any = None
    #: Seconds until it is over.
    delay: float = 0
    #: The new description of the job.
    description: str | None = None
    #: The step that goes on, of all those that could.
    next_step: str | None = None
    #: What somebody should know although the step has ended well.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodRow:
    """One kind of step."""

    app: str
    name: str
    parameters: tuple[MethodParameter, ...]
    outputs: tuple[str, ...]
    work: Callable[[Mapping[str, Any], Task], MethodOutcome | Any]
    doc: str
    #: The input that names a variable of the job which it sets.
    sets: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What work can use beside its inputs."""

    situation: MethodContext
    call: Call


def perform(row: MethodRow, inputs: Mapping[str, Any], situation: MethodContext) -> MethodOutcome:
    """What a step makes of its inputs, which are resolved; refusals end it in an error.

    An input that is missing or `UNDEFINED` is not given.
    """
    call = Call(budget=WorkBudget(), surroundings=situation.surroundings)
    try:
        values = {each.name: read_input(each, inputs, call.budget) for each in row.parameters}
        found = row.work(values, Task(situation=situation, call=call))
    except (InputRefused, TooMuch, BadQuery) as fault:
        return _error(row, str(fault))
    except CallFailed as fault:
        return _error(row, f"It {fault}")
    if isinstance(found, MethodOutcome):
        return found
    return MethodOutcome(outputs={row.outputs[0]: None if found is UNDEFINED else found})


def _error(row: MethodRow, message: str) -> MethodOutcome:
    details = {
        "origin": f"{row.app}-{row.name}",
        "displayString": message,
        "recommendation": "",
        "code": _CODE,
    }
    return MethodOutcome(state=ERROR, error={"IAPerror": details})


def failure(**outputs: Any) -> MethodOutcome:
    """The step has no result."""
    return MethodOutcome(state=FAILURE, outputs=outputs)

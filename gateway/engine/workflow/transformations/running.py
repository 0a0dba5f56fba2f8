"""Runs a transformation: what it is given, what its options say, and what it gives."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.clock import SystemClock
from gateway.engine.workflow.javascript.stringify import plain
from gateway.engine.workflow.javascript.values import UNDEFINED
from gateway.engine.workflow.limits import TooMuch, WorkBudget
from gateway.engine.workflow.transformations.evaluating import Evaluation, EvaluationFailed
from gateway.engine.workflow.transformations.method import Surroundings
from gateway.engine.workflow.transformations.schemas import fault_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.engine.workflow.transformations.model import Transformation

_OPTIONS = {
    "validateIncoming": "validates",
    "extractOutput": "extracts",
    "revertToDefaultValue": "uses_defaults",
}


class TransformationFailed(Exception):
    """A transformation gives nothing; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How a transformation is run."""

    #: Incoming values must fit their schemas.
    validates: bool = False
    #: The only outgoing value is given as it is, not as an object of it.
    extracts: bool = False
    #: Defaults of the schemas stand for what is not there.
    uses_defaults: bool = False


def read_options(document: Any) -> Options:
    """Options as they are written; an empty text, null or nothing is none.

    Raises `TransformationFailed` for what is no option.
    """
    if document is None or document == "":
        return Options()
    if not isinstance(document, dict):
        raise TransformationFailed("The options must be an object.")
    found = {}
    for name, value in document.items():
        if name not in _OPTIONS:
            raise TransformationFailed(f"The option '{name}' is not known: {', '.join(_OPTIONS)}.")
        if not (isinstance(value, bool) or value is None or value == ""):
            raise TransformationFailed(f"The option '{name}' must be true or false.")
        found[_OPTIONS[name]] = value is True
    return Options(**found)


def _machine() -> Surroundings:
    return Surroundings(now=lambda: SystemClock().now() * 1000, random=random.random)


def run(
    transformation: Transformation,
    inputs: Mapping[str, Any],
    options: Options | None = None,
    *,
    surroundings: Surroundings | None = None,
    budget: WorkBudget | None = None,
) -> dict[str, Any]:
    """The outgoing values by name, as a task gives them: what is undefined is left out.

    `inputs` are by name; one that is missing or `UNDEFINED` is not provided. With one outgoing value
    and without `extracts`, it is an object of itself. Raises `TransformationFailed`.
    """
    chosen = options or Options()
    try:
        outputs = _evaluate(transformation, inputs, chosen, surroundings or _machine(), budget)
        found: dict[str, Any] = plain(outputs)
    except (EvaluationFailed, TooMuch) as fault:
        raise TransformationFailed(f"Transformation '{transformation.name}': {fault}") from None
    if len(transformation.body.outputs) == 1 and not chosen.extracts:
        return dict.fromkeys(transformation.body.outputs, found)
    return found


def _evaluate(
    transformation: Transformation,
    inputs: Mapping[str, Any],
    options: Options,
    surroundings: Surroundings,
    budget: WorkBudget | None,
) -> dict[str, Any]:
    body = transformation.body
    provided = {
        each.name: _or_default(inputs.get(each.name, UNDEFINED), each.schema, options)
        for each in body.inputs
    }
    if options.validates:
        _check(transformation, provided)
    outputs = Evaluation(surroundings, budget).outputs(body, (), provided)
    return {
        name: _or_default(value, body.outputs[name], options) for name, value in outputs.items()
    }


def _or_default(value: Any, schema: Mapping[str, Any], options: Options) -> Any:
    if value is UNDEFINED and options.uses_defaults:
        return schema.get("default", UNDEFINED)
    return value


def _check(transformation: Transformation, provided: Mapping[str, Any]) -> None:
    for each in transformation.body.inputs:
        value = provided[each.name]
        if value is not UNDEFINED and (fault := fault_of(value, each.schema, each.name)):
            raise TransformationFailed(f"Transformation '{transformation.name}': {fault}")

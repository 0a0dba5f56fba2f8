"""What pairs of task and variable mean, with the way into it that may hang on the name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.applications.parameters import InputRefused
from gateway.engine.workflow.javascript.values import UNDEFINED, is_nothing
from gateway.engine.workflow.json_query.answering import member
from gateway.engine.workflow.transformations.links import segments

if TYPE_CHECKING:
    from collections.abc import Mapping

JOB, STATIC = "job", "static"


def read_pair(
    pair: Any, variables: Mapping[str, Any], outputs: Mapping[str, Mapping[str, Any]]
) -> Any:
    """The value of a pair; anything else means itself.

    A variable of the job that was never set is `UNDEFINED`, an output that was not given is null.
    Raises `InputRefused` where the way after `#` leads nowhere.
    """
    if not isinstance(pair, dict) or "task" not in pair:
        return pair
    source, written = pair["task"], pair.get("variable", pair.get("value"))
    if source == STATIC:
        return written
    name, is_deeper, pointer = str(written).partition("#")
    if source == JOB:
        value = variables.get(name, UNDEFINED)
    else:
        value = outputs.get(str(source), {}).get(name)
    return _inside(value, pointer, str(written)) if is_deeper else value


def _inside(value: Any, pointer: str, written: str) -> Any:
    for key in segments(pointer):
        value = UNDEFINED if is_nothing(value) else member(value, key)
    if value is UNDEFINED:
        raise InputRefused(f"Query failed for task incoming variables: {written}")
    return value

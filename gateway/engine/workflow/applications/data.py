"""Steps that look into values, put them together, and set variables of the job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.applications.parameters import InputRefused
from gateway.engine.workflow.applications.row import MethodOutcome, failure
from gateway.engine.workflow.javascript.numbers import read_number, write_number
from gateway.engine.workflow.javascript.stringify import NoJson, parse_json, stringify
from gateway.engine.workflow.javascript.values import UNDEFINED, kind
from gateway.engine.workflow.json_query import BadQuery, NoPlace, answer, replace_found
from gateway.engine.workflow.limits import check_depth
from gateway.model.workflow import ERROR, FAILURE, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.engine.workflow.applications.row import Task

#: Seconds that a step may wait.
MAX_DELAY = 366 * 86_400
_PLACE = re.compile(r"<!([^<>!]*)!>")


def query(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """What a query finds, also null; what is not there is a failure, unless nothing is passed on."""
    value = inputs["obj"]
    try:
        found = (
            UNDEFINED if value is UNDEFINED else answer(inputs["query"], value, task.call.budget)
        )
    except BadQuery as fault:
        return MethodOutcome(state=FAILURE, outputs={"return_data": None}, warnings=(str(fault),))
    if found is not UNDEFINED:
        return MethodOutcome(outputs={"return_data": found})
    if inputs["pass_on_null"] is True:
        return MethodOutcome(outputs={"return_data": None if value is UNDEFINED else value})
    return failure(return_data=None)


def modify(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """A copy in which what a query leads to is replaced; nothing to replace is a failure."""
    value, new = inputs["object_to_update"], inputs["new_value"]
    try:
        found = replace_found(inputs["query"], value, new, task.call.budget)
    except (BadQuery, NoPlace) as fault:
        return MethodOutcome(state=FAILURE, warnings=(str(fault),))
    return MethodOutcome(outputs={"updated_object": found})


def new_variable(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """Sets a variable of the job."""
    del task
    name, value = _name(inputs["name"], "name"), inputs["value"]
    return MethodOutcome(outputs={"value": value}, variables={name: value})


def _name(text: str, parameter: str) -> str:
    if not text or text.startswith("$var."):
        raise InputRefused(f"'{parameter}' must be the name of a variable, not '{text}'.")
    return text


def merge(inputs: Mapping[str, Any], task: Task) -> Any:
    """An object of named values, or a list of unnamed ones."""
    entries = _entries(inputs["data_to_merge"], task)
    keys = [key for key, _ in entries]
    if not any(keys):
        return [None if value is UNDEFINED else value for _, value in entries]
    if not all(keys):
        raise InputRefused("Either all or none of 'data_to_merge' need a 'key'.")
    merged: dict[str, Any] = {}
    for key in dict.fromkeys(keys):
        values = [value for name, value in entries if name == key and value is not UNDEFINED]
        if values:
            merged[key] = values[0] if keys.count(key) == 1 else values
    return merged


def _entries(written: list[Any], task: Task) -> list[tuple[str, Any]]:
    found = []
    for each in written:
        if not isinstance(each, dict) or "value" not in each:
            raise InputRefused("Each of 'data_to_merge' must be an object with a 'value'.")
        key = each.get("key")
        found.append(("" if key is None else str(key), task.situation.read(each["value"])))
    task.call.budget.look(len(found) ** 2 // 16)
    return found


def merge_deeply(inputs: Mapping[str, Any], task: Task) -> Any:
    """Objects folded at every depth; what comes later replaces anything else."""
    merged: dict[str, Any] = {}
    for key, value in _entries(inputs["data_to_merge"], task):
        if value is UNDEFINED:
            continue
        part = {key: value} if key else value
        if not isinstance(part, dict):
            raise InputRefused(
                f"Each value of 'data_to_merge' must be an object, not {kind(value)}."
            )
        merged = _fold(merged, part, 0)
        task.call.budget.look(len(merged))
    return merged


def _fold(first: dict[str, Any], second: dict[str, Any], depth: int) -> dict[str, Any]:
    check_depth(depth)
    found = dict(first)
    for key, value in second.items():
        old = found.get(key)
        are_objects = isinstance(old, dict) and isinstance(value, dict)
        found[key] = _fold(old, value, depth + 1) if are_objects else value  # type: ignore[arg-type]
    return found


def _find_listed_variable(inputs: Mapping[str, Any], task: Task) -> tuple[str, Any]:
    name = _name(inputs["job_variable"], "job_variable")
    value = task.situation.variables.get(name, UNDEFINED)
    if value is not UNDEFINED and not isinstance(value, list):
        raise InputRefused(f"The job's variable '{name}' must be a list, not {kind(value)}.")
    return name, value


def push(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """Adds to a variable of the job; one that is not set becomes a list of one."""
    name, value = _find_listed_variable(inputs, task)
    longer = [*([] if value is UNDEFINED else value), inputs["item_to_push"]]
    return MethodOutcome(outputs={"job_variable_value": longer}, variables={name: longer})


def taking(output: str, *, is_last: bool) -> Callable[[Mapping[str, Any], Task], MethodOutcome]:
    """Work that takes an element off a variable of the job; an empty list is a failure."""

    def take(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
        name, value = _find_listed_variable(inputs, task)
        if value is UNDEFINED:
            raise InputRefused(f"The job's variable '{name}' must be a list, not null.")
        if not value:
            return MethodOutcome(state=FAILURE)
        item, rest = (value[-1], value[:-1]) if is_last else (value[0], value[1:])
        return MethodOutcome(outputs={output: item}, variables={name: rest})

    return take


def delay(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """Waits some seconds."""
    del task
    seconds = _delay(inputs["time"], "time")
    return MethodOutcome(
        outputs={"time_in_milliseconds": write_number(seconds * 1000)}, delay=seconds
    )


def _delay(seconds: float, name: str) -> float:
    if not 0 <= seconds <= MAX_DELAY:
        raise InputRefused(f"'{name}' must be from 0 to {MAX_DELAY} seconds.")
    return seconds


def stub(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """Waits and ends as it is told, with a response."""
    del task
    state = inputs["type"]
    if state not in (SUCCESS, FAILURE, ERROR):
        raise InputRefused(f"'type' must be success, failure or error, not '{state}'.")
    wait = 0.0 if inputs["delay"] is UNDEFINED else _delay(inputs["delay"], "delay")
    response = None if inputs["response"] is UNDEFINED else inputs["response"]
    if state == ERROR:
        return MethodOutcome(state=ERROR, error=response, delay=wait)
    return MethodOutcome(state=state, outputs={"response": response}, delay=wait)


def describe(inputs: Mapping[str, Any], task: Task) -> MethodOutcome:
    """Sets the description of the job; what is no text is written as JSON."""
    value = inputs["description"]
    text = value if isinstance(value, str) else stringify(value, task.call.budget)
    return MethodOutcome(outputs={"description": text}, description=text)


def make_data(inputs: Mapping[str, Any], task: Task) -> Any:
    """Puts values into a text and makes of it what is wanted."""
    value, wanted = inputs["input"], inputs["outputType"]
    if wanted not in _MADE:
        raise InputRefused(f"'outputType' must be one of {', '.join(_MADE)}, not '{wanted}'.")
    text = value if isinstance(value, str) else _write_text(value, task)
    variables = {} if inputs["variables"] is UNDEFINED else inputs["variables"]
    return _MADE[wanted](_fill_in(text, variables, task), task)


def _write_text(value: Any, task: Task) -> str:
    return value if isinstance(value, str) else str(stringify(value, task.call.budget))


def _fill_in(text: str, variables: Mapping[str, Any], task: Task) -> str:
    """Names that are not known stay as they stand."""

    def put(found: re.Match[str]) -> str:
        name = found[1]
        part = _write_text(variables[name], task) if name in variables else found[0]
        task.call.budget.make(len(part))
        return part

    return _PLACE.sub(put, text)


def _json(text: str, task: Task) -> Any:
    try:
        return parse_json(text, task.call.budget)
    except NoJson as fault:
        raise InputRefused(str(fault)) from None


def _number(text: str, task: Task) -> Any:
    del task
    found = read_number(text)
    if found != found or not text.strip():  # noqa: PLR0124  NaN is not itself
        raise InputRefused("The text is no number.")
    return found


def _boolean(text: str, task: Task) -> Any:
    del task
    if text.strip() not in ("true", "false"):
        raise InputRefused("The text is neither true nor false.")
    return text.strip() == "true"


_MADE: Mapping[str, Callable[[str, Task], Any]] = {
    "string": lambda text, task: text,  # noqa: ARG005
    "json": _json,
    "number": _number,
    "boolean": _boolean,
}


def set_object_key(inputs: Mapping[str, Any], task: Task) -> Any:
    """A copy with a value at the end of a way; objects on the way are made."""
    path = inputs["path"]
    if not path:
        raise InputRefused("'path' must have at least one key.")
    check_depth(len(path))
    return _put(inputs["obj"], [task.call.text(key) for key in path], inputs["value"])


def _put(around: Any, path: list[str], value: Any) -> Any:
    key, *rest = path
    if isinstance(around, list) and key.isdecimal() and int(key) < len(around):
        index = int(key)
        inner = _put(around[index], rest, value) if rest else value
        return [*around[:index], inner, *around[index + 1 :]]
    known = around if isinstance(around, dict) else {}
    return {**known, key: _put(known.get(key), rest, value) if rest else value}

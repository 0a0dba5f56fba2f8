"""Steps that need nothing but their inputs, as a table: name to function.

A step that cannot make sense of its inputs raises `StepFailed`, which ends it in an error; one that
has a doubtful answer, such as a comparison that is false, ends in a failure.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.engine.objects.literals import quote_text
from gateway.engine.workflow.marks import Finish
from gateway.engine.workflow.references import list_targets, resolve_pair
from gateway.model.workflow import FAILURE, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.model.workflow import Step

#: Seconds that a step may wait.
MAX_DELAY = 366 * 86_400


class StepFailed(Exception):
    """A step cannot be done; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepContext:
    """What a step can see beside its inputs."""

    variables: Mapping[str, Any]
    #: By step.
    outputs: Mapping[str, Mapping[str, Any]]
    #: Names of the inputs that stand in the workflow itself; all others are data.
    written: frozenset[str] = frozenset()
    #: Characters of the longest text that may be made.
    room: int = 2**31

    def value(self, name: str, pair: Any) -> Any:
        """What a pair of task and variable inside the input means; data means nothing but itself.

        Otherwise who hands in data could read by it whatever the job keeps.
        """
        return resolve_pair(pair, self.variables, self.outputs) if name in self.written else pair


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """A step is over, perhaps only after some seconds, perhaps with new variables of the job."""

    finish: Finish
    variables: Mapping[str, Any] | None = None
    #: Seconds until it is over.
    delay: float = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Builtin:
    """One kind of step."""

    name: str
    #: Names of the inputs that it must be given, and of those that it may be given.
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    work: Callable[[Mapping[str, Any], StepContext], Done]
    doc: str
    #: The input that names the job's variable which it sets.
    sets: str | None = None


def _give(**outputs: Any) -> Done:
    return Done(finish=Finish(outputs=outputs))


def _list(inputs: Mapping[str, Any], name: str) -> list[Any]:
    value = inputs.get(name)
    if not isinstance(value, list):
        raise StepFailed(f"'{name}' must be a list, not {_kind(value)}.")
    return value


def _object(inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = inputs.get(name)
    if not isinstance(value, dict):
        raise StepFailed(f"'{name}' must be an object, not {_kind(value)}.")
    return value


def _text(inputs: Mapping[str, Any], name: str) -> str:
    value = inputs.get(name)
    if not isinstance(value, str):
        raise StepFailed(f"'{name}' must be a text, not {_kind(value)}.")
    return value


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}
    return "null" if value is None else kinds.get(type(value), "a number")


def _new_variable(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    name, value = _text(inputs, "name"), inputs.get("value")
    return Done(finish=Finish(outputs={"value": value}), variables={name: value})


def _merge(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    merged: dict[str, Any] = {}
    for each in _list(inputs, "data_to_merge"):
        if not isinstance(each, dict) or "key" not in each:
            raise StepFailed("Each of 'data_to_merge' needs a 'key' and a 'value'.")
        merged[str(each["key"])] = situation.value("data_to_merge", each.get("value"))
    return _give(merged_object=merged)


def _query(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    """A path such as `a.b[0].c`; no result is a failure unless null may be passed on."""
    del situation
    found: Any = inputs.get("obj")
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", _text(inputs, "query")):
        if index:
            fits = isinstance(found, list) and int(index) < len(found)
            found = found[int(index)] if fits else None
        else:
            found = found.get(key) if isinstance(found, dict) else None
    is_fine = found is not None or inputs.get("pass_on_null") is True
    state = SUCCESS if is_fine else FAILURE
    return Done(finish=Finish(state=state, outputs={"return_data": found}))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": operator.contains,
    "!contains": lambda left, right: right not in left,
}


def _evaluation(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    groups = [_group(each, situation) for each in _list(inputs, "evaluation_groups")]
    is_true = _all_or_any(groups, inputs)
    state = SUCCESS if is_true else FAILURE
    return Done(finish=Finish(state=state, outputs={"return_value": is_true}))


def _group(group: Any, situation: StepContext) -> bool:
    if not isinstance(group, dict):
        raise StepFailed("Each of 'evaluation_groups' must be an object.")
    return _all_or_any([_holds(each, situation) for each in _list(group, "evaluations")], group)


def _all_or_any(results: list[bool], inputs: Mapping[str, Any]) -> bool:
    return all(results) if inputs.get("all_true_flag", True) else any(results)


def _holds(evaluation: Any, situation: StepContext) -> bool:
    if not isinstance(evaluation, dict) or evaluation.get("operator") not in _COMPARISONS:
        raise StepFailed(f"An evaluation's operator is one of {', '.join(_COMPARISONS)}.")
    left = situation.value("evaluation_groups", evaluation.get("operand_1"))
    right = situation.value("evaluation_groups", evaluation.get("operand_2"))
    try:
        return bool(_COMPARISONS[evaluation["operator"]](left, right))
    except TypeError as error:
        sign = evaluation["operator"]
        raise StepFailed(f"{_kind(left)} and {_kind(right)} cannot be held by '{sign}'.") from error


def _delay(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    seconds = inputs.get("time")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise StepFailed(f"'time' must be a number of seconds, not {_kind(seconds)}.")
    if not 0 <= seconds <= MAX_DELAY:
        raise StepFailed(f"'time' must be from 0 to {MAX_DELAY} seconds.")
    return Done(finish=Finish(outputs={"time_in_milliseconds": seconds * 1000}), delay=seconds)


def _string_concat(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    more = inputs.get("stringN")
    parts = more if isinstance(more, list) else [more]
    return _give(result=_text(inputs, "str") + "".join(map(_write_value, parts)))


def _write_value(value: Any) -> str:
    if isinstance(value, dict | list):
        raise StepFailed(f"Only texts and numbers are concatenated, not {_kind(value)}.")
    return "" if value is None else str(value)


def _quote(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    value = inputs.get("value")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise StepFailed(f"'value' must be a text or a number, not {_kind(value)}.")
    return _give(result=quote_text(str(value)))


def _split(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    separator = _text(inputs, "separator")
    text = _text(inputs, "str")
    return _give(result=text.split(separator) if separator else list(text))


def _join(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    parts = [_write_value(each) for each in _list(inputs, "arr")]
    separator = _text(inputs, "separator")
    if len(separator) * len(parts) + sum(map(len, parts)) > situation.room:
        raise StepFailed(
            f"The text would have more than {situation.room} characters; "
            "TASKGATE_MAX_JOB_BYTES is the limit."
        )
    return _give(result=separator.join(parts))


def _push(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    return _give(result=[*_list(inputs, "arr"), inputs.get("item")])


def _array_length(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    return _give(result=len(_list(inputs, "arr")))


def _set_object_key(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    return _give(result=_object(inputs, "obj") | {_text(inputs, "key"): inputs.get("value")})


def _keys(inputs: Mapping[str, Any], situation: StepContext) -> Done:
    del situation
    return _give(result=list(_object(inputs, "obj")))


_ROWS = (
    Builtin(
        name="newVariable",
        needs=("name", "value"),
        takes=(),
        work=_new_variable,
        doc="Sets a variable of the job.",
        sets="name",
    ),
    Builtin(
        name="merge",
        needs=("data_to_merge",),
        takes=(),
        work=_merge,
        doc="Makes an object of named values.",
    ),
    Builtin(
        name="query",
        needs=("query", "obj"),
        takes=("pass_on_null",),
        work=_query,
        doc="Takes a value out of an object by its path.",
    ),
    Builtin(
        name="evaluation",
        needs=("evaluation_groups",),
        takes=("all_true_flag",),
        work=_evaluation,
        doc="Compares values; what does not hold is a failure.",
    ),
    Builtin(name="delay", needs=("time",), takes=(), work=_delay, doc="Waits some seconds."),
    Builtin(
        name="stringConcat",
        needs=("str", "stringN"),
        takes=(),
        work=_string_concat,
        doc="Appends texts to a text.",
    ),
    Builtin(
        name="quote",
        needs=("value",),
        takes=(),
        work=_quote,
        doc="Writes a value as a text of the query language, for a filter.",
    ),
    Builtin(
        name="split",
        needs=("str", "separator"),
        takes=(),
        work=_split,
        doc="Cuts a text into a list.",
    ),
    Builtin(
        name="join",
        needs=("arr", "separator"),
        takes=(),
        work=_join,
        doc="Makes a text of a list.",
    ),
    Builtin(name="push", needs=("arr", "item"), takes=(), work=_push, doc="Adds to a list."),
    Builtin(name="arrayLength", needs=("arr",), takes=(), work=_array_length, doc="Counts a list."),
    Builtin(
        name="setObjectKey",
        needs=("obj", "key", "value"),
        takes=(),
        work=_set_object_key,
        doc="Adds a value to an object.",
    ),
    Builtin(name="keys", needs=("obj",), takes=(), work=_keys, doc="Lists an object's keys."),
)
BUILTINS: dict[str, Builtin] = {row.name: row for row in _ROWS}


def set_by(step: Step) -> Iterator[str]:
    """The job's variables that a step sets."""
    yield from list_targets(step.outputs)
    row = BUILTINS.get(step.name)
    if row is not None and row.sets is not None:
        yield str(step.inputs.get(row.sets))

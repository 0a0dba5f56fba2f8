"""The inputs of a step as it needs them: kinds, what counts as not given, what is converted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.numbers import read_number
from gateway.engine.workflow.javascript.stringify import NoJson, parse_json
from gateway.engine.workflow.javascript.values import UNDEFINED, is_number, kind, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.engine.workflow.limits import WorkBudget


#: By kind, the texts that stand for nothing where they are not those below.
_NOTHING = {"text": ("",), "separator": ()}


class InputRefused(Exception):
    """A step cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class MethodParameter:
    """One input: its name, its kind, and whether it must be given."""

    name: str
    kind: str
    is_required: bool = True


def parameter(written: str) -> MethodParameter:
    """A parameter as `name:kind`, with `?` behind the name where it may be missing."""
    name, _, wanted = written.partition(":")
    return MethodParameter(name.rstrip("?"), wanted or "any", is_required=not name.endswith("?"))


def read_input(wanted: MethodParameter, inputs: Mapping[str, Any], budget: WorkBudget) -> Any:
    """The value of an input, `UNDEFINED` if it may be missing and is; raises `InputRefused`."""
    value = inputs.get(wanted.name, UNDEFINED)
    if wanted.kind == "any":
        return _anything(wanted, value)
    if not wanted.is_required and _is_nothing(value, wanted.kind):
        return UNDEFINED
    name, convert = KINDS[wanted.kind]
    found = convert(value, budget)
    if found is UNDEFINED:
        what = "null" if value is UNDEFINED else kind(value)
        raise InputRefused(f"'{wanted.name}' must be {name}, not {what}.")
    return found


def _anything(wanted: MethodParameter, value: Any) -> Any:
    if wanted.is_required and value is UNDEFINED:
        raise InputRefused(f"'{wanted.name}' must be given.")
    return value


def _is_nothing(value: Any, wanted: str) -> bool:
    """Also an empty text or the word null stand for nothing, unless they could be meant."""
    if value is UNDEFINED or value is None:
        return True
    return isinstance(value, str) and value in _NOTHING.get(wanted, ("", "null"))


def _text(value: Any, budget: WorkBudget) -> Any:
    is_scalar = isinstance(value, str | bool) or is_number(value)
    return to_text(value, budget) if is_scalar else UNDEFINED


def _number(value: Any, budget: WorkBudget) -> Any:
    """A number, or a text that is one."""
    del budget
    found = read_number(value) if isinstance(value, str) and value.strip() else value
    return found if is_number(found) and math.isfinite(found) else UNDEFINED


def _boolean(value: Any, budget: WorkBudget) -> Any:
    del budget
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value, UNDEFINED)
    return value if isinstance(value, bool) else UNDEFINED


def _list(value: Any, budget: WorkBudget) -> Any:
    return _part(value, list, "[", budget)


def _object(value: Any, budget: WorkBudget) -> Any:
    return _part(value, dict, "{", budget)


def _duration(value: Any, budget: WorkBudget) -> Any:
    found = _part(value, dict, "{", budget)
    return found if found is not UNDEFINED else _number(value, budget)


def _part(value: Any, wanted: type, bracket: str, budget: WorkBudget) -> Any:
    """A list or object, also as a JSON text."""
    if isinstance(value, str) and value.lstrip()[:1] == bracket:
        try:
            value = parse_json(value, budget)
        except NoJson:
            return UNDEFINED
    return value if isinstance(value, wanted) else UNDEFINED


def _strict_list(value: Any, budget: WorkBudget) -> Any:
    del budget
    return value if isinstance(value, list) else UNDEFINED


#: By kind: what it is called, and what becomes of a value, `UNDEFINED` if nothing does.
KINDS: Mapping[str, tuple[str, Callable[[Any, WorkBudget], Any]]] = {
    "text": ("a text", _text),
    "number": ("a number", _number),
    "boolean": ("true or false", _boolean),
    "list": ("a list", _strict_list),
    "written list": ("a list", _list),
    "object": ("an object", _object),
    "separator": ("a text", _text),
    "duration": ("an object or a number of milliseconds", _duration),
}

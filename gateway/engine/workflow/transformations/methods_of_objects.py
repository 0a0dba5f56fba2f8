"""The methods of objects and of JSON texts. None changes an object that it is given."""

from __future__ import annotations

from typing import Any

from gateway.engine.workflow.javascript.stringify import NoJson, parse_json, stringify
from gateway.engine.workflow.javascript.values import UNDEFINED, is_nothing, kind, own_keys, type_of
from gateway.engine.workflow.json_query import BadQuery, answer
from gateway.engine.workflow.json_query.answering import member
from gateway.engine.workflow.transformations.method import Call, CallFailed, method
from gateway.engine.workflow.transformations.methods_of_lists import set_index


def _new(call: Call, value: Any) -> Any:
    """An empty object from nothing, what a JSON text says, or the value itself."""
    if is_nothing(value) or value == "":
        return {}
    return _parse(call, value) if isinstance(value, str) else value


def _get(call: Call, value: Any, key: Any) -> Any:
    return member(value, call.text(key))


def _set(call: Call, value: Any, key: Any, new: Any) -> Any:
    """A copy with the property; what is no object or list stays as it is."""
    if isinstance(value, list):
        return set_index(call, value, key, new)
    if not isinstance(value, dict):
        return value
    call.budget.copy_object(len(value) + 1)
    return {**value, call.text(key): new}


def _delete(call: Call, value: Any, key: Any) -> Any:
    if not isinstance(value, dict):
        return value
    call.budget.copy_object(len(value))
    name = call.text(key)
    return {each: inner for each, inner in value.items() if each != name}


def _pairs(call: Call, value: Any) -> list[tuple[str, Any]]:
    """The keys and values of an object, or the positions and elements of a list or text."""
    if isinstance(value, dict):
        call.budget.copy_object(len(value))
        return [(key, value[key]) for key in own_keys(value)]
    elements = list(value) if isinstance(value, list | str) else []
    call.budget.copy_object(len(elements))
    return [(str(index), each) for index, each in enumerate(elements)]


def _keys(call: Call, value: Any) -> list[str]:
    return [key for key, _ in _pairs(call, value)]


def _entries(call: Call, value: Any) -> list[list[Any]]:
    return [[key, inner] for key, inner in _pairs(call, value)]


def _from_entries(call: Call, pairs: list[Any]) -> dict[str, Any]:
    call.budget.copy_object(len(pairs))
    for pair in pairs:
        if not isinstance(pair, list):
            raise CallFailed(f"needs pairs of key and value, not {kind(pair)}.")
    return {call.text(member(pair, "0")): member(pair, "1") for pair in pairs}


def _has(call: Call, value: Any, key: Any) -> bool:
    return member(value, call.text(key)) is not UNDEFINED


def _chain(call: Call, value: Any, *keys: Any) -> Any:
    """One key after the other; undefined as soon as there is nothing to look into."""
    for key in keys:
        if is_nothing(value):
            return UNDEFINED
        value = member(value, call.text(key))
    return value


def _parse(call: Call, text: str) -> Any:
    try:
        return parse_json(text, call.budget)
    except NoJson as fault:
        raise CallFailed(f"needs a JSON text. {fault}") from None


def _stringify(call: Call, value: Any, only: Any, indent: Any) -> Any:
    if not (is_nothing(only) or isinstance(only, list)):
        raise CallFailed(f"needs a list of keys as argument 2, not {kind(only)}.")
    keys = None if is_nothing(only) else list(dict.fromkeys(call.text(each) for each in only))
    step = indent if isinstance(indent, str | int | float) else ""
    text = stringify(value, call.budget, only=keys, indent=step)
    return UNDEFINED if text is None else text


def _query(call: Call, passes_on: Any, query: str, value: Any) -> Any:
    """What a query finds; null without anything, or the value itself if nothing is passed on."""
    try:
        found = answer(query, value, call.budget)
    except BadQuery as fault:
        raise CallFailed(f"needs another query. {fault}") from None
    return (value if passes_on is True else None) if found is UNDEFINED else found


OBJECT_METHODS = (
    method("Object.new Object", "any?", _new),
    method("Object.getProperty", "something any", _get),
    method("Object.setProperty", "something any any", _set),
    method("Object.deleteProperty", "something any", _delete),
    method("Object.keys", "something", _keys),
    method("Object.entries", "something", _entries),
    method("Object.fromEntries", "list", _from_entries),
    method("Object.hasOwnProperty", "something any", _has),
    method("Object.optional chaining", "any *any", _chain),
    method("JSON.parse", "text any?", lambda call, text, _reviver: _parse(call, text)),
    method("JSON.stringify", "any? any? any?", _stringify),
    method("JSON.type of", "any?", lambda call, value: type_of(value)),  # noqa: ARG005
    method("WorkFlowEngine.query", "any text any", _query),
)

"""Steps that work on texts, lists and numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.applications.parameters import InputRefused
from gateway.engine.workflow.javascript.numbers import write_in_base
from gateway.engine.workflow.javascript.patterns import BadPattern, pattern_of
from gateway.engine.workflow.javascript.stringify import NoJson, parse_json, stringify
from gateway.engine.workflow.javascript.values import UNDEFINED, is_number, join, kind
from gateway.engine.workflow.transformations.methods_of_lists import index_of, span
from gateway.engine.workflow.transformations.methods_of_texts import replace, split, substring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.engine.workflow.applications.row import Task

_PATTERN = re.compile(r"/(.+)/([a-z]*)", re.DOTALL)


def concat(inputs: Mapping[str, Any], task: Task) -> str:
    """A text and one or more others, nothing between."""
    more = inputs["stringN"]
    parts = more if isinstance(more, list) else [more]
    for each in parts:
        if not (isinstance(each, str | bool) or is_number(each)):
            raise InputRefused(f"'stringN' must be texts, not {kind(each)}.")
    return join([inputs["str"], *parts], "", task.call.budget)


def replace_text(inputs: Mapping[str, Any], task: Task) -> str:
    """A text once, or a pattern that is written as `/pattern/flags` as its flags say."""
    wanted = inputs["substr"]
    found = _PATTERN.fullmatch(wanted)
    if found is None:
        return replace(task.call, inputs["str"], wanted, inputs["newSubstr"])
    try:
        pattern = pattern_of(found[1], found[2])
    except BadPattern as fault:
        raise InputRefused(str(fault)) from None
    return replace(task.call, inputs["str"], pattern, inputs["newSubstr"])


def split_text(inputs: Mapping[str, Any], task: Task) -> list[Any]:
    """The pieces between separators."""
    return split(task.call, inputs["str"], inputs["separator"], inputs["limit"])


def part_of_text(inputs: Mapping[str, Any], task: Task) -> str:
    """The text from a position to another one."""
    return substring(task.call, inputs["str"], inputs["indexStart"], inputs["indexEnd"])


def parse(inputs: Mapping[str, Any], task: Task) -> Any:
    """What a JSON text says."""
    try:
        return parse_json(inputs["text"], task.call.budget)
    except NoJson as fault:
        raise InputRefused(str(fault)) from None


def write_object(inputs: Mapping[str, Any], task: Task) -> Any:
    """A value as JSON, perhaps with only some keys, perhaps indented."""
    only, space = inputs["replacer"], inputs["space"]
    keys = None if only is UNDEFINED else [task.call.text(each) for each in only]
    indent = space if isinstance(space, str) or is_number(space) else ""
    return stringify(inputs["value"], task.call.budget, only=keys, indent=indent)


def write_number(inputs: Mapping[str, Any], task: Task) -> str:
    """A number in a base."""
    del task
    base = 10 if inputs["radix"] is UNDEFINED else inputs["radix"]
    if not 2 <= base <= 36:
        raise InputRefused("'radix' must be from 2 to 36.")
    return write_in_base(inputs["num"], int(base))


def includes(inputs: Mapping[str, Any], task: Task) -> bool:
    """Whether a list has an element."""
    return find(inputs, task) >= 0


def find(inputs: Mapping[str, Any], task: Task) -> int:
    """The first position of an element in a list, or -1."""
    return index_of(task.call, inputs["arr"], inputs["searchElement"], inputs["fromIndex"])


def join_list(inputs: Mapping[str, Any], task: Task) -> str:
    """The elements with a separator between."""
    separator = "," if inputs["separator"] is UNDEFINED else inputs["separator"]
    return join(inputs["arr"], separator, task.call.budget)


def cut_list(inputs: Mapping[str, Any], task: Task) -> list[Any]:
    """The elements from a position to another one."""
    first, last = span(task.call, len(inputs["arr"]), inputs["begin"], inputs["end"])
    return list(inputs["arr"][first:last])

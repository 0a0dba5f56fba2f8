"""The methods of lists. None changes a list that it is given."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript import texts
from gateway.engine.workflow.javascript.comparing import equals_strictly, is_same
from gateway.engine.workflow.javascript.values import (
    UNDEFINED,
    is_truthy,
    join,
    to_number,
    to_whole,
)
from gateway.engine.workflow.json_query.answering import member
from gateway.engine.workflow.limits import MAX_SIZE, weight
from gateway.engine.workflow.transformations.method import Call, Callback, CallFailed, method

if TYPE_CHECKING:
    from collections.abc import Iterable

List = list[Any]


def copy_of(call: Call, elements: List) -> List:
    """A new list with the elements."""
    call.budget.copy(len(elements))
    return list(elements)


def span(call: Call, size: int, start: Any, end: Any) -> tuple[int, int]:
    """Positions in a list or text, of which negative ones count from its end."""
    first = 0 if start is UNDEFINED else _from_end(to_whole(start, call.budget), size)
    last = size if end is UNDEFINED else _from_end(to_whole(end, call.budget), size)
    return first, max(first, last)


def _from_end(position: float, size: int) -> int:
    return int(max(size + position, 0) if position < 0 else min(position, size))


def _new(call: Call, *arguments: Any) -> List:
    """The arguments themselves, or in another form as many places as the argument says."""
    if call.overload != 1:
        return copy_of(call, list(arguments))
    size = to_number(arguments[0] if arguments else 0, call.budget)
    if not isinstance(size, int) or not 0 <= size <= MAX_SIZE:
        raise CallFailed(f"needs a length from 0 to {MAX_SIZE}, not {call.text(size)}.")
    call.budget.copy(size)
    return [UNDEFINED] * size


def _push(call: Call, elements: List, *more: Any) -> List:
    return [*copy_of(call, elements), *more]


def _pop(call: Call, elements: List) -> dict[str, Any]:
    value = elements[-1] if elements else UNDEFINED
    return {"array": copy_of(call, elements)[:-1], "value": value}


def _shift(call: Call, elements: List) -> dict[str, Any]:
    value = elements[0] if elements else UNDEFINED
    return {"array": copy_of(call, elements)[1:], "value": value}


def _splice(call: Call, elements: List, start: Any, count: Any, *more: Any) -> dict[str, Any]:
    first, _ = span(call, len(elements), start, UNDEFINED)
    taken = len(elements) - first if count is UNDEFINED else to_whole(count, call.budget)
    last = int(min(first + max(taken, 0), len(elements)))
    call.budget.copy(len(elements) + len(more))
    return {
        "array": [*elements[:first], *more, *elements[last:]],
        "spliced": elements[first:last],
    }


def _get_index(call: Call, elements: List, index: Any) -> Any:
    return member(elements, call.text(index))


def set_index(call: Call, elements: List, index: Any, value: Any) -> List:
    """A copy with a value at a position, which may be behind the end."""
    place = to_number(index, call.budget)
    if not isinstance(place, int) or not 0 <= place <= MAX_SIZE:
        raise CallFailed(f"needs a position as argument 2, not {call.text(index)}.")
    call.budget.copy(max(len(elements), place + 1))
    found = elements + [UNDEFINED] * (place + 1 - len(elements))
    found[place] = value
    return found


def _concat(call: Call, elements: List, *more: Any) -> List:
    found = copy_of(call, elements)
    for each in more:
        found += copy_of(call, each) if isinstance(each, list) else [each]
    return found


def _join(call: Call, elements: List, separator: Any) -> str:
    return join(elements, "," if separator is UNDEFINED else separator, call.budget)


def _reverse(call: Call, elements: List) -> List:
    return copy_of(call, elements)[::-1]


def _slice(call: Call, elements: List, start: Any, end: Any) -> List:
    first, last = span(call, len(elements), start, end)
    return copy_of(call, elements[first:last])


def _fill(call: Call, elements: List, value: Any, start: Any, end: Any) -> List:
    first, last = span(call, len(elements), start, end)
    found = copy_of(call, elements)
    found[first:last] = [value] * (last - first)
    return found


def _includes(call: Call, elements: List, wanted: Any) -> bool:
    call.budget.look(len(elements))
    return any(is_same(each, wanted) for each in elements)


def index_of(call: Call, elements: List, wanted: Any, start: Any) -> int:
    """The first position of a value from another position on, or -1."""
    first, _ = span(call, len(elements), start, UNDEFINED)
    call.budget.look(len(elements))
    found = (i for i in range(first, len(elements)) if equals_strictly(elements[i], wanted))
    return next(found, -1)


def list_elements(call: Call, value: Any) -> List:
    """The elements of a list, the characters of a text, or as many places as an object's length."""
    if isinstance(value, list):
        return copy_of(call, value)
    if isinstance(value, str):
        call.budget.copy(len(value))
        return list(value)
    size = value.get("length", 0) if isinstance(value, dict) else 0
    return _new(Call(budget=call.budget, surroundings=call.surroundings, overload=1), size)


def _distinct(call: Call, value: Any) -> List:
    """Each element once; lists and objects are equal only to themselves."""
    elements = [] if value is UNDEFINED or value is None else list_elements(call, value)
    call.budget.look(len(elements))
    seen: dict[Any, Any] = {}
    for each in elements:
        is_part = isinstance(each, list | dict)
        seen.setdefault((type(each) is bool, id(each) if is_part else each, is_part), each)
    return list(seen.values())


# ---- what calls functions of the document ---------------------------------------------------------


def _results(call: Call, elements: List, run: Callback, extra: Iterable[Any]) -> Iterable[Any]:
    further = tuple(extra)
    call.budget.copy(len(elements))
    return (run(each, index, elements, *further) for index, each in enumerate(elements))


def _map(call: Call, elements: List, run: Callback, *extra: Any) -> List:
    return list(_results(call, elements, run, extra))


def _flat_map(call: Call, elements: List, run: Callback, *extra: Any) -> List:
    found: List = []
    for each in _results(call, elements, run, extra):
        found += copy_of(call, each) if isinstance(each, list) else [each]
    return found


def _filter(call: Call, elements: List, run: Callback, *extra: Any) -> List:
    results = _results(call, elements, run, extra)
    return [each for each, holds in zip(elements, results, strict=True) if is_truthy(holds)]


def _find_index(call: Call, elements: List, run: Callback, *extra: Any) -> int:
    results = enumerate(_results(call, elements, run, extra))
    return next((index for index, holds in results if is_truthy(holds)), -1)


def _find(call: Call, elements: List, run: Callback, *extra: Any) -> Any:
    index = _find_index(call, elements, run, *extra)
    return UNDEFINED if index < 0 else elements[index]


def _some(call: Call, elements: List, run: Callback, *extra: Any) -> bool:
    return any(is_truthy(each) for each in _results(call, elements, run, extra))


def _every(call: Call, elements: List, run: Callback, *extra: Any) -> bool:
    return all(is_truthy(each) for each in _results(call, elements, run, extra))


def _reduce(
    call: Call, elements: List, run: Callback, initial: Any = UNDEFINED, *extra: Any
) -> Any:
    return _fold(call, elements, list(enumerate(elements)), run, [initial, *extra])


def _reduce_right(
    call: Call, elements: List, run: Callback, initial: Any = UNDEFINED, *extra: Any
) -> Any:
    return _fold(call, elements, list(enumerate(elements))[::-1], run, [initial, *extra])


def _fold(call: Call, elements: List, numbered: List, run: Callback, further: List) -> Any:
    """From the first value on; without one, from the first element."""
    call.budget.copy(len(elements))
    found, *extra = further
    if found is UNDEFINED:
        if not numbered:
            raise CallFailed("needs a first value for an empty list.")
        (_, found), *numbered = numbered
    for turn, (index, each) in enumerate(numbered):
        before, old = call.budget.copied, found
        found = run(found, each, index, elements, *extra)
        if turn and weight(found) and found is not old:
            call.budget.replace(old, found, call.budget.copied - before)
    return found


def _sort(call: Call, elements: List, run: Any = UNDEFINED, *extra: Any) -> List:
    """By text, or as a function compares; what is undefined comes last."""
    known = [each for each in elements if each is not UNDEFINED]
    missing = copy_of(call, elements)[len(known) :]
    call.budget.look(len(known) * 4)
    if run is UNDEFINED:
        known.sort(key=lambda each: texts.order(call.text(each)))
    else:

        def compare(left: Any, right: Any) -> int:
            found = to_number(run(left, right, *extra), call.budget)
            return int(found > 0) - int(found < 0)

        known.sort(key=cmp_to_key(compare))
    return [*known, *([UNDEFINED] * len(missing))]


LIST_METHODS = (
    method("Array.new Array", "*any", _new),
    method("Array.push", "list *any", _push),
    method("Array.pop", "list", _pop),
    method("Array.shift", "list", _shift),
    method("Array.splice", "list any? any? *any", _splice),
    method("Array.getIndex", "list any", _get_index),
    method("Array.setIndex", "list any any", set_index),
    method("Array.length", "list", lambda call, elements: len(elements)),  # noqa: ARG005
    method("Array.concat", "list *any", _concat),
    method("Array.join", "list written?", _join),
    method("Array.reverse", "list", _reverse),
    method("Array.slice", "list any? any?", _slice),
    method("Array.fill", "list any any? any?", _fill),
    method("Array.includes", "list any", _includes),
    method("Array.indexOf", "list any any?", index_of),
    method("Array.isArray", "any", lambda call, value: isinstance(value, list)),  # noqa: ARG005
    method("Array.from", "something", list_elements),
    method("Array.toString", "list", lambda call, elements: call.text(elements)),
    method("Array.map", "list callback *extra", _map),
    method("Array.flatMap", "list callback *extra", _flat_map),
    method("Array.filter", "list callback *extra", _filter),
    method("Array.find", "list callback *extra", _find),
    method("Array.findIndex", "list callback *extra", _find_index),
    method("Array.some", "list callback *extra", _some),
    method("Array.every", "list callback *extra", _every),
    method("Array.reduce", "list callback *extra", _reduce),
    method("Array.reduceRight", "list callback *extra", _reduce_right),
    method("Array.sort", "list callback? *extra", _sort),
    method("Set.new Set", "any?", _distinct),
)

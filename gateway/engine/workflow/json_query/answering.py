"""What a query finds in a value."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript import texts
from gateway.engine.workflow.javascript.comparing import equals_loosely, equals_strictly, is_less
from gateway.engine.workflow.javascript.comparing import is_less_or_equal as is_not_more
from gateway.engine.workflow.javascript.numbers import parse_int
from gateway.engine.workflow.javascript.patterns import Pattern, search
from gateway.engine.workflow.javascript.values import (
    UNDEFINED,
    is_nothing,
    is_truthy,
    kind,
    own_keys,
    to_text,
)
from gateway.engine.workflow.json_query.reading import (
    Alternative,
    BadQuery,
    Deep,
    Get,
    Helper,
    Inner,
    MemberValues,
    Parent,
    QueryParameter,
    Root,
    Select,
    read_query,
)
from gateway.engine.workflow.limits import WorkBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.engine.workflow.json_query.reading import ElementTest, Part, Word


#: What a test of an element costs, in values that are looked at.
_TEST = 8


def answer(query: str, value: Any, budget: WorkBudget | None = None) -> Any:
    """What the query leads to; `UNDEFINED` where only the last part of the way is not there.

    Raises `BadQuery`, also for a filter that meets values which it cannot test, and `TooMuch`.
    """
    parts = read_query(query)
    return _Way(value, UNDEFINED, budget or WorkBudget()).end(parts)


def answer_parts(parts: tuple[Part, ...], value: Any, budget: WorkBudget) -> Any:
    """What a query that was read leads to."""
    return _Way(value, UNDEFINED, budget).end(parts)


def passing(part: Select, elements: list[Any], data: Any, budget: WorkBudget) -> list[int]:
    """The positions of the elements that a filter selects; `data` is what inner queries begin at."""
    found = _Way(data, elements, budget).positions(part, elements)
    return list(found) if part.is_multiple else list(islice(found, 1))


def is_position(key: Any, budget: WorkBudget) -> bool:
    """Whether a key of a list means one element instead of a key of each."""
    if is_nothing(key):
        return False
    return equals_loosely(parse_int(to_text(key, budget)), key, budget)


class _Way:
    """Follows parts from a value; `item` is what a query inside another one begins at."""

    def __init__(self, data: Any, item: Any, budget: WorkBudget) -> None:
        self._data = UNDEFINED if data is None else data
        self._item = UNDEFINED if item is None else item
        self._budget = budget
        self._current = self._data if self._item is UNDEFINED else self._item

    def end(self, parts: tuple[Part, ...]) -> Any:
        """Where the parts lead."""
        for part in parts:
            self._budget.look()
            if isinstance(part, Alternative):
                if is_truthy(self._current):
                    break
                self._current = self._item
            else:
                self._current = _STEPS[type(part)](self, part)
        return self._current

    def root(self, part: Root) -> Any:
        """The whole value, or the value of a word."""
        return self._data if part.argument is None else self._value(part.argument)

    def parent(self, part: Parent) -> Any:
        """Nothing is above the value."""
        del part
        return UNDEFINED

    def get(self, part: Get) -> Any:
        """A key, or of a list that key of each element, flattened."""
        key = self._value(part.key)
        if not is_truthy(self._current):
            return None
        if not isinstance(self._current, list) or is_position(key, self._budget):
            return self._property(self._current, key)
        self._budget.look(len(self._current))
        found: list[Any] = []
        for element in self._current:
            value = self._property(element, key)
            if isinstance(value, list):
                self._budget.copy(len(value))
                found += value
            elif value is not UNDEFINED:
                found.append(value)
        return found

    def values(self, part: MemberValues) -> Any:
        """All members."""
        members = self._members() if is_truthy(self._current) else []
        self._budget.look(len(members))
        if not part.is_deep:
            return members
        found: list[Any] = []
        for each in members:
            if isinstance(each, list):
                self._budget.copy(len(each))
                found += each
            else:
                found.append(each)
        return found

    def select(self, part: Select) -> Any:
        """The first element, or all, that pass the tests; null where there is no list."""
        if not isinstance(self._current, list):
            return None
        found = (self._current[index] for index in self.positions(part, self._current))
        return list(found) if part.is_multiple else next(found, None)

    def positions(self, part: Select, elements: list[Any]) -> Iterator[int]:
        """The positions of the elements that pass."""
        tests = [(test, self._value(test.key), self._operand(test)) for test in part.tests]
        self._budget.look(len(elements) * len(tests) * _TEST)
        return (index for index, each in enumerate(elements) if self._passes(each, tests))

    def helper(self, part: Helper) -> Any:
        """A key in one piece, also of a list."""
        if part.name != "get" or not is_truthy(self._current):
            return self._current
        key = UNDEFINED if part.key is None else self._value(part.key)
        return self._property(self._current, key)

    def deep(self, part: Deep) -> Any:
        """What the rest leads to in the first member where it leads to something."""
        if not is_truthy(self._current):
            return None
        if not part.parts:
            return self._current
        for member in self._members():
            self._budget.look()
            found = _Way(self._data, member, self._budget).end(part.parts)
            if is_truthy(found):
                return found
        return None

    def _value(self, word: Word) -> Any:
        if isinstance(word, Inner):
            return _Way(self._data, UNDEFINED, self._budget).end(word.parts)
        return UNDEFINED if isinstance(word, QueryParameter) else word

    def _operand(self, test: ElementTest) -> Any:
        if isinstance(test.value, Pattern) or test.operator == ":":
            return test.value
        return self._value(test.value)

    def _passes(self, element: Any, tests: list[tuple[ElementTest, Any, Any]]) -> bool:
        """Tests count from left to right, `and` no more than `or`."""
        result = False
        for test, key, operand in tests:
            if test.operator == ":":
                holds = self._leads_on(element, key, operand)
            else:
                holds = self._holds(test.operator, self._property(element, key), operand)
            holds = holds != test.is_negated
            result = {"&": result and holds, "|": result or holds}.get(test.joint, holds)
        return result

    def _leads_on(self, element: Any, key: Any, inner: Inner) -> bool:
        item = self._property(element, key) if is_truthy(key) else element
        return is_truthy(_Way(self._data, item, self._budget).end(inner.parts))

    def _holds(self, operator: str, value: Any, operand: Any) -> bool:
        if operator == "~":
            return is_truthy(value) and self._contains(value, operand)
        return _COMPARISONS[operator](value, operand, self._budget)

    def _contains(self, value: Any, operand: Any) -> bool:
        if isinstance(value, str):
            if isinstance(operand, Pattern):
                return search(operand, value, self._budget) is not None
            return to_text(operand, self._budget) in value
        if isinstance(value, list) and not isinstance(operand, Pattern):
            self._budget.look(len(value))
            return any(equals_strictly(each, operand) for each in value)
        raise BadQuery(f"A filter with '~' tests texts, not {kind(value)}.")

    def _members(self) -> list[Any]:
        if isinstance(self._current, list):
            return list(self._current)
        if isinstance(self._current, dict):
            return [self._current[key] for key in own_keys(self._current)]
        return texts.split_units(self._current) if isinstance(self._current, str) else []

    def _property(self, value: Any, key: Any) -> Any:
        if is_nothing(value):
            raise BadQuery(f"A query cannot look for a key in {kind(value)}.")
        return member(value, key if isinstance(key, str) else to_text(key, self._budget))


def member(value: Any, key: str) -> Any:
    """What is under a key of an object, or at a position of a list or text; they have a `length`."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if not isinstance(value, list | str):
        return UNDEFINED
    size = len(value) if isinstance(value, list) else texts.length(value)
    if key == "length":
        return size
    is_index = key.isascii() and key.isdigit() and (key == "0" or key[0] != "0")
    if not is_index or len(key) > len(str(size)) or int(key) >= size:
        return UNDEFINED
    index = int(key)
    return value[index] if isinstance(value, list) else texts.cut(value, index, index + 1)


def _equals(value: Any, operand: Any, budget: WorkBudget) -> bool:
    """As `==`, but the words true and false are booleans, too."""
    if isinstance(value, bool) and operand == ("true" if value else "false"):
        return True
    return equals_loosely(value, operand, budget)


_COMPARISONS: Mapping[str, Callable[[Any, Any, WorkBudget], bool]] = {
    "=": _equals,
    "<": is_less,
    "<=": is_not_more,
    ">": lambda value, operand, budget: is_less(operand, value, budget),
    ">=": lambda value, operand, budget: is_not_more(operand, value, budget),
}
_STEPS: Mapping[type, Callable[[_Way, Any], Any]] = {
    Root: _Way.root,
    Parent: _Way.parent,
    Get: _Way.get,
    MemberValues: _Way.values,
    Select: _Way.select,
    Helper: _Way.helper,
    Deep: _Way.deep,
}

"""A copy of a value in which what a query leads to is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.engine.workflow.javascript.values import UNDEFINED, is_nothing, kind
from gateway.engine.workflow.json_query.answering import answer_parts, is_position, passing
from gateway.engine.workflow.json_query.reading import (
    BadQuery,
    Get,
    Helper,
    Inner,
    MemberValues,
    Root,
    Select,
    read_query,
)

if TYPE_CHECKING:
    from gateway.engine.workflow.json_query.reading import Part, Word
    from gateway.engine.workflow.limits import WorkBudget


class NoPlace(ValueError):
    """A query leads nowhere that could be replaced; the message says why."""


def replace_found(query: str, value: Any, new: Any, budget: WorkBudget) -> Any:
    """The copy; objects on the way are made. Raises `NoPlace`, `BadQuery` and `TooMuch`."""
    parts = tuple(part for part in read_query(query) if part != Root())
    return _Copy(value, new, budget).of(value, parts)


class _Copy:
    """Goes down a way and copies what it passes."""

    def __init__(self, data: Any, new: Any, budget: WorkBudget) -> None:
        self._data = data
        self._new = new
        self._budget = budget

    def of(self, value: Any, parts: tuple[Part, ...]) -> Any:
        """The value with the new one where the parts lead."""
        self._budget.look()
        if not parts:
            return self._new
        part, *rest = parts
        if isinstance(part, Get) or (isinstance(part, Helper) and part.key is not None):
            return self._at_key(value, self._key(part.key), tuple(rest))
        if isinstance(part, Select | MemberValues):
            return self._at_elements(value, part, tuple(rest))
        raise BadQuery("A value is replaced by keys, positions and filters only.")

    def _key(self, word: Word | None) -> str:
        found = (
            answer_parts(word.parts, self._data, self._budget) if isinstance(word, Inner) else word
        )
        if not isinstance(found, str):
            raise BadQuery(f"A key must be a text, not {kind(found)}.")
        return found

    def _at_key(self, value: Any, key: str, rest: tuple[Part, ...]) -> Any:
        if isinstance(value, list):
            return self._in_list(value, key, rest)
        if not (isinstance(value, dict) or is_nothing(value)):
            raise NoPlace(f"'{key}' cannot be set in {kind(value)}.")
        around = value if isinstance(value, dict) else {}
        self._budget.copy_object(len(around) + 1)
        return {**around, key: self.of(around.get(key, UNDEFINED), rest)}

    def _in_list(self, elements: list[Any], key: str, rest: tuple[Part, ...]) -> list[Any]:
        """One element by its position, or a key of each."""
        self._budget.copy(len(elements))
        if not is_position(key, self._budget):
            return [self._at_key(each, key, rest) for each in elements]
        if not key.isdecimal() or int(key) >= len(elements):
            raise NoPlace(f"The list has no element {key}.")
        index = int(key)
        return [*elements[:index], self.of(elements[index], rest), *elements[index + 1 :]]

    def _at_elements(self, value: Any, part: Select | MemberValues, rest: tuple[Part, ...]) -> Any:
        if not isinstance(value, list):
            raise NoPlace(f"A filter needs a list, not {kind(value)}.")
        self._budget.copy(len(value))
        hits = set(range(len(value)))
        if isinstance(part, Select):
            hits = set(passing(part, value, self._data, self._budget))
        if not hits:
            raise NoPlace("The filter fits no element.")
        return [self.of(each, rest) if i in hits else each for i, each in enumerate(value)]

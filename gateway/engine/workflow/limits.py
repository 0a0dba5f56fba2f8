"""How much one evaluation may cost, counted in steps instead of seconds, so that it ends alike everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Calls of methods and functions, values looked at, and bytes of values made, in one evaluation.
MAX_CALLS, MAX_WORK, MAX_MADE = 100_000, 2_000_000, 256 * 1024 * 1024
#: Bytes of one text or list, and of a whole result as JSON.
MAX_SIZE = 10 * 1024 * 1024
#: Lists and objects inside one another, and calls inside one another.
DEEPEST, MAX_CALL_DEPTH = 200, 40
#: Seconds that all patterns of one evaluation may search.
PATIENCE = 1.0
#: Values that are copied at the cost of looking at one.
_COPIED_AT_ONCE = 256
#: Bytes that a list or object takes, and an entry of each.
_CONTAINER, _ELEMENT, _MEMBER = 64, 8, 64


class TooMuch(Exception):
    """An evaluation is stopped; the message says what it has too much of."""


@dataclass(slots=True)
class WorkBudget:
    """What is left of what one evaluation may cost; each method raises `TooMuch`."""

    calls: int = MAX_CALLS
    work: int = MAX_WORK
    made: int = MAX_MADE
    #: Seconds.
    patience: float = PATIENCE
    #: Bytes of all lists and objects that were made so far.
    copied: int = 0

    def call(self) -> None:
        """A method or function is called."""
        self.calls -= 1
        if self.calls < 0:
            raise TooMuch(f"It makes more than {MAX_CALLS} calls.")

    def look(self, count: int = 1) -> None:
        """So many values are looked at."""
        self.work -= count
        if self.work < 0:
            raise TooMuch(f"It looks at more than {MAX_WORK} values.")

    def make(self, size: int) -> None:
        """A text of so many bytes is going to be made."""
        check_size(size)
        self.made -= size
        if self.made < 0:
            raise TooMuch(f"Its values are larger than {MAX_MADE} bytes together.")

    def copy(self, elements: int) -> None:
        """A list of so many elements is going to be made."""
        self._copy(elements, _ELEMENT)

    def copy_object(self, members: int) -> None:
        """An object of so many members, or a list of as many small values, is going to be made."""
        self._copy(members, _MEMBER)

    def _copy(self, entries: int, size: int) -> None:
        self.copied += _CONTAINER + entries * size
        self.make(_CONTAINER + entries * size)
        self.look(entries // _COPIED_AT_ONCE + 1)

    def replace(self, old: Any, new: Any, copied: int) -> None:
        """A value has followed on another one, for which so many bytes of lists and objects were made.

        If that is no more than the new value itself, the old one cannot be inside of anything else that
        was made, and nobody has it any more.
        """
        if copied > weight(new):
            return
        members = new.values() if isinstance(new, dict) else new
        self.look(len(members) // _COPIED_AT_ONCE + 1)
        if id(old) not in map(id, members):
            self.made += weight(old)


def weight(value: Any) -> int:
    """The bytes of a list or object without what is in it; texts and numbers have none here."""
    if isinstance(value, list):
        return _CONTAINER + len(value) * _ELEMENT
    return _CONTAINER + len(value) * _MEMBER if isinstance(value, dict) else 0


def check_depth(depth: int) -> None:
    """Raise `TooMuch` for a value inside so many others."""
    if depth > DEEPEST:
        raise TooMuch(f"A value nests deeper than {DEEPEST} lists and objects.")


def check_size(size: int) -> None:
    """Raise `TooMuch` for a value of so many bytes."""
    if size > MAX_SIZE:
        raise TooMuch(f"A value would be larger than {MAX_SIZE} bytes.")

"""How much one evaluation may cost, counted in steps instead of seconds, so that it ends alike everywhere."""

from __future__ import annotations

from dataclasses import dataclass

#: Calls of methods and functions, values looked at, and bytes of values made, in one evaluation.
MOST_CALLS, MOST_WORK, MOST_MADE = 100_000, 2_000_000, 256 * 1024 * 1024
#: Bytes of one text or list, and of a whole result as JSON.
LARGEST = 10 * 1024 * 1024
#: Lists and objects inside one another, and calls inside one another.
DEEPEST, DEEPEST_CALLS = 200, 40
#: Seconds that all patterns of one evaluation may search.
PATIENCE = 1.0
#: Values that are copied at the cost of looking at one.
_COPIED_AT_ONCE = 64
#: Bytes that an entry of a list or object takes.
_ENTRY = 8


class TooMuch(Exception):
    """An evaluation is stopped; the message says what it has too much of."""


@dataclass(slots=True)
class Budget:
    """What is left of what one evaluation may cost; each method raises `TooMuch`."""

    calls: int = MOST_CALLS
    work: int = MOST_WORK
    made: int = MOST_MADE
    #: Seconds.
    patience: float = PATIENCE

    def call(self) -> None:
        """A method or function is called."""
        self.calls -= 1
        if self.calls < 0:
            raise TooMuch(f"It makes more than {MOST_CALLS} calls.")

    def look(self, count: int = 1) -> None:
        """So many values are looked at."""
        self.work -= count
        if self.work < 0:
            raise TooMuch(f"It looks at more than {MOST_WORK} values.")

    def make(self, size: int) -> None:
        """A text of so many bytes is going to be made."""
        check_size(size)
        self.made -= size
        if self.made < 0:
            raise TooMuch(f"Its values are larger than {MOST_MADE} bytes together.")

    def copy(self, entries: int) -> None:
        """A list or object of so many entries is going to be made."""
        self.make(entries * _ENTRY)
        self.look(entries // _COPIED_AT_ONCE + 1)


def check_depth(depth: int) -> None:
    """Raise `TooMuch` for a value inside so many others."""
    if depth > DEEPEST:
        raise TooMuch(f"A value nests deeper than {DEEPEST} lists and objects.")


def check_size(size: int) -> None:
    """Raise `TooMuch` for a value of so many bytes."""
    if size > LARGEST:
        raise TooMuch(f"A value would be larger than {LARGEST} bytes.")

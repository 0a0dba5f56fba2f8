"""How much statements may use up: a watch over a connection that stops them from inside."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Steps of SQLite's virtual machine between two looks at the clock: less than a millisecond, mostly.
STRETCH = 2_000
#: The same where single steps may take milliseconds: in our functions nothing can be stopped.
SHORT_STRETCH = 20


class BudgetExceeded(Exception):
    """The statements were stopped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryBudget:
    """What statements may use up together."""

    seconds: float = inf
    #: Of SQLite's virtual machine.
    steps: float = inf

    def at_most(self, seconds: float) -> QueryBudget:
        """The same, with no more time than that."""
        return self if self.seconds <= seconds else replace(self, seconds=seconds)


@contextmanager
def within(
    connection: sqlite3.Connection,
    patience: QueryBudget,
    ticks: Callable[[], float],
    stretch: int | None = None,
) -> Iterator[None]:
    """Stop what runs inside when patience is at its end, with `BudgetExceeded`; for reading only.

    Args:
        connection: what the statements run on.
        patience: what they may use up together.
        ticks: seconds that never go back.
        stretch: steps between two looks, if not the usual ones.
    """
    deadline, steps = ticks() + patience.seconds, 0
    each = STRETCH if stretch is None else stretch

    def is_over() -> bool:
        nonlocal steps
        steps += each
        return steps >= patience.steps or ticks() >= deadline

    connection.set_progress_handler(is_over, each)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise BudgetExceeded from error
    finally:
        connection.set_progress_handler(None, each)

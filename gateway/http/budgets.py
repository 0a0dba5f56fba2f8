"""Budgets that fill up again: how much somebody may have cost others, by key."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gateway.clock import Clock

#: Keys that are remembered; who was quiet longest goes first, and has the fullest budget.
KEYS = 10_000


class Budgets:
    """For each key so much at most, and so much more each second. To be used on the event loop only."""

    def __init__(self, clock: Clock, *, most: float, per_second: float) -> None:
        self._clock = clock
        self._most = most
        self._per_second = per_second
        #: By key, what is left, and when that was so, in seconds since the epoch.
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait(self, key: Hashable) -> int:
        """Whole seconds until the key may spend one; 0 if it may now."""
        left = self._now_left(key)
        return 0 if left >= 1 else max(1, math.ceil((1 - left) / self._per_second))

    def spend(self, key: Hashable, amount: float = 1) -> None:
        """Take from the budget; a negative amount gives back."""
        left = min(self._most, self._now_left(key) - amount)
        self._left[key] = left, self._clock.now()
        self._left.move_to_end(key)
        if len(self._left) > KEYS:
            self._left.popitem(last=False)

    def _now_left(self, key: Hashable) -> float:
        now = self._clock.now()
        left, at = self._left.get(key, (self._most, now))
        # A clock that was put back gives nothing, and takes nothing.
        return min(self._most, left + max(0.0, now - at) * self._per_second)

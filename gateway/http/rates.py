"""How many requests somebody may make in a while: a window that slides."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gateway.clock import Clock

#: Callers whose requests are remembered; whoever was quiet longest goes first.
CALLERS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read from text such as `100/10`."""
        requests, _, seconds = text.partition("/")
        return cls(requests=int(requests), seconds=int(seconds))


class Rates:
    """Counts requests by caller. To be used from the event loop only."""

    def __init__(self, rate: Rate | None, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._made: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def wait(self, caller: Hashable) -> int | None:
        """None if the caller may go on, which counts; else the whole seconds until they may."""
        rate = self._rate
        if rate is None:
            return None
        now = self._clock.now()
        made = self._made.setdefault(caller, deque())
        self._made.move_to_end(caller)
        if len(self._made) > CALLERS:
            self._made.popitem(last=False)
        while made and made[0] <= now - rate.seconds:
            made.popleft()
        if len(made) >= rate.requests:
            return max(1, math.ceil(made[0] + rate.seconds - now))
        made.append(now)
        return None

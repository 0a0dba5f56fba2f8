"""Whether a secret is the right one: slow on purpose, so whoever tries often pays with their own time.

Each failure costs the address that it comes from and the name that it is for; who has used up either
budget is told to wait, and nothing is checked. A name's budget is larger than an address's, so that
one address cannot shut out those who have the name; and an address that has proved to be of a name
goes on whatever others do. A name that nobody has is treated like any other.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from gateway.engine.verbs.accounts import hash_password, matches
from gateway.errors import Throttled, Unavailable
from gateway.http.budgets import Budgets
from gateway.http.fair_threads import FIRST, FairThreads
from gateway.http.refusals import Reason, Refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.clock import Clock
    from gateway.http.refusals import Attempt

#: Failures of one address that are borne at once, if nothing else is said.
FAILURES = 64
#: Those that are borne each second afterwards, and how many times as many of one name.
PER_SECOND, NAMES_SHARE = 0.2, 2.5
#: Pairs of address and name that have proved to belong together; the oldest go first.
PROVEN = 4_096
#: Seconds for which a refusal is held back, so that a flood is as slow as its sender's patience, and
#: how many are at a time.
HOLD, HELD = 1.0, 512
#: Threads; at least as many cores stay with all else, as a flood may keep these busy.
THREADS = max(1, min(4, (os.cpu_count() or 1) // 2))


class Verifier:
    """Checks secrets against hashes, in turn by address."""

    def __init__(self, clock: Clock, refusals: Refusals, failures: int) -> None:
        self._refusals = refusals
        self._sources = Budgets(clock, most=failures, per_second=PER_SECOND)
        self._names = Budgets(
            clock, most=failures * NAMES_SHARE, per_second=PER_SECOND * NAMES_SHARE
        )
        self._threads = FairThreads(THREADS, "passwords")
        self._proven: OrderedDict[tuple[str, Attempt], None] = OrderedDict()
        self._nobody = hash_password(secrets.token_urlsafe(16))
        self._held = 0

    async def is_right(self, attempt: Attempt, stored: str | None, secret: str) -> bool:
        """Whether a secret is the one with the hash; without a hash it takes as long, and is not.

        `Throttled` if too many were not, `Unavailable` if too many wait for that.
        """
        source = network_of(attempt.source)
        pair = (source, attempt)
        is_proven = pair in self._proven
        if not is_proven:
            await self._admit(source, attempt)
        self._spend(source, attempt, 1)
        try:
            is_right = await self._check(FIRST if is_proven else source, stored, secret)
        except Unavailable:
            self._spend(source, attempt, -1)
            self._refusals.tell(attempt, Reason.BUSY)
            raise
        if is_right:
            self._spend(source, attempt, -1)
            self._prove(pair)
        else:
            self._proven.pop(pair, None)
            self._refusals.tell(attempt, Reason.CREDENTIALS)
        return is_right

    async def _check(self, who: object, stored: str | None, secret: str) -> bool:
        work: Callable[[], bool] = partial(matches, stored or self._nobody, secret)
        return await self._threads.run(who, work) and stored is not None

    async def _admit(self, source: str, attempt: Attempt) -> None:
        seconds = max(self._sources.wait(source), self._names.wait((attempt.way, attempt.name)))
        if not seconds:
            return
        self._refusals.tell(attempt, Reason.THROTTLED)
        if self._held < HELD:
            self._held += 1
            try:
                await asyncio.sleep(HOLD)
            finally:
                self._held -= 1
        raise Throttled(seconds)

    def _spend(self, source: str, attempt: Attempt, amount: int) -> None:
        self._sources.spend(source, amount)
        self._names.spend((attempt.way, attempt.name), amount)

    def _prove(self, pair: tuple[str, Attempt]) -> None:
        self._proven[pair] = None
        self._proven.move_to_end(pair)
        if len(self._proven) > PROVEN:
            self._proven.popitem(last=False)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.close()


@dataclass(frozen=True, slots=True)
class Proof:
    """What checks secrets, and what counts those that were wrong."""

    verifier: Verifier
    refusals: Refusals

    @classmethod
    def of(cls, clock: Clock, failures: int = FAILURES) -> Self:
        """Both, from the beginning; `failures` of one address are borne at once."""
        refusals = Refusals(clock)
        return cls(Verifier(clock, refusals, failures), refusals)


def network_of(source: str) -> str:
    """What one sender has: an IPv4 address, or the network of an IPv6 address."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if address.version == 4:
        return source
    return str(ipaddress.ip_network((address, 64), strict=False))

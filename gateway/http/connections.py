"""Connections from strangers: how many there may be, how much they say, and how long they take for it.

Everything here happens before a request is known, so a refusal costs less than what it refuses.
"""

from __future__ import annotations

import ipaddress
import resource
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

log = structlog.get_logger(__name__)
#: Descriptors that connections leave to the store, the workers and the logs.
RESERVE = 128
#: Seconds between two looks at who takes too long, at most.
SWEEP = 1.0
#: Connections beyond the limit that have a moment to read why.
PARTING_ONES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionLimits:
    """What a connection may ask of the server before anybody has logged in."""

    #: Bytes of the names and values of a request's headers.
    header_bytes: int = 65_536
    #: Headers of a request.
    headers: int = 200
    #: Bytes of a request's URL.
    url: int = 65_536
    #: Seconds for the head of a request, from the connection or its first byte on.
    head_seconds: float = 15.0
    #: Seconds for the body of a request, from the end of its head on.
    body_seconds: float = 120.0
    #: Seconds that a connection is kept for the next request.
    idle_seconds: float = 30.0
    #: Seconds in which somebody must take something of an answer that waits for them.
    send_seconds: float = 60.0
    #: Connections at the same time.
    total: int = 4_096
    #: Connections of one address at the same time.
    per_source: int = 1_024


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status, and a sentence that says which limit was hit."""

    status: int
    message: str


def name_setting(setting: str) -> str:
    """The end of a sentence about a limit: how it is set."""
    return f"TASKGATE_{setting.upper()} is the limit."


def source_of(host: str) -> str:
    """What counts as one address: all that a subscriber of IPv6 has is one."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False))


def most_connections(wanted: int) -> int:
    """As many connections as wanted, or as the process may have descriptors for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + RESERVE:
        ceiling = wanted + RESERVE if hard == resource.RLIM_INFINITY else hard
        soft = min(wanted + RESERVE, ceiling)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(wanted, soft - RESERVE))


class Connected(Protocol):
    """One of the connections."""

    def abort(self) -> None:
        """End it without a word."""
        ...

    def look(self, now: float) -> None:
        """End it if it has taken too long at `now`, the event loop's time."""
        ...


class Connections:
    """All connections of a server: lets in, and ends those that take too long."""

    def __init__(
        self, limits: ConnectionLimits, *, is_proxy: Callable[[str], bool] = lambda _: False
    ) -> None:
        """`is_proxy`: whether an address speaks for many, so that its connections are not counted."""
        self.limits = limits
        self._is_proxy = is_proxy
        self._all: dict[Connected, str] = {}
        self._of_source: Counter[str] = Counter()
        #: Those without a request, the longest silent first.
        self._silent: dict[Connected, None] = {}
        #: Those who are not let in, and still read why.
        self._parting: set[Connected] = set()
        self._refused = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._all)

    def enter(self, connection: Connected, host: str) -> Refusal | None:
        """Let a connection in, or say why not; it makes room that one is let go which is silent."""
        source = source_of(host)
        limit = self.limits.per_source
        if self._of_source[source] >= limit and not self._is_proxy(host):
            self._refused += 1
            return Refusal(
                429,
                f"There are {limit} connections from this address; {name_setting('max_connections_per_source')}",
            )
        if len(self._all) >= self.limits.total and not self._make_room():
            self._refused += 1
            return Refusal(
                503,
                f"There are {self.limits.total} connections; {name_setting('max_connections')}",
            )
        self._all[connection] = source
        self._of_source[source] += 1
        self._silent[connection] = None
        return None

    def _make_room(self) -> bool:
        longest = next(iter(self._silent), None)
        if longest is None:
            return False
        self._refused += 1
        self.leave(longest)
        longest.abort()
        return True

    def may_part(self, connection: Connected) -> bool:
        """Whether somebody who is not let in has a moment to read why; a flood of them has not."""
        if len(self._parting) >= PARTING_ONES:
            return False
        self._parting.add(connection)
        return True

    def count_refusal(self) -> None:
        """Somebody was refused; the log tells how many there were, a line at a time."""
        self._refused += 1

    def leave(self, connection: Connected) -> None:
        """A connection is over."""
        self._parting.discard(connection)
        source = self._all.pop(connection, None)
        self._silent.pop(connection, None)
        if source is None:
            return
        self._of_source[source] -= 1
        if not self._of_source[source]:
            del self._of_source[source]

    def speaks(self, connection: Connected) -> None:
        """A request has begun."""
        self._silent.pop(connection, None)

    def falls_silent(self, connection: Connected) -> None:
        """There is no request any more."""
        if connection in self._all:
            self._silent[connection] = None

    def sweep(self, now: float) -> None:
        """End what has taken too long at `now`, the event loop's time, and tell of who was refused."""
        for connection in (*self._all, *self._parting):
            connection.look(now)
        if self._refused:
            log.warning("connections_refused", count=self._refused, connections=len(self._all))
            self._refused = 0

    def keep_sweeping(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at the connections every now and then, as long as there are any."""
        if self._timer is not None:
            return
        limits = self.limits
        shortest = min(
            limits.head_seconds, limits.body_seconds, limits.idle_seconds, limits.send_seconds
        )
        self._timer = loop.call_later(min(SWEEP, shortest / 2), self._swept, loop)

    def _swept(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self.sweep(loop.time())
        if self._all or self._parting or self._refused:
            self.keep_sweeping(loop)

"""What a store promises of sessions; see `gateway.store.base` for how it promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Somebody has logged in; instants are text as `gateway.clock.write_instant` writes it."""

    #: The token's digest: it lets nobody in.
    id: str
    #: Oid of the user.
    user: str
    #: Digest of the password's hash that was matched.
    password: str = field(repr=False)
    created: str
    used: str
    #: The address that it was opened from.
    source: str
    #: What the program there calls itself.
    label: str


class SessionStore(Protocol):
    """Where sessions live; deleting their user deletes them."""

    async def all(self) -> list[Session]:
        """All sessions, the oldest first."""
        ...

    async def add(self, session: Session) -> None:
        """Store a new one; `NotFound` if there is no such user any more."""
        ...

    async def use(self, session_id: str, used: str) -> None:
        """Note when it was used last."""
        ...

    async def end(self, ids: Collection[str]) -> None:
        """Delete those that there are."""
        ...

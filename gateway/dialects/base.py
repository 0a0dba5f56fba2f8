"""What a dialect brings: an ASGI application below its mounts, and the document that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Dialect(Protocol):
    """A vendor's API."""

    #: Path prefixes that belong to it.
    mounts: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

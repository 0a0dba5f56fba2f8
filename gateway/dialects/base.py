"""What a dialect brings: an ASGI application below its mounts, and the document that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from gateway.errors import TaskgateError
    from gateway.http.exchange import Answer


class Dialect(Protocol):
    """A vendor's API, or our own pages."""

    #: Path prefixes that belong to it.
    mounts: tuple[str, ...]
    #: Paths that read what forms send.
    forms: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in, in the form of this API's errors."""
        ...

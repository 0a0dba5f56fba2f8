"""What a dialect brings: an ASGI application below its mounts, and the document that describes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

    from gateway.errors import TaskgateError
    from gateway.http.exchange import Answer


class Dialect(Protocol):
    """A vendor's API, or our own pages."""

    #: The paths that belong to it, from end to end.
    paths: re.Pattern[str]
    #: Paths that read what forms send.
    forms: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def refusal(self, scope: Scope, error: TaskgateError) -> Answer:
        """The answer to a request that is not let in, in the form of this API's errors."""
        ...


def below(mounts: Iterable[str]) -> re.Pattern[str]:
    """The mounts, as regular expressions, and all paths below them."""
    return re.compile(f"(?:{'|'.join(mounts)})(?:/.*)?", re.DOTALL)

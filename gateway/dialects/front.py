"""The first thing that a request meets: the guard, then the dialect that its path belongs to, or our own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from gateway.errors import TaskgateError
from gateway.http.exchange import Answer, Exchange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send

    from gateway.dialects.base import ServedDialect
    from gateway.http.guard import Guard


class Front:
    """Sends each request where its path says; doubled slashes count as one."""

    def __init__(
        self, guard: Guard, dialects: Sequence[ServedDialect], pages: ServedDialect
    ) -> None:
        self._guard = guard
        self._dialects = tuple(dialects)
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: str = scope["path"]
        if "//" in path:
            scope["path"] = "/" + "/".join(part for part in path.split("/") if part)
        if self._guard.public is not None:
            self._guard.locate(scope, self._guard.public)
        path = scope["path"]
        target = self._target(path)
        try:
            self._guard.check(scope, target.forms)
        except TaskgateError as error:
            refused = target.refusal(scope, error)
            await refused.send(send, head_only=scope["method"] == "HEAD")
            return
        if target is self._pages and path != "/" and path[-1:] in ("/", ""):
            await _elsewhere(scope, receive).send(send)
            return
        await target(scope, receive, send)

    def _target(self, path: str) -> ServedDialect:
        for dialect in self._dialects:
            if dialect.paths.fullmatch(path):
                return dialect
        return self._pages


def _elsewhere(scope: Scope, receive: Receive) -> Answer:
    """Where a page is: its path has no slash at the end, the index has nothing else."""
    # As it came: decoded, it may hold the end of a header.
    path = quote(scope["path"].rstrip("/")) or "/"
    url = Exchange(scope=scope, receive=receive).base_url() + path
    return Answer(status=307, headers=((b"location", url.encode("latin-1", "replace")),))

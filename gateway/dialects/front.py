"""The first thing that a request meets: the dialect that its path belongs to, or our own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.dialects.base import Dialect


class Front:
    """Sends each request where its path says; doubled slashes count as one."""

    def __init__(self, dialects: Sequence[Dialect], pages: ASGIApp) -> None:
        self._mounts = [(mount, dialect) for dialect in dialects for mount in dialect.mounts]
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if "//" in path:
                path = "/" + "/".join(part for part in path.split("/") if part)
                scope["path"] = path
            for mount, dialect in self._mounts:
                if path.startswith(mount) and path[len(mount) : len(mount) + 1] in ("/", ""):
                    await dialect(scope, receive, send)
                    return
        await self._pages(scope, receive, send)

"""`/-/sessions` and `/-/logout`: who is logged in from where, and how that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import NotAuthenticated
from gateway.http.sessions import COOKIE, token_of
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from gateway.http.sessions import Sessions
    from gateway.model.principal import Principal


class SessionPages:
    """Lists sessions and ends them: their own for everybody, all for those who administer."""

    def __init__(
        self, sessions: Sessions, principal: Callable[[Request], Awaitable[Principal]]
    ) -> None:
        self._sessions = sessions
        self._principal = principal

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/-/sessions", self.list_sessions),
            Route("/-/sessions/{id}", self.end, methods=["DELETE"]),
            Route("/-/logout", self.log_out, methods=["POST"]),
        ]

    async def list_sessions(self, request: Request) -> Response:
        """Sessions, the oldest first."""
        found = self._sessions.list_sessions(await self._whose(request))
        return Response(orjson.dumps(found), media_type="application/json")

    async def end(self, request: Request) -> Response:
        """The session counts no more."""
        await self._sessions.end(request.path_params["id"], await self._whose(request))
        return Response(status_code=204)

    async def log_out(self, request: Request) -> Response:
        """The session of the cookie, or of `?token=`, counts no more."""
        token = token_of(request.headers.getlist("cookie")) or request.query_params.get(COOKIE)
        if not token:
            raise NotAuthenticated
        await self._sessions.log_out(token)
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer

    async def _whose(self, request: Request) -> str | None:
        """Oid of the user whose sessions the caller may see; None for all."""
        principal = await self._principal(request)
        return None if principal.may(Right.ADMINISTER) else principal.oid

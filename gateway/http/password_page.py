"""`POST /-/password`: everybody sets the own password anew who knows the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.errors import MalformedBody, NotAllowed, NotAuthenticated
from gateway.http.exchange import read_body
from gateway.http.json_body import parse_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from gateway.http.auth import Authenticator
    from gateway.http.json_body import BodyLimits
    from gateway.http.sessions import Sessions
    from gateway.http.tokens import Login
    from gateway.model.documents import Json
    from gateway.model.principal import Principal
    from gateway.store.base import Store

#: Characters; no password has more.
LONGEST = 1_000


class PasswordPage:
    """Whoever is logged in, in any way, as a user."""

    def __init__(
        self,
        store: Store,
        *,
        login: Login,
        sessions: Sessions,
        authenticator: Authenticator,
        hashed: Callable[[str], Awaitable[str]],
        limits: BodyLimits,
    ) -> None:
        """With `hashed`, what makes a hash of a password that keeps the policy, or raises."""
        self._store = store
        self._login = login
        self._sessions = sessions
        self._authenticator = authenticator
        self._hashed = hashed
        self._limits = limits

    async def change(self, request: Request) -> Response:
        """Nothing, once the password is the new one; 403 if the old one is wrong."""
        principal = await self._principal(request)
        given = parse_json(
            await read_body(request.scope, request.receive, self._limits.size), self._limits
        )
        old, new = _checked(given)
        account = await self._store.account(principal.oid)
        if account is None or account.oid != principal.oid:
            raise NotAllowed(f"'{principal.name}' is no user, so there is no password to change.")
        if not await self._authenticator.matches(account.password, old):
            raise NotAllowed("The old password is not the right one.")
        await self._store.set_account(account.oid, await self._hashed(new), sorted(account.groups))
        return Response(status_code=204)

    async def _principal(self, request: Request) -> Principal:
        header = request.headers.get("authorization")
        if header is not None:
            return await self._login.principal(header.encode("latin-1"))
        token = request.cookies.get("token")
        if not token:
            raise NotAuthenticated
        return await self._sessions.principal(token)


def _checked(body: Json) -> tuple[str, str]:
    found: list[Any] = [body.get(key) for key in ("old", "new")] if isinstance(body, dict) else []
    if len(found) != 2 or set(body) != {"old", "new"}:
        raise MalformedBody("The body is an object with the texts 'old' and 'new'.")
    old, new = found
    if not all(isinstance(each, str) and len(each) <= LONGEST for each in (old, new)):
        raise MalformedBody(f"'old' and 'new' are texts of up to {LONGEST} characters.")
    return old, new

"""`POST /-/password`: everybody sets the own password anew who knows the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import MalformedBody, NotAllowed
from gateway.http.exchange import read_body, source_of
from gateway.http.json_body import parse_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from gateway.http.auth import Authenticator
    from gateway.http.json_body import BodyLimits
    from gateway.model.documents import Json
    from gateway.model.principal import Principal
    from gateway.store.base import Store

#: Characters; no password has more.
MAX_LENGTH = 1_000


class PasswordPage:
    """Whoever is logged in, in any way, as a user."""

    def __init__(
        self,
        store: Store,
        *,
        authenticator: Authenticator,
        hashed: Callable[[str], Awaitable[str]],
        limits: BodyLimits,
        principal: Callable[[Request], Awaitable[Principal]],
    ) -> None:
        """With `hashed`, what makes a hash of a password that keeps the policy, or raises."""
        self._store = store
        self._authenticator = authenticator
        self._hashed = hashed
        self._limits = limits
        self._principal = principal

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("/-/password", self.change, methods=["POST"])]

    async def change(self, request: Request) -> Response:
        """Nothing, once the password is the new one; 403 if the old one is wrong."""
        principal = await self._principal(request)
        content = await read_body(request.scope, request.receive, self._limits.size)
        old, new = _check_body(parse_json(content, self._limits))
        account = await self._store.account(principal.oid)
        if account is None or account.oid != principal.oid:
            raise NotAllowed(f"'{principal.name}' is no user, so there is no password to change.")
        source = source_of(request.scope)
        if not await self._authenticator.knows_password(principal, old, source):
            raise NotAllowed("The old password is not the right one.")
        await self._store.set_account(account.oid, await self._hashed(new), sorted(account.groups))
        return Response(status_code=204)


def _check_body(body: Json) -> tuple[str, str]:
    found: list[Any] = [body.get(key) for key in ("old", "new")] if isinstance(body, dict) else []
    if len(found) != 2 or set(body) != {"old", "new"}:
        raise MalformedBody("The body is an object with the texts 'old' and 'new'.")
    old, new = found
    if not all(isinstance(each, str) and len(each) <= MAX_LENGTH for each in (old, new)):
        raise MalformedBody(f"'old' and 'new' are texts of up to {MAX_LENGTH} characters.")
    return old, new

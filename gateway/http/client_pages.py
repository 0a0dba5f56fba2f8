"""`/-/clients`: which programs may log in; for those who administer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response
from starlette.routing import Route

from gateway.clock import instant
from gateway.engine.clients import add_client, client_facts
from gateway.engine.permissions import allowed
from gateway.errors import MalformedBody
from gateway.http.exchange import read_body
from gateway.http.json_body import read_json
from gateway.model.principal import Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from gateway.clock import Clock
    from gateway.http.json_body import BodyLimits
    from gateway.model.documents import Json
    from gateway.model.principal import Principal
    from gateway.store.base import Store


class ClientPages:
    """Lists clients, makes and disables them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        limits: BodyLimits,
        principal: Callable[[Request], Awaitable[Principal]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._principal = principal

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/-/clients", self.clients, methods=["GET", "POST"]),
            Route("/-/clients/{name}/disable", self.disable, methods=["POST"]),
        ]

    async def clients(self, request: Request) -> Response:
        """All clients, or a new one from a JSON body with `name`, `secret`, and `roles` or `user`."""
        allowed(await self._principal(request), Right.ADMINISTER)
        if request.method == "GET":
            return _json(await client_facts(self._store))
        body = await read_body(request.scope, request.receive, self._limits.size)
        given = await read_json(body, self._limits)
        now = instant(self._clock.now())
        await add_client(self._store, **_checked(given), now=now)
        return _json({"id": given["name"]}, 201)

    async def disable(self, request: Request) -> Response:
        """The client is let in no more, and its tokens count no more."""
        allowed(await self._principal(request), Right.ADMINISTER)
        await self._store.disable_client(request.path_params["name"])
        return Response(status_code=204)


def _checked(body: Json) -> dict[str, Any]:
    if not isinstance(body, dict) or not all(
        isinstance(body.get(key), str) for key in ("name", "secret")
    ):
        raise MalformedBody("A client needs a name and a secret.")
    roles, user = body.get("roles", []), body.get("user")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise MalformedBody("Roles are a list of names.")
    if user is not None and not isinstance(user, str):
        raise MalformedBody("A client's user is a name.")
    return {"name": body["name"], "secret": body["secret"], "roles": roles, "user": user}


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")

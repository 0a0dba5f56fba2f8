"""`/-/clients`: which programs may log in; for those who administer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response
from starlette.routing import Route

from gateway.clock import write_instant
from gateway.engine.rights.entry import EVERY_TYPE, check_entry
from gateway.engine.verbs.clients import add_client, client_facts, client_id_of, rotate_client
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
    """Lists clients, makes them, and lets them in or not."""

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
            Route("/-/clients/{key:path}/disable", self.disable, methods=["POST"]),
            Route("/-/clients/{key:path}/enable", self.enable, methods=["POST"]),
            Route("/-/clients/{key:path}/rotate", self.rotate, methods=["POST"]),
            Route("/-/clients/{key:path}", self.delete, methods=["DELETE"]),
        ]

    async def clients(self, request: Request) -> Response:
        """All clients, or a new one from a JSON body.

        It has `name`, `secret`, `roles` or `user`, and `id` if that is not to be the name.
        """
        check_entry(await self._principal(request), Right.ADMINISTER, every=EVERY_TYPE)
        if request.method == "GET":
            return _json(await client_facts(self._store))
        given = await self._body(request)
        now = write_instant(self._clock.now())
        checked = _check_body(given)
        await add_client(self._store, **checked, now=now)
        return _json({"id": checked["id_"] or checked["name"]}, 201)

    async def disable(self, request: Request) -> Response:
        """The client is let in no more, and its tokens count no more."""
        check_entry(await self._principal(request), Right.ADMINISTER, every=EVERY_TYPE)
        await self._store.enable_client(await self._id(request), enabled=False)
        return Response(status_code=204)

    async def enable(self, request: Request) -> Response:
        """The client is let in again; tokens of before it was disabled are not."""
        check_entry(await self._principal(request), Right.ADMINISTER, every=EVERY_TYPE)
        await self._store.enable_client(await self._id(request), enabled=True)
        return Response(status_code=204)

    async def rotate(self, request: Request) -> Response:
        """Another secret from a JSON body with `secret`; tokens got by the old one count no more."""
        check_entry(await self._principal(request), Right.ADMINISTER, every=EVERY_TYPE)
        given = await self._body(request)
        secret = given.get("secret") if isinstance(given, dict) else None
        if not isinstance(secret, str):
            raise MalformedBody("A client needs a secret.")
        await rotate_client(self._store, await self._id(request), secret)
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        """There is no such client any more; its tokens count no more."""
        check_entry(await self._principal(request), Right.ADMINISTER, every=EVERY_TYPE)
        await self._store.delete_client(await self._id(request))
        return Response(status_code=204)

    async def _id(self, request: Request) -> str:
        """Of the client that the path names, or calls by its id."""
        return await client_id_of(self._store, request.path_params["key"])

    async def _body(self, request: Request) -> Json:
        content = await read_body(request.scope, request.receive, self._limits.size)
        return await read_json(content, self._limits)


def _check_body(body: Json) -> dict[str, Any]:
    if not isinstance(body, dict) or not all(
        isinstance(body.get(key), str) for key in ("name", "secret")
    ):
        raise MalformedBody("A client needs a name and a secret.")
    roles, user, id_ = body.get("roles", []), body.get("user"), body.get("id")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise MalformedBody("Roles are a list of names.")
    if any(each is not None and not isinstance(each, str) for each in (user, id_)):
        raise MalformedBody("A client's id is a text, and its user a name.")
    return {
        "name": body["name"],
        "id_": id_,
        "secret": body["secret"],
        "roles": roles,
        "user": user,
    }


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")

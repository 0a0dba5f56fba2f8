"""People with roles of their own, as midPoint has them, and how they log in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.serving import Api, unique

if TYPE_CHECKING:
    from contextlib import ExitStack

    import httpx2

    from tests.serving import Server

SECURITY = "http://midpoint.evolveum.com/xml/ns/public/security/"
ALL = f"{SECURITY}authorization-3#all"
REST = f"{SECURITY}authorization-rest-3#"
MODEL = f"{SECURITY}authorization-model-3#"
PASSWORD = "5ecr3t of theirs"


def authorization(*actions: str, **more: Any) -> dict[str, Any]:
    """The authorization for actions, which are model actions unless they say where they belong."""
    full = [each if "#" in each else f"{MODEL}{each}" for each in actions]
    return {"action": full} | more


#: Lets in everywhere and allows nothing.
ENTERS = authorization(f"{REST}all")


def own_password(text: str = PASSWORD) -> dict[str, Any]:
    """The items of a password."""
    return {"password": {"value": {"clearValue": text}}}


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user, a role that nobody else has, and the client that is logged in as the user."""

    oid: str
    name: str
    role: str
    client: httpx2.Client

    @property
    def api(self) -> Api:
        """Short calls in the person's name."""
        return Api(self.client)

    def status(self, method: str, path: str, **more: Any) -> int:
        """The status of the answer to a request."""
        return self.client.request(method, path, **more).status_code


class People:
    """Makes people at a server; their clients are closed with the stack."""

    def __init__(self, server: Server, api: Api, stack: ExitStack) -> None:
        self._server = server
        self.api = api
        self._stack = stack

    def person(self, *authorizations: dict[str, Any], **items: Any) -> Person:
        """A user whose one role has these authorizations."""
        role = self.role(*authorizations)
        name = unique("person")
        assigned = {"targetRef": {"oid": role, "type": "RoleType"}}
        given = {"name": name, "assignment": assigned, "credentials": own_password()} | items
        oid = self.api.create("users", given)
        return Person(oid=oid, name=name, role=role, client=self.login(name))

    def role(self, *authorizations: dict[str, Any], **items: Any) -> str:
        """The oid of a role with these authorizations."""
        given = {"name": unique("role"), "authorization": list(authorizations)} | items
        return self.api.create("roles", {k: v for k, v in given.items() if v})

    def login(self, name: str, password: str = PASSWORD) -> httpx2.Client:
        """A client for that name and password."""
        return self._stack.enter_context(self._server.client(name, password))

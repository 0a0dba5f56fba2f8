"""Small helpers of the attempts: people who log in, from addresses of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from tests.dialects.midpoint.people import PASSWORD
from tests.serving import ADMINISTRATOR, REST, unique
from tests.serving import PASSWORD as ADMINISTRATORS

if TYPE_CHECKING:
    from tests.serving import Server

PAGES = (ADMINISTRATOR, ADMINISTRATORS)


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody with an account."""

    server: Server
    oid: str
    name: str

    def logged_in(self, password: str = PASSWORD) -> str:
        """The token of a new session."""
        answer = log_in(self.server, self.name, password)
        assert answer.status_code == 200, answer.text
        return answer.text

    def basic(self, password: str = PASSWORD) -> int:
        """The status of a request by name and password."""
        url = f"{self.server.url}{REST}/users/{self.oid}"
        return httpx2.get(url, auth=(self.name, password)).status_code


def member(server: Server, role: str = "viewer", **items: Any) -> Member:
    """A new account with a built-in role."""
    name = unique("member").replace(" ", "-")
    body = {"name": name, "password": PASSWORD, "roles": [role]}
    answer = httpx2.post(f"{server.url}/-/accounts", json=body, auth=PAGES)
    assert answer.status_code == 201, answer.text
    made = Member(server=server, oid=answer.json()["oid"], name=name)
    for path, value in items.items():
        change(made, path, value)
    return made


def change(who: Member, path: str, value: Any, kind: str = "replace") -> None:
    """The administrator changes an item of theirs."""
    delta = {"modificationType": kind, "path": path.replace("__", "/"), "value": value}
    with who.server.client() as client:
        body = {"objectModification": {"itemDelta": [delta]}}
        answer = client.patch(f"/users/{who.oid}", json=body)
        assert answer.status_code == 204, answer.text


def log_in(server: Server, name: str, password: str, **headers: str) -> httpx2.Response:
    """The answer to a login."""
    body = {"username": name, "password": password}
    return httpx2.post(f"{server.url}/login", json=body, headers=headers)


def whoami(server: Server, token: str) -> int:
    """The status of a request with a session."""
    headers = {"cookie": f"token={token}"}
    return httpx2.get(f"{server.url}/whoami", headers=headers).status_code

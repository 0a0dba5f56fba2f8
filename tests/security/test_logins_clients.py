"""Clients whose secret has leaked get another one; what was got by the old one ends (A-4)."""

from __future__ import annotations

import httpx2
import pytest

from tests.dialects.midpoint.people import PASSWORD
from tests.dialects.sailpoint.speaking import token_of
from tests.security.speaking import PAGES, member
from tests.serving import Server, unique

SECRET, OTHER = "a secret of theirs", "another secret of theirs"


@pytest.fixture
def program(server: Server) -> str:
    """The id of a new client, with a character that stands in paths."""
    name = unique("program").replace(" ", "/")
    body = {"name": name, "secret": SECRET, "roles": ["superuser"]}
    assert httpx2.post(f"{server.url}/-/clients", json=body, auth=PAGES).status_code == 201
    return name


def asked(server: Server, method: str, path: str, **more: object) -> int:
    """The status of the administrator's request."""
    url = f"{server.url}/-/clients/{path}"
    return httpx2.request(method, url, auth=PAGES, **more).status_code  # type: ignore[arg-type]


def counts(server: Server, token: str) -> bool:
    """Whether a token lets anybody in."""
    headers = {"authorization": f"Bearer {token}"}
    return httpx2.get(f"{server.url}/v2025/task-status", headers=headers).status_code == 200


def granted(server: Server, name: str, secret: str) -> int:
    """The status of the answer to a client that wants a token."""
    body = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    return httpx2.post(f"{server.url}/oauth/token", data=body).status_code


def issued(server: Server, name: str, secret: str) -> str:
    return token_of(server.url, name, secret)


def test_another_secret_ends_the_old_one_and_its_tokens(server: Server, program: str) -> None:
    token = issued(server, program, SECRET)
    assert counts(server, token)
    assert asked(server, "POST", f"{program}/rotate", json={"secret": OTHER}) == 204
    assert not counts(server, token)
    assert granted(server, program, SECRET) == 401
    assert counts(server, issued(server, program, OTHER))


def test_a_client_is_enabled_again_and_its_old_tokens_are_not(server: Server, program: str) -> None:
    token = issued(server, program, SECRET)
    assert asked(server, "POST", f"{program}/disable") == 204
    assert granted(server, program, SECRET) == 401
    assert asked(server, "POST", f"{program}/enable") == 204
    assert not counts(server, token)
    assert counts(server, issued(server, program, SECRET))


def test_a_client_is_deleted_and_the_next_of_its_id_has_none_of_its_tokens(
    server: Server, program: str
) -> None:
    token = issued(server, program, SECRET)
    assert asked(server, "DELETE", program) == 204
    assert granted(server, program, SECRET) == 401
    body = {"name": program, "secret": SECRET, "roles": ["superuser"]}
    assert httpx2.post(f"{server.url}/-/clients", json=body, auth=PAGES).status_code == 201
    assert not counts(server, token)
    assert counts(server, issued(server, program, SECRET))


@pytest.mark.parametrize("body", [{}, {"secret": 7}, {"secret": "short"}, []])
def test_a_secret_that_is_none_is_refused(server: Server, program: str, body: object) -> None:
    assert asked(server, "POST", f"{program}/rotate", json=body) == 400
    assert granted(server, program, SECRET) == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", ""), ("POST", "/enable"), ("POST", "/disable"), ("POST", "/rotate")],
)
def test_only_who_administers_does_any_of_it_and_only_to_what_there_is(
    server: Server, program: str, method: str, path: str
) -> None:
    body = {"secret": OTHER}
    assert asked(server, method, f"no-such-program{path}", json=body) == 404
    operator = (member(server, "operations").name, PASSWORD)
    url = f"{server.url}/-/clients/{program}{path}"
    assert httpx2.request(method, url, auth=operator, json=body).status_code == 403
    assert httpx2.request(method, url, json=body).status_code == 401
    assert granted(server, program, SECRET) == 200

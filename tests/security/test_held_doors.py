"""What strangers have tried in vain goes on failing: logins, forged tokens, payloads, requests in disguise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import unquote

import httpx2
import jwt
import pytest

from gateway.clock import ManualClock
from gateway.engine.verbs.accounts import matches
from gateway.http.refusals import Attempt, Way
from gateway.http.verifying import Proof
from tests.dialects.midpoint.people import PASSWORD
from tests.dialects.sailpoint.speaking import EXPERIMENTAL, token_of
from tests.security.speaking import Member, member
from tests.serving import REST, delta, unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serving import Api, Server

TASKS = "/v2025/task-status"


# ---- logins -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known(server: Server) -> Member:
    return member(server)


def test_who_gets_in_no_way_is_not_told_why(server: Server, api: Api, known: Member) -> None:
    roleless, disabled = unique("roleless"), member(server)
    items = {"password": {"value": {"clearValue": PASSWORD}}}
    api.create("users", {"name": roleless, "credentials": items})
    api.modify("users", disabled.oid, delta("replace", STATUS, "disabled"))
    attempts = {
        "unknown": (unique("nobody"), PASSWORD),
        "wrong": (known.name, "another password"),
        "disabled": (disabled.name, PASSWORD),
        "roleless": (roleless, PASSWORD),
    }
    answers = {
        why: httpx2.get(f"{server.url}{REST}/users", auth=auth) for why, auth in attempts.items()
    }
    told = {
        (answer.status_code, answer.content, answer.headers["www-authenticate"])
        for answer in answers.values()
    }
    assert len(told) == 1
    assert {status for status, _, _ in told} == {401}


STATUS = "activation/administrativeStatus"


@pytest.mark.parametrize("stored", [None, "its hash"])
async def test_a_name_that_nobody_has_costs_as_many_hashes_as_a_wrong_password(
    stored: str | None,
) -> None:
    with patch("gateway.http.verifying.matches", wraps=matches) as hashing:
        proof = Proof.of(ManualClock())
        with closing(proof.verifier):
            attempt = Attempt(Way.CLIENT, "somebody", "192.0.2.1")
            assert not await proof.verifier.is_right(attempt, stored, "wrong")
    assert hashing.call_count == 1


def test_a_password_that_was_refused_or_set_stands_in_no_log(server: Server, api: Api) -> None:
    secrets = {"a wrong Passw0rd of theirs", "a right Passw0rd of theirs"}
    wrong, right = sorted(secrets, reverse=True)
    items = {"password": {"value": {"clearValue": right}}}
    name = unique("logged")
    api.create("users", {"name": name, "credentials": items})
    assert httpx2.get(f"{server.url}{REST}/users", auth=(name, wrong)).status_code == 401
    refused = api.client.post("/users", json={"user": {"name": name, "credentials": items}})
    assert refused.status_code == 409
    assert right not in refused.text
    assert not any(secret in server.log.read_text() for secret in secrets)


def test_a_status_counts_at_once_for_logins_with_every_request(
    server: Server, api: Api, known: Member
) -> None:
    found = []
    for status in ("disabled", "enabled"):
        assert known.basic() == (200 if status == "disabled" else 401)
        api.modify("users", known.oid, delta("replace", STATUS, status))
        found.append(known.basic())
    assert found == [401, 200]


# ---- tokens -----------------------------------------------------------------------------------------


def part(value: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def forged(genuine: str, key: bytes = b"", **header: Any) -> str:
    """The claims of a genuine token under another header, signed with a key of the forger's."""
    claims = jwt.decode(genuine, options={"verify_signature": False})
    text = part({"typ": "JWT", "alg": "HS256"} | header) + b"." + part(claims)
    signature = hmac.digest(key, text, hashlib.sha256)
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def unsigned(genuine: str) -> str:
    return forged(genuine, alg="none").rpartition(".")[0] + "."


FORGERIES: dict[str, Callable[[str], str]] = {
    "no algorithm": unsigned,
    "no algorithm in capitals": lambda t: forged(t, alg="NONE").rpartition(".")[0] + ".",
    "an empty key": forged,
    "a weak key": lambda t: forged(t, b"secret"),
    "the key's name as a key": lambda t: forged(t, b"token_key"),
    "a longer hash": lambda t: forged(t, alg="HS512"),
    "an algorithm of two keys": lambda t: forged(t, alg="RS256"),
    "a key of a file": lambda t: forged(t, kid="/dev/null"),
    "a key from an address": lambda t: forged(t, jku="http://127.0.0.1:1/keys"),
    "a key of its own": lambda t: forged(t, jwk={"kty": "oct", "k": ""}),
    "a critical header": lambda t: forged(t, b64=False, crit=["b64"]),
    "another's signature": lambda t: f"{forged(t).rpartition('.')[0]}.{t.rpartition('.')[2]}",
    "no signature": lambda t: t.rpartition(".")[0] + ".",
    "two parts": lambda t: t.rpartition(".")[0],
    "four parts": lambda t: f"{t}.{t.rpartition('.')[2]}",
    "nothing": lambda _: ".",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_lets_nobody_in(server: Server, forge: Callable[[str], str]) -> None:
    genuine = token_of(server.url)
    for path in (TASKS, "/whoami", "/-/versions"):
        given = [
            {"authorization": f"Bearer {each}"} | EXPERIMENTAL for each in (genuine, forge(genuine))
        ]
        statuses = [httpx2.get(f"{server.url}{path}", headers=each).status_code for each in given]
        assert statuses == [200, 401], path


def test_a_session_is_no_bearer_and_a_bearer_no_session(server: Server, known: Member) -> None:
    session, bearer = known.logged_in(), token_of(server.url)
    as_bearer = {"authorization": f"Bearer {session}"}
    assert httpx2.get(f"{server.url}{TASKS}", headers=as_bearer).status_code == 401
    assert httpx2.get(f"{server.url}/whoami", headers=as_bearer).status_code == 401
    as_session = {"cookie": f"token={bearer}"}
    assert httpx2.get(f"{server.url}/whoami", headers=as_session).status_code == 401
    assert httpx2.get(f"{server.url}/whoami", params={"token": bearer}).status_code == 401


# ---- payloads ---------------------------------------------------------------------------------------

PAYLOADS = (
    *(
        "'",
        "''",
        '"',
        "\\",
        "';--",
        "' or '1'='1",
        "') or 1=1 --",
        '" or ""="',
        "1; DROP TABLE object",
    ),
    *("' UNION SELECT sql FROM sqlite_master --", "%", "_", "%27", "{{7*7}}", "${jndi:x}", "$(id)"),
    *(
        "x' || (SELECT group_concat(secret) FROM client) || '",
        "a\tb",
        "a\nb",
        "/*",
        "*/",
        "?1",
        ":a",
    ),
)


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def wanted(payload: str) -> list[dict[str, Any]]:
    """Queries with the payload in every place that takes a text."""
    equal = {"path": "name", "value": payload}
    texts = (f"name = '{quoted(payload)}'", f"name contains '{payload}'", f"{payload} = 'x'")
    return [
        *({"filter": {"text": text}} for text in texts),
        {"filter": {"equal": equal}},
        {"filter": {"equal": equal | {"path": payload}}},
        {"filter": {"equal": equal | {"matching": payload}}},
        {"filter": {"equal": {"path": f"extension/{payload}", "value": 1}}},
        {"paging": {"orderBy": payload}},
        {"paging": {"orderBy": "name", "orderDirection": payload}},
        {"paging": {"maxSize": payload}},
        {"paging": {"offset": payload}},
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_any_place_of_a_query_is_a_text_or_refused(
    server: Server, api: Api, payload: str
) -> None:
    before = api.client.get("/users", params={"include": "name"}).text
    for query in wanted(payload):
        answer = api.client.post("/users/search", json={"query": query})
        assert answer.status_code in (200, 400), (query, answer.text)
        assert "sqlite" not in answer.text.lower().replace("sqlite_master", "")
    headers = {"authorization": f"Bearer {token_of(server.url)}"} | EXPERIMENTAL
    for parameters in ({"filters": f'id eq "{payload}"'}, {"sorters": payload}, {"limit": payload}):
        answer = httpx2.get(f"{server.url}{TASKS}", params=parameters, headers=headers)
        assert answer.status_code in (200, 400), answer.text
    for parameters in ({"equals[name]": payload}, {f"equals[{payload}]": "x"}, {"sort": payload}):
        answer = httpx2.get(
            f"{server.url}/operations-manager/jobs", params=parameters, headers=headers
        )
        assert answer.status_code in (200, 400), answer.text
    assert api.client.get("/users", params={"include": "name"}).text == before


# ---- requests in disguise ---------------------------------------------------------------------------


def answered(server: Server, text: bytes) -> list[int]:
    """The statuses of all answers on one connection, until the server closes it."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        found = b"".join(iter(lambda: connection.recv(65_536), b""))
    lines = [line for line in found.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    return [int(line.split()[1]) for line in lines]


HIDDEN = b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"
DISGUISES = {
    "both lengths": b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 0\r\ncontent-length: %d\r\n\r\n" % len(HIDDEN),
    "a length with a sign": b"content-length: +0\r\n\r\n",
    "an unknown encoding": b"transfer-encoding: xchunked\r\ncontent-length: 0\r\n\r\n",
    "a folded header": b"x: a\r\n transfer-encoding: chunked\r\ncontent-length: 0 1\r\n\r\n",
    "a blank before the colon": b"content-length : 0\r\n\r\n",
    "a bare return": b"x: a\rtransfer-encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_no_request_hides_in_another(server: Server, disguise: bytes) -> None:
    statuses = answered(server, b"POST /livez HTTP/1.1\r\nhost: localhost\r\n" + disguise + HIDDEN)
    assert statuses == [400]


@pytest.mark.parametrize("name", ["a\r\nx-injected: 1", "a\nx-injected: 1", "a%0d%0ax-injected:1"])
def test_no_value_becomes_a_header(server: Server, api: Api, name: str) -> None:
    oid = api.create("users", {"name": unique(name)})
    answers = [
        api.client.get(f"/users/{oid}"),
        api.client.get(
            f"/users/{name.replace('%', '%25').replace(chr(13), '%0D').replace(chr(10), '%0A')}"
        ),
        httpx2.get(f"{server.url}/x%0D%0Ax-injected:%201/"),
    ]
    assert not any("x-injected" in answer.headers for answer in answers)
    assert not any("\n" in value for answer in answers for value in answer.headers.values())


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2fpages.py",
        "..%5cpages.py",
        "%2e%2e/%2e%2e/pages.py",
        "docs.css%00",
        "%2fetc%2fpasswd",
    ],
)
def test_documentation_serves_its_own_files_only(server: Server, path: str) -> None:
    assert httpx2.get(f"{server.url}/docs/{path}").status_code in (400, 404)


@pytest.mark.parametrize(
    "path", [f"{REST}/users", TASKS, "/whoami", "/login", "/livez", "/-/accounts"]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_no_page_of_another_site_is_let_read_an_answer(
    server: Server, method: str, path: str
) -> None:
    headers = {
        "origin": "https://elsewhere.example",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization",
    }
    answer = httpx2.request(method, f"{server.url}{path}", headers=headers)
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("name", ["x%0D%0Ax-injected:%201", "%E2%82%AC", "a%3Fb", "a%20b"])
def test_a_page_that_has_moved_is_named_as_it_was_asked_for(server: Server, name: str) -> None:
    answer = httpx2.get(f"{server.url}/{name}/")
    assert answer.status_code == 307
    assert unquote(answer.headers["location"]) == f"{server.url}/{unquote(name)}"
    assert "x-injected" not in answer.headers

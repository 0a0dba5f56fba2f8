"""How clients get tokens, what these say, and when they count no more (8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import jwt
import pytest

from tests.dialects.sailpoint.speaking import EXPERIMENTAL, token_of
from tests.serving import CLIENT, SECRET, delta, unique

if TYPE_CHECKING:
    from tests.conftest import ServerFactory
    from tests.dialects.sailpoint.conftest import SpeakerFactory
    from tests.serving import Api, Server

GRANT = {"grant_type": "client_credentials"}
CREDENTIALS = {"client_id": CLIENT, "client_secret": SECRET}


def parts(values: dict[str, str]) -> dict[str, tuple[None, str]]:
    return {name: (None, value) for name, value in values.items()}


TRANSPORTS: dict[str, dict[str, Any]] = {
    "urlencoded": {"data": GRANT | CREDENTIALS},
    "multipart": {"files": parts(GRANT | CREDENTIALS)},
    "query": {"params": GRANT | CREDENTIALS},
    "grant in the query, the rest in the body": {"params": GRANT, "data": CREDENTIALS},
    "query and multipart": {"params": GRANT, "files": parts(CREDENTIALS)},
    "said twice alike": {"params": GRANT | CREDENTIALS, "data": GRANT | CREDENTIALS},
    "basic": {"data": GRANT, "auth": (CLIENT, SECRET)},
    "basic and the id": {"data": GRANT | {"client_id": CLIENT}, "auth": (CLIENT, SECRET)},
    "capitals": {"data": {"grant_type": "CLIENT_CREDENTIALS"} | CREDENTIALS},
    "a scope header": {"data": GRANT | CREDENTIALS, "headers": {"scope": "sp:scopes:all"}},
    "a query beside a body of another kind": {
        "params": GRANT | CREDENTIALS,
        "content": b"{}",
        "headers": {"content-type": "application/json"},
    },
}


def asked(server: Server, path: str = "/oauth/token", **more: Any) -> httpx2.Response:
    return httpx2.post(server.url + path, **more)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_transport_in_use_gets_a_token_that_works(server: Server, transport: str) -> None:
    answer = asked(server, **TRANSPORTS[transport])
    assert answer.status_code == 200, answer.text
    headers = EXPERIMENTAL | {"Authorization": f"Bearer {answer.json()['access_token']}"}
    listed = httpx2.get(f"{server.url}/v2024/task-status", headers=headers)
    assert listed.status_code == 200


def test_slashes_do_not_matter(server: Server) -> None:
    for path in ("//oauth/token", "/oauth/token/"):
        assert asked(server, path, data=GRANT | CREDENTIALS).status_code == 200


def test_the_answer_says_what_clients_read(server: Server) -> None:
    body = asked(server, data=GRANT | CREDENTIALS).json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert "idn:task-management:write" in body["scope"].split()
    assert body["user_name"] == "administrator"
    assert body["user_id"] == body["identity_id"]
    assert set(body) == set(
        "access_token token_type expires_in scope accessType tenant_id internal pod org user_id "
        "identity_id user_name strong_auth strong_auth_supported enabled jti".split()
    )


def test_the_token_is_a_signed_jwt_with_the_claims_of_the_vendor(server: Server) -> None:
    token = token_of(server.url)
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == set(
        "tenant_id internal pod org identity_id user_name strong_auth authorities client_id "
        "user_id scope exp iat jti".split()
    )
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["authorities"] == ["ORG_ADMIN"]
    assert claims["client_id"] == CLIENT


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        (GRANT | {"client_id": CLIENT, "client_secret": "wrong"}, 401, "unauthorized"),
        (GRANT | {"client_id": "nobody", "client_secret": SECRET}, 401, "unauthorized"),
        (GRANT | {"client_id": "a\0b", "client_secret": SECRET}, 401, "unauthorized"),
        (GRANT | {"client_id": CLIENT}, 401, "unauthorized"),
        (GRANT, 401, "unauthorized"),
        (CREDENTIALS, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "refresh_token"} | CREDENTIALS, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"} | CREDENTIALS, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_refusal_has_the_form_of_oauth(
    server: Server, form: dict[str, str], status: int, error: str
) -> None:
    answer = asked(server, data=form)
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert set(answer.json()) == {"error", "error_description"}


def test_who_does_not_exist_is_refused_like_who_is_wrong(server: Server) -> None:
    wrong = asked(server, data=GRANT | {"client_id": CLIENT, "client_secret": "wrong"})
    nobody = asked(server, data=GRANT | {"client_id": "nobody", "client_secret": "wrong"})
    assert wrong.content == nobody.content


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"&".join(b"a%d=1" % n for n in range(200)), "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_is_none_is_refused(server: Server, content: bytes, media_type: str) -> None:
    answer = asked(server, content=content, headers={"content-type": media_type})
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_a_file_is_no_parameter(server: Server) -> None:
    files = parts(GRANT | CREDENTIALS) | {"more": ("file.txt", b"content")}
    assert asked(server, files=files).status_code == 400


def test_a_parameter_that_is_said_in_two_ways_is_refused(server: Server) -> None:
    answer = asked(server, params={"client_id": "other"}, data=GRANT | CREDENTIALS)
    assert answer.status_code == 400


def test_parameters_that_nobody_reads_do_not_matter(server: Server) -> None:
    answer = asked(server, params={"x": "1"}, data={"x": "2"} | GRANT | CREDENTIALS)
    assert answer.status_code == 200


def test_a_large_form_is_refused(server: Server) -> None:
    answer = asked(server, data=GRANT | {"client_secret": "x" * 100_000})
    assert answer.status_code == 413


def test_tokens_are_asked_for_by_post(server: Server) -> None:
    answer = httpx2.get(f"{server.url}/oauth/token")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_the_server_tells_where_tokens_come_from(server: Server) -> None:
    found = httpx2.get(f"{server.url}/oauth/info").json()
    assert found["tokenEndpoint"] == f"{server.url}/oauth/token"


def test_a_token_expires(speaker_at: SpeakerFactory, make_server: ServerFactory) -> None:
    server = make_server(token_seconds=1)
    speaker = speaker_at(server)
    assert token_of(server.url)
    answers = [speaker.ask("GET", "/v2025/task-status")]
    while answers[-1].status_code == 200:
        answers.append(speaker.ask("GET", "/v2025/task-status"))
    assert answers[-1].json() == {"error": "JWT validation failed: JWT is expired"}


def test_a_token_of_another_database_does_not_count(
    server: Server, make_server: ServerFactory
) -> None:
    headers = {"Authorization": f"Bearer {token_of(make_server().url)}"}
    answer = httpx2.get(f"{server.url}/v2025/task-status", headers=headers)
    assert answer.json() == {"error": "JWT validation failed: JWT signature does not match"}


def test_a_token_that_names_no_algorithm_does_not_count(server: Server) -> None:
    claims = jwt.decode(token_of(server.url), options={"verify_signature": False})
    headers = {"Authorization": f"Bearer {jwt.encode(claims, '', 'none')}"}
    answer = httpx2.get(f"{server.url}/v2025/task-status", headers=headers)
    assert answer.status_code == 401


def test_tokens_count_over_a_restart(
    speaker_at: SpeakerFactory, make_server: ServerFactory
) -> None:
    first = make_server()
    speaker = speaker_at(first)
    first.stop()
    second = make_server(database=first.database)
    headers = {"Authorization": speaker.client.headers["authorization"]}
    assert httpx2.get(f"{second.url}/v2025/task-status", headers=headers).status_code == 200


def test_a_disabled_client_is_out_at_once(
    speaker_at: SpeakerFactory, server: Server, client: httpx2.Client
) -> None:
    name = unique("leaving").replace(" ", "-")
    body = {"name": name, "secret": "a leaver's secret", "roles": ["viewer"]}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 201
    speaker = speaker_at(server, name, "a leaver's secret")
    assert speaker.ask("GET", "/v2025/task-status").status_code == 200
    disabled = client.post(f"{server.url}/-/clients/{name}/disable")
    assert disabled.status_code == 204, disabled.text
    answer = speaker.ask("GET", "/v2025/task-status")
    assert answer.json() == {"error": "JWT validation failed: JWT is revoked"}
    form = GRANT | {"client_id": name, "client_secret": "a leaver's secret"}
    assert asked(server, data=form).status_code == 401


@pytest.fixture
def person(server: Server, client: httpx2.Client) -> tuple[str, str]:
    """Name and oid of a user who may do everything."""
    name = unique("person")
    body = {"name": name, "password": "a person's password", "roles": ["superuser"]}
    made = client.post(f"{server.url}/-/accounts", json=body)
    assert made.status_code == 201, made.text
    return name, made.json()["oid"]


def test_a_personal_token_has_the_rights_of_its_user_as_they_are_now(
    speaker_at: SpeakerFactory,
    server: Server,
    client: httpx2.Client,
    api: Api,
    person: tuple[str, str],
) -> None:
    name, oid = person
    token_name = unique("pat").replace(" ", "-")
    body = {"name": token_name, "secret": "a personal secret", "user": name}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 201
    speaker = speaker_at(server, token_name, "a personal secret")
    assert speaker.clear(api.task())["completionStatus"] == "ERROR"
    viewer = {"oid": "00000000-0000-0000-0000-00000000000b", "type": "c:RoleType"}
    api.modify("users", oid, delta("replace", "assignment", {"targetRef": viewer}))
    assert speaker.ask("GET", "/v2025/task-status").status_code == 200
    assert speaker.patch(api.task()).status_code == 403
    api.modify("users", oid, delta("replace", "activation/administrativeStatus", "disabled"))
    assert speaker.ask("GET", "/v2025/task-status").status_code == 401
    assert asked(server, data=GRANT | {"client_id": token_name}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "secret": "long enough"},
        {"name": "x", "secret": "long enough", "roles": ["viewer"], "user": "administrator"},
        {"name": "x", "secret": "long enough", "roles": ["nonsense"]},
        {"name": "x", "secret": "long enough", "user": "nobody"},
        {"name": "x", "secret": "short", "roles": ["viewer"]},
        {"name": "a b", "secret": "long enough", "roles": ["viewer"]},
        {"name": "a:b", "secret": "long enough", "roles": ["viewer"]},
        {"name": "", "secret": "long enough", "roles": ["viewer"]},
        {"name": "x", "secret": 1, "roles": ["viewer"]},
        {"name": "x", "secret": "long enough", "roles": "viewer"},
        {"name": "x", "secret": "long enough", "user": 1},
        [],
    ],
)
def test_a_client_that_cannot_be_is_refused(
    server: Server, client: httpx2.Client, body: Any
) -> None:
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 400


def test_an_id_is_taken_once(server: Server, client: httpx2.Client) -> None:
    body = {"name": CLIENT, "secret": "long enough", "roles": ["viewer"]}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 409
    assert token_of(server.url)


def test_an_unknown_client_cannot_be_disabled(server: Server, client: httpx2.Client) -> None:
    assert client.post(f"{server.url}/-/clients/nobody/disable").status_code == 404


def test_clients_are_listed_without_their_secrets(server: Server, client: httpx2.Client) -> None:
    listed = client.get(f"{server.url}/-/clients").json()
    [own] = [each for each in listed if each["id"] == CLIENT]
    assert own["user"] == "administrator"
    assert own["enabled"] is True
    assert "argon2" not in json.dumps(listed)


def test_only_who_administers_sees_and_makes_clients(
    speaker_at: SpeakerFactory, server: Server
) -> None:
    body = {"name": unique("viewing").replace(" ", "-"), "secret": "a secret", "roles": ["viewer"]}
    headers = {"Authorization": f"Bearer {token_of(server.url)}"}
    made = httpx2.post(f"{server.url}/-/clients", json=body, headers=headers)
    assert made.status_code == 201
    viewing = speaker_at(server, body["name"], "a secret")  # type: ignore[arg-type]
    assert viewing.ask("GET", "/-/clients").status_code == 403
    assert viewing.ask("POST", "/-/clients", json=body).status_code == 403
    assert viewing.ask("POST", f"/-/clients/{CLIENT}/disable").status_code == 403


@pytest.mark.parametrize("path", ["/-/versions", "/-/errors", "/-/activities"])
def test_our_own_pages_take_a_token_as_well_as_a_password(server: Server, path: str) -> None:
    headers = {"Authorization": f"Bearer {token_of(server.url)}"}
    assert httpx2.get(server.url + path, headers=headers).status_code == 200
    assert httpx2.get(server.url + path, headers={"Authorization": "Bearer x"}).status_code == 401


def test_midpoint_takes_no_tokens(server: Server) -> None:
    headers = {"Authorization": f"Bearer {token_of(server.url)}"}
    answer = httpx2.get(f"{server.url}/midpoint/ws/rest/tasks", headers=headers)
    assert answer.status_code == 401

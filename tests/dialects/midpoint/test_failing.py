"""Every way to fail on every route has one shape (midpoint-rest 1.1, 2.1, 2.5, 2.6; architecture 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.serving import (
    COLLECTIONS,
    NOWHERE,
    PASSWORD,
    REST,
    Api,
    assert_operation_result,
    unique,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import ServerFactory
    from tests.serving import Server

MOUNTS = [
    f"{context}{prefix}"
    for context in ("/midpoint", "")
    for prefix in ("/ws/rest", "/rest/model", "/api/model")
]
OPERATIONS = ("run", "suspend", "resume")
#: Method and path of every route; `{oid}` stands for an oid.
ROUTES = [
    (method, f"/{collection}{path}")
    for collection in COLLECTIONS
    for path, methods in {
        "": ("GET", "POST"),
        "/search": ("POST",),
        "/{oid}": ("GET", "PUT", "PATCH", "POST", "DELETE"),
    }.items()
    for method in methods
] + [("POST", f"/tasks/{{oid}}/{operation}") for operation in OPERATIONS]
BODIES = {"PUT": True, "PATCH": True, "POST": True}


def takes_body(method: str, path: str) -> bool:
    return method in BODIES and not path.endswith(OPERATIONS)


def ids(route: tuple[str, str]) -> str:
    return " ".join(route)


@pytest.fixture(scope="module")
def viewer(server: Server, client: httpx2.Client) -> Iterator[httpx2.Client]:
    """Somebody who may only read."""
    name = unique("viewer")
    account = {"name": name, "password": "a viewer's password", "roles": ["viewer"]}
    made = client.post(f"{server.url}/-/accounts", json=account)
    assert made.status_code == 201, made.text
    with server.client(name, "a viewer's password") as opened:
        yield opened


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_without_a_login_there_is_a_challenge_and_nothing_else(
    server: Server, route: tuple[str, str]
) -> None:
    method, path = route
    answer = httpx2.request(method, server.url + REST + path.replace("{oid}", NOWHERE))
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"].startswith('Basic realm="midpoint"')


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_a_viewer_may_read_and_search_and_nothing_else(
    viewer: httpx2.Client, api: Api, route: tuple[str, str]
) -> None:
    method, path = route
    collection = path.split("/")[1]
    oid = api.create(collection, {"name": unique("seen")})
    body: Any = {"query": {}} if path.endswith("/search") else {"objectModification": {}}
    answer = viewer.request(
        method, path.replace("{oid}", oid), json=body if takes_body(method, path) else None
    )
    if method == "GET" or path.endswith("/search"):
        assert answer.status_code == 200
    else:
        result = assert_operation_result(answer, 403)
        assert "viewer" in result["message"]
    assert api.get(collection, oid)["version"] == "0"


def test_a_viewer_may_not_look_past_the_server(viewer: httpx2.Client, api: Api) -> None:
    assert_operation_result(viewer.get(f"/tasks/{api.task()}?options=raw"), 403)
    assert_operation_result(viewer.get("/tasks?options=raw"), 403)


@pytest.mark.parametrize("oid", [NOWHERE, "12345"])
@pytest.mark.parametrize("route", [r for r in ROUTES if "{oid}" in r[1] and r[0] != "PUT"], ids=ids)
def test_what_is_not_there_is_not_found(
    client: httpx2.Client, route: tuple[str, str], oid: str
) -> None:
    method, path = route
    body: Any = {"objectModification": {}} if takes_body(method, path) else None
    assert_operation_result(client.request(method, path.replace("{oid}", oid), json=body), 404)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_on_an_object_that_is_no_task_is_not_found(
    client: httpx2.Client, api: Api, operation: str
) -> None:
    user = api.create("users", {"name": unique("user")})
    assert_operation_result(client.post(f"/tasks/{user}/{operation}"), 404)


@pytest.mark.parametrize("route", [r for r in ROUTES if takes_body(*r)], ids=ids)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'"x"', b"\xff", b'{"nothing":{}}'])
def test_a_body_that_is_not_understood_is_refused(
    client: httpx2.Client, api: Api, route: tuple[str, str], body: bytes
) -> None:
    method, path = route
    oid = api.create(path.split("/")[1], {"name": unique("unread")}) if "{oid}" in path else ""
    headers = {"content-type": "application/json"}
    answer = client.request(method, path.replace("{oid}", oid), content=body, headers=headers)
    assert_operation_result(answer, 400)


@pytest.mark.parametrize("route", [r for r in ROUTES if takes_body(*r)], ids=ids)
def test_a_body_over_the_limit_is_refused_before_it_is_sent(
    server: Server, route: tuple[str, str]
) -> None:
    method, path = route
    answer = server.answer_to_head(
        method,
        path.replace("{oid}", NOWHERE),
        content_type="application/json",
        content_length=str(2**40),
    )
    assert_operation_result(answer, 413)
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_a_form_that_is_not_served_is_refused(
    client: httpx2.Client, route: tuple[str, str]
) -> None:
    method, path = route
    accept = {"accept": "text/csv"}
    answer = client.request(method, path.replace("{oid}", NOWHERE), headers=accept)
    assert answer.headers["content-type"] == "application/xml"
    assert_operation_result(answer, 406)


# ---- paths and methods ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/tasks", "GET, POST, HEAD"),
        ("DELETE", "/tasks", "GET, POST, HEAD"),
        ("PATCH", "/users", "GET, POST, HEAD"),
        ("GET", "/tasks/search", "POST"),
        ("DELETE", "/tasks/search", "POST"),
        ("GET", f"/tasks/{NOWHERE}/run", "POST"),
        ("PUT", f"/tasks/{NOWHERE}/suspend", "POST"),
        ("OPTIONS", f"/tasks/{NOWHERE}", "GET, PUT, PATCH, POST, DELETE, HEAD"),
        ("TRACE", f"/tasks/{NOWHERE}", "GET, PUT, PATCH, POST, DELETE, HEAD"),
    ],
)
def test_a_wrong_method_is_answered_with_the_right_ones(
    client: httpx2.Client, method: str, path: str, allow: str
) -> None:
    answer = client.request(method, path)
    assert_operation_result(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == set(allow.split(", "))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nothing",
        "/Tasks",
        "/tasks/x/y/z",
        f"/tasks/{NOWHERE}/pause",
        f"/users/{NOWHERE}/run",
        "/objects",
        "/tasks/search/x",
        "/" + "x" * 5_000,
    ],
)
def test_an_unknown_path_is_not_found(client: httpx2.Client, path: str) -> None:
    result = assert_operation_result(client.get(path), 404)
    assert len(result["message"]) < 400


@pytest.mark.parametrize("mount", MOUNTS)
def test_all_mounts_are_equal(server: Server, client: httpx2.Client, api: Api, mount: str) -> None:
    name = unique("mount")
    base = server.url + mount
    made = client.post(f"{base}/users", json={"user": {"name": name}})
    location = made.headers["location"]
    oid = location.rpartition("/")[2]
    assert location == f"{base}/users/{oid}"
    assert client.get(location).json()["user"] == api.get("users", oid)
    for path in (f"/users/{oid}/", f"//users//{oid}", f"/users/{oid}//"):
        assert client.get(base + path).status_code == 200
    assert_operation_result(client.get(f"{base}/nothing"), 404)
    assert client.delete(location).status_code == 204


@pytest.mark.parametrize(
    "path", ["/midpoint/ws", "/midpoint/ws/restx/tasks", "/ws/rest2", "/scim/v2"]
)
def test_what_only_resembles_a_mount_is_not_found(
    server: Server, client: httpx2.Client, path: str
) -> None:
    answer = client.get(server.url + path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


# ---- accounts and the self-lockout rule (architecture 3.10) -----------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !",
        "Basic bm9jb2xvbg==",
        "Bearer token",
        "Digest x",
        "SecQ e30=",
        "x" * 4_000,
    ],
)
def test_a_login_that_is_not_well_formed_is_refused(server: Server, header: str) -> None:
    answer = httpx2.get(f"{server.url}{REST}/tasks", headers={"authorization": header})
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("administrator", "wrong"),
        ("administrator", ""),
        ("Administrator", PASSWORD),
        ("nobody", PASSWORD),
        ("", ""),
    ],
)
def test_wrong_and_unknown_are_refused_alike(server: Server, user: str, password: str) -> None:
    with server.client(user, password) as stranger:
        answer = stranger.get("/tasks")
    assert (answer.status_code, answer.content) == (401, b"")


def account(server: Server, client: httpx2.Client, *roles: str) -> tuple[str, str]:
    """Name and oid of a new account."""
    name = unique("account")
    body = {"name": name, "password": "long enough", "roles": list(roles)}
    made = client.post(f"{server.url}/-/accounts", json=body)
    assert made.status_code == 201, made.text
    return name, made.json()["oid"]


def lockouts(oid: str, name: str) -> dict[str, tuple[str, str, Any]]:
    """Every way to take an account's effect away: method, path and body."""
    role = {"targetRef": {"oid": "00000000-0000-0000-0000-00000000000b", "type": "c:RoleType"}}

    def patch(path: str, *value: Any) -> tuple[str, str, Any]:
        change: Any = {"modificationType": "replace", "path": path}
        if value:
            change["value"] = value[0]
        return "PATCH", f"/users/{oid}", {"objectModification": {"itemDelta": change}}

    def whole(**items: Any) -> Any:
        return {"user": {"oid": oid, "name": name} | items}

    return {
        "delete": ("DELETE", f"/users/{oid}", None),
        "rename": patch("name", "another name"),
        "disable": patch("activation/administrativeStatus", "disabled"),
        "archive": patch("lifecycleState", "archived"),
        "expire": patch("activation/validTo", "2020-01-01"),
        "strip": patch("assignment"),
        "swap": patch("assignment", role),
        "switch off the role": patch("assignment[1]/activation/administrativeStatus", "disabled"),
        "only own the role": patch("assignment[1]/targetRef/relation", "owner"),
        "put without roles": ("PUT", f"/users/{oid}", whole()),
        "overwrite": ("POST", "/users?options=overwrite", whole()),
        "version": ("POST", "/users", whole(version="1")),
        "raw overwrite": ("POST", "/users?options=overwrite,raw", whole()),
        "raw strip": ("PATCH", f"/users/{oid}?options=raw", patch("assignment")[2]),
        "raw disable": (
            "PATCH",
            f"/users/{oid}?options=raw",
            patch("activation/effectiveStatus", "disabled")[2],
        ),
    }


@pytest.mark.parametrize("way", [w for w in lockouts("", "") if w != "only own the role"])
def test_nobody_locks_himself_out(server: Server, client: httpx2.Client, way: str) -> None:
    name, oid = account(server, client, "superuser")
    with server.client(name, "long enough") as own:
        method, path, body = lockouts(oid, name)[way]
        result = assert_operation_result(own.request(method, path, json=body), 409)
        assert "your own account" in result["message"]
        assert own.get("/tasks?exclude=activity").status_code == 200


@pytest.mark.parametrize("way", ["delete", "disable", "strip", "raw overwrite", "raw disable"])
def test_somebody_else_may_be_locked_out_at_once(
    server: Server, client: httpx2.Client, way: str
) -> None:
    name, oid = account(server, client, "superuser")
    with server.client(name, "long enough") as other:
        assert other.get("/users").status_code == 200
        method, path, body = lockouts(oid, name)[way]
        assert client.request(method, path, json=body).is_success
        assert other.get("/users").status_code == 401


def test_the_last_superuser_cannot_be_locked_out_by_another(make_server: ServerFactory) -> None:
    own = make_server()
    with own.client() as first:
        name, oid = account(own, first, "superuser")
        with own.client(name, "long enough") as second:
            administrator = "00000000-0000-0000-0000-000000000002"
            method, path, body = lockouts(administrator, "administrator")["disable"]
            assert second.request(method, path, json=body).status_code == 204
            assert first.get("/users").status_code == 401
            for way in ("delete", "disable", "strip"):
                method, path, body = lockouts(oid, name)[way]
                assert_operation_result(second.request(method, path, json=body), 409)


@pytest.mark.parametrize("collection", ["roles"])
@pytest.mark.parametrize(
    "oid", ["00000000-0000-0000-0000-000000000004", "00000000-0000-0000-0000-00000000000b"]
)
def test_the_built_in_roles_stay(client: httpx2.Client, collection: str, oid: str) -> None:
    off = {"modificationType": "replace", "path": "lifecycleState", "value": "archived"}
    body = {"objectModification": {"itemDelta": off}}
    assert_operation_result(client.delete(f"/{collection}/{oid}"), 409)
    assert_operation_result(client.patch(f"/{collection}/{oid}", json=body), 409)


def test_harmless_changes_of_ones_own_account_are_allowed(
    server: Server, client: httpx2.Client
) -> None:
    name, oid = account(server, client, "superuser")
    with server.client(name, "long enough") as own:
        change = {"modificationType": "replace", "path": "fullName", "value": "Own Name"}
        body = {"objectModification": {"itemDelta": change}}
        assert own.patch(f"/users/{oid}", json=body).status_code == 204
        wait_until(lambda: own.get(f"/users/{oid}").json()["user"]["fullName"] == "Own Name")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": "x"},
        {"name": "x", "password": 7},
        {"name": "x", "password": "short"},
        {"name": "x", "password": "long enough", "roles": "viewer"},
        {"name": "x", "password": "long enough", "roles": ["emperor"]},
        {"name": "x", "password": "long enough", "groups": [1]},
        {"name": "", "password": "long enough"},
    ],
)
def test_an_account_that_could_not_work_is_refused(
    server: Server, client: httpx2.Client, body: Any
) -> None:
    answer = client.post(f"{server.url}/-/accounts", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_a_superuser_manages_accounts(server: Server, viewer: httpx2.Client) -> None:
    assert viewer.get(f"{server.url}/-/accounts").status_code == 403
    body = {"name": "x", "password": "long enough", "roles": ["superuser"]}
    assert viewer.post(f"{server.url}/-/accounts", json=body).status_code == 403


def test_a_name_that_exists_is_no_second_account(server: Server, client: httpx2.Client) -> None:
    name, _ = account(server, client, "viewer")
    body = {"name": name, "password": "long enough", "roles": ["superuser"]}
    assert client.post(f"{server.url}/-/accounts", json=body).status_code == 409

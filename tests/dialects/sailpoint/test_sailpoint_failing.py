"""Every way to fail on every route and version has its documented status and shape (4, 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.dialects.sailpoint.speaking import (
    ANNUAL,
    EXPERIMENTAL,
    PREFIXES,
    Speaker,
    assert_error,
    assert_one_key,
    put,
)
from tests.serving import CLIENT, NOWHERE, unique

if TYPE_CHECKING:
    from tests.conftest import ServerFactory
    from tests.dialects.sailpoint.conftest import SpeakerFactory
    from tests.serving import Api, Server

#: Version, method and path of every route.
ROUTES = (
    [(version, "GET", prefix) for version, prefix in PREFIXES.items()]
    + [
        (version, method, f"{prefix}/{NOWHERE}")
        for version, prefix in PREFIXES.items()
        for method in ("GET", "PATCH")
    ]
    + [
        (version, method, f"/{version}/task-status/pending-tasks")
        for version in ANNUAL
        for method in ("GET", "HEAD")
    ]
    + [(version, "POST", f"/{version}/identities/process") for version in ANNUAL]
    + [("v1", "POST", "/identities/v1/process")]
    + [("v2024", method, f"/task-status/{NOWHERE}") for method in ("GET", "PATCH")]
)
NEEDS_EXPERIMENTAL = [route for route in ROUTES if route[0] == "v2024" and route[1] != "HEAD"]
#: Each version is in one of them.
HALVES = (", ".join([*PREFIXES][::2]), ",".join([*PREFIXES][1::2]))
PATCH = [put("completionStatus", "ERROR"), put("completed", "2024-05-17T19:33:16.470Z")]
GATE = "Experimental Header is missing or invalid."


def ids(route: tuple[str, str, str]) -> str:
    return " ".join(route)


@pytest.mark.parametrize("route", [r for r in ROUTES if r[1] != "HEAD"], ids=ids)
def test_without_a_token_a_token_is_asked_for(
    anonymous: httpx2.Client, route: tuple[str, str, str]
) -> None:
    _, method, path = route
    answer = anonymous.request(method, path)
    assert_one_key(answer, 401, "error", "JWT is required")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Bearer", "JWT is required"),
        ("Basic YTpi", "JWT is required"),
        ("Bearer a.b.c", "JWT validation failed: JWT is malformed"),
        ("Bearer \u00e4", "JWT validation failed: JWT is malformed"),
        ("Bearer " + "x" * 9_000, "JWT validation failed: JWT is too long"),
    ],
)
def test_a_wrong_token_is_told_why(server: Server, header: str, reason: str) -> None:
    headers = [(b"authorization", header.encode("latin-1"))]
    answer = httpx2.get(f"{server.url}/v2025/task-status", headers=headers)
    assert_one_key(answer, 401, "error", reason)


@pytest.mark.parametrize("value", [None, "false", "", "1", "yes"])
@pytest.mark.parametrize("route", NEEDS_EXPERIMENTAL, ids=ids)
def test_the_experimental_header_comes_before_everything_but_the_token(
    sailpoint: Speaker, route: tuple[str, str, str], value: str | None
) -> None:
    _, method, path = route
    headers = {} if value is None else {"X-SailPoint-Experimental": value}
    url = f"{path}?limit=none"
    answer = sailpoint.client.request(method, url, headers=headers, content=b"{")
    assert_one_key(answer, 400, "error", GATE)


@pytest.mark.parametrize("value", ["true", "True", "TRUE"])
def test_the_experimental_header_is_true_in_any_case(sailpoint: Speaker, value: str) -> None:
    headers = {"X-SailPoint-Experimental": value}
    assert sailpoint.ask("GET", "/v2024/task-status", headers=headers).status_code == 200


@pytest.mark.parametrize("version", [v for v in PREFIXES if v != "v2024"])
def test_the_experimental_header_is_not_asked_for_where_the_api_is_public(
    sailpoint: Speaker, version: str
) -> None:
    assert sailpoint.client.get(PREFIXES[version]).status_code == 200
    headers = {"X-SailPoint-Experimental": "nonsense"}
    assert sailpoint.client.get(PREFIXES[version], headers=headers).status_code == 200


@pytest.mark.parametrize("position", ["none", *HALVES])
def test_each_version_can_ask_for_the_experimental_header(
    speaker_at: SpeakerFactory, make_server: ServerFactory, position: str
) -> None:
    server = make_server(sailpoint_experimental=position)
    speaker = speaker_at(server)
    asked = {part.strip() for part in position.split(",")}
    for version, prefix in PREFIXES.items():
        wanted = 400 if version in asked else 200
        bare = speaker.client.get(prefix)
        assert bare.status_code == wanted, version
        assert speaker.client.get(prefix, headers=EXPERIMENTAL).status_code == 200


@pytest.fixture(scope="module")
def viewer(speaker_at: SpeakerFactory, server: Server, client: httpx2.Client) -> Speaker:
    """A client with a role of its own, which may only read."""
    name = unique("viewing").replace(" ", "-")
    body = {"name": name, "secret": "a viewer's secret", "roles": ["viewer"]}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 201
    return speaker_at(server, name, "a viewer's secret")


@pytest.mark.parametrize("route", ROUTES, ids=ids)
def test_a_viewer_may_read_and_nothing_else(
    viewer: Speaker, api: Api, route: tuple[str, str, str]
) -> None:
    _, method, path = route
    path = path.replace(NOWHERE, api.task())
    answer = viewer.ask(method, path, content=b"not even JSON")
    if method in ("GET", "HEAD"):
        assert answer.status_code == 200
    else:
        assert_error(answer, 403, "403 Forbidden")


def test_only_a_client_that_stands_for_a_user_may_patch(
    speaker_at: SpeakerFactory, server: Server, client: httpx2.Client, api: Api
) -> None:
    name = unique("machine").replace(" ", "-")
    body = {"name": name, "secret": "a machine's secret", "roles": ["superuser"]}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 201
    machine = speaker_at(server, name, "a machine's secret")
    oid = api.task()
    refused = machine.patch(oid, *PATCH)
    assert_error(refused, 403, "403 Forbidden")
    assert "stands for a user" in refused.json()["causes"][0]["text"]
    assert machine.status(oid)["completionStatus"] is None


@pytest.mark.parametrize("route", [r for r in ROUTES if NOWHERE in r[2]], ids=ids)
@pytest.mark.parametrize("id_", [NOWHERE, "00eebcf881994e419d72e757fd30dc0e", "a%20b", "%2Fx"])
def test_an_unknown_id_is_not_found(
    sailpoint: Speaker, route: tuple[str, str, str], id_: str
) -> None:
    _, method, path = route
    more: dict[str, Any] = {"json": PATCH} if method == "PATCH" else {}
    answer = sailpoint.ask(method, path.replace(NOWHERE, id_), **more)
    assert_error(answer, 404, "404 Not found")


def test_another_object_is_not_a_task(sailpoint: Speaker, api: Api) -> None:
    oid = api.create("orgs", {"name": unique("an org that is no task")})
    assert_error(sailpoint.ask("GET", f"/v2025/task-status/{oid}"), 404, "404 Not found")
    assert_error(sailpoint.patch(oid, *PATCH), 404, "404 Not found")


@pytest.mark.parametrize(
    "path",
    [
        "/v2025",
        "/v2025/task-definitions",
        "/v2025/task-status/a/b",
        "/beta/task-execution",
        "/v2025/sources/x/load-accounts",
        "/v2026/accounts",
        "/task-status",
        "/task-status/v1/a/b",
        "/latest/identities",
        "/v3/sources",
        "/v2027/task-status",
        "/sources/v1",
        "/sources/v1/x/load-accounts",
        "/identities/v1",
        "/cc/api/x",
        "/oauth/authorize",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_served_says_what_is(sailpoint: Speaker, path: str, method: str) -> None:
    text = assert_error(sailpoint.ask(method, path), 501, "501 Not implemented")
    assert "oauth" in path or f"{method} {path} is not served here" in text
    assert "oauth" in path or "identities/process" in text


@pytest.mark.parametrize(
    "path", ["/v3/task-status", "/v3/sources", "/sources/v1", "/cc/api/x", "/v2027/task-status"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_of_the_vendors_paths_ask_for_a_token_first(
    anonymous: httpx2.Client, path: str, method: str
) -> None:
    assert_one_key(anonymous.request(method, path), 401, "error", "JWT is required")
    wrong = anonymous.request(method, path, headers={"Authorization": "Bearer a.b.c"})
    assert_one_key(wrong, 401, "error", "JWT validation failed: JWT is malformed")


@pytest.mark.parametrize("path", ["/v2024x", "/betas", "/sources", "/x/version1", "/nothing"])
def test_what_is_none_of_the_vendors_is_ours(sailpoint: Speaker, path: str) -> None:
    answer = sailpoint.ask("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_id_with_a_slash_in_it_is_one_id(sailpoint: Speaker) -> None:
    answer = sailpoint.ask("GET", "/v2025/task-status/a%20b%2Fc")
    assert_error(answer, 404, "404 Not found")
    [cause] = answer.json()["causes"]
    assert "a b/c" in cause["text"]


def test_a_path_that_is_no_text_is_no_fault_of_ours(server: Server, sailpoint: Speaker) -> None:
    answer = sailpoint.ask("GET", "/v2025/task-status/%ff%fe")
    assert_error(answer, 404, "404 Not found")


def test_a_refusal_gives_its_reason_among_the_causes(viewer: Speaker, api: Api) -> None:
    answer = viewer.patch(api.task(), *PATCH)
    assert_error(answer, 403, "403 Forbidden")
    [cause] = answer.json()["causes"]
    assert "no right to suspend tasks" in cause["text"]


def test_v1_knows_no_pending_tasks(sailpoint: Speaker) -> None:
    assert_error(sailpoint.ask("GET", "/task-status/v1/pending-tasks"), 404, "404 Not found")
    assert_error(sailpoint.ask("GET", "/task-status/pending-tasks"), 404, "404 Not found")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize(
    ("path", "allow"),
    [(prefix, "GET, HEAD") for prefix in PREFIXES.values()]
    + [(f"/{version}/task-status/pending-tasks", "GET, HEAD") for version in ANNUAL]
    + [(f"{prefix}/{NOWHERE}", "GET, PATCH, HEAD") for prefix in PREFIXES.values()],
)
def test_another_method_is_refused_with_those_that_are_served(
    sailpoint: Speaker, method: str, path: str, allow: str
) -> None:
    if method in allow:
        return
    answer = sailpoint.ask(method, path)
    assert_error(answer, 405, "405 Method not allowed")
    assert answer.headers["allow"] == allow


PAGES = list(PREFIXES.values()) + [f"/{v}/task-status/pending-tasks" for v in ANNUAL]
WRONG = [
    ("limit", "-1"),
    ("limit", "251"),
    ("limit", "ten"),
    ("limit", ""),
    ("limit", "1.0"),
    ("limit", "\u0665"),
    ("offset", "-1"),
    ("offset", "2147483648"),
    ("offset", "x"),
    ("count", "yes"),
    ("count", ""),
    ("count", "1"),
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_parameter_out_of_range_is_refused_by_name(
    sailpoint: Speaker, path: str, name: str, value: str
) -> None:
    answer = sailpoint.ask("GET", path, params={name: value})
    assert name in assert_error(answer, 400, "400.1.3 Illegal value")


@pytest.mark.parametrize("name", ["limit", "offset", "count", "filters", "sorters"])
def test_a_parameter_is_given_once(sailpoint: Speaker, name: str) -> None:
    value = {"count": "true", "filters": "id eq x", "sorters": "created"}.get(name, "1")
    answer = sailpoint.ask("GET", f"/v2025/task-status?{name}={value}&{name}={value}")
    assert name in assert_error(answer, 400, "400.1 Bad request content")


def test_unknown_parameters_are_ignored(sailpoint: Speaker) -> None:
    assert sailpoint.ask("GET", "/v2025/task-status?surprise=1").status_code == 200
    assert sailpoint.ask("GET", "/v2025/task-status/pending-tasks?filters=!!").status_code == 200


@pytest.mark.parametrize("query", ["%ff", "limit=%00"])
def test_a_query_string_that_is_no_text_is_refused(sailpoint: Speaker, query: str) -> None:
    answer = sailpoint.ask("GET", f"/v2025/task-status?{query}")
    assert_error(answer, 400, "400.1 Bad request content")


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "nonsense"])
def test_whatever_is_accepted_the_answer_is_json(sailpoint: Speaker, accept: str) -> None:
    answer = sailpoint.ask("GET", "/v2025/task-status?limit=0", headers={"accept": accept})
    assert answer.json() == []
    assert answer.headers["content-type"].startswith("application/json")


def test_more_requests_than_the_rate_allows_are_turned_away(
    speaker_at: SpeakerFactory, make_server: ServerFactory
) -> None:
    server = make_server(rate_limit="100/10")
    speaker = speaker_at(server)
    statuses = [speaker.ask("GET", "/v2025/task-status?limit=0").status_code for _ in range(101)]
    assert statuses == [200] * 100 + [429]
    answer = speaker.ask("GET", "/v2025/task-status?limit=0")
    assert_one_key(answer, 429, "message", " Rate Limit Exceeded ")
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    # Each version is counted apart, tokens are not, and a wrong path in the version is.
    assert speaker.ask("GET", "/v2026/task-status?limit=0").status_code == 200
    assert speaker.ask("GET", "/v2025/nothing").status_code == 429
    assert speaker.ask("GET", "/v3/nothing").status_code == 501
    assert speaker_at(server).ask("GET", "/v2025/task-status").status_code == 429
    assert speaker.ask("GET", f"/task-status/{NOWHERE}").status_code == 404


def test_the_limit_counts_the_unprefixed_route_as_v2024_and_latest_as_v2026(
    speaker_at: SpeakerFactory,
    make_server: ServerFactory,
) -> None:
    speaker = speaker_at(make_server(rate_limit="2/100"))
    for first, second in (
        (f"/task-status/{NOWHERE}", "/v2024/task-status"),
        ("/latest/task-status", "/v2026/task-status"),
    ):
        assert speaker.ask("GET", first).status_code != 429
        assert speaker.ask("GET", second).status_code == 200
        assert speaker.ask("GET", first).status_code == 429


def test_a_client_that_is_limited_is_told_so_before_it_is_asked_for_the_header(
    speaker_at: SpeakerFactory,
    make_server: ServerFactory,
) -> None:
    speaker = speaker_at(make_server(rate_limit="1/100"))
    assert speaker.client.get("/v2024/task-status").status_code == 400
    assert speaker.client.get("/v2024/task-status").status_code == 429


def test_every_answer_has_an_id_and_is_not_kept(sailpoint: Speaker) -> None:
    answers = [sailpoint.ask("GET", "/v2025/task-status?limit=0") for _ in range(2)]
    assert len({answer.headers["slpt-request-id"] for answer in answers}) == 2
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_the_token_is_that_of_a_client(sailpoint: Speaker) -> None:
    assert CLIENT not in sailpoint.client.headers["authorization"]

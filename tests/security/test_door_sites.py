"""Pages of other sites send nothing in our callers' names, whatever the route; programs are not bothered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.serving import ADMINISTRATOR, NOWHERE, PASSWORD, REST, TYPES, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Server

ELSEWHERE = {
    "another origin": {"origin": "https://evil.example.com"},
    "no origin to tell": {"origin": "null"},
    "another port": {"origin": "http://127.0.0.1:1"},
    "another scheme's page": {"origin": "chrome-extension://abcdef"},
    "another site": {"sec-fetch-site": "cross-site"},
    "a neighbour of the site": {"sec-fetch-site": "same-site"},
}
#: Every kind of route that changes something, with a body or without one.
UNSAFE = {
    "accounts": ("POST", "/-/accounts"),
    "clients": ("POST", "/-/clients"),
    "a client": ("POST", "/-/clients/nobody/disable"),
    "no page": ("POST", "/nowhere"),
    "midPoint's create": ("POST", f"{REST}/users"),
    "midPoint's other mount": ("PUT", f"/ws/rest/users/{NOWHERE}"),
    "midPoint's change": ("PATCH", f"{REST}/users/{NOWHERE}"),
    "midPoint's delete": ("DELETE", f"{REST}/users/{NOWHERE}"),
    "midPoint's run": ("POST", f"{REST}/tasks/{NOWHERE}/run"),
    "midPoint's suspend": ("POST", f"{REST}/tasks/{NOWHERE}/suspend"),
    "midPoint's resume": ("POST", f"{REST}/tasks/{NOWHERE}/resume"),
    "midPoint's rpc": ("POST", f"{REST}/rpc/generate"),
    "doubled slashes": ("POST", f"//midpoint//ws/rest/tasks/{NOWHERE}/run"),
    "SailPoint's token": ("POST", "/oauth/token"),
    "SailPoint's change": ("PATCH", f"/v2025/task-status/{NOWHERE}"),
    "Itential's login": ("POST", "/login"),
    "Itential's jobs": ("POST", "/operations-manager/jobs/start"),
    "Itential's import": ("POST", "/automation-studio/automations/import"),
    "Itential's groups": ("PUT", f"/operations-manager/jobs/{'a' * 24}/groups"),
}
OF_FORMS = [
    "text/plain",
    "text/plain; charset=utf-8",
    "TEXT/PLAIN",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
]


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[httpx2.Client]:
    """A client that always sends the administrator's login along, as a browser does."""
    with httpx2.Client(base_url=server.url, auth=(ADMINISTRATOR, PASSWORD), timeout=30) as opened:
        yield opened


def assert_in_the_forms_of_the_dialect(answer: httpx2.Response, path: str) -> None:
    """The error body is the one that callers of the path know."""
    body = answer.json() if "json" in answer.headers["content-type"] else {}
    if "ws/rest" in path:
        assert TYPES in answer.text
        assert "fatal_error" in answer.text
    elif path.startswith("/oauth"):
        assert set(body) == {"error", "error_description"}
    elif path.startswith("/v2025"):
        assert {"detailCode", "trackingId", "messages"} <= set(body)
    elif path.startswith(("/-", "/nowhere")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["title"]
    else:
        assert set(body) == {"message", "data", "metadata"}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize(("method", "path"), UNSAFE.values(), ids=UNSAFE)
def test_a_page_of_another_site_changes_nothing_by_any_route(
    browser: httpx2.Client, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = browser.request(method, path, headers=headers)
    assert answer.status_code == 403, answer.text
    assert_in_the_forms_of_the_dialect(answer, path)


def test_a_forged_form_that_holds_json_makes_no_account(browser: httpx2.Client) -> None:
    name = unique("forged")
    body = f'{{"name":"{name}","password":"y0uR_P455woR*d","roles":["superuser"],"x":"="}}'
    answer = browser.post("/-/accounts", content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert name not in [each["name"] for each in browser.get("/-/accounts").json()]


@pytest.mark.parametrize("kind", OF_FORMS)
@pytest.mark.parametrize(
    "path", [path for method, path in UNSAFE.values() if path != "/oauth/token"]
)
def test_a_body_that_a_form_can_send_is_not_read_as_something_else(
    browser: httpx2.Client, path: str, kind: str
) -> None:
    answer = browser.post(path, content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 415, answer.text
    assert_in_the_forms_of_the_dialect(answer, path)


def test_a_body_in_pieces_is_looked_at_as_well(browser: httpx2.Client) -> None:
    answer = browser.post(
        "/-/accounts", content=iter([b"{", b"}"]), headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/token/"])
def test_a_token_is_asked_for_with_a_form(browser: httpx2.Client, path: str) -> None:
    answer = browser.post(path, data={"grant_type": "client_credentials"})
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
    ids=["a program", "our own page", "a person", "a program that says form and sends nothing"],
)
def test_what_comes_from_no_other_site_reaches_the_route(
    browser: httpx2.Client, headers: dict[str, str]
) -> None:
    assert browser.post(f"{REST}/tasks/{NOWHERE}/run", headers=headers).status_code == 404


def test_our_own_pages_may_send(browser: httpx2.Client, server: Server) -> None:
    own = {"origin": server.url, "sec-fetch-site": "same-origin"}
    assert browser.post(f"{REST}/tasks/{NOWHERE}/run", headers=own).status_code == 404


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_link_on_another_site_still_leads_here(
    browser: httpx2.Client, headers: dict[str, str]
) -> None:
    assert browser.get("/docs", headers=headers).status_code == 200


def test_no_other_site_reads_an_answer(browser: httpx2.Client) -> None:
    asked = {"origin": "https://evil.example.com", "access-control-request-method": "PATCH"}
    for answer in (
        browser.options(REST + "/users", headers=asked),
        browser.get("/", headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_two_logins_in_one_request_are_refused(server: Server) -> None:
    login = httpx2.BasicAuth(ADMINISTRATOR, PASSWORD)._auth_header
    headers = [("authorization", login), ("authorization", "Basic bm9ib2R5OndyaXRl")]
    for path in (f"{REST}/users", "/-/accounts", "/v2025/task-status", "/whoami"):
        answer = httpx2.get(server.url + path, headers=headers)
        assert answer.status_code == 400, path
        assert_in_the_forms_of_the_dialect(answer, path)

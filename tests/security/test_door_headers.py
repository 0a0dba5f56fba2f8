"""Browsers are told on every answer that nothing in it runs, is framed, or is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.serving import ADMINISTRATOR, NOWHERE, PASSWORD, REST, delta, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Api, Server

LOGIN = (ADMINISTRATOR, PASSWORD)
LOCKED = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: What is answered, to whether it is the same for everybody.
ANSWERS = {
    ("GET", f"{REST}/users"): False,
    ("HEAD", f"{REST}/users"): False,
    ("GET", f"{REST}/users/{NOWHERE}"): False,
    ("GET", f"{REST}/nowhere"): False,
    ("PUT", f"{REST}/users"): False,
    ("DELETE", f"{REST}/users/{NOWHERE}"): False,
    ("GET", "/v2025/task-status"): False,
    ("GET", "/oauth/info"): False,
    ("GET", "/oauth/token"): False,
    ("GET", "/whoami"): False,
    ("GET", "/operations-manager/jobs"): False,
    ("PATCH", "/login"): False,
    ("GET", "/-/accounts"): False,
    ("GET", "/-/nowhere"): False,
    ("PATCH", "/-/accounts"): False,
    ("GET", "/nowhere"): False,
    ("GET", "/metrics"): False,
    ("GET", "/livez"): False,
    ("GET", "/docs/docs.js"): True,
    ("GET", "/docs/docs.css"): True,
    ("GET", "/openapi.json"): True,
    ("GET", "/openapi/midpoint.json"): True,
}
#: What browsers ask for when somebody types an address.
BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
RUN = ("xhtml", "svg", "mathml", "xslt", "rss", "atom", "rdf")


@pytest.fixture(scope="module")
def person(server: Server) -> Iterator[httpx2.Client]:
    """Somebody who has logged in."""
    with httpx2.Client(base_url=server.url, auth=LOGIN, timeout=30) as opened:
        yield opened


def assert_covered(headers: httpx2.Headers, policy: str = LOCKED) -> None:
    """Each of them, once."""
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("x-frame-options") == ["DENY"]
    assert headers.get_list("referrer-policy") == ["no-referrer"]
    assert headers.get_list("content-security-policy") == [policy]


@pytest.mark.parametrize(("method", "path"), ANSWERS, ids=lambda each: each)
def test_every_answer_runs_nothing_and_is_kept_by_nobody(
    person: httpx2.Client, method: str, path: str
) -> None:
    answer = person.request(method, path)
    assert_covered(answer.headers)
    kept = "no-cache" if ANSWERS[method, path] else "no-store"
    assert answer.headers.get_list("cache-control") == [kept]


def test_a_refused_login_runs_nothing_either(server: Server) -> None:
    for path in (f"{REST}/users", "/-/accounts", "/v2025/task-status", "/whoami"):
        answer = httpx2.get(server.url + path)
        assert answer.status_code == 401
        assert_covered(answer.headers)


def test_an_answer_without_a_body_says_it_too(person: httpx2.Client, api: Api) -> None:
    oid = api.create("users", {"name": unique("person")})
    found = person.get(f"{REST}/users/{oid}")
    same = person.get(f"{REST}/users/{oid}", headers={"if-none-match": found.headers["etag"]})
    assert same.status_code == 304
    assert_covered(same.headers)
    assert same.headers["cache-control"] == "no-store"


def test_what_is_at_hand_says_it_too(person: httpx2.Client, api: Api) -> None:
    oid = api.create("users", {"name": unique("person")})
    for _ in range(3):
        assert_covered(person.get(f"{REST}/users/{oid}").headers)


def test_a_stream_of_events_says_it_too(person: httpx2.Client) -> None:
    with person.stream("GET", "/-/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert_covered(answer.headers)
        assert answer.headers.get_list("cache-control") == ["no-store"]


def test_a_refusal_by_the_door_says_it_too(person: httpx2.Client) -> None:
    answer = person.post("/-/accounts", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert_covered(answer.headers)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_run_their_own_script_files_and_nothing_else(
    person: httpx2.Client, path: str
) -> None:
    answer = person.get(path)
    (policy,) = answer.headers.get_list("content-security-policy")
    assert_covered(answer.headers, policy)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert (rules["default-src"], rules["script-src"]) == ("'none'", "'self'")
    assert (rules["frame-ancestors"], rules["base-uri"]) == ("'none'", "'none'")
    assert "unsafe" not in policy


@pytest.mark.parametrize("accept", [BROWSERS, *(f"application/{kind}+xml" for kind in RUN)])
@pytest.mark.parametrize("path", ["/users", "/users/{oid}", f"/users/{NOWHERE}"])
def test_no_answer_has_a_media_type_that_browsers_run(
    person: httpx2.Client, api: Api, path: str, accept: str
) -> None:
    oid = api.create("users", {"name": unique("person")})
    answer = person.get(REST + path.format(oid=oid), headers={"accept": accept})
    assert answer.headers["content-type"] == "application/xml"
    assert_covered(answer.headers)


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html"])
def test_other_media_types_that_browsers_run_are_not_served(
    person: httpx2.Client, kind: str
) -> None:
    answer = person.get(f"{REST}/users", headers={"accept": kind})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/xml"


def test_a_stored_script_is_answered_as_a_value_that_nothing_runs(
    person: httpx2.Client, api: Api
) -> None:
    oid = api.create("users", {"name": unique("person")})
    script = {"http://www.w3.org/1999/xhtml#script": "alert(1)"}
    api.modify("users", oid, delta("replace", "extension", {"a": script}))
    answer = person.get(f"{REST}/users/{oid}", headers={"accept": BROWSERS})
    assert "http://www.w3.org/1999/xhtml" in answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert_covered(answer.headers)

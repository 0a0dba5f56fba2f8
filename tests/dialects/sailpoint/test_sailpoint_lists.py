"""Lists and their pages, and who is told what by which header (2.1, 3, 7.5)."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.dialects.sailpoint.speaking import (
    ANNUAL,
    EXPERIMENTAL,
    PREFIXES,
    Speaker,
    token_of,
)
from tests.serving import Api, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import ServerFactory
    from tests.dialects.sailpoint.conftest import SpeakerFactory
    from tests.serving import Server

MANY = 600


@pytest.fixture(scope="module")
def crowded(
    tmp_path_factory: pytest.TempPathFactory, speaker_at: SpeakerFactory
) -> Iterator[tuple[Speaker, list[str]]]:
    """A server with 600 tasks that wait, and four that were run; the oids of the 600."""
    from tests.serving import serving  # noqa: PLC0415  only here

    with serving(tmp_path_factory.mktemp("crowded") / "crowded.db") as server:
        with server.client() as client, ThreadPoolExecutor(8) as pool:
            api = Api(client)
            oids = list(pool.map(lambda _: api.waiting(), range(MANY)))
            for oid in [api.task(schedulingState="ready") for _ in range(4)]:
                api.when_closed(oid)
        yield speaker_at(server), oids


@pytest.mark.parametrize("limit", [None, "250", "97"])
def test_pages_over_many_tasks_lose_and_repeat_none(
    crowded: tuple[Speaker, list[str]], limit: str | None
) -> None:
    speaker, oids = crowded
    size = int(limit or 250)
    seen: list[str] = []
    while True:
        page: dict[str, Any] = {"offset": len(seen)} | ({} if limit is None else {"limit": limit})
        found = speaker.listed(**page)
        seen += [each["id"] for each in found]
        if len(found) < size:
            break
    assert len(seen) == len(set(seen)) == MANY + 4
    assert set(oids) < set(seen)


def test_the_newest_come_first_unless_told_otherwise(
    crowded: tuple[Speaker, list[str]],
) -> None:
    speaker, _ = crowded

    def keys(**sorters: str) -> list[tuple[str, str]]:
        return [(each["created"], each["id"]) for each in speaker.listed(limit=250, **sorters)]

    assert keys() == keys(sorters="-created") == sorted(keys(), reverse=True)
    assert keys(sorters="created") == sorted(keys(sorters="created"))
    assert keys(sorters="created")[0] < keys()[-1]


def test_the_number_is_that_of_all_matches(crowded: tuple[Speaker, list[str]]) -> None:
    speaker, oids = crowded
    for parameters, number in (
        ({}, MANY + 4),
        ({"limit": "0"}, MANY + 4),
        ({"offset": "5000"}, MANY + 4),
        ({"filters": "completionStatus eq success"}, 4),
        ({"filters": f'id in ("{oids[0]}", "{oids[1]}", "x")', "limit": "1"}, 2),
    ):
        query = {"count": "true", **parameters}
        answer = speaker.ask("GET", "/v2025/task-status", params=query)
        assert answer.headers["x-total-count"] == str(number)
    assert "x-total-count" not in speaker.ask("GET", "/v2025/task-status").headers
    unasked = speaker.ask("GET", "/v2025/task-status?count=false")
    assert "x-total-count" not in unasked.headers


def test_a_page_past_the_end_and_a_page_of_none_are_empty(
    crowded: tuple[Speaker, list[str]],
) -> None:
    speaker, _ = crowded
    assert speaker.listed(offset=MANY + 4) == []
    assert speaker.listed(limit=0) == []


@pytest.mark.parametrize("version", PREFIXES)
def test_early_versions_list_what_is_done_and_later_ones_all(
    crowded: tuple[Speaker, list[str]], version: str
) -> None:
    speaker, _ = crowded
    found = speaker.listed(version)
    if version in ("beta", "v2024"):
        assert len(found) == 4
        assert {each["completionStatus"] for each in found} == {"SUCCESS"}
    else:
        assert len(found) == 250
        assert {each["completionStatus"] for each in found} == {"SUCCESS", None}


@pytest.mark.parametrize("version", ANNUAL)
def test_pending_tasks_are_those_that_are_not_done(
    crowded: tuple[Speaker, list[str]], version: str
) -> None:
    speaker, oids = crowded
    path = f"/{version}/task-status/pending-tasks"
    answer = speaker.ask("GET", path, params={"count": "true", "limit": "3"})
    assert answer.headers["x-total-count"] == str(MANY)
    assert answer.headers["x-deprecated"] == "true"
    assert len(answer.json()) == 3
    assert {each["id"] for each in answer.json()} < set(oids)
    head = speaker.ask("HEAD", path, params={"count": "true"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["x-total-count"] == str(MANY)
    assert head.headers["x-deprecated"] == "true"


def test_where_nothing_is_pending_the_list_is_empty(
    make_server: ServerFactory, speaker_at: SpeakerFactory
) -> None:
    answer = speaker_at(make_server()).ask("GET", "/beta/task-status/pending-tasks")
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("version", PREFIXES)
def test_latest_says_which_version_it_is(sailpoint: Speaker, version: str) -> None:
    answer = sailpoint.ask("GET", PREFIXES[version], params={"limit": 0})
    wanted = "v2026" if version == "latest" else None
    assert answer.headers.get("x-sailpoint-route-version") == wanted


def test_header_names_keep_their_case_on_the_wire(server: Server) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    headers = EXPERIMENTAL | {"Authorization": f"Bearer {token_of(server.url)}"}
    connection.request("GET", "/beta/task-status/pending-tasks?count=true", headers=headers)
    answer = connection.getresponse()
    names = {name for name, _ in answer.getheaders()}
    answer.read()
    connection.close()
    assert {"X-Total-Count", "X-Deprecated", "SLPT-Request-ID", "Cache-Control"} <= names


@pytest.mark.parametrize(
    "path", ["/v2025/task-status/", "//v2025//task-status", "/task-status/v1/", "//task-status/v1"]
)
def test_slashes_too_many_do_not_matter(sailpoint: Speaker, path: str) -> None:
    answer = sailpoint.client.get(str(sailpoint.client.base_url).rstrip("/") + path + "?limit=0")
    assert (answer.status_code, answer.json()) == (200, [])


def test_patch_meets_no_redirect(sailpoint: Speaker, api: Api) -> None:
    url = f"/v2025/task-status/{api.task()}/"
    answer = sailpoint.ask("PATCH", url, json=[])
    assert answer.status_code == 200


def test_the_unprefixed_route_is_v2024s_and_only_for_one(sailpoint: Speaker, api: Api) -> None:
    oid = api.task(name=unique("alias"))
    assert sailpoint.client.get(f"/task-status/{oid}").status_code == 400
    answer = sailpoint.ask("GET", f"/task-status/{oid}")
    assert answer.json() == sailpoint.status(oid, "v2024")
    assert sailpoint.ask("GET", "/task-status").status_code == 501


def test_head_is_get_without_a_body(sailpoint: Speaker, api: Api) -> None:
    url = f"/v2025/task-status/{api.task()}"
    head, get = sailpoint.ask("HEAD", url), sailpoint.ask("GET", url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))

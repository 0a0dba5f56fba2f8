"""What clients that are out there really send, and what they can read: one test a case."""

from __future__ import annotations

import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

from tests.dialects.sailpoint.speaking import (
    ANNUAL,
    PREFIXES,
    SEED,
    Speaker,
    assert_error,
    assert_one_key,
    put,
    token_of,
)
from tests.serving import Api, unique, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import ServerFactory
    from tests.dialects.sailpoint.conftest import SpeakerFactory
    from tests.serving import Server

#: Ids of a UUID as clients write them.
SPELLINGS = {
    "with dashes": str,
    "without dashes": lambda oid: oid.replace("-", ""),
    "in capitals": str.upper,
    "in capitals without dashes": lambda oid: oid.replace("-", "").upper(),
}
ONE = [*PREFIXES.values(), "/task-status"]
LISTS = [prefix for version, prefix in PREFIXES.items() if version not in ("beta", "v2024")]
PENDING = [f"/{version}/task-status/pending-tasks" for version in ANNUAL]
PROCESSES = [*(f"/{version}/identities/process" for version in ANNUAL), "/identities/v1/process"]
#: Statuses that the vendor's documents list for a PATCH.
OF_PATCH = {200, 400, 401, 403, 404, 429, 500}
NIGHTLY = {"cronLikePattern": "0 0 3 * * ?"}
FAR = {"earliestStartTime": "2099-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def user(api: Api) -> str:
    """Somebody who can be processed."""
    return api.create("users", {"name": unique("identity")})


@pytest.fixture(scope="module")
def machine(server: Server, client: httpx2.Client, speaker_at: SpeakerFactory) -> Speaker:
    """A client of its own with all rights, behind which no user stands."""
    name = unique("machine").replace(" ", "-")
    body = {"name": name, "secret": "a machine's secret", "roles": ["superuser"]}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 201
    return speaker_at(server, name, "a machine's secret")


# ---- SP-1: booleans ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PREFIXES.values(), *PENDING])
@pytest.mark.parametrize("text", ["true", "True", "TRUE", "false", "False", "FALSE"])
def test_booleans_are_read_in_any_case(sailpoint: Speaker, path: str, text: str) -> None:
    answer = sailpoint.ask("GET", f"{path}?limit=1&count={text}")
    assert answer.status_code == 200
    assert ("X-Total-Count" in answer.headers) is (text.lower() == "true")


@pytest.mark.parametrize("text", ["True", "TRUE"])
def test_midpoint_reads_booleans_in_any_case_too(api: Api, text: str) -> None:
    query = {"query": {"paging": {"maxSize": 1}}}
    answer = api.client.post(f"/users/search?returnTotalCount={text}", json=query)
    assert answer.status_code == 200
    assert answer.headers["x-total-count"]


# ---- SP-2: nothing null that an older page forbids ----------------------------------------------


def kinds(api: Api, owner: str) -> Iterator[dict[str, Any]]:
    """Items of 57 kinds of tasks: what they work on, for whom and when, and where they stand."""
    bare = api.create("archetypes", {"name": unique("without a description")})
    told = api.create("archetypes", {"name": unique("with one"), "description": "of us"})
    parent = api.get("tasks", api.task())["taskIdentifier"]
    work: list[dict[str, Any]] = [
        {},
        {"activity": {"work": {"recomputation": {"objects": {"type": "UserType"}}}}},
        {"activity": {"work": {"focusValidityScan": {}}}},
    ]
    more: list[dict[str, Any]] = [
        {},
        {"description": "about it"},
        {"parent": parent},
        {"objectRef": {"oid": owner, "type": "c:UserType"}},
        {"objectRef": {"oid": owner, "type": "c:ResourceType"}},
        {"objectRef": {"oid": bare, "type": "c:ArchetypeType"}},
        {"ownerRef": {"oid": owner, "type": "c:UserType"}},
        {"assignment": [{"targetRef": {"oid": bare, "type": "c:ArchetypeType"}}]},
        {"assignment": [{"targetRef": {"oid": told, "type": "c:ArchetypeType"}}]},
        {"schedule": {"recurrence": "recurring"}},
        {"schedule": NIGHTLY},
        {"schedule": FAR, "schedulingState": "ready"},
        {"schedule": {"interval": 86_400}, "schedulingState": "ready"},
        {"schedulingState": "ready"},
        {"schedulingState": "waiting"},
        {"schedulingState": "waiting", "waitingReason": "otherTasks"},
        {"schedulingState": "closed"},
        {"schedulingState": "ready", "ownerRef": {"oid": owner, "type": "c:UserType"}},
        {"extension": {"note": "x"}, "schedulingState": "suspended"},
    ]
    for of_work, further in itertools.product(work, more):
        yield of_work | further


def test_every_kind_of_task_is_as_the_first_page_described_it_on_all_mounts(
    make_server: ServerFactory, speaker_at: SpeakerFactory
) -> None:
    server = make_server()
    with server.client() as client, ThreadPoolExecutor(4) as pool:
        api = Api(client)
        user = api.create("users", {"name": "somebody"})
        oids = [api.task(**items) for items in kinds(api, user)]
        assert len(oids) == 57
        speaker = speaker_at(server)
        urls = [f"{prefix}/{oid}" for prefix in ONE for oid in oids]
        for url, answer in zip(
            urls, pool.map(lambda url: speaker.ask("GET", url), urls), strict=True
        ):
            assert answer.status_code == 200, url
            assert [fault.message for fault in SEED.iter_errors(answer.json())] == [], url
        for version in PREFIXES:
            speaker.listed(version)


@pytest.mark.parametrize("mount", ONE)
def test_an_archetype_without_a_description_has_an_empty_one(
    sailpoint: Speaker, api: Api, mount: str
) -> None:
    oid = api.create("archetypes", {"name": unique("Utility task")})
    assigned = [{"targetRef": {"oid": oid, "type": "c:ArchetypeType"}}]
    view = sailpoint.ask("GET", f"{mount}/{api.task(assignment=assigned)}").json()
    assert view["taskDefinitionSummary"]["description"] == ""


# ---- SP-3: a definition is no run -----------------------------------------------------------------


PLANNED: dict[str, dict[str, Any]] = {
    "suspended since its birth": {},
    "suspended, and nightly": {"schedule": NIGHTLY},
    "nightly": {"schedule": NIGHTLY, "schedulingState": "ready"},
    "timed for 2099": {"schedule": FAR, "schedulingState": "ready"},
    "on demand": {"schedule": {"recurrence": "recurring"}, "schedulingState": "ready"},
}


@pytest.mark.parametrize("items", PLANNED.values(), ids=PLANNED)
def test_what_is_only_planned_is_in_no_list_until_it_is_launched(
    sailpoint: Speaker, api: Api, items: dict[str, Any]
) -> None:
    work = {"noOp": {"steps": 5_000, "delay": 20}}
    source = str(uuid4())
    oid = api.task(work, **items, objectRef={"oid": source, "type": "c:ResourceType"})

    def seen() -> set[str]:
        asked = f'sourceId eq "{source}" and completionStatus isnull'
        pages = [sailpoint.ask("GET", path).json() for path in PENDING]
        pages += [sailpoint.listed(version, filters=asked) for version in ("v2025", "v1")]
        pages += [sailpoint.listed(version) for version in PREFIXES]
        return {each["id"] for page in pages for each in page}

    assert oid not in seen()
    assert sailpoint.status(oid)["completionStatus"] is None
    if "schedulingState" not in items:
        assert api.operate(oid, "resume").status_code == 202
        assert (oid in seen()) is ("schedule" not in items)
    assert api.operate(oid, "run").status_code == 204
    assert oid in seen()
    sailpoint.clear(oid)


def test_pending_tasks_are_not_counted_before_they_are_launched(
    sailpoint: Speaker, api: Api
) -> None:
    def counted() -> str:
        answer = sailpoint.ask("HEAD", "/v2024/task-status/pending-tasks?count=true")
        return str(answer.headers["X-Total-Count"])

    before = counted()
    for items in PLANNED.values():
        api.task(**items)
    assert counted() == before


def test_a_task_that_finds_no_place_is_pending_from_the_moment_it_is_due(
    make_server: ServerFactory, speaker_at: SpeakerFactory
) -> None:
    server = make_server(max_running_tasks=1)
    speaker = speaker_at(server)
    with server.client() as client:
        api = Api(client)
        api.running()
        oid = api.task(schedulingState="ready")
        assert oid in {each["id"] for each in speaker.listed()}


def test_who_waits_until_nothing_is_pending_comes_to_an_end(
    make_server: ServerFactory, speaker_at: SpeakerFactory
) -> None:
    server = make_server()
    speaker = speaker_at(server)
    with server.client() as client:
        api = Api(client)
        for items in PLANNED.values():
            api.task(**items)
        run = [
            api.task({"noOp": {"steps": 20, "delay": 20}}, schedulingState="ready") for _ in "ab"
        ]
        assert speaker.listed(filters="completionStatus isnull")
        wait_until(lambda: not speaker.listed(filters="completionStatus isnull"))
        assert speaker.ask("GET", "/v2025/task-status/pending-tasks").json() == []
        assert {each["id"] for each in speaker.listed()} == set(run)
        assert {speaker.status(oid)["completionStatus"] for oid in run} == {"SUCCESS"}


# ---- SP-4: ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", ONE)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_an_id_is_read_in_any_spelling(
    sailpoint: Speaker, api: Api, mount: str, spell: Any
) -> None:
    oid = api.task(oid="00eebcf8-8199-4e41-9d72-" + unique("").replace(" ", "").zfill(12)[-12:])
    assert sailpoint.ask("GET", f"{mount}/{spell(oid)}").json()["id"] == oid
    headers = {"content-type": "application/json-patch+json"}
    answer = sailpoint.ask("PATCH", f"{mount}/{spell(oid)}", json=[], headers=headers)
    assert answer.json()["id"] == oid


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_ids_in_filters_are_read_in_any_spelling(sailpoint: Speaker, api: Api, spell: Any) -> None:
    source = str(uuid4())
    reference = {"oid": source, "type": "c:ResourceType"}
    nobody = {"oid": api.create("users", {"name": unique("nobody")}), "type": "c:UserType"}
    oid = api.waiting(objectRef=reference, ownerRef=nobody)
    assert api.client.delete(f"/users/{nobody['oid']}").status_code == 204
    assert sailpoint.ids(f'id eq "{spell(oid)}"') == {oid}
    assert sailpoint.ids(f'id in ("{spell(oid)}", "{source}")') == {oid}
    assert sailpoint.ids(f'sourceId eq "{spell(source)}"') == {oid}
    assert sailpoint.ids(f'launcher eq "{spell(nobody["oid"])}"') == {oid}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_ids_of_identities_are_read_in_any_spelling(
    sailpoint: Speaker, user: str, spell: Any
) -> None:
    body = {"identityIds": [spell(user), user]}
    assert sailpoint.ask("POST", "/v2025/identities/process", json=body).status_code == 202


def test_ids_are_written_without_dashes_where_that_is_set(
    make_server: ServerFactory, speaker_at: SpeakerFactory
) -> None:
    server = make_server(sailpoint_ids="compact")
    speaker = speaker_at(server)
    with server.client() as client:
        api = Api(client)
        source = str(uuid4())
        user = api.create("users", {"name": "somebody"})
        gone = "00000000-0000-4000-8000-0000000000ff"
        oid = api.waiting(
            objectRef={"oid": source, "type": "c:ResourceType"},
            ownerRef={"oid": gone, "type": "c:UserType"},
        )
    view = speaker.status(oid)
    ids = [view["id"], view["target"]["id"], view["launcher"], view["taskDefinitionSummary"]["id"]]
    assert ids[:3] == [each.replace("-", "") for each in (oid, source, gone)]
    processed = speaker.ask("POST", "/v2025/identities/process", json={"identityIds": [user]})
    form = {"grant_type": "client_credentials"}
    granted = httpx2.post(f"{server.url}/oauth/token", data=form, auth=_login()).json()
    ids += [processed.json()["id"], granted["identity_id"], granted["user_id"]]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids), ids
    assert speaker.status(view["id"]) == view
    assert speaker.ids(f'sourceId eq "{view["target"]["id"]}"') == {view["id"]}


def _login() -> tuple[str, str]:
    from tests.serving import CLIENT, SECRET  # noqa: PLC0415  only here

    return CLIENT, SECRET


# ---- SP-5, SP-6: routes that each generation knows ---------------------------------------------


@pytest.mark.parametrize("path", PROCESSES)
def test_identities_are_processed_on_all_mounts_also_for_a_client_without_a_user(
    sailpoint: Speaker, machine: Speaker, user: str, api: Api, path: str
) -> None:
    for speaker, launcher in ((sailpoint, "administrator"), (machine, "administrator")):
        answer = speaker.ask("POST", path, json={"identityIds": [user]})
        assert answer.status_code == 202, answer.text
        assert set(answer.json()) == {"type", "id", "name"}
        oid = answer.json()["id"]
        api.when_closed(oid)
        view = sailpoint.status(oid)
        assert (view["completionStatus"], view["launcher"]) == ("SUCCESS", launcher)


def test_a_client_that_may_not_make_tasks_has_none_made_for_it(
    server: Server, client: httpx2.Client, speaker_at: SpeakerFactory, user: str
) -> None:
    name = unique("writing").replace(" ", "-")
    body = {"name": name, "secret": "a writer's secret", "roles": ["apiwrite"]}
    assert client.post(f"{server.url}/-/clients", json=body).status_code == 201
    writing = speaker_at(server, name, "a writer's secret")
    answer = writing.ask("POST", PROCESSES[0], json={"identityIds": [user]})
    assert_error(answer, 403, "403 Forbidden")
    assert "has no right to" in answer.json()["causes"][0]["text"]


# ---- SP-7, SP-12, SP-15: the vendor's error form everywhere ------------------------------------


@pytest.mark.parametrize(
    "path", ["/v3/task-status", "/v3/sources", "/sources/v1", "/cc/api/x", "/v2027/task-status"]
)
def test_a_path_of_the_vendors_that_is_not_served_asks_for_a_token_and_says_what_is(
    anonymous: httpx2.Client, sailpoint: Speaker, path: str
) -> None:
    assert_one_key(anonymous.get(path), 401, "error", "JWT is required")
    text = assert_error(sailpoint.ask("GET", path), 501, "501 Not implemented")
    assert f"GET {path} is not served here." in text
    assert "/task-status/v1" in text


def test_a_refusal_says_why_among_its_causes(machine: Speaker, api: Api) -> None:
    answer = machine.patch(api.task(), put("completionStatus", "ERROR"))
    assert_error(answer, 403, "403 Forbidden")
    [cause] = answer.json()["causes"]
    assert cause == {
        "locale": "en-US",
        "localeOrigin": "DEFAULT",
        "text": "Only a client that stands for a user may do this.",
    }


def test_a_refused_login_says_how_to_log_in(server: Server, anonymous: httpx2.Client) -> None:
    assert anonymous.get("/v2025/task-status").headers["www-authenticate"] == "Bearer"
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
    refused = anonymous.post("/oauth/token", data=form)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Basic realm="taskgate"'


# ---- SP-9: modified --------------------------------------------------------------------------------------


def test_modified_moves_with_the_run_and_with_what_is_told(sailpoint: Speaker, api: Api) -> None:
    oid = api.task()
    made = sailpoint.status(oid)
    assert made["modified"] == made["created"]
    api.operate(oid, "resume")
    api.when_closed(oid)
    done = sailpoint.status(oid)
    assert done["modified"] == done["completed"] > made["modified"]
    before = datetime.now(UTC)
    told = sailpoint.clear(oid, at="2024-05-17T19:33:16.470Z")
    assert told["completed"] == "2024-05-17T19:33:16.470Z"
    assert datetime.fromisoformat(told["modified"]).timestamp() >= before.timestamp() - 0.001
    assert sailpoint.status(oid) == told


# ---- SP-10, SP-11: bodies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", ONE)
def test_a_byte_order_mark_is_read_over(sailpoint: Speaker, api: Api, mount: str) -> None:
    headers = {"content-type": "application/json-patch+json"}
    url = f"{mount}/{api.task()}"
    answer = sailpoint.ask("PATCH", url, content=b"\xef\xbb\xbf[]", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("media_type", [None, "application/json-patch+json", "application/xml"])
@pytest.mark.parametrize("body", [b"", b" \r\n"])
@pytest.mark.parametrize("path", [*(f"{mount}/ID" for mount in ONE), *PROCESSES])
def test_a_request_without_a_body_lacks_data_whatever_it_says_it_has(
    sailpoint: Speaker, api: Api, path: str, body: bytes, media_type: str | None
) -> None:
    method = "POST" if path.endswith("process") else "PATCH"
    headers = {} if media_type is None else {"content-type": media_type}
    url = path.replace("ID", api.task())
    answer = sailpoint.ask(method, url, content=body, headers=headers)
    assert_error(answer, 400, "400.1.0 Required data missing or empty")
    assert answer.status_code in OF_PATCH


# ---- SP-14: the header, by version and service ---------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "asked"),
    [
        ("v2024", {"/v2024/task-status", "/v2024/identities/process"}),
        ("v2024/task-status", {"/v2024/task-status"}),
        (
            "v2025/identities, v1/identities",
            {"/v2025/identities/process", "/identities/v1/process"},
        ),
        ("v1", {"/task-status/v1", "/identities/v1/process"}),
        ("none", set()),
    ],
)
def test_the_experimental_header_can_be_asked_for_by_one_service_of_a_version(
    make_server: ServerFactory, speaker_at: SpeakerFactory, setting: str, asked: set[str]
) -> None:
    server = make_server(sailpoint_experimental=setting)
    speaker = speaker_at(server)
    for path in (*PREFIXES.values(), *PROCESSES):
        method = "POST" if path.endswith("process") else "GET"
        answer = speaker.client.request(method, path)
        is_asked = "Experimental" in answer.json().get("error", "") if answer.is_error else False
        assert is_asked is (path in asked), path
    described = httpx2.get(f"{server.url}/openapi/sailpoint.json").json()["paths"]
    for path in (*PREFIXES.values(), *PROCESSES):
        [operation] = [described[path][method] for method in described[path]]
        required = [each for each in operation["parameters"] if each["required"]]
        assert bool(required) is (path in asked), path


# ---- what PowerShell sends -----------------------------------------------------------------------------


def test_powershells_requests_are_served_as_they_are(server: Server, api: Api) -> None:
    """The base URL ends in a slash, booleans are .NET's, the form has parts, the header is sent."""
    login = dict(zip(("client_id", "client_secret"), _login(), strict=True))
    parts = {
        key: (None, each) for key, each in ({"grant_type": "client_credentials"} | login).items()
    }
    granted = httpx2.post(f"{server.url}//oauth/token", files=parts)
    headers = {
        "Authorization": f"Bearer {granted.json()['access_token']}",
        "X-SailPoint-Experimental": "True",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    oid = api.waiting()
    for version in ("beta", "v2024", "v2025", "v2026"):
        base = f"{server.url}//{version}"
        query = f"limit=1&offset=0&count=True&filters=id%20eq%20%22{oid}%22"
        listed = httpx2.get(f"{base}/task-status?{query}", headers=headers)
        is_late = version > "v2024"
        assert (listed.status_code, listed.headers["x-total-count"]) == (200, str(int(is_late)))
        pending = f"{base}/task-status/pending-tasks?count=False"
        answers = [httpx2.request(method, pending, headers=headers) for method in ("GET", "HEAD")]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert httpx2.get(f"{base}/task-status/{oid}", headers=headers).json()["id"] == oid
    patched = httpx2.patch(
        f"{server.url}//v2025/task-status/{oid}",
        content=b'\xef\xbb\xbf[{"op":"replace","path":"/completionStatus","value":"ERROR"}]',
        headers=headers | {"Content-Type": "application/json-patch+json"},
    )
    assert patched.json()["completionStatus"] == "ERROR"
    assert token_of(server.url)


@pytest.mark.parametrize("prefix", ["", "/gate"])
def test_ids_with_slashes_are_read_behind_a_proxy_that_keeps_its_prefix(
    make_server: ServerFactory, speaker_at: SpeakerFactory, prefix: str
) -> None:
    speaker = speaker_at(make_server(public_url="http://gate.example/gate"))
    assert speaker.ask("GET", f"{prefix}/v2025/task-status").json() == []
    assert_error(speaker.ask("GET", f"{prefix}/v2025/task-status/a%2Fb"), 404, "404 Not found")

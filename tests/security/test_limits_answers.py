"""Pages that would be too large, and large objects: nobody else waits for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import pytest

from gateway.dialects.midpoint.reply import reply_for
from gateway.dialects.midpoint.views.large import is_handy, write_objects
from gateway.dialects.midpoint.views.representation import Representation
from gateway.errors import TooLarge
from gateway.http.exchange import PIECE, Answer, AnswerSize
from gateway.model.documents import StoredObject
from gateway.store.cache import LARGE, ObjectCache
from tests.dialects.itential.operators import Office, manual
from tests.serving import CLIENT, SECRET, Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.conftest import ServerFactory
    from tests.serving import Server

LEAST = 65_536


@pytest.fixture
def small(make_server: ServerFactory) -> Server:
    return make_server(max_answer=LEAST)


@pytest.fixture
def api(small: Server) -> Iterator[Api]:
    with small.client() as client:
        yield Api(client)


@pytest.mark.parametrize("form", ["json", "xml", "yaml"])
def test_a_page_that_is_too_large_is_refused_with_the_way_to_smaller_ones(
    api: Api, form: str
) -> None:
    for number in range(5):
        api.create("users", {"name": f"user {number}", "description": "d" * 20_000})
    accept = {"accept": f"application/{form}"}
    answer = api.client.get("/users", headers=accept)
    assert answer.status_code == 413
    assert "TASKGATE_MAX_ANSWER" in answer.text
    query = {"query": {"paging": {"maxSize": 2}}}
    answer = api.client.post("/users/search", json=query, headers=accept)
    assert answer.status_code == 200
    assert len(answer.content) > 20_000


def test_itential_pages_are_refused_the_same_way(small: Server) -> None:
    office = Office(small)
    office.keep(manual("waits"))
    engineer = office.person("engineering")
    for _ in range(3):
        job = engineer.start("waits", variables={"long": "x" * 30_000})
        engineer.waiting(job)
    for path in ("jobs", "jobs?include=variables"):
        answer = engineer.client.get(f"/operations-manager/{path}")
        assert answer.status_code == 413
        assert "TASKGATE_MAX_ANSWER" in answer.text
    assert len(engineer.get("/jobs", limit=1)) == 1
    assert len(engineer.get("/tasks")) == 3
    engineer.client.close()
    office.close()


def test_sailpoint_pages_are_refused_the_same_way(api: Api, small: Server) -> None:
    for number in range(120):
        api.task(name=f"{number} " + "n" * 600, schedulingState="ready")
    with httpx2.Client(base_url=small.url, timeout=30) as client:
        form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        token = client.post("/oauth/token", data=form).json()["access_token"]
        bearer = {"authorization": f"Bearer {token}"}
        answer = client.get("/v2025/task-status", headers=bearer)
        assert answer.status_code == 413
        assert "TASKGATE_MAX_ANSWER" in answer.text
        assert client.get("/v2025/task-status?limit=10", headers=bearer).status_code == 200


def test_the_size_of_an_answer_counts_on() -> None:
    size = AnswerSize(limit=10)
    size.add(6)
    with pytest.raises(TooLarge, match="paging"):
        size.add(5)


async def test_a_long_answer_goes_out_in_pieces() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    body = bytes(range(256)) * (PIECE // 100)
    await Answer(status=200, body=body).send(send)
    bodies = [each for each in sent if each["type"] == "http.response.body"]
    assert b"".join(each["body"] for each in bodies) == body
    assert max(len(each["body"]) for each in bodies) == PIECE
    assert [each.get("more_body", False) for each in bodies] == [True, True, False]


@pytest.fixture
def threads() -> list[str]:
    return []


def noting(threads: list[str]) -> Callable[[str, bytes], bytes]:
    def write(type_name: str, members: bytes) -> bytes:
        threads.append(threading.current_thread().name)
        return members

    return write


@pytest.mark.parametrize(("length", "is_here"), [(10, True), (100_000, False)])
async def test_large_objects_are_written_in_a_thread(
    threads: list[str], length: int, is_here: bool
) -> None:
    large = Representation.from_view("UserType", {"description": "d" * length})
    assert [each async for each in write_objects(noting(threads), [large])]
    assert (threads == [threading.current_thread().name]) is is_here
    assert is_handy(large, reply_for("application/xml")) is is_here
    assert is_handy(large, reply_for("application/json"))


@pytest.mark.parametrize(("size", "is_here"), [(10, True), (LARGE + 1, False)])
async def test_large_objects_are_made_ready_in_a_thread(
    threads: list[str], size: int, is_here: bool
) -> None:
    class Store:
        def subscribe(self, _: object) -> None:
            """Nothing changes."""

        async def get_many(self, oids: Sequence[str]) -> dict[str, StoredObject]:
            return {
                oid: StoredObject(oid=oid, type="UserType", version=1, items={}, size=size)
                for oid in oids
            }

    def make(stored: StoredObject) -> str:
        threads.append(threading.current_thread().name)
        return stored.oid

    kept = ObjectCache(Store(), make, len, 1_000)  # type: ignore[arg-type]
    assert await kept.get_many(["a"]) == {"a": "a"}
    assert (threads == [threading.current_thread().name]) is is_here


def test_a_large_object_is_the_same_in_all_forms(api: Api) -> None:
    oid = api.create("users", {"name": "large", "description": "d" * 50_000})
    for form in ("json", "xml", "yaml"):
        answers = [
            api.client.get(f"/users/{oid}", headers={"accept": f"application/{form}"})
            for _ in range(2)
        ]
        assert answers[0].content == answers[1].content
        assert b"d" * 50_000 in answers[0].content
    assert orjson.loads(api.client.get(f"/users/{oid}").content)["user"]["name"] == "large"

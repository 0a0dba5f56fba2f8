"""Jobs under a server that is killed again and again: they end as if nothing had happened."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.dialects.itential.operators import Office, Person, sample
from tests.serving import PASSWORD, serving, wait_until

if TYPE_CHECKING:
    from pathlib import Path

JOBS, KILLS = 30, 6
#: A step after the other, with a task that works for a moment in between.
CHAIN: dict[str, Any] = {
    "name": "Through fire",
    "tasks": {
        "a1": {
            "name": "newVariable",
            "app": "WorkFlowEngine",
            "variables": {"incoming": {"name": "seen", "value": ["a1"]}},
        },
        "a2": {
            "name": "noOp",
            "app": "Taskgate",
            "variables": {"incoming": {"steps": 3, "delay": 30}},
        },
        "a3": {
            "name": "push",
            "app": "WorkFlowEngine",
            "variables": {
                "incoming": {"arr": "$var.job.seen", "item": "a3"},
                "outgoing": {"result": "$var.job.seen"},
            },
        },
    },
    "transitions": {
        "workflow_start": {"a1": {"state": "success", "type": "standard"}},
        "a1": {"a2": {"state": "success", "type": "standard"}},
        "a2": {"a3": {"state": "success", "type": "standard"}},
        "a3": {"workflow_end": {"state": "success", "type": "standard"}},
    },
}


def administrator(url: str) -> Person:
    client = httpx2.Client(base_url=url, timeout=30)
    login = {"user": {"username": "administrator", "password": PASSWORD}}
    assert client.post("/login", json=login).status_code == 200
    return Person("administrator", client)


def count(person: Person, **filters: str) -> int:
    answer = person.client.get("/operations-manager/jobs", params={"limit": 1, **filters})
    return int(answer.json()["metadata"]["total"])


def everything(person: Person, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = person.get(path, limit=500, skip=len(found))
        found += page
        if len(page) < 500:
            return found


@pytest.mark.timeout(300)
def test_no_step_is_lost_and_none_is_done_twice(tmp_path: Path) -> None:
    database, chance = tmp_path / "crash.db", random.Random(20261122)
    with serving(database) as server:
        office = Office(server)
        office.keep(CHAIN, sample("loop-over-users"), sample("child-job"))
        person = office.of("administrator")
        for _ in range(JOBS):
            person.start("Through fire")
            person.start("Greet two teams")
        office.close()
        server.kill()
    for _ in range(KILLS):
        with serving(database) as server:
            time.sleep(chance.uniform(0.05, 0.6))
            server.kill()
    with serving(database) as server:
        person = administrator(server.url)
        wait_until(lambda: count(person, **{"equals[status]": "running"}) == 0, 120)
        jobs = everything(person, "/jobs")
        items = everything(person, "/tasks")
        person.client.close()
        query = {"query": {"filter": {"text": "name contains 'Through fire: a2'"}}}
        with server.client() as client:
            tasks = client.post("/tasks/search", json=query)
    assert Counter((job["name"], job["status"]) for job in jobs) == {
        ("Through fire", "complete"): JOBS,
        ("Greet two teams", "complete"): JOBS,
        ("Loop over users", "complete"): 2 * JOBS,
    }
    for job in jobs:
        if job["name"] == "Through fire":
            assert job["variables"]["seen"] == ["a1", "a3"]
    done = Counter((item["job"]["name"], item["job"]["task"], item["status"]) for item in items)
    assert done == {
        ("Through fire", "a1", "complete"): JOBS,
        ("Through fire", "a2", "complete"): JOBS,
        ("Through fire", "a3", "complete"): JOBS,
        ("Greet two teams", "a1", "complete"): JOBS,
        ("Loop over users", "a1", "complete"): 2 * JOBS,
        ("Loop over users", "b1", "complete"): 3 * JOBS,
        ("Loop over users", "b2", "complete"): 3 * JOBS,
        ("Loop over users", "c1", "complete"): 2 * JOBS,
    }
    assert len(tasks.json()["object"]["object"]) == JOBS

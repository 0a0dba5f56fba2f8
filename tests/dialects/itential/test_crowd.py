"""Many people claim the same tasks at random: every task has one owner, and nothing is lost."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office, Person

CALLERS, TASKS = 20, 60


def test_every_claimed_task_has_one_owner_and_every_release_counts(office: Office) -> None:
    engineer = office.of("engineering")
    name = office.manual("a1")
    jobs = [engineer.start(name) for _ in range(TASKS)]
    items = [engineer.waiting(job) for job in jobs]
    roles = ("operations", "apiwrite", "engineering")
    people = [office.of(roles[n % len(roles)]) for n in range(CALLERS)]

    def work(seed: int) -> Counter[int]:
        chance, answers, person = random.Random(seed), Counter[int](), people[seed]
        cookie = {"cookie": f"token={person.client.cookies['token']}"}
        with httpx2.Client(base_url=str(person.client.base_url), headers=cookie) as client:
            for item in chance.sample(items, TASKS // 2):
                path = f"/operations-manager/tasks/{item}"
                claim = client.post(f"{path}/claim")
                answers[claim.status_code] += 1
                if claim.status_code == 200 and chance.random() < 0.3:
                    # Another session of the same person may have released it already.
                    release = client.post(f"{path}/release").status_code
                    assert release in (200, 409, 403)
        return answers

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = sum(pool.map(work, range(CALLERS)), Counter[int]())
    assert set(answers) <= {200, 409}
    owners = {each.id for each in people}
    filters = {"equals[job.name]": name, "limit": 1000}
    tasks = engineer.get("/tasks", **filters)
    assert len(tasks) == TASKS
    for task in tasks:
        metrics = task["metrics"]
        assert ("owner" in metrics) == ("claim_time" in metrics)
        assert metrics.get("owner") in {None, *owners}
    claimed = [task for task in tasks if "owner" in task["metrics"]]
    assert claimed
    assert_owned_by_one(people, claimed[0]["_id"], claimed[0]["metrics"]["owner"])


def assert_owned_by_one(people: list[Person], item: str, owner: str) -> None:
    """Only the owner's claim succeeds."""
    statuses = {p.id: p.asked(f"/tasks/{item}/claim").status_code for p in people[:3]}
    assert statuses == {p.id: 200 if p.id == owner else 409 for p in people[:3]}

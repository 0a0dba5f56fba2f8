"""Many people claim the same tasks at random: every task has one owner, and nothing is lost.

`CROWD='100 1000'` lets so many callers claim so many tasks; the suite has fewer of both.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.dialects.itential.operators import Office, Person

CALLERS, TASKS = (int(number) for number in os.environ.get("CROWD", "8 60").split())
ROLES = ("operations", "apiwrite", "engineering")


def claim_at_random(person: Person, items: list[str], seed: int) -> tuple[Counter[int], set[str]]:
    """What was answered, and the items that the person has in the end, as far as he was told."""
    chance, answers, held = random.Random(seed), Counter[int](), set[str]()
    for item in chance.choices(items, k=len(items)):
        claim = person.asked(f"/tasks/{item}/claim").status_code
        answers[claim] += 1
        if claim == 200:
            held.add(item)
        if held and chance.random() < 0.3:
            gone = chance.choice(sorted(held))
            release = person.asked(f"/tasks/{gone}/release").status_code
            answers[release] += 1
            if release == 200:
                held.discard(gone)
    return answers, held


def everything(person: Person, name: str) -> list[dict[str, Any]]:
    """All tasks of the workflow's jobs."""
    return [
        task
        for skip in range(0, TASKS, 500)
        for task in person.get("/tasks", **{"equals[job.name]": name, "limit": 500, "skip": skip})
    ]


@pytest.mark.timeout(900)
def test_every_claimed_task_has_one_owner_and_every_release_counts(office: Office) -> None:
    engineer = office.of("engineering")
    name = office.manual("a1")
    items = [engineer.waiting(job) for job in [engineer.start(name) for _ in range(TASKS)]]
    people = [office.person(ROLES[number % len(ROLES)]) for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        came = list(pool.map(lambda n: claim_at_random(people[n], items, n), range(CALLERS)))
    answers = sum((each for each, _ in came), Counter[int]())
    assert set(answers) == {200, 409}  # 409 is somebody else's; nobody's own release is refused
    tasks = everything(engineer, name)
    assert len(tasks) == TASKS
    owners = {task["_id"]: task["metrics"].get("owner") for task in tasks}
    held = {item: person.id for person, (_, own) in zip(people, came, strict=True) for item in own}
    assert sum(len(own) for _, own in came) == len(held)
    assert owners == {item: held.get(item) for item in items}
    for task in tasks:
        assert ("owner" in task["metrics"]) == ("claim_time" in task["metrics"])
    for person in people:
        person.client.close()

"""Jobs that are killed: of each sample workflow, many at a time, again and again.

What a job comes to without any kill is seen first; every other job must come to the same.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from tests.journeys.crash.killing import Findings, finish
from tests.journeys.crash.processes import PATIENCE, kill_group, served
from tests.serving import ROOT

if TYPE_CHECKING:
    import random
    import subprocess
    from pathlib import Path

    from gateway.model.documents import Document

#: Jobs of one run, and how often the server is killed while they run.
JOBS, KILLS = 200, 20
#: Seconds after its first answer within which a server is killed.
LONGEST_LIFE = 0.6
ID = re.compile(r"\b[0-9a-f]{24}\b")
ROLE = "5f0c2b0e-3c65-4a0f-8f6e-0d5a4c3b2a10"
LEAVERS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class JobKind:
    """A workflow, and what its jobs need."""

    name: str
    #: Sample files; the first one is started.
    samples: tuple[str, ...]
    variables: Document = field(default_factory=dict)
    #: The step that a person finishes.
    manual: str | None = None


JOB_KINDS = {
    kind.name: kind
    for kind in (
        JobKind(name="jobs-leaver", samples=("approve-a-leaver",), manual="a1"),
        JobKind(name="jobs-child", samples=("child-job", "loop-over-users")),
        JobKind(name="jobs-retry", samples=("error-handler-and-retry",), manual="b1"),
        JobKind(
            name="jobs-loop",
            samples=("loop-over-users",),
            variables={"users": ["ada", "grace", "katherine"]},
        ),
        JobKind(
            name="jobs-recompute",
            samples=("recompute-a-role-and-notify",),
            variables={"role": ROLE},
        ),
    )
}


class Desk:
    """One server's life: whoever starts jobs and finishes tasks there, until it is gone."""

    def __init__(self, kind: JobKind, client: httpx2.Client, workflow: str) -> None:
        self._kind = kind
        self._client = client
        self._url = str(client.base_url).partition("/midpoint")[0]
        self._workflow = workflow

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, f"{self._url}{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def keep(self, documents: list[Document]) -> None:
        """Import workflows."""
        path = "/automation-studio/automations/import"
        self._send("POST", path, {"automations": documents})

    def people(self) -> None:
        """A role, and leavers who have it."""
        self._client.post("/roles", json={"role": {"oid": ROLE, "name": "Reader"}})
        assignment = {"targetRef": {"oid": ROLE, "type": "RoleType"}}
        for number in range(LEAVERS):
            user = {"name": f"leaver{number}", "lifecycleState": "archived"}
            body = {"user": user | {"assignment": assignment}}
            self._client.post("/users", json=body).raise_for_status()

    def start(self) -> str:
        """The id of a new job."""
        order = {"workflow": self._workflow, "options": {"variables": self._kind.variables}}
        job: str = self._send("POST", "/operations-manager/jobs/start", order)["data"]["_id"]
        return job

    def finish_some(self, limit: int = 20) -> None:
        """End tasks that wait for a person."""
        if self._kind.manual is None:
            return
        query = (
            f"/operations-manager/tasks?equals[type]=manual&equals[status]=running&limit={limit}"
        )
        body = {"taskData": {"finish_state": "success", "variables": {}}}
        for item in self._send("GET", query)["data"]:
            path = f"/jobs/{item['job']['_id']}/tasks/{item['job']['task']}/finish"
            self._send("POST", f"/operations-manager{path}", body)

    def is_busy(self) -> bool:
        """Whether a job runs."""
        query = "/operations-manager/jobs?equals[status]=running&limit=1&include=_id"
        return bool(self._send("GET", query)["metadata"]["total"])

    def to_the_end(self) -> None:
        """Work until no job runs."""
        deadline = time.monotonic() + PATIENCE
        while self.is_busy():
            self.finish_some(500)
            if time.monotonic() > deadline:
                raise TimeoutError("jobs still run")
            time.sleep(0.05)


def killed_jobs(
    kind: JobKind, chance: random.Random, folder: Path, jobs: int = JOBS, kills: int = KILLS
) -> Findings:
    """Start the jobs, a share of them in each of the server's lives, and look what became of them."""
    path = folder / f"{kind.name}-{chance.getrandbits(32):08x}.db"
    documents = [
        orjson.loads((ROOT / "samples" / "itential" / f"{name}.json").read_bytes())
        for name in kind.samples
    ]
    title = str(documents[0]["name"])
    with served(path) as (client, _):
        desk = Desk(kind, client, title)
        desk.people()
        desk.keep(documents)
        model = desk.start()
        desk.to_the_end()
    started = [model]
    for number in range(kills):
        share = (jobs * (number + 1)) // kills - (jobs * number) // kills
        with served(path) as (client, process):
            started += _life(Desk(kind, client, title), process, chance, share)
    findings = Findings(name=kind.name, at=f"{kills} moments", kills=kills)
    begun = time.monotonic()
    with served(path) as (client, _):
        findings.listening = time.monotonic() - begun
        desk = Desk(kind, client, title)
        started += [desk.start() for _ in range(jobs + 1 - len(started))]
        desk.to_the_end()
        findings.seconds = time.monotonic() - begun
    findings.acknowledged = len(started)
    findings.problems += _differences(path, model, started)
    finish(path, findings)
    return findings


def _life(
    desk: Desk, process: subprocess.Popen[str], chance: random.Random, share: int
) -> list[str]:
    """Jobs that were acknowledged before the kill, which comes while more is asked for."""
    started: list[str] = []
    killer = threading.Timer(chance.uniform(0.02, LONGEST_LIFE), kill_group, [process])
    killer.start()
    try:
        for _ in range(share):
            started.append(desk.start())
            desk.finish_some(3)
        while killer.is_alive():
            desk.finish_some()
            time.sleep(0.01)
    except httpx2.TransportError:
        pass  # it was killed
    finally:
        killer.join()
    return started


def _differences(path: Path, model: str, started: list[str]) -> list[str]:
    """Acknowledged jobs that are gone, and jobs that came to something else than the model."""
    with closing(sqlite3.connect(path)) as connection:
        found = _histories(connection)
    lost = [f"{job} was acknowledged and is gone" for job in started if job not in found]
    wanted = found.get(model)
    other = [
        f"{job} came to {found[job] - wanted} instead of {wanted - found[job]}"
        for job in found
        if wanted is not None and found[job] != wanted
    ]
    return lost + other


def _plain(variables: str) -> bytes:
    """Variables without ids, children in the order of what they were started for."""
    found = orjson.loads(ID.sub("id", variables))
    for value in found.values():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value.sort(key=lambda each: each.get("childJobLoopIndex", 0))
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)


def _histories(connection: sqlite3.Connection) -> dict[str, Counter[Any]]:
    """By root job: what it, its children and the tasks of their steps have come to, and how often."""
    found: dict[str, Counter[Any]] = {}
    jobs = connection.execute(
        "SELECT doc ->> '$.ancestors[0]', title, status, "
        "json_remove(doc -> '$.walk.variables', '$._id', '$.members') FROM job"
    )
    items = connection.execute(
        "SELECT doc ->> '$.ancestors[0]', step, title, status, finish FROM work_item"
    )
    tasks = connection.execute(
        "SELECT j.doc ->> '$.ancestors[0]', c.scheduling_state, c.result_status, "
        "(SELECT sum(b.succeeded + b.failed + b.skipped) FROM run r JOIN bucket b ON b.run = r.id "
        "WHERE r.task = c.seq) FROM job j JOIN task t ON t.seq = j.seq "
        "JOIN task c ON c.parent = t.identifier"
    )
    told = ((root, title, status, _plain(variables)) for root, title, status, variables in jobs)
    for rows in (told, items, tasks):
        for root, *facts in rows:
            found.setdefault(root, Counter())[tuple(facts)] += 1
    return found

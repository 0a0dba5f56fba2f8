"""A thousand tasks that run, all suspended by their callers: when does the last item end?"""

from __future__ import annotations

import random
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.data import MOUNT, created, fill, opened, person, watched
from tests.benchmarks.figures import Line
from tests.benchmarks.servers import Client, gateway_server

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from gateway.model.documents import Document
    from tests.benchmarks.context import Context

COUNT = 1_000
CALLERS = 8
#: Of the second variant: tasks that compute, and the users of each.
RECOMPUTING, USERS = 200, 2_000
#: Sets of users; so many tasks less work on different ones.
SETS = 20
#: Milliseconds of a step, and more steps than anybody waits for.
DELAY, STEPS = 50, 100_000
LIMIT = 300
#: Seconds after which nothing of the work can be under way any more.
REST = 3.0
_BEGUN = """
SELECT count(*) FROM run r JOIN task t ON t.seq = r.task
WHERE t.execution_state = 'running' AND (r.progressed IS NOT NULL OR NOT :progressed)
"""
_LAST = """
SELECT o.oid, r.progressed, t.scheduling_state
FROM run r JOIN object o ON o.seq = r.task JOIN task t ON t.seq = r.task
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspended:
    """Seconds of the calls, seconds from each to the task's last item, and tasks done before."""

    calls: list[float]
    lasts: list[float]
    done_before: int


def suspend(context: Context) -> list[Line]:
    """Tasks that wait in their steps, and the same with tasks that compute among them."""
    context.say(f"suspend: {COUNT:,} noOps")
    waiting = _measured(context.folder / "suspend.db", [_no_op(n) for n in range(COUNT)], [])
    context.say(f"suspend: {RECOMPUTING} recomputations of {USERS:,} users among them")
    database = context.folder / "suspend-mixed.db"
    roles = _population(database)
    steps = [_no_op(number) for number in range(COUNT - RECOMPUTING)]
    computing = [_recomputation(number, roles[number % SETS]) for number in range(RECOMPUTING)]
    mixed = _measured(database, steps, computing)
    return [
        *_lines(f"{COUNT:,} noOps", waiting),
        *_lines(f"{COUNT - RECOMPUTING} noOps, {RECOMPUTING} recomputations", mixed),
    ]


def _task(number: int, work: Document) -> Document:
    return {
        "task": {
            "oid": str(uuid.uuid4()),
            "name": f"{next(iter(work))} {number}",
            "schedulingState": "ready",
            "activity": {"work": work},
        }
    }


def _no_op(number: int) -> Document:
    return _task(number, {"noOp": {"steps": STEPS, "delay": DELAY}})


def _recomputation(number: int, role: str) -> Document:
    text = f"assignment matches (targetRef matches (oid = '{role}'))"
    objects = {"type": "UserType", "query": {"filter": {"text": text}}}
    return _task(number, {"recomputation": {"objects": objects}})


def _population(database: Path) -> list[str]:
    """Roles with so many users each, all of which a recomputation changes."""
    with gateway_server(database) as running, closing(running.client()) as client:
        roles = [created(client, "roles", {"role": {"name": f"Set {n}"}}) for n in range(SETS)]
        user = created(client, "users", {"user": person(roles[0])})

    def users() -> Iterator[tuple[str, Document]]:
        for number in range(SETS * USERS):
            target = {"oid": roles[number % SETS], "type": "RoleType", "relation": "default"}
            assignment = [{"id": 1, "targetRef": target}]
            items = {"name": f"user{number:06d}", "assignment": assignment}
            yield str(uuid.uuid4()), items | {"roleMembershipRef": None, "activation": None}

    with closing(opened(database)) as connection:
        fill(connection, user, users())
    return roles


def _measured(database: Path, steps: list[Document], computing: list[Document]) -> Suspended:
    oids = [each["task"]["oid"] for each in (*steps, *computing)]
    random.Random(COUNT).shuffle(oids)
    with (
        gateway_server(database, max_running_tasks=str(COUNT)) as running,
        closing(watched(database)) as connection,
    ):
        _send_all(running.client, [("POST", f"{MOUNT}/tasks", each) for each in steps])
        _wait_for(connection, len(steps), progressed=True)
        _send_all(running.client, [("POST", f"{MOUNT}/tasks", each) for each in computing])
        _wait_for(connection, COUNT, progressed=False)
        paths = [("POST", f"{MOUNT}/tasks/{oid}/suspend", None) for oid in oids]
        calls = _send_all(running.client, paths)
        time.sleep(REST)
        found = {row[0]: row[1:] for row in connection.execute(_LAST)}
    late = [
        _seconds(found[oid][0]) - call.asked if found[oid][0] else 0.0
        for oid, call in zip(oids, calls, strict=True)
        if found[oid][1] == "suspended"
    ]
    return Suspended(
        calls=[call.seconds for call in calls],
        lasts=[max(0.0, each) for each in late],
        done_before=len(oids) - len(late),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Call:
    """When it was sent, in seconds since the epoch, and how long its answer took."""

    asked: float
    seconds: float


def _send_all(
    connect: Callable[[], Client], requests: Sequence[tuple[str, str, object]]
) -> list[_Call]:
    """Send the requests through some clients; the calls in their order."""

    def work(first: int) -> list[_Call]:
        with closing(connect()) as client:
            return [_sent(client, *each) for each in requests[first::CALLERS]]

    with ThreadPoolExecutor(CALLERS) as pool:
        parts = list(pool.map(work, range(CALLERS)))
    return [parts[number % CALLERS][number // CALLERS] for number in range(len(requests))]


def _sent(client: Client, method: str, path: str, body: object) -> _Call:
    asked, started = time.time(), time.monotonic()
    client.send(method, path, body)
    return _Call(asked=asked, seconds=time.monotonic() - started)


def _wait_for(connection: sqlite3.Connection, count: int, *, progressed: bool) -> None:
    latest = time.monotonic() + LIMIT
    found = 0
    while time.monotonic() < latest:
        found = connection.execute(_BEGUN, {"progressed": progressed}).fetchone()[0]
        if found >= count:
            return
        time.sleep(0.05)
    raise RuntimeError(f"Of {count} tasks {found} run after {LIMIT} s")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _lines(title: str, measured: Suspended) -> list[Line]:
    calls, lasts = measured.calls, measured.lasts
    done = f"; {measured.done_before} were done before" if measured.done_before else ""
    return [
        Line(
            case="suspend",
            name=f"suspend of each of {title}: to the last item, p99",
            value=_p99(lasts),
            unit="s",
            target=targets.SUSPENDED,
            note=f"p50 {statistics.median(lasts):.3f} s, longest {max(lasts):.3f} s{done}",
        ),
        Line(
            case="suspend",
            name=f"  the call, p99, {CALLERS} callers",
            value=_p99(calls) * 1000,
            unit="ms",
            note=f"p50 {statistics.median(calls) * 1000:.1f} ms; all {len(calls):,} called one "
            "after the other",
        ),
    ]


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[-1]

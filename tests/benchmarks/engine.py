"""What the engine does: recomputation beside a loop by hand, how much it disturbs, how soon it starts."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.data import INDUCED, INDUCED_TOO, MOUNT, ROLE, inducing, no_op
from tests.benchmarks.derived import same_results
from tests.benchmarks.figures import Line, interleaved, ratios
from tests.benchmarks.load import Generator, Load, Requests
from tests.benchmarks.servers import copied, gateway_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.model.documents import Document
    from tests.benchmarks.context import Context
    from tests.benchmarks.servers import Client, Running

#: Seconds between looks into the file; a look costs some 20 microseconds.
LOOK = 0.005
FINE_LOOK = 0.0001
#: Until a server that was just started, and its worker, are at rest.
SETTLED = 1.0
READERS = 8
STARTS = 100
_PROGRESS = """
SELECT coalesce(sum(b.succeeded), 0), coalesce(sum(b.modified), 0), r.ended IS NOT NULL
FROM object o JOIN run r ON r.task = o.seq LEFT JOIN bucket b ON b.run = r.id
WHERE o.oid = ? GROUP BY r.id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a task's run has come."""

    processed: int
    changed: int
    is_ended: bool


class Watch:
    """Looks into the database from outside, without asking the server."""

    def __init__(self, database: Path) -> None:
        uri = f"{database.absolute().as_uri()}?mode=ro"
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)

    def progress(self, oid: str) -> Progress:
        """The progress of the task's run."""
        row = self._connection.execute(_PROGRESS, (oid,)).fetchone() or (0, 0, 0)
        return Progress(processed=row[0], changed=row[1], is_ended=bool(row[2]))

    def wait(self, oid: str, look: float, *, until_ended: bool, limit: float = 600) -> Progress:
        """Wait for the first processed item, or for the end."""
        latest = time.monotonic() + limit
        while time.monotonic() < latest:
            found = self.progress(oid)
            if found.is_ended or (found.processed and not until_ended):
                return found
            time.sleep(look)
        raise RuntimeError(f"The task {oid} was not done after {limit} s")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def recomputation(oid: str) -> Document:
    """A task that recomputes the members of the role, ready to run."""
    text = f"assignment matches (targetRef matches (oid = '{ROLE}'))"
    objects = {"type": "UserType", "query": {"filter": {"text": text}}}
    return {
        "task": {
            "oid": oid,
            "name": "recompute the members",
            "schedulingState": "ready",
            "activity": {"work": {"recomputation": {"objects": objects}}},
        }
    }


def recompute(context: Context) -> list[Line]:
    """Items per second where every member changes and where none does, each beside the loop."""
    members = context.members
    up_to_date = context.folder / "up-to-date.db"
    _prepare_up_to_date(context, up_to_date)
    lines: list[Line] = []
    for source, changes, title in (
        (members.database, members.count, "recomputation, every object changes"),
        (up_to_date, 0, "recomputation, nothing changes"),
    ):
        context.say(f"recompute: {context.rounds} rounds, {title}")
        rates = interleaved(
            context.rounds,
            {
                "gateway": partial(rate_of_engine, source, members.count, changes),
                "loop": partial(rate_of_loop, source, members.count),
            },
        )
        lines.append(
            Line(
                case="recompute",
                name=title,
                value=statistics.median(rates["gateway"]),
                unit="items/s",
                ratios=ratios(rates["gateway"], rates["loop"]),
                against="of loop",
                target=targets.EXECUTION,
                note=f"{members.count:,} members, from the request to the end of the run",
            )
        )
        by_hand = statistics.median(rates["loop"])
        lines.append(
            Line(case="recompute", name="  loop by hand, same file", value=by_hand, unit="items/s")
        )
    return lines


def _prepare_up_to_date(context: Context, target: Path) -> None:
    """A file in which nothing is left to change; proves in passing that both ways come to the same."""
    members = context.members
    with (
        copied(members.database, "by-engine") as engine,
        copied(members.database, "by-loop") as loop,
    ):
        _engine(engine, members.count, members.count)
        _loop(loop, members.count)
        same_results(engine, loop)
        shutil.copyfile(engine, target)


def rate_of_engine(source: Path, count: int, changes: int, number: int) -> float:
    """Items per second of the engine over a copy of the file."""
    with copied(source, f"engine-{number}") as database:
        return count / _engine(database, count, changes)


def rate_of_loop(source: Path, count: int, number: int) -> float:
    """Items per second of the loop by hand over a copy of the file."""
    with copied(source, f"loop-{number}") as database:
        return count / _loop(database, count)


def _engine(database: Path, count: int, changes: int) -> float:
    """Seconds from the request that creates the task to the end of its run."""
    oid = str(uuid.uuid4())
    with (
        gateway_server(database) as running,
        closing(running.client()) as client,
        closing(Watch(database)) as watch,
    ):
        time.sleep(SETTLED)
        started = time.monotonic()
        client.send("POST", f"{MOUNT}/tasks", recomputation(oid))
        done = watch.wait(oid, LOOK, until_ended=True)
        seconds = time.monotonic() - started
    if (done.processed, done.changed) != (count, changes):
        raise RuntimeError(f"{done}, but {count} were to be processed and {changes} changed")
    return seconds


def _loop(database: Path, count: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.loop", str(database)]
    done = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    if done["items"] != count:
        raise RuntimeError(f"The loop did {done['items']} of {count} items")
    return float(done["seconds"])


def disturbance(context: Context) -> list[Line]:
    """p99 of GET while a recomputation runs that changes every object, against the same when idle."""
    paths = [f"{MOUNT}/tasks/{oid}" for oid in context.members.tasks]
    return [
        _disturbed(context, "GET p99, 8 clients without a pause, while a task runs", paths, 0),
        _disturbed(context, "  the same, 8 clients that pause 4 ms", paths, 4),
    ]


def _disturbed(context: Context, title: str, paths: list[str], pause: int) -> Line:
    context.say(f"disturbance: {context.rounds} rounds, pause {pause} ms")
    requests = Requests(method="GET", paths=paths, pause=pause)
    generator = Generator(context.folder, f"disturbed-{pause}", requests)
    loads = [_idle_and_busy(context, generator, paths, number) for number in range(context.rounds)]
    idle, busy = ([pair[side] for pair in loads] for side in (0, 1))
    return Line(
        case="disturbance",
        name=title,
        value=statistics.median(load.p99 for load in busy),
        unit="ms",
        ratios=ratios([load.p99 for load in busy], [load.p99 for load in idle]),
        against="x idle",
        target=None if pause else targets.DISTURBANCE,
        note=f"idle: p99 {statistics.median(load.p99 for load in idle):.2f} ms, "
        f"{statistics.median(load.rate for load in idle):,.0f}/s; "
        f"busy: p50 {statistics.median(load.p50 for load in busy):.2f} ms, "
        f"{statistics.median(load.rate for load in busy):,.0f}/s",
    )


def _idle_and_busy(
    context: Context, generator: Generator, paths: list[str], number: int
) -> tuple[Load, Load]:
    with (
        copied(context.members.database, "disturbed") as database,
        gateway_server(database) as running,
        closing(running.client()) as client,
    ):
        for path in paths:
            client.send("GET", path)
        time.sleep(SETTLED)
        idle = generator.run(running.url, READERS, context.seconds, number)
        with _recomputing(running, database):
            busy = generator.run(running.url, READERS, context.seconds, number)
        return idle, busy


@contextmanager
def _recomputing(running: Running, database: Path) -> Iterator[None]:
    """Keep the engine recomputing: when a run ends, the role changes and the next one starts."""
    stop, is_under_way = threading.Event(), threading.Event()

    def work() -> None:
        with closing(running.client()) as client, closing(Watch(database)) as watch:
            for induced in itertools.cycle((INDUCED_TOO, INDUCED)):
                oid = str(uuid.uuid4())
                client.send("POST", f"{MOUNT}/tasks", recomputation(oid))
                while not (now := watch.progress(oid)).is_ended and not stop.is_set():
                    if now.changed:
                        is_under_way.set()
                    time.sleep(LOOK)
                if stop.is_set():
                    return
                client.send("PATCH", f"{MOUNT}/roles/{ROLE}", inducing(induced))

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            if not is_under_way.wait(60):
                raise RuntimeError("No object was recomputed within a minute")
            yield
            if working.done():
                raise RuntimeError("The recomputations ended before the load did")
        finally:
            stop.set()
            working.result()


def first_item(context: Context) -> list[Line]:
    """From the request that creates a ready task to its first committed step, one at a time."""
    context.say(f"first-item: {STARTS} tasks")
    taken, answered = [], []
    with (
        copied(context.tasks.database, "first-item") as database,
        gateway_server(database) as running,
        closing(running.client()) as client,
        closing(Watch(database)) as watch,
    ):
        time.sleep(SETTLED)
        for _ in range(STARTS):
            whole, since_answer = _first_item(client, watch)
            taken.append(whole * 1000)
            answered.append(since_answer * 1000)
    p95 = statistics.quantiles(taken, n=20)[-1]
    return [
        Line(
            case="first-item",
            name="runnable to first item, p50",
            value=statistics.median(taken),
            unit="ms",
            target=targets.FIRST_ITEM,
            note=f"from sending the create to seeing the committed step in the file (looked for every "
            f"{FINE_LOOK * 1000:g} ms); p95 {p95:.1f} ms; "
            f"{statistics.median(answered):.1f} ms after the create was answered",
            details={"p95": p95, "after_answer": statistics.median(answered)},
        )
    ]


def _first_item(client: Client, watch: Watch) -> tuple[float, float]:
    """Seconds since the request was sent, and since it was answered."""
    oid = str(uuid.uuid4())
    document = no_op("started at once", "ready", "x")
    document["task"]["oid"] = oid
    started = time.monotonic()
    client.send("POST", f"{MOUNT}/tasks", document)
    answered = time.monotonic()
    watch.wait(oid, FINE_LOOK, until_ended=False)
    seen = time.monotonic()
    watch.wait(oid, LOOK, until_ended=True)
    time.sleep(2 * LOOK)
    return seen - started, seen - answered

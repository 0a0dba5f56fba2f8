"""Ten thousand tasks that are due in the same moment, and how others are answered meanwhile."""

from __future__ import annotations

import time
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.data import MOUNT, created, fill, no_op, opened, watched
from tests.benchmarks.engine import READERS, SETTLED
from tests.benchmarks.figures import Line
from tests.benchmarks.load import Generator, Requests
from tests.benchmarks.peer import CLOSED
from tests.benchmarks.servers import gateway_server

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.model.documents import Document
    from tests.benchmarks.context import Context
    from tests.benchmarks.load import Load

COUNT = 10_000
#: Tasks that are asked for meanwhile.
ASKED = 500
#: Seconds of one measurement, and how many there are of an idle server.
WINDOW = 2
IDLE_WINDOWS = 4
#: Seconds that the preparation may take.
AHEAD = 45
LIMIT = 600


def crowd(context: Context) -> list[Line]:
    """Seconds until the last is done, each of them once; and p99 of GET, idle and meanwhile."""
    context.say(f"crowd: {COUNT:,} tasks that are due at once")
    database = context.folder / "due.db"
    due = datetime.now(UTC) + timedelta(seconds=AHEAD)
    oids = _made(database, due)
    paths = [f"{MOUNT}/tasks/{oid}" for oid in oids[:: COUNT // ASKED]]
    requests = Requests(method="GET", paths=paths)
    generator = Generator(context.folder, "due", requests)
    with gateway_server(database) as running, closing(watched(database)) as connection:
        time.sleep(SETTLED)

        def load(number: int) -> Load:
            return generator.run(running.url, READERS, WINDOW, number)

        load(0)  # warms up
        idle = [load(number) for number in range(IDLE_WINDOWS)]
        if (left := due.timestamp() - time.time()) < 0:
            raise RuntimeError(f"The tasks were due {-left:.0f} s before all was ready")
        time.sleep(left)
        busy = _loads_until_done(load, connection)
        last = _all_ran_once(connection)
    seconds = datetime.fromisoformat(last).timestamp() - due.timestamp()
    return _lines(seconds, idle, busy)


def _made(database: Path, due: datetime) -> list[str]:
    """Tasks that wait for that moment."""
    document = no_op("model", "ready", "x")
    document["task"]["schedule"] = {"earliestStartTime": due.isoformat()}
    with gateway_server(database) as running, closing(running.client()) as client:
        template = created(client, "tasks", document)
    oids = [str(uuid.uuid4()) for _ in range(COUNT)]

    def clones() -> Iterator[tuple[str, Document]]:
        for number, oid in enumerate(oids):
            yield oid, {"name": f"task {number:05d}"}

    with closing(opened(database)) as connection:
        fill(connection, template, clones())
    return oids


def _loads_until_done(load: Callable[[int], Load], connection: sqlite3.Connection) -> list[Load]:
    """What was measured while tasks were left to the end of the measurement; at least the first."""
    latest = time.monotonic() + LIMIT
    found: list[Load] = []
    while time.monotonic() < latest:
        measured = load(len(found))
        is_done = connection.execute(CLOSED).fetchone()[0] == COUNT
        if not is_done or not found:
            found.append(measured)
        if is_done:
            return found
    raise RuntimeError(f"Tasks were left after {LIMIT} s")


def _all_ran_once(connection: sqlite3.Connection) -> str:
    """When the last of them ended; an error if one did not run, or ran twice."""
    runs, tasks, attempts, last = connection.execute(
        "SELECT count(*), count(DISTINCT task), sum(attempt), max(ended) FROM run "
        "WHERE status = 'success'"
    ).fetchone()
    if not runs == tasks == attempts == COUNT:
        raise RuntimeError(f"{runs} runs in {attempts} attempts of {tasks} tasks, not {COUNT}")
    return str(last)


def _lines(seconds: float, idle: list[Load], busy: list[Load]) -> list[Line]:
    quiet, worst = max(load.p99 for load in idle), max(load.p99 for load in busy)
    return [
        Line(
            case="crowd",
            name=f"{COUNT:,} tasks due at once, to the end of the last",
            value=seconds,
            unit="s",
            note=f"{COUNT / seconds:,.0f} tasks/s while {READERS} clients ask without a pause; "
            "each ran once",
        ),
        Line(
            case="crowd",
            name=f"  GET p99 meanwhile, {READERS} clients",
            value=worst,
            unit="ms",
            ratios=(worst / quiet,),
            against="x idle",
            target=targets.CROWD,
            note=f"the worst of {len(busy)} windows of {WINDOW} s, against the worst of {len(idle)} "
            f"when idle ({quiet:.2f} ms); all: {', '.join(f'{load.p99:.1f}' for load in busy)}; "
            f"p50 {max(load.p50 for load in busy):.2f} ms at most",
        ),
    ]

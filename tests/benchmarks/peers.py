"""Tasks that do nothing, created, run and closed: ours beside the fastest engines one could embed.

What they leave behind differs: ours a task with its run, result and history; pgqueuer a line in a
log; huey nothing. All have acknowledged nothing that a crash would lose.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import targets
from tests.benchmarks.data import MOUNT, no_op, watched
from tests.benchmarks.figures import Line, interleaved, ratios
from tests.benchmarks.load import Generator, Requests
from tests.benchmarks.peer import CLOSED, LOOK, PRODUCERS
from tests.benchmarks.servers import gateway_server
from tests.benchmarks.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.context import Context

COUNT = 4_000
#: Tasks of the trial that tells whether a peer works on this machine.
TRIED = 100
OURS = {
    "gateway": f"in process, {PRODUCERS} coroutines",
    "http": f"through HTTP, {PRODUCERS} clients",
}
THEIRS = {
    "huey": "huey on SQLite, one by one",
    "pgqueuer": f"pgqueuer on PostgreSQL, one by one, {PRODUCERS} coroutines",
    "pgqueuer-batched": "pgqueuer on PostgreSQL, 100 jobs a call",
}
#: We take tasks one by one, so it is others of that kind that we want to be ahead of.
JUDGED = frozenset({"huey", "pgqueuer"})


def peers(context: Context) -> list[Line]:
    """Tasks per second of everybody, and of ours against each of the others."""
    missing = {name: why for name in THEIRS if (why := _problem(context, name)) is not None}
    present = [name for name in THEIRS if name not in missing]
    context.say(f"peers: {context.rounds} rounds of {COUNT:,} tasks; missing: {missing or 'none'}")
    alternatives: dict[str, Callable[[int], dict[str, float]]] = {
        name: partial(_apart, context, name) for name in ("gateway", *present)
    }
    measured = interleaved(context.rounds, alternatives | {"http": partial(_http, context)})
    rates = {name: [each["rate"] for each in found] for name, found in measured.items()}
    costs = {
        name: statistics.median(each["processor"] * 1000 for each in found)
        for name, found in measured.items()
    }
    absent = "".join(f"; {THEIRS[name]} is missing: {why}" for name, why in missing.items())
    lines = [
        Line(
            case="peers",
            name=f"{way} / {THEIRS[peer]}",
            value=statistics.median(rates[ours]),
            unit="tasks/s",
            ratios=ratios(rates[ours], rates[peer]),
            against="of it",
            target=targets.AHEAD if peer in JUDGED else None,
            note=f"created, run, closed; {_cost(costs[ours])}{absent}",
            details={"processor_ms": costs[ours]},
        )
        for ours, way in OURS.items()
        for peer in present
    ]
    return lines + [_peer_line(peer, rates[peer], costs[peer]) for peer in present]


def _peer_line(peer: str, rates: list[float], cost: float) -> Line:
    return Line(
        case="peers",
        name=f"  {THEIRS[peer]}",
        value=statistics.median(rates),
        unit="tasks/s",
        note=_cost(cost),
        details={"processor_ms": cost},
    )


def _cost(milliseconds: float) -> str:
    return f"{milliseconds:.2f} ms of a processor each"


def _problem(context: Context, name: str) -> str | None:
    """Why the peer cannot be measured here; None if it can."""
    try:
        _apart(context, name, 0, TRIED)
    except RuntimeError as error:
        return str(error)
    return None


def _apart(context: Context, name: str, _: int, count: int = COUNT) -> dict[str, float]:
    """Run one of them in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="peer-", dir=context.folder) as folder:
        command = [sys.executable, "-m", "tests.benchmarks.peer", name, folder, str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {(done.stderr.strip() or 'no word').splitlines()[-1]}")
    return _each(json.loads(done.stdout.splitlines()[-1]), count)


def _each(measured: dict[str, Any], count: int) -> dict[str, float]:
    """A rate and the processor seconds of one task."""
    return {"rate": count / measured["seconds"], "processor": measured["processor"] / count}


def _http(context: Context, number: int) -> dict[str, float]:
    """Creates through HTTP for some seconds; the clock stops when the last of them is closed."""
    body = json.dumps(no_op("task @", "ready", "x"))
    requests = Requests(method="POST", paths=[f"{MOUNT}/tasks"], bodies=[body], is_unique=True)
    generator = Generator(context.folder, f"peers-{number}", requests)
    with tempfile.TemporaryDirectory(prefix="peers-", dir=context.folder) as folder:
        database = Path(folder) / "gateway.db"
        with gateway_server(database) as running:
            watch = Stopwatch(running.process.pid)
            generator.run(running.url, PRODUCERS, context.seconds, number)
            count = _all_closed(database)
            return _each(watch.read(), count)


def _all_closed(database: Path, limit: float = 300) -> int:
    """Wait until no task is left to be run; how many there are."""
    latest = time.monotonic() + limit
    with closing(watched(database)) as connection:
        while time.monotonic() < latest:
            closed = connection.execute(CLOSED).fetchone()[0]
            if closed == connection.execute("SELECT count(*) FROM task").fetchone()[0]:
                return int(closed)
            time.sleep(LOOK)
    raise RuntimeError(f"Tasks were left after {limit} s")

"""Jobs of ten automatic steps, beside a loop by hand with the same commits.

Both make a job durable when it is started (that is acknowledged), when it is taken (so that nobody
else walks it) and when its steps are done (with an item for each of them).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import time
from contextlib import closing, redirect_stderr
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from gateway.assembly import SYSTEM, Gateway, gateway
from gateway.engine.verbs.submission import Submission
from gateway.engine.workflow.factory import StartRequest
from gateway.http.serving import configure_logging
from gateway.model.workflow import END, START, Edge, Graph, Step, document_of
from gateway.settings import Settings
from tests.benchmarks import targets
from tests.benchmarks.figures import Line, interleaved, ratios
from tests.benchmarks.load import PASSWORD

if TYPE_CHECKING:
    from tests.benchmarks.context import Context

JOBS, STEPS = 1_000, 10
NAME = "ten steps"


def ten_steps(context: Context) -> list[Line]:
    """Jobs from their start to their end, started all at once."""
    context.say(f"jobs: {context.rounds} rounds of {JOBS} jobs with {STEPS} steps each")
    _log_as_served()
    rates = interleaved(
        context.rounds,
        {
            "gateway": lambda number: asyncio.run(_walked(context.folder / f"jobs-{number}.db")),
            "loop": lambda number: _by_hand(context.folder / f"jobs-by-hand-{number}.db"),
        },
    )
    return [
        Line(
            case="jobs",
            name=f"jobs of {STEPS} automatic steps, durable",
            value=statistics.median(rates["gateway"]),
            unit="/s",
            ratios=ratios(rates["gateway"], rates["loop"]),
            against="of a loop",
            target=targets.EXECUTION,
            note="both commit thrice a job: when it starts, when it is taken, when its steps are done",
        ),
        Line(
            case="jobs",
            name="  loop by hand",
            value=statistics.median(rates["loop"]),
            unit="/s",
        ),
    ]


def _log_as_served() -> None:
    """What the server would log is written as there, and goes where its output goes here."""
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  as long as the process
    with redirect_stderr(nowhere):
        configure_logging("info", is_terminal=False)


def _graph() -> Graph:
    keys = [f"{number:x}" for number in range(1, STEPS + 1)]
    inputs = {"name": "seen", "value": "$var.job.seen"}
    steps = {key: Step(key=key, name="newVariable", inputs=inputs) for key in keys}
    edges = tuple(Edge(source=a, target=b) for a, b in pairwise([START, *keys, END]))
    return Graph(name=NAME, steps=steps, edges=edges)


async def _walked(database: Path) -> float:
    """Jobs a second."""
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{database}",
        "admin_password": PASSWORD,
        "workers": 1,
    }
    async with gateway(Settings(**given)) as running:
        items = {"name": NAME, "graph": document_of(_graph())}
        await running.engine.submit(Submission(type="WorkflowType", items=items), SYSTEM)
        started = time.monotonic()
        order = StartRequest(workflow=NAME, variables={"seen": 1})
        await asyncio.gather(*(running.jobs.start(order, SYSTEM) for _ in range(JOBS)))
        await _all_complete(running)
        return JOBS / (time.monotonic() - started)


async def _all_complete(running: Gateway) -> None:
    async with asyncio.timeout(120):
        while (await running.store.jobs.counts()).get("complete") != JOBS:  # noqa: ASYNC110  what is measured stays alone
            await asyncio.sleep(0.01)


def _by_hand(database: Path) -> float:
    """Jobs a second of a loop that knows what its ten steps do."""
    graph = orjson.dumps(document_of(_graph())).decode()
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE job (id INTEGER PRIMARY KEY, status, graph, doc)")
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, job, step, status, doc)")
        started = time.monotonic()
        for number in range(JOBS):
            connection.execute("BEGIN IMMEDIATE")
            row = (number, "running", graph, graph)
            connection.execute("INSERT INTO job VALUES (?, ?, ?, ?)", row)
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE job SET status = 'taken' WHERE id = ?", (number,))
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            for step in orjson.loads(graph)["steps"]:
                item = (number, step["key"], "complete", orjson.dumps(step).decode())
                connection.execute(
                    "INSERT INTO item (job, step, status, doc) VALUES (?, ?, ?, ?)", item
                )
            done = ("complete", graph, number)
            connection.execute("UPDATE job SET status = ?, doc = ? WHERE id = ?", done)
            connection.execute("COMMIT")
        return JOBS / (time.monotonic() - started)

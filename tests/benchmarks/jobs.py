"""Jobs of ten automatic steps, beside a loop by hand that commits as often and writes as many rows."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson

from gateway.app import SYSTEM, Gateway, gateway
from gateway.engine.admission import Submission
from gateway.engine.workflow.starting import Order
from gateway.model.workflow import END, START, Edge, Graph, Step, document_of
from gateway.settings import Settings
from tests.benchmarks import targets
from tests.benchmarks.figures import Line, interleaved, ratios
from tests.benchmarks.load import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.context import Context

JOBS, STEPS = 300, 10
NAME = "ten steps"


def ten_steps(context: Context) -> list[Line]:
    """Jobs from their start to their end, started all at once."""
    context.say(f"jobs: {context.rounds} rounds of {JOBS} jobs with {STEPS} steps each")
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
            note="a loop commits twice a job: when it starts, and when its steps are done",
        ),
        Line(
            case="jobs",
            name="  loop by hand",
            value=statistics.median(rates["loop"]),
            unit="/s",
        ),
    ]


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
        order = Order(workflow=NAME, variables={"seen": 1})
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
            for step in orjson.loads(graph)["steps"]:
                item = (number, step["key"], "complete", orjson.dumps(step).decode())
                connection.execute(
                    "INSERT INTO item (job, step, status, doc) VALUES (?, ?, ?, ?)", item
                )
            done = ("complete", graph, number)
            connection.execute("UPDATE job SET status = ?, doc = ? WHERE id = ?", done)
            connection.execute("COMMIT")
        return JOBS / (time.monotonic() - started)

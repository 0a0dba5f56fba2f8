"""GET, search, create and PATCH under load, beside a bare app that sends the same bytes."""

from __future__ import annotations

import json
import sqlite3
import statistics
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.context import PICKED
from tests.benchmarks.data import DESCRIPTION, MOUNT, no_op
from tests.benchmarks.figures import Line, interleaved, ratios
from tests.benchmarks.load import Generator, Load, Requests
from tests.benchmarks.servers import bare_server, copied, gateway_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.context import Context
    from tests.benchmarks.figures import Target
    from tests.benchmarks.servers import Client

#: Clients at once.
MANY = 32
BODY = 1536
#: What an `@` becomes in the first request, before any run of the generator.
NUMBER = f"{0:012d}"
PAGE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """The file that a case works on, and paths in it of plain GETs."""

    database: Path
    plain: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A kind of request that is measured."""

    name: str
    title: str
    requests: Requests
    target: Target
    connections: int = MANY
    #: Send each request once before, so that nothing is measured cold that is called warm.
    is_warmed: bool = False
    data: Data | None = None


def get(context: Context) -> list[Line]:
    """GET of random tasks, everything at hand."""
    paths = [f"{MOUNT}/tasks/{oid}" for oid in context.tasks.oids[:PICKED]]
    requests = Requests(method="GET", paths=paths)
    with ExitStack() as stack:
        many = Case(
            name="get", title="GET by oid", requests=requests, target=targets.GET, is_warmed=True
        )
        bench = Bench(context, stack, many)
        return [*bench.lines(many), bench.single(many)]


def search(context: Context) -> list[Line]:
    """The first twenty by name of a prefix, with and without the cache of representations."""
    bodies = [search_body(prefix) for prefix in context.tasks.prefixes]
    requests = Requests(method="POST", paths=[f"{MOUNT}/tasks/search"], bodies=bodies)
    lines: list[Line] = []
    for name, title, settings in (
        ("search", "search by name prefix, representations at hand", {}),
        ("search-cold", "the same without the cache (TASKGATE_CACHE_MIB=0)", {"cache_mib": "0"}),
    ):
        with ExitStack() as stack:
            case = Case(
                name=name,
                title=title,
                requests=requests,
                target=targets.SEARCH,
                is_warmed=not settings,
            )
            lines += Bench(context, stack, case, **settings).lines(case)
    return lines


def search_body(prefix: str) -> str:
    """The first twenty by name of a prefix."""
    text = f'name startsWith "{prefix}"'
    paging = {"orderBy": "name", "maxSize": PAGE}
    return json.dumps({"query": {"filter": {"text": text}, "paging": paging}})


def create(context: Context) -> list[Line]:
    """Durable creates; each body is a new task, suspended so that nothing runs."""
    shortest = json.dumps(no_op("created @", "suspended", ""))
    body = json.dumps(no_op("created @", "suspended", "d" * (BODY - len(shortest))))
    requests = Requests(method="POST", paths=[f"{MOUNT}/tasks"], bodies=[body], is_unique=True)
    with ExitStack() as stack:
        case = Case(
            name="create", title="create, durable", requests=requests, target=targets.CREATE
        )
        bench = Bench(context, stack, case)
        found = [*bench.lines(case), bench.single(case)]
        bench.check_done("SELECT count(*) FROM object WHERE name LIKE 'created %'")
        return found


def patch(context: Context) -> list[Line]:
    """Durable replacement of the description of random tasks, each time by another text."""
    paths = [f"{MOUNT}/tasks/{oid}" for oid in context.tasks.oids[:PICKED]]
    delta = {"modificationType": "replace", "path": "description"}
    body = json.dumps(
        {
            "objectModification": {
                "itemDelta": delta | {"value": "changed @".ljust(DESCRIPTION, ".")}
            }
        }
    )
    requests = Requests(method="PATCH", paths=paths, bodies=[body], is_unique=True)
    with ExitStack() as stack:
        case = Case(name="patch", title="PATCH, durable", requests=requests, target=targets.PATCH)
        bench = Bench(context, stack, case)
        lines = bench.lines(case)
        bench.check_done("SELECT sum(version) FROM object WHERE type = 'TaskType'")
        return lines


class Bench:
    """The servers of one case: the gateway, a bare app with its answer, a bare app for a plain GET.

    Without data of its own they work on the tasks of the context.
    """

    def __init__(
        self,
        context: Context,
        stack: ExitStack,
        case: Case,
        **settings: str,
    ) -> None:
        self._context = context
        data = case.data or Data(
            database=context.tasks.database,
            plain=[f"{MOUNT}/tasks/{oid}" for oid in context.tasks.oids[:PICKED]],
        )
        self._database = stack.enter_context(copied(data.database, case.name))
        running = stack.enter_context(gateway_server(self._database, **settings))
        self._gateway = running.url
        with closing(running.client()) as client:
            plain = client.send("GET", data.plain[0])
            sent = case.requests
            body = sent.bodies[0].replace("@", NUMBER) if sent.bodies else None
            same = client.send(sent.method, sent.paths[0].replace("@", NUMBER), body)
            if case.is_warmed:
                context.say(f"{case.name}: warming up")
                self._warm(client, sent)
        self._size = len(same.body)
        bare = partial(bare_server, context.folder)
        self._bare = stack.enter_context(bare(f"{case.name}-same", same)).url
        self._plain = stack.enter_context(bare(f"{case.name}-plain", plain)).url
        self._generators = {
            url: Generator(context.folder, case.name, sent) for url in (self._gateway, self._bare)
        }
        self._reader = Generator(
            context.folder, f"{case.name}-plain", Requests(method="GET", paths=data.plain)
        )
        self._acknowledged = 0
        for url in (self._gateway, self._bare):
            self._load(url, MANY, 0, seconds=1)

    @staticmethod
    def _warm(client: Client, sent: Requests) -> None:
        for i in range(max(len(sent.paths), len(sent.bodies))):
            body = sent.bodies[i] if sent.bodies else None
            client.send(sent.method, sent.paths[i if len(sent.paths) > 1 else 0], body)

    def _load(self, url: str, connections: int, number: int, seconds: int | None = None) -> Load:
        seconds = seconds or self._context.seconds
        load = self._generators[url].run(url, connections, seconds, number)
        if url == self._gateway:
            self._acknowledged += load.requests
        return load

    def lines(self, case: Case) -> list[Line]:
        """The case with many clients, and the ratio to its floor."""
        self._context.say(f"{case.name}: {self._context.rounds} rounds, {MANY} clients")
        seconds = self._context.seconds
        loads = interleaved(
            self._context.rounds,
            {
                "gateway": lambda number: self._load(self._gateway, MANY, number),
                "bare": lambda number: self._load(self._bare, MANY, number),
                "plain": lambda number: self._reader.run(self._plain, MANY, seconds, number),
            },
        )
        rates = {name: [load.rate for load in each] for name, each in loads.items()}
        plain = statistics.median(ratios(rates["gateway"], rates["plain"]))
        p50 = statistics.median(load.p50 for load in loads["gateway"])
        p99 = statistics.median(load.p99 for load in loads["gateway"])
        return [
            Line(
                case=case.name,
                name=f"{case.title}, {MANY} clients",
                value=statistics.median(rates["gateway"]),
                unit="/s",
                ratios=ratios(rates["gateway"], rates["bare"]),
                against="of bare",
                target=case.target,
                note=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms; answer {self._size:,} bytes; "
                f"{plain:.2f} of a bare app's plain GET",
                details={"p50": p50, "p99": p99, "of_plain_get": plain, "bytes": self._size},
            ),
            Line(
                case=case.name,
                name="  bare app, same bytes",
                value=statistics.median(rates["bare"]),
                unit="/s",
            ),
        ]

    def single(self, case: Case) -> Line:
        """One client: how long a request takes."""
        self._context.say(f"{case.name}: {self._context.rounds} rounds, one client")
        loads = interleaved(
            self._context.rounds,
            {
                "gateway": lambda number: self._load(self._gateway, 1, number),
                "bare": lambda number: self._load(self._bare, 1, number),
            },
        )
        latencies = {name: [load.p50 for load in each] for name, each in loads.items()}
        rate = statistics.median(load.rate for load in loads["gateway"])
        return Line(
            case=case.name,
            name=f"{case.title}, one client, p50",
            value=statistics.median(latencies["gateway"]),
            unit="ms",
            ratios=ratios(latencies["gateway"], latencies["bare"]),
            against="x bare",
            note=f"{rate:,.0f}/s; bare p50 {statistics.median(latencies['bare']):.2f} ms",
        )

    def check_done(self, statement: str) -> None:
        """Everything that was acknowledged must be found in the file."""
        done = _number(self._database, statement)
        if done < self._acknowledged:
            raise RuntimeError(f"{self._acknowledged} changes were acknowledged, {done} are there")


def _number(database: Path, statement: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(statement).fetchone()[0])

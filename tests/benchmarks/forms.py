"""The same answers in XML and YAML, beside JSON from the same server."""

from __future__ import annotations

import json
import statistics
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.context import PICKED
from tests.benchmarks.data import MOUNT
from tests.benchmarks.figures import Line, interleaved, ratios
from tests.benchmarks.load import JSON, Generator, Requests
from tests.benchmarks.over_http import MANY, search_body
from tests.benchmarks.servers import copied, gateway_server

if TYPE_CHECKING:
    from tests.benchmarks.context import Context
    from tests.benchmarks.figures import Target

OTHERS = ("application/xml", "application/yaml")


def forms(context: Context) -> list[Line]:
    """GET by oid and searches in every form, all interleaved."""
    paths = [f"{MOUNT}/tasks/{oid}" for oid in context.tasks.oids[:PICKED]]
    bodies = [search_body(prefix) for prefix in context.tasks.prefixes]
    get = Requests(method="GET", paths=paths)
    search = Requests(method="POST", paths=[f"{MOUNT}/tasks/search"], bodies=bodies)
    with (
        copied(context.tasks.database, "forms") as database,
        gateway_server(database) as running,
    ):
        with closing(running.client()) as client:
            for path in paths:
                client.send("GET", path)
            for body in bodies:
                client.send("POST", search.paths[0], json.loads(body))
        return [
            *_lines(context, running.url, "GET by oid", get, targets.GET_IN_XML),
            *_lines(context, running.url, "search by name prefix", search, targets.SEARCH_IN_XML),
        ]


def _lines(
    context: Context, url: str, title: str, requests: Requests, target: Target
) -> list[Line]:
    context.say(f"forms: {title}, {context.rounds} rounds, {MANY} clients")
    generators = {
        accept: Generator(context.folder, "forms", replace(requests, accept=accept))
        for accept in (JSON, *OTHERS)
    }
    for each in generators.values():
        each.run(url, MANY, 1, 0)
    loads = interleaved(
        context.rounds,
        {
            accept: partial(each.run, url, MANY, context.seconds)
            for accept, each in generators.items()
        },
    )
    rates = {accept: [load.rate for load in each] for accept, each in loads.items()}
    beside = [
        Line(
            case="forms",
            name=f"{title}, {accept}",
            value=statistics.median(rates[accept]),
            unit="/s",
            ratios=ratios(rates[accept], rates[JSON]),
            against="of JSON",
            target=target if accept == OTHERS[0] else None,
        )
        for accept in OTHERS
    ]
    plain = Line(
        case="forms", name=f"{title}, {JSON}", value=statistics.median(rates[JSON]), unit="/s"
    )
    return [plain, *beside]

"""Searches among very many objects through HTTP, beside SQL by hand for the same documents.

What a search may cost is the statement's time and a GET of an object as large as the answer.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks import targets
from tests.benchmarks.data import MOUNT, created, opened
from tests.benchmarks.figures import Line, ratios
from tests.benchmarks.questions import QUESTIONS
from tests.benchmarks.servers import copied, gateway_server

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from tests.benchmarks.context import Context
    from tests.benchmarks.crowd import Crowd
    from tests.benchmarks.questions import Asked, Question
    from tests.benchmarks.servers import Client

#: Searches of a kind in each round, every one with other values.
A_ROUND = 20
_OID = re.compile(rb'"@type":"c:\w+","oid":"([^"]+)"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Median milliseconds of a round."""

    sql: float
    get: float
    search: float


def million(context: Context) -> list[Line]:
    """Every question, asked for the first time and once more."""
    crowd = context.crowd
    lines = [_loading(crowd)]
    with (
        copied(crowd.database, "million") as database,
        gateway_server(database) as running,
        closing(running.client()) as client,
        closing(opened(database)) as connection,
    ):
        for question in QUESTIONS:
            context.say(f"million: {question.name}, {context.rounds} rounds")
            bench = _Bench(crowd, question, client, connection)
            rounds = [bench.round(number) for number in range(context.rounds)]
            lines += [_line(question, "", [first for first, _ in rounds])]
            lines += [_line(question, ", once more", [again for _, again in rounds])]
    return lines


def _loading(crowd: Crowd) -> Line:
    count = crowd.users + crowd.tasks
    return Line(
        case="million",
        name=f"making {crowd.users:,} users and {crowd.tasks:,} tasks",
        value=crowd.seconds,
        unit="s",
        target=targets.LOADING,
        note=f"{count / crowd.seconds:,.0f} objects/s; {crowd.size:,.0f} MiB",
    )


def _line(question: Question, suffix: str, costs: Sequence[Cost]) -> Line:
    sql, get = (
        statistics.median(each) for each in zip(*((c.sql, c.get) for c in costs), strict=True)
    )
    return Line(
        case="million",
        name=f"{question.name}{suffix}",
        value=statistics.median(cost.search for cost in costs),
        unit="ms",
        ratios=ratios([cost.search for cost in costs], [cost.sql + cost.get for cost in costs]),
        against="x SQL + GET",
        target=targets.BESIDE_SQL,
        note=f"SQL {sql:.3f} ms, GET of as many bytes {get:.2f} ms",
        details={"sql": sql, "get": get},
    )


class _Bench:
    """One question at a running server, at the same file by hand, and objects as large as answers."""

    def __init__(
        self, crowd: Crowd, question: Question, client: Client, connection: sqlite3.Connection
    ) -> None:
        self._crowd = crowd
        self._question = question
        self._client = client
        self._connection = connection
        self._path = f"{MOUNT}/{question.collection}/search"

    def round(self, number: int) -> tuple[Cost, Cost]:
        """What searches with values of their own cost the first time, and the second."""
        chance = random.Random(f"{self._question.name} {number}")
        asked = [self._question.ask(self._crowd, chance) for _ in range(A_ROUND)]
        # The size is taken from the statement's rows: the server has seen none of this yet.
        twins = [self._twin(each) for each in asked]
        bodies = [json.dumps(self._question.query(each)) for each in asked]
        first = self._cost(asked, twins, bodies)
        again = self._cost(asked, twins, bodies)
        return first, again

    def _twin(self, asked: Asked) -> str:
        """The path of an object that is as large as what the search answers."""
        size = sum(len(doc) for _, doc in self._rows(asked))
        user = {"name": f"twin {time.monotonic_ns()}", "description": "d" * max(1, size - 300)}
        return f"{MOUNT}/users/{created(self._client, 'users', {'user': user})}"

    def _rows(self, asked: Asked) -> list[tuple[str, str]]:
        return self._connection.execute(asked.sql, asked.parameters).fetchall()

    def _cost(self, asked: Sequence[Asked], twins: Sequence[str], bodies: Sequence[str]) -> Cost:
        taken: dict[str, list[float]] = {"sql": [], "get": [], "search": []}
        for number, (each, twin, body) in enumerate(zip(asked, twins, bodies, strict=True)):
            ways: list[tuple[str, Callable[[], object]]] = [
                ("sql", lambda each=each: self._rows(each)),  # type: ignore[misc]
                ("get", lambda twin=twin: self._client.send("GET", twin)),  # type: ignore[misc]
                ("search", lambda body=body: self._client.send("POST", self._path, body)),  # type: ignore[misc]
            ]
            first = number % len(ways)
            results = {
                name: _timed(taken[name], work) for name, work in ways[first:] + ways[:first]
            }
            _same(each, results["sql"], results["search"])
        return Cost(**{name: statistics.median(each) for name, each in taken.items()})


def _timed(taken: list[float], work: Callable[[], object]) -> object:
    started = time.perf_counter()
    result = work()
    taken.append((time.perf_counter() - started) * 1000)
    return result


def _same(asked: Asked, rows: object, reply: object) -> None:
    """Raise unless both have given the same objects."""
    by_hand = [row[0] for row in rows]  # type: ignore[attr-defined]
    through = [oid.decode() for oid in _OID.findall(reply.body)]  # type: ignore[attr-defined]
    if by_hand != through:
        raise RuntimeError(f"{asked.filter}: SQL found {by_hand}, the server {through}")

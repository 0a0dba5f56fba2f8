"""How fast `taskgate serve` starts, and what it weighs at rest."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks import targets
from tests.benchmarks.figures import Line
from tests.benchmarks.servers import copied, gateway_server

if TYPE_CHECKING:
    from tests.benchmarks.context import Context

MIB = 1024 * 1024
#: Seconds after which nothing of the start is under way any more.
REST = 2.0


def start(context: Context) -> list[Line]:
    """Seconds to the first answer, and resident memory of the server and its children."""
    context.say(f"start: {context.rounds} starts")
    seconds, server, children, unshared = [], [], [], []
    with copied(context.tasks.database, "start") as database:
        for _ in range(context.rounds):
            with gateway_server(database) as running, closing(running.client()) as client:
                client.send("GET", "/livez")
                seconds.append(time.monotonic() - running.started)
                time.sleep(REST)
                process = psutil.Process(running.process.pid)
                below = process.children(recursive=True)
                server.append(process.memory_info().rss / MIB)
                children.append(sum(each.memory_info().rss for each in below) / MIB)
                unshared.append(sum(p.memory_full_info().uss for p in (process, *below)) / MIB)
    whole = [one + rest for one, rest in zip(server, children, strict=True)]
    return [
        Line(
            case="start",
            name="start of `taskgate serve` to the first answer",
            value=statistics.median(seconds),
            unit="s",
            target=targets.START,
            note=f"{len(context.tasks.oids):,} tasks in the file; longest {max(seconds):.2f} s",
        ),
        Line(
            case="start",
            name="resident memory at rest, server and workers",
            value=statistics.median(whole),
            unit="MiB",
            target=targets.MEMORY,
            note=f"server {statistics.median(server):.0f}, workers {statistics.median(children):.0f}; "
            f"not shared with anyone: {statistics.median(unshared):.0f}",
        ),
    ]

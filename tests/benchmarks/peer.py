"""One way to queue and run tasks that do nothing, alone in a process of its own.

`python -m tests.benchmarks.peer NAME FOLDER COUNT` prints how many seconds passed from the first
task handed in to the last one done, and the processor seconds of all processes that took part.
Everybody hands in and runs in one process, and what was acknowledged is safe on the disk.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from gateway.assembly import SYSTEM, gateway
from gateway.engine.verbs.submission import Submission
from gateway.http.serving import configure_logging
from gateway.settings import load
from tests.benchmarks.data import watched
from tests.benchmarks.load import PASSWORD
from tests.benchmarks.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: Who hand in at the same time; as many as connections in the measurement through HTTP.
PRODUCERS = 32
#: Jobs of one call, for those that can take several.
TOGETHER = 100
#: Seconds between looks whether all is done.
LOOK = 0.005
LIMIT = 300
CLOSED = "SELECT count(*) FROM task WHERE scheduling_state = 'closed'"
#: Threads of huey's consumer.
THREADS = 4


async def gateway_engine(folder: Path, count: int) -> dict[str, float]:
    """Tasks through the engine; each leaves a closed task with its run and result."""
    configure_logging("warning", is_terminal=False)
    database = folder / "gateway.db"
    settings = load({}, database_url=f"sqlite:///{database}", admin_password=PASSWORD)
    activity = {"work": {"noOp": {"steps": 1}}}

    async with gateway(settings) as running:

        async def hand_in(number: int) -> None:
            items = {"name": f"task {number}", "schedulingState": "ready", "activity": activity}
            await running.engine.submit(Submission(type="TaskType", items=items), SYSTEM)

        with closing(watched(database)) as connection:
            watch = Stopwatch(os.getpid())
            await _produced(hand_in, count)
            await _until(lambda: connection.execute(CLOSED).fetchone()[0] == count)
            return watch.read()


async def _produced(hand_in: Callable[[int], Awaitable[None]], count: int) -> None:
    async def produce(first: int) -> None:
        for number in range(first, count, PRODUCERS):
            await hand_in(number)

    await asyncio.gather(*map(produce, range(PRODUCERS)))


async def _until(is_done: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not is_done():  # noqa: ASYNC110  a file does not tell when it changes
            await asyncio.sleep(LOOK)


def huey(folder: Path, count: int) -> dict[str, float]:
    """huey over SQLite as durable as our file; its threads run while one hands in."""
    from huey import SqliteHuey  # noqa: PLC0415  only who measures it needs it

    logging.getLogger("huey").setLevel(logging.WARNING)
    queue = SqliteHuey(filename=str(folder / "huey.db"), fsync=True)
    done = _Counter(count)
    task = queue.task()(done.add)
    consumer = queue.create_consumer(workers=THREADS, periodic=False)
    consumer.start()
    try:
        watch = Stopwatch(os.getpid())
        for _ in range(count):
            task()
        done.wait()
        return watch.read()
    finally:
        consumer.stop(graceful=True)


class _Counter:
    """Counts runs in all threads."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()
        self._is_done = threading.Event()

    def add(self) -> None:
        """A task that does nothing has run."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._is_done.set()

    def wait(self) -> None:
        """Wait until as many have run as are expected."""
        if not self._is_done.wait(LIMIT):
            raise RuntimeError(f"{self._left} tasks have not run")


async def pgqueuer(folder: Path, count: int) -> dict[str, float]:
    """pgqueuer over PostgreSQL, a job a call, through a pool of as many connections."""
    return await _pgqueuer(folder, count, together=1)


async def pgqueuer_batched(folder: Path, count: int) -> dict[str, float]:
    """pgqueuer over PostgreSQL, many jobs a call."""
    return await _pgqueuer(folder, count, together=TOGETHER)


async def _pgqueuer(folder: Path, count: int, together: int) -> dict[str, float]:
    import asyncpg  # noqa: PLC0415  as above
    import pgserver  # noqa: PLC0415  as above
    from pgqueuer.qm import QueueManager  # noqa: PLC0415  as above
    from pgqueuer.queries import Queries  # noqa: PLC0415  as above

    server = pgserver.get_server(folder / "postgresql")
    try:
        async with asyncpg.create_pool(server.get_uri(), max_size=PRODUCERS) as pool:
            connection = await asyncpg.connect(server.get_uri())
            queries = Queries.from_asyncpg_pool(pool)
            await queries.install()
            manager = QueueManager(Queries.from_asyncpg_connection(connection))
            ran = 0

            async def nothing(_job: Any) -> None:
                nonlocal ran
                ran += 1

            manager.entrypoint("nothing")(nothing)

            running = asyncio.create_task(manager.run(batch_size=TOGETHER))
            watch = Stopwatch(os.getpid(), server.get_pid())
            calls, rest = divmod(count, together)
            if rest:
                raise ValueError(f"{count} is no multiple of {together}")
            names, payloads = ["nothing"] * together, [None] * together

            async def hand_in(_: int) -> None:
                await queries.enqueue(names, payloads, [0] * together)

            await _produced(hand_in, calls)
            await _until(lambda: ran == count)
            # What ran is done when that is on the disk, too.
            while await queries.queued_work(["nothing"]):  # noqa: ASYNC110  as above
                await asyncio.sleep(LOOK)
            measured = watch.read()
            manager.shutdown.set()
            await running
            return measured
    finally:
        server.cleanup()


PEERS: dict[str, Callable[[Path, int], Any]] = {
    "gateway": gateway_engine,
    "huey": huey,
    "pgqueuer": pgqueuer,
    "pgqueuer-batched": pgqueuer_batched,
}


def main() -> None:
    """Run one of them."""
    name, folder, count = sys.argv[1:]
    measured = PEERS[name](Path(folder), int(count))
    if asyncio.iscoroutine(measured):
        measured = uvloop.run(measured)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()

"""Where bucket work is computed: the `Dispatcher` seam and its local end, child processes.

A dispatcher may lose work or deliver it twice; the lease and the bucket's position make that
harmless, because only the server's commit makes anything true.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import pickle
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from gateway.engine.running.pipe import NOT_OPEN
from gateway.errors import TaskgateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.clock import Clock
    from gateway.engine.running.bucket_job import BucketJob
    from gateway.model.slices import Slice

log = structlog.get_logger(__name__)
#: Seconds that a worker gets to finish what it computes before it is no longer waited for.
PATIENCE = 2.0


class WorkerLost(TaskgateError):
    """The worker process ended while it was computing."""

    code = "worker_lost"


class WorkFailed(TaskgateError):
    """The work as a whole cannot be done, whatever the item."""

    code = "work_failed"


class Dispatcher(Protocol):
    """Computes slices of buckets somewhere."""

    async def start(self) -> None:
        """Be ready for work."""
        ...

    async def stop(self) -> None:
        """End all workers."""
        ...

    async def open(self, job: BucketJob) -> None:
        """Place a bucket at a worker, or place it there again from another position."""
        ...

    async def next(self, key: str, limit: int) -> Slice:
        """The next slice of an open bucket."""
        ...

    async def close(self, key: str) -> None:
        """Take the bucket away from its worker."""
        ...


class _Child:
    """One worker process and the requests that it has not answered."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None) -> None:
        self._command = command
        self._environment = environment
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        #: Keys of the buckets that it holds.
        self.keys: set[str] = set()

    async def ask(self, method: str, *arguments: object) -> Any:
        """The worker's answer."""
        process = await self.ensure()
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        body = pickle.dumps((number, method, arguments))
        if process.stdin is None or process.stdin.is_closing():
            raise WorkerLost
        process.stdin.write(len(body).to_bytes(8) + body)
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    async def ensure(self) -> asyncio.subprocess.Process:
        """The running process, started again if it has ended."""
        async with self._starting:
            stdin = self._process.stdin if self._process is not None else None
            if self._process is not None and stdin is not None and stdin.is_closing():
                # Its pipe breaks before its end is noticed; asking meanwhile would fail each time.
                await self._process.wait()
            if self._process is None or self._process.returncode is not None:
                self.keys.clear()
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env=self._environment,
                )
                self._reader = asyncio.create_task(self._read(self._process))
            return self._process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:  # pragma: no cover  asked for above
            return
        try:
            while True:
                size = int.from_bytes(await process.stdout.readexactly(8))
                number, result, problem = pickle.loads(await process.stdout.readexactly(size))  # noqa: S301  our own child
                self._answer(number, result, problem)
        except (asyncio.IncompleteReadError, ConnectionError):
            log.info("worker_ended")
        except Exception:
            log.exception("worker_not_understood")
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(WorkerLost())

    def _answer(self, number: int, result: object, problem: str | None) -> None:
        future = self._waiting.get(number)
        if future is None or future.done():
            return
        if problem is None:
            future.set_result(result)
        elif problem == NOT_OPEN:
            future.set_exception(WorkerLost())
        else:
            future.set_exception(WorkFailed(problem))

    async def stop(self) -> None:
        """Let the process see the end of its pipe, and end it if it does not look."""
        if self._process is None or self._process.returncode is not None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            await self._reader


class LocalDispatcher:
    """Worker processes of this server; they end with it."""

    def __init__(
        self,
        command: Sequence[str],
        workers: int,
        clock: Clock,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._clock = clock
        self._children = [_Child(command, environment) for _ in range(workers)]
        self._homes: dict[str, _Child] = {}

    async def start(self) -> None:
        """Start the processes, so that the first task need not wait for them."""
        for child in self._children:
            await child.ensure()

    async def stop(self) -> None:
        """End the processes."""
        await asyncio.gather(*(child.stop() for child in self._children))

    async def open(self, job: BucketJob) -> None:
        """Place the bucket at the worker that holds the fewest."""
        home = self._homes.get(job.key) or min(self._children, key=lambda child: len(child.keys))
        self._homes[job.key] = home
        try:
            await home.ask("open", job)
        finally:
            home.keys.add(job.key)  # it may be open even if nobody waits for the answer any more

    async def next(self, key: str, limit: int) -> Slice:
        """The next slice of an open bucket."""
        done: Slice = await self._homes[key].ask("next", key, limit, self._clock.now())
        return done

    async def close(self, key: str) -> None:
        """Take the bucket away; a worker that is lost has forgotten it already."""
        home = self._homes.pop(key, None)
        if home is None or key not in home.keys:
            return
        home.keys.discard(key)
        # `wait_for` may lose a cancellation that comes together with the answer (Python 3.11), and
        # a run that was to be stopped would go on.
        with contextlib.suppress(WorkerLost, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await home.ask("close", key)
